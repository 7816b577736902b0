"""The REST side of the chat."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import Scope

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.live.chat.api import routes
from livelore.live.chat.model import RoomState
from livelore.live.chat.service import ChatService, Spoken
from livelore.web.caller import Caller
from livelore.web.problems import HANDLERS
from tests.chat.conftest import FREE, START_MS, on_sqlite, standing, standing_of
from tests.fakes import FakeClock

pytestmark = on_sqlite


async def on_air(_room_id: str) -> RoomState:
    return RoomState("on_air", "live1", START_MS - 1500)


@pytest.fixture
async def chat(db: Database, bus: MemoryBus, clock: FakeClock) -> AsyncIterator[ChatService]:
    service = ChatService(db, bus, clock, standing_of, on_air, FREE)
    yield service
    await service.stop()


@pytest.fixture
async def client(chat: ChatService) -> AsyncIterator[httpx.AsyncClient]:
    def caller(scope: Scope) -> Caller:
        return Caller(user_id=dict(scope["headers"]).get(b"x-user", b"").decode() or None)

    app = Litestar(
        [Router("/api/v1", route_handlers=routes)],
        dependencies={
            "caller": Provide(caller, sync_to_thread=False),
            "chat": Provide(lambda: chat, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
    )
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar types it narrower
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def as_user(name: str) -> dict[str, str]:
    return {"x-user": name}


async def test_messages_are_paged_for_the_replay(
    client: httpx.AsyncClient, chat: ChatService
) -> None:
    for i in range(5):
        await chat.speak(standing("alice"), "r1", Spoken(f"m{i}"))
    await chat.delete_message(standing("host"), "r1", 2)
    path = "/api/v1/rooms/r1/messages?live_session_id=live1&limit=2"
    first = (await client.get(path)).json()
    assert [m["text"] for m in first["items"]] == ["m0", "m2"]
    assert first["items"][0]["second"] == 1.5
    second = (await client.get(f"{path}&after_seq={first['next_cursor']}")).json()
    assert [m["text"] for m in second["items"]] == ["m3", "m4"]
    assert second["next_cursor"] is None


async def test_messages_of_a_room_one_may_not_see_are_not_shown(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/v1/rooms/paid/messages", headers=as_user("alice"))
    assert (answer.status_code, answer.json()["code"]) == (403, "request.forbidden")
    assert (await client.get("/api/v1/rooms/nowhere/messages")).status_code == 404


async def test_a_moderator_deletes_and_a_viewer_may_not(
    client: httpx.AsyncClient, chat: ChatService
) -> None:
    await chat.speak(standing("alice"), "r1", Spoken("hi"))
    path = "/api/v1/rooms/r1/messages/1"
    refused = await client.delete(path, headers=as_user("alice"))
    assert (refused.status_code, refused.json()["code"]) == (403, "chat.not_moderator")
    assert (await client.delete(path)).status_code == 401
    assert (await client.delete(path, headers=as_user("mod"))).status_code == 204
    gone = await client.delete(path, headers=as_user("mod"))
    assert (gone.status_code, gone.json()["code"]) == (404, "chat.message_not_found")


async def test_a_mute_answers_until_when(client: httpx.AsyncClient) -> None:
    body = {"user_id": "alice", "duration_s": 60}
    path = "/api/v1/rooms/r1/mutes"
    answer = await client.post(path, json=body, headers=as_user("host"))
    assert answer.json() == {"user_id": "alice", "until": START_MS + 60_000}
    assert (await client.post(path, json=body, headers=as_user("bob"))).status_code == 403


async def test_rules_are_changed_and_answered_whole(client: httpx.AsyncClient) -> None:
    path = "/api/v1/rooms/r1/chat"
    await client.patch(path, json={"slow_mode_s": 10}, headers=as_user("host"))
    answer = await client.patch(path, json={"block_words": ["刷单"]}, headers=as_user("host"))
    assert answer.json() == {"slow_mode_s": 10, "max_length": 60, "block_words": ["刷单"]}
    wrong = await client.patch(path, json={"slow_mode_s": 9999}, headers=as_user("host"))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "chat.rules_invalid")
