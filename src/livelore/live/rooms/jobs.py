"""What rooms do by themselves: end sessions whose encoder is gone, take rights back at once."""

import asyncio
import contextlib

import msgspec
import structlog

from livelore.kit.ids import new_secret
from livelore.live.rooms.model import NODE_BEAT_S
from livelore.live.rooms.service import RoomsService
from livelore.live.streams.service import StreamsService
from livelore.ports.bus import Bus, Subscription
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller

log = structlog.get_logger(__name__)
TICK_S = 1.0


LOGGED_OUT = "identity.logged_out"
ENDED_BY_HAND = "rooms.ended_by_hand"


class LoggedOut(msgspec.Struct):
    """Somebody has logged out in the process ``origin``."""

    origin: str
    user_id: str
    session: str


class EndedByHand(msgspec.Struct):
    """A class was ended by its host: whoever has its encoder hangs up."""

    room_id: str


class _Revoked(msgspec.Struct):
    """What rooms need of ``EntitlementRevoked``."""

    user_id: str | None = None


class RoomsJobs:
    """Ends lost sessions; closes the picture of whoever lost their right.

    Args:
        rooms: The sessions.
        streams: Where viewers watch.
        bus: Tells of rights taken back, here and in other processes.
        identity: Must forget login sessions that ended elsewhere.
    """

    def __init__(
        self, rooms: RoomsService, streams: StreamsService, bus: Bus, identity: IdentityService
    ) -> None:
        self._rooms = rooms
        self._streams = streams
        self._bus = bus
        self._identity = identity
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions: list[Subscription] = []
        self._origin = new_secret(9)

    async def start(self) -> None:
        """Mark what a dead process left on air, and begin."""
        await self._rooms.interrupt_all()
        for topic, handler in (
            ("EntitlementRevoked", self.on_revoked),
            (LOGGED_OUT, self._on_logged_out),
            (ENDED_BY_HAND, self._on_ended_by_hand),
        ):
            self._subscriptions.append(await self._bus.subscribe(topic, handler))
        self._tasks = [asyncio.create_task(self._run(), name="rooms-jobs")]
        if not self._rooms.terms.is_alone:
            await self._rooms.beat()
            self._tasks.append(asyncio.create_task(self._beat(), name="rooms-beat"))

    async def stop(self) -> None:
        """End; open sessions stay open for the next start."""
        for subscription in self._subscriptions:
            await subscription.close()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def on_revoked(self, payload: bytes) -> None:
        """A right was taken back: close the rooms that it alone had opened."""
        user_id = msgspec.json.decode(payload, type=_Revoked).user_id
        if user_id is None:
            return
        for session in await self._rooms.open_sessions():
            view = await self._rooms.view(Caller(user_id), session.room_id)
            if not view.access.entitled:
                self._streams.revoke(session.room_id, user_id)

    async def on_log_out(self, user_id: str, session: str) -> None:
        """Somebody has logged out here: their pictures and sockets end in every process."""
        await self._revoke_here(user_id)
        await self._tell(LOGGED_OUT, LoggedOut(self._origin, user_id, session))

    async def _on_logged_out(self, payload: bytes) -> None:
        told = msgspec.json.decode(payload, type=LoggedOut)
        if told.origin != self._origin:
            self._identity.forget_session(told.session)
            await self._revoke_here(told.user_id)

    async def _revoke_here(self, user_id: str) -> None:
        for session in await self._rooms.open_sessions():
            self._streams.revoke(session.room_id, user_id)

    async def end_by_hand(self, room_id: str) -> None:
        """A class was ended here: hang up on its encoder, in whichever process it is."""
        await self._streams.kick(room_id)
        await self._tell(ENDED_BY_HAND, EndedByHand(room_id))

    async def _on_ended_by_hand(self, payload: bytes) -> None:
        room_id = msgspec.json.decode(payload, type=EndedByHand).room_id
        self._rooms.keep_quiet(room_id)
        await self._streams.kick(room_id)

    async def _tell(self, topic: str, told: msgspec.Struct) -> None:
        try:
            await self._bus.publish(topic, msgspec.json.encode(told))
        except Exception:  # here it is done; a login session is believed elsewhere for 30 s at most
            log.exception("rooms_not_told", topic=topic)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(NODE_BEAT_S)
            try:
                await self._rooms.beat()
            except Exception:
                log.exception("rooms_beat_failed")

    async def _run(self) -> None:
        while True:
            try:
                await self._rooms.end_lost()
                for room in await self._rooms.cut_off_rooms():
                    await self._streams.kick(room.id)  # an encoder let in just before the cut
            except Exception:
                log.exception("rooms_tick_failed")
            await asyncio.sleep(TICK_S)
