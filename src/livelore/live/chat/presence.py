"""How many people are in rooms of other processes: each tells its own numbers, all add them up.

A process tells of a room when its number changed and again every `REFRESH_S`; what was not repeated
for `FORGET_S` is forgotten with the process that told it. One person in two processes counts twice.
"""

from collections.abc import Callable

import msgspec
import structlog

from livelore.ports.bus import Bus, Subscription
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)
TOPIC = "chat.presence"
REFRESH_S = 10.0
FORGET_S = 30.0


class _Told(msgspec.Struct):
    """Viewers of rooms in one process; ``is_asking`` wants to be told of all others'."""

    origin: str
    rooms: dict[str, int] = {}
    is_asking: bool = False


class Presence:
    """Numbers of the other processes.

    Args:
        bus: To them.
        clock: What is too old.
        origin: This process.
        here: Viewers of every room that is open here.
        on_change: Called with a room whose sum has changed.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        origin: str,
        here: Callable[[], dict[str, int]],
        on_change: Callable[[str], None],
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._origin = origin
        self._here = here
        self._on_change = on_change
        self._rooms: dict[str, dict[str, tuple[int, float]]] = {}
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Listen, and ask what the others have."""
        self._subscription = await self._bus.subscribe(TOPIC, self._on_told)
        await self._send(_Told(self._origin, self._here(), is_asking=True))

    async def stop(self) -> None:
        """Tell the others that nobody is here any more."""
        await self._send(_Told(self._origin, dict.fromkeys(self._here(), 0)))
        if self._subscription is not None:
            await self._subscription.close()

    def elsewhere(self, room_id: str) -> int:
        """Viewers of a room in all other processes."""
        return sum(n for n, _ in self._rooms.get(room_id, {}).values())

    async def tell(self, room_id: str, n_viewers: int) -> None:
        """The number of a room here has changed."""
        await self._send(_Told(self._origin, {room_id: n_viewers}))

    async def refresh(self) -> None:
        """Tell all numbers again, and forget those of processes that are gone."""
        if here := self._here():
            await self._send(_Told(self._origin, here))
        oldest = self._clock.monotonic() - FORGET_S
        for room_id, known in list(self._rooms.items()):
            for origin in [each for each, (_, at) in known.items() if at < oldest]:
                self._set(room_id, origin, 0)

    async def _on_told(self, payload: bytes) -> None:
        told = msgspec.json.decode(payload, type=_Told)
        if told.origin == self._origin:
            return
        for room_id, n_viewers in told.rooms.items():
            self._set(room_id, told.origin, n_viewers)
        if told.is_asking:
            await self._send(_Told(self._origin, self._here()))

    def _set(self, room_id: str, origin: str, n_viewers: int) -> None:
        known = self._rooms.setdefault(room_id, {})
        before = known.pop(origin, (0, 0.0))[0]
        if n_viewers:
            known[origin] = (n_viewers, self._clock.monotonic())
        if not known:
            del self._rooms[room_id]
        if before != n_viewers:
            self._on_change(room_id)

    async def _send(self, told: _Told) -> None:
        try:
            await self._bus.publish(TOPIC, msgspec.json.encode(told))
        except Exception:  # numbers are told again; nothing depends on one of them
            log.exception("presence_not_told")
