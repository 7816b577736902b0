"""Two `livelore serve` on one PostgreSQL and one NATS are one site to everybody.

Encoders send to one of them; the picture is there alone: the other refuses playback with
`streams.not_live`, so a proxy sends a room's viewers to the process that has its encoder.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.test_bus import NATS_URL, nats_is_reachable
from tests.e2e.site import START_S, PaidClass, Person, Site, hold_class, publishing, sign_up
from tests.socket_client import Refused, SocketClient

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
Pair = tuple[Site, Site]
SEEN = {"danmaku", "deleted"}


@pytest.fixture
async def pair(database_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    if not nats_is_reachable():
        pytest.skip("NATS is not reachable (set LIVELORE_TEST_NATS)")
    shared = {
        "LIVELORE_BUS_URL": f"{NATS_URL}/{secrets.token_hex(6)}",
        "LIVELORE_SANDBOX_FILE": str(tmp_path / "sandbox.db"),
    }
    sites: list[Site] = []
    try:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            sites.append(Site(tmp_path / name, database_url, **shared))
            await sites[-1].start()
        yield sites[0], sites[1]
    finally:
        for site in sites:
            await site.close()


def at(site: Site, person: Person) -> Person:
    """The same person, calling the other process."""
    return Person(site, person.name, {"user": {"id": person.user_id}, "token": person.token})


Enter = Callable[[Site, str, Person], Awaitable[SocketClient]]


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    clients: list[SocketClient] = []

    async def entering(site: Site, room_id: str, person: Person) -> SocketClient:
        path = f"/api/v1/rooms/{room_id}/ws?token={person.token}"
        client = await SocketClient.connect(site.port, path)
        clients.append(client)
        await client.until_type("hello")
        return client

    yield entering
    for client in clients:
        client.drop()
    await asyncio.sleep(0)  # transports are let go of in the next turn of the loop


def shown(client: SocketClient) -> list[tuple[int, str]]:
    return [(m["seq"], m.get("text", "")) for m in client.received if m["type"] in SEEN]


async def open_room(site: Site) -> tuple[Person, str]:
    host = await sign_up(site, "lin", "host")
    return host, (await host.call("POST", "/rooms", {"title": "答疑"}))["id"]


async def test_what_is_said_in_either_process_is_seen_in_both_once_and_in_order(
    pair: Pair, enter: Enter
) -> None:
    a, b = pair
    host, room_id = await open_room(a)
    people = [await sign_up(pair[n % 2], f"viewer{n}") for n in range(6)]
    sockets = [await enter(pair[n % 2], room_id, each) for n, each in enumerate(people)]
    watchers = [await enter(a, room_id, host), await enter(b, room_id, host)]
    for n, socket in enumerate(sockets):
        for i in range(5):
            socket.say(f"{n}-{i}", f"client-{n}-{i}")
    for client in watchers:
        await client.until(lambda m: m["type"] == "danmaku" and m["seq"] == 30)
    assert [seq for seq, _ in shown(watchers[0])] == list(range(1, 31))
    assert shown(watchers[0]) == shown(watchers[1])
    assert {text for _, text in shown(watchers[0])} == {
        f"{n}-{i}" for n in range(6) for i in range(5)
    }
    await at(b, host).call("DELETE", f"/rooms/{room_id}/messages/7")
    for client in watchers:
        deleted = await client.until_type("deleted")
        assert deleted["target_seq"] == 7


async def test_viewers_of_both_processes_are_counted_together(pair: Pair, enter: Enter) -> None:
    a, b = pair
    host, room_id = await open_room(a)
    first = await enter(a, room_id, host)
    others = [await sign_up(b, f"viewer{n}") for n in range(3)]
    sockets = [await enter(b, room_id, each) for each in others]
    for client in (first, sockets[0]):
        await client.until(lambda m: m.get("n_viewers") == 4)
    for site in pair:
        assert (await at(site, host).call("GET", f"/rooms/{room_id}"))["n_viewers"] == 4
    await sockets[2].close()
    for client in (first, sockets[0]):
        await client.until(lambda m: m["type"] == "presence" and m["n_viewers"] == 3)


async def test_rules_and_mutes_hold_in_both_processes(pair: Pair, enter: Enter) -> None:
    a, b = pair
    host, room_id = await open_room(a)
    viewer = await sign_up(b, "mia-viewer")
    watcher, socket = await enter(a, room_id, host), await enter(b, room_id, viewer)
    await host.call("PATCH", f"/rooms/{room_id}/chat", {"block_words": ["剧透"]})
    await host.call("PATCH", f"/rooms/{room_id}/chat", {"slow_mode_s": 60})
    await socket.until(lambda m: m.get("code") == "chat.slow_mode")
    socket.say("我来剧透")
    assert (await socket.until_type("error"))["code"] == "chat.word_blocked"
    await host.call("PATCH", f"/rooms/{room_id}/chat", {"slow_mode_s": 0})
    await socket.until(
        lambda m: m.get("code") == "chat.slow_mode" and m["fields"]["slow_mode_s"] == 0
    )
    socket.say("好的")
    await watcher.until_text("好的")
    await host.call(
        "POST", f"/rooms/{room_id}/mutes", {"user_id": viewer.user_id, "duration_s": 60}
    )
    async with asyncio.timeout(START_S):
        for number in range(1_000):
            answer = await said(socket, f"再说 {number}", f"client-{number:04d}")
            if answer.get("code") == "chat.muted":
                return
    raise AssertionError("the mute never came")


async def said(socket: SocketClient, text: str, client_id: str) -> dict[str, Any]:
    """Say something and give what came of it: the message or its refusal."""
    socket.say(text, client_id)
    await asyncio.sleep(0.2)
    return await socket.until(lambda m: m.get("client_id") == client_id)


async def test_a_log_out_in_one_process_ends_it_in_the_other(pair: Pair, enter: Enter) -> None:
    a, b = pair
    _, room_id = await open_room(a)
    viewer = await sign_up(a, "mia-viewer")
    there = at(b, viewer)
    await there.call("GET", "/me")
    socket = await enter(b, room_id, viewer)
    await viewer.call("POST", "/auth/logout")
    assert await socket.closed() is not None
    assert (await there.send("GET", "/me")).status_code == 401


async def refused(enter: Enter, site: Site, room_id: str, person: Person) -> Any:
    with pytest.raises(Refused) as refusal:
        await enter(site, room_id, person)
    return refusal.value.problem["code"]


async def flv_bytes(site: Site, person: Person, path: str, started: asyncio.Event) -> int:
    """Watch until the server ends it."""
    n_bytes = 0
    async with person.http.stream("GET", f"{site.url}{path}") as response:
        assert response.status_code == 200
        async for piece in response.aiter_bytes():
            n_bytes += len(piece)
            started.set()
    return n_bytes


async def test_a_paid_class_is_one_class_in_both_processes(pair: Pair, enter: Enter) -> None:
    a, b = pair
    paid: PaidClass = await hold_class(a)
    async with publishing(a, paid.stream_key) as encoder:
        await paid.wait_on_air()
        session_id = (await paid.host.call("GET", f"/rooms/{paid.room_id}"))["live_session"]["id"]
        await b.stop()
        await b.start()  # its start must not take the other's class off the air
        viewer = await sign_up(b, "mia-viewer")
        order = await paid.order_ticket(viewer)
        room = await viewer.call("GET", f"/rooms/{paid.room_id}")
        assert (room["state"], room["live_session"]["id"]) == ("on_air", session_id)
        assert room["access"]["entitled"] is True
        there = await enter(b, paid.room_id, viewer)
        here = at(a, viewer)
        urls = await here.call("GET", f"/rooms/{paid.room_id}/playback")
        started = asyncio.Event()
        watching = asyncio.create_task(flv_bytes(a, here, urls["flv"], started))
        await asyncio.wait_for(started.wait(), START_S)
        elsewhere = await viewer.call("GET", f"/rooms/{paid.room_id}/playback")
        off = await viewer.http.get(f"{b.url}{elsewhere['flv']}")
        assert (off.status_code, off.json()["code"]) == (404, "streams.not_live")
        await viewer.call("POST", f"/orders/{order['id']}/refunds", {"reason": "changed my mind"})
        assert await there.closed() is not None
        assert await asyncio.wait_for(watching, START_S) > 0
        assert await refused(enter, b, paid.room_id, viewer) == "access.ticket_required"
        assert await refused(enter, a, paid.room_id, viewer) == "access.ticket_required"
        await at(b, paid.host).call("POST", f"/rooms/{paid.room_id}/end")
        await asyncio.wait_for(encoder.wait(), START_S)
    states = [
        (await at(site, paid.host).call("GET", f"/rooms/{paid.room_id}"))["live_session"]
        for site in pair
    ]
    assert states == [None, None]
