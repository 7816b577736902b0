"""What rooms do by themselves: end sessions whose encoder is gone, take rights back at once."""

import asyncio
import contextlib

import msgspec
import structlog

from livelore.live.rooms.service import RoomsService
from livelore.live.streams.service import StreamsService
from livelore.ports.bus import Bus, Subscription
from livelore.web.caller import Caller

log = structlog.get_logger(__name__)
TICK_S = 1.0


class _Revoked(msgspec.Struct):
    """What rooms need of ``EntitlementRevoked``."""

    user_id: str | None = None


class RoomsJobs:
    """Ends lost sessions; closes the picture of whoever lost their right.

    Args:
        rooms: The sessions.
        streams: Where viewers watch.
        bus: Tells of rights taken back.
    """

    def __init__(self, rooms: RoomsService, streams: StreamsService, bus: Bus) -> None:
        self._rooms = rooms
        self._streams = streams
        self._bus = bus
        self._task: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Mark what a dead process left on air, and begin."""
        await self._rooms.interrupt_all()
        self._subscription = await self._bus.subscribe("EntitlementRevoked", self.on_revoked)
        self._task = asyncio.create_task(self._run(), name="rooms-jobs")

    async def stop(self) -> None:
        """End; open sessions stay open for the next start."""
        if self._subscription is not None:
            await self._subscription.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def on_revoked(self, payload: bytes) -> None:
        """A right was taken back: close the rooms that it alone had opened."""
        user_id = msgspec.json.decode(payload, type=_Revoked).user_id
        if user_id is None:
            return
        for session in await self._rooms.open_sessions():
            view = await self._rooms.view(Caller(user_id), session.room_id)
            if not view.access.entitled:
                self._streams.revoke(session.room_id, user_id)

    async def on_log_out(self, user_id: str) -> None:
        """Somebody has logged out: their pictures end; another device of theirs asks anew."""
        for session in await self._rooms.open_sessions():
            self._streams.revoke(session.room_id, user_id)

    async def _run(self) -> None:
        while True:
            try:
                await self._rooms.end_lost()
                for room in await self._rooms.cut_off_rooms():
                    await self._streams.kick(room.id)  # an encoder let in just before the cut
            except Exception:
                log.exception("rooms_tick_failed")
            await asyncio.sleep(TICK_S)
