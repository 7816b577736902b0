"""A chat whose people, rooms and roles are written down here, behind a real server."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.kit.errors import ForbiddenError, NotFoundError
from livelore.live.chat.door import RoomDoor
from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Person, RoomRole, RoomState, Standing
from livelore.live.chat.service import ChatService
from livelore.web.caller import Caller
from livelore.web.errors import NotLoggedIn
from livelore.web.sockets import SocketPool
from livelore.web.upgrade import SocketGate
from tests.fakes import START, FakeClock
from tests.socket_client import SocketClient, serving

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that ask nothing of the database: a PostgreSQL one costs a second to make."""
START_MS = round(START.timestamp() * 1000)
ROLES: dict[str, RoomRole] = {"host": "host", "mod": "moderator", "operator": "operator"}
FREE = ChatLimits(
    danmaku_per_s=1e6,
    danmaku_burst=1e6,
    hub=HubLimits(gap_s=0.02, presence_s=60.0, plain_max=1_000),
)
"""Nothing is refused, and nothing left out when a busy machine sends late."""


def standing(user_id: str | None) -> Standing:
    if user_id is None:
        return Standing()
    person = Person(user_id, user_id.title(), avatar=3, role=ROLES.get(user_id))
    if user_id == "brief":
        return Standing(person, ends_at=START + timedelta(milliseconds=100))
    return Standing(person, may_speak=user_id != "preview")


async def standing_of(caller: Caller, room_id: str) -> Standing:
    if room_id == "nowhere":
        raise NotFoundError(room_id=room_id)
    if room_id == "paid" and caller.user_id != "host":
        raise ForbiddenError(room_id=room_id)
    return standing(caller.user_id)


async def authenticate(token: str, is_bearer: bool) -> Caller:
    if token == "wrong":
        raise NotLoggedIn
    return Caller(user_id=token, role="viewer", is_bearer=is_bearer)


async def no_app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("only sockets are served here")


class House:
    """One process: chat, door, server."""

    def __init__(
        self, db: Database, bus: MemoryBus, clock: FakeClock, limits: ChatLimits, stall_s: float
    ) -> None:
        self.state = RoomState("on_air", "live1", START_MS - 90_500)
        self.chat = ChatService(db, bus, clock, standing_of, self.state_of, limits)
        self.door = RoomDoor(self.chat)
        self.pool = SocketPool(stall_s)
        self.gate = SocketGate([self.door.route], authenticate, self.pool)
        self.port = 0
        self.clients: list[SocketClient] = []

    async def state_of(self, _room_id: str) -> RoomState:
        return self.state

    async def enter(
        self, user_id: str | None = None, after: int | None = None, room_id: str = "r1"
    ) -> SocketClient:
        query = f"?after={after}" if after is not None else "?"
        query += f"&token={user_id}" if user_id else ""
        client = await SocketClient.connect(self.port, f"/api/v1/rooms/{room_id}/ws{query}")
        self.clients.append(client)
        return client


Open = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(db: Database, bus: MemoryBus, clock: FakeClock) -> Open:
    @asynccontextmanager
    async def opened(limits: ChatLimits = FREE, stall_s: float = 5.0) -> AsyncGenerator[House]:
        house = House(db, bus, clock, limits, stall_s)
        try:
            async with serving(no_app, house.gate.protocol_class()) as house.port:
                try:
                    yield house
                finally:
                    for client in house.clients:
                        client.drop()
        finally:
            await house.chat.stop()

    return opened


@pytest.fixture
async def house(open_house: Open) -> AsyncIterator[House]:
    async with open_house() as house:
        yield house
