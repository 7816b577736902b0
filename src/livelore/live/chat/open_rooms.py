"""Rooms that are open in this process: loaded once, kept while somebody is there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
import structlog

from livelore.database.engine import Database
from livelore.kit.ids import new_id
from livelore.kit.limits import RateLimiter
from livelore.live.chat import store, store_rules
from livelore.live.chat.counters import ChatCounters
from livelore.live.chat.hub import RoomHub, RoomReads
from livelore.live.chat.limits import ChatLimits
from livelore.live.chat.model import Message, RoomState, fold
from livelore.live.chat.presence import Presence
from livelore.ports.bus import Bus, Subscription
from livelore.ports.clock import Clock, now_ms

log = structlog.get_logger(__name__)

StateOf = Callable[[str], Awaitable[RoomState]]
"""Room → what it is doing."""

HUB_LIFE_S = 60.0
"""How long the hub of an empty room is kept."""
STATE_LIFE_S = 2.0
"""How long a room's state is taken as known."""


class _News(msgspec.Struct):
    """What one process tells the others about a room."""

    origin: str
    messages: list[Message] = []
    is_rules_changed: bool = False


@dataclass(slots=True)
class OpenRoom:
    """A hub and what belongs to it."""

    hub: RoomHub
    is_ready: asyncio.Event
    used_at: float
    state_at: float = 0.0
    folded_words: tuple[str, ...] = ()
    slow: RateLimiter | None = None
    subscription: Subscription | None = None


class OpenRooms:
    """The rooms of this process, and its side of the talk between processes.

    Args:
        database: Messages, rules, mutes.
        bus: To the other processes.
        clock: How long rooms and their states are kept.
        state_of: What a room is doing.
        limits: See `ChatLimits`.
    """

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, state_of: StateOf, limits: ChatLimits
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._state_of = state_of
        self._limits = limits
        self.counters = ChatCounters()
        self._rooms: dict[str, OpenRoom] = {}
        self._origin = new_id(now_ms(clock))
        self._telling: set[asyncio.Task[None]] = set()
        self.presence = Presence(bus, clock, self._origin, self._n_here, self._on_elsewhere)

    async def open(self, room_id: str) -> OpenRoom:
        """A room, loaded; call before somebody joins its hub."""
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = self._new_room(room_id)
            try:
                await self._load(room_id, room)
            except BaseException:
                del self._rooms[room_id]
                raise
            finally:
                room.is_ready.set()
        await room.is_ready.wait()
        room.used_at = self._clock.monotonic()
        await self._refresh_state(room_id, room)
        return room

    def _new_room(self, room_id: str) -> OpenRoom:
        async def after(after_seq: int, limit: int) -> list[Message]:
            return await self._database.read(
                lambda connection: store.messages_after(connection, room_id, after_seq, limit)
            )

        async def paid_after(after_seq: int, limit: int) -> list[Message]:
            return await self._database.read(
                lambda connection: store.paid_after(connection, room_id, after_seq, limit)
            )

        reads = RoomReads(after, paid_after)
        hub = RoomHub(room_id, self._clock, self._limits.hub, reads, self.counters)
        hub.headcount.n_elsewhere = self.presence.elsewhere(room_id)
        hub.headcount.on_here_changed = lambda n_here: self._tell_presence(room_id, n_here)
        return OpenRoom(hub, asyncio.Event(), self._clock.monotonic())

    async def _load(self, room_id: str, room: OpenRoom) -> None:
        """Subscribe first, then take the snapshot: what falls between is in both."""

        async def on_news(payload: bytes) -> None:
            await self._on_news(room_id, payload)

        room.subscription = await self._bus.subscribe(_topic(room_id), on_news)
        await self._load_rules(room_id, room)
        limits, at_ms = self._limits.hub, now_ms(self._clock)
        room.hub.open(
            *await self._database.read(
                lambda connection: store.snapshot(
                    connection, room_id, at_ms, 2 * limits.recent_max, limits.pinned_kept
                )
            )
        )

    async def _load_rules(self, room_id: str, room: OpenRoom) -> None:
        at_ms, default = now_ms(self._clock), self._limits.slow_mode_s
        rules, mutes = await self._database.read(
            lambda connection: (
                store_rules.rules(connection, room_id, default),
                store_rules.mutes(connection, room_id, at_ms),
            )
        )
        if rules.slow_mode_s != room.hub.rules.slow_mode_s:
            room.slow = RateLimiter(1 / rules.slow_mode_s, 1) if rules.slow_mode_s else None
        room.hub.rules, room.hub.mutes = rules, mutes
        room.folded_words = tuple(fold(word) for word in rules.block_words)

    async def _refresh_state(self, room_id: str, room: OpenRoom) -> None:
        now = self._clock.monotonic()
        if not room.state_at or now - room.state_at > STATE_LIFE_S:
            room.state_at = now
            room.hub.state = await self._state_of(room_id)

    async def fresh_state(self, room_id: str) -> RoomState:
        """What a room is doing at this moment."""
        state = await self._state_of(room_id)
        if room := self._rooms.get(room_id):
            room.hub.state, room.state_at = state, self._clock.monotonic()
        return state

    def _n_here(self) -> dict[str, int]:
        here = {room_id: room.hub.headcount.n_here for room_id, room in self._rooms.items()}
        return {room_id: n for room_id, n in here.items() if n}

    def _on_elsewhere(self, room_id: str) -> None:
        if room := self._rooms.get(room_id):
            room.hub.headcount.set_elsewhere(self.presence.elsewhere(room_id))

    def _tell_presence(self, room_id: str, n_here: int) -> None:
        task = asyncio.get_running_loop().create_task(self.presence.tell(room_id, n_here))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def n_viewers(self, room_id: str) -> int:
        """People in a room, in all processes."""
        room = self._rooms.get(room_id)
        return self.presence.elsewhere(room_id) if room is None else room.hub.n_viewers

    def hub(self, room_id: str) -> RoomHub | None:
        """The hub of a room, if it is open in this process."""
        room = self._rooms.get(room_id)
        return room.hub if room else None

    def hubs(self) -> list[RoomHub]:
        """Every hub that is open in this process."""
        return [room.hub for room in self._rooms.values()]

    async def close_unused(self) -> None:
        """Let go of rooms that have been empty for a while."""
        now = self._clock.monotonic()
        for room_id, room in tuple(self._rooms.items()):
            if room.hub.is_idle and now - room.used_at > HUB_LIFE_S:
                del self._rooms[room_id]
                await self._close(room)

    async def stop(self) -> None:
        """Close every room."""
        rooms, self._rooms = self._rooms, {}
        for room in rooms.values():
            await self._close(room)

    async def _close(self, room: OpenRoom) -> None:
        room.hub.close()
        if room.subscription is not None:
            await room.subscription.close()

    async def publish(self, room_id: str, messages: list[Message]) -> None:
        """Hand committed messages to the viewers here and to the other processes."""
        room = self._rooms.get(room_id)
        if room is not None and messages:
            room.hub.publish(messages)
        if messages:
            await self._tell(room_id, _News(self._origin, messages))

    async def rules_changed(self, room_id: str) -> None:
        """Rules or mutes are new: load them, here and in the other processes."""
        if room := self._rooms.get(room_id):
            await self._load_rules(room_id, room)
        await self._tell(room_id, _News(self._origin, is_rules_changed=True))

    async def _tell(self, room_id: str, news: _News) -> None:
        try:
            await self._bus.publish(_topic(room_id), msgspec.json.encode(news))
        except Exception:  # this process's viewers have it; the others fill the hole from the table
            log.exception("room_news_not_told", room_id=room_id)

    async def _on_news(self, room_id: str, payload: bytes) -> None:
        if payload.startswith(b'{"origin":"%s"' % self._origin.encode()):
            return
        news = msgspec.json.decode(payload, type=_News)
        room = self._rooms.get(room_id)
        if room is None:
            return
        if news.messages:
            if any(message.type in {"notice", "end"} for message in news.messages):
                room.state_at = 0.0
            room.hub.publish(news.messages)
        if news.is_rules_changed:
            await self._load_rules(room_id, room)


def _topic(room_id: str) -> str:
    return f"chat.room.{room_id}"
