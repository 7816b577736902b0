"""Live sessions of rooms: begun, interrupted, resumed and ended by what encoders and people do."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.database.outbox import event_payload, put_event
from livelore.kit.ids import new_id
from livelore.kit.times import to_ms
from livelore.knowledge.catalog.service import CatalogService
from livelore.live.rooms import store
from livelore.live.rooms.errors import NotOnAir
from livelore.live.rooms.events import (
    LiveEnded,
    LiveEvent,
    LiveInterrupted,
    LiveResumed,
    LiveStarted,
)
from livelore.live.rooms.model import (
    NODE_LOST,
    QUIET_S,
    Fact,
    LiveSession,
    Room,
    lesson_now,
    moved,
)
from livelore.live.rooms.service.keeper import RoomKeeper, existing
from livelore.ports.clock import Clock, now_ms
from livelore.trust.identity.model import token_hash
from livelore.web.caller import Caller

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RoomTerms:
    """What the operator has set; ``node`` names this process, ``is_alone`` says it is the only."""

    preview_s: int = 180
    reconnect_s: int = 60
    token_s: int = 60
    node: str = ""
    is_alone: bool = True


class LiveSessions(RoomKeeper):
    """Rooms with their live sessions.

    Args:
        database: Where they are kept.
        clock: For hours and states.
        catalog: Which lesson is on.
        terms: What the operator has set.
    """

    def __init__(
        self, database: Database, clock: Clock, catalog: CatalogService, terms: RoomTerms
    ) -> None:
        super().__init__(database, clock)
        self._catalog = catalog
        self._quiet_until: dict[str, float] = {}
        self.terms = terms

    async def authorize_key(self, stream_key: str, peer: str) -> str | None:
        """The room that a stream key belongs to; a wrong key is logged with where it came from."""
        hashed = token_hash(stream_key)
        room_id = await self._database.read(lambda c: store.room_of_key(c, hashed))
        if room_id is None:
            log.warning("stream_key_refused", **{"pii.peer": peer})
            return None
        if (await self.room(room_id)).cut_off_at is not None:
            log.warning("stream_refused_cut_off", room_id=room_id)
            return None
        if self._clock.monotonic() < self._quiet_until.get(room_id, 0.0):
            log.info("stream_refused_after_end", room_id=room_id)
            return None
        self._quiet_until.pop(room_id, None)
        return room_id

    async def session_started(self, room_id: str) -> None:
        """The picture has come: a new live session, or the one that was interrupted."""
        room = await self.room(room_id)
        lessons = await self._catalog.lessons_of_room(room_id, room.host_id)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            last = store.last_session(connection, room_id)
            if existing(connection, room_id).cut_off_at is not None:
                return
            if last is not None and last.state != "ended":
                if not last.is_lost(now, self._reconnect):
                    here = replace(last, node=self.terms.node)
                    self._move(connection, room, here, "started", now)
                    return
                self._move(connection, room, last, "ended", now)
            lesson = lesson_now(lessons, now)
            session = LiveSession(
                new_id(now_ms(self._clock)),
                room_id,
                None if lesson is None else lesson.id,
                room.title if lesson is None else lesson.title,
                room.title_en if lesson is None else lesson.title_en,
                "on_air",
                now,
                node=self.terms.node,
            )
            store.save_session(connection, session)
            self._tell(connection, LiveStarted, room, session, now)

        await self._database.write(work)

    async def session_interrupted(self, room_id: str) -> None:
        """The encoder is gone."""
        await self._on_fact(room_id, "interrupted")

    async def session_resumed(self, room_id: str) -> None:
        """The encoder is back."""
        await self._on_fact(room_id, "started", here=True)

    async def session_ended(self, room_id: str) -> None:
        """The encoder did not come back, or said that it is done."""
        await self._on_fact(room_id, "ended")

    async def end_session(self, caller: Caller, room_id: str) -> None:
        """The host, a moderator or an operator ends the class.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: The caller has no say in this room.
            NotOnAir: There is nothing to end.
        """
        room = await self.may_manage(caller, room_id)
        if not await self._on_fact(room.id, "ended"):
            raise NotOnAir(room_id=room_id)
        self.keep_quiet(room_id)

    def keep_quiet(self, room_id: str) -> None:
        """Refuse a room's encoder for a while: its class was ended by hand."""
        self._quiet_until[room_id] = self._clock.monotonic() + QUIET_S

    def end_in(self, connection: Connection, room: Room) -> LiveSession | None:
        """End what is on in a room, inside a larger transaction; gives what was."""
        last = store.last_session(connection, room.id)
        if last is None or not self._move(connection, room, last, "ended", self._clock.now()):
            return None
        return last

    async def preview_s_of(self, session: LiveSession) -> int:
        """Free seconds of a class: its own, else the site's."""
        lesson = (
            None if session.lesson_id is None else await self._catalog.lesson(session.lesson_id)
        )
        own = None if lesson is None else lesson.preview_s
        return self.terms.preview_s if own is None else own

    async def interrupt_all(self) -> int:
        """At the start of this process: what was on air in it has lost its encoder."""
        own = {"", self.terms.node}
        sessions = [each for each in await self.open_sessions() if each.node in own]
        for session in sessions:
            await self._on_fact(session.room_id, "interrupted")
        return len(sessions)

    async def beat(self) -> int:
        """Show the other processes that this one is there; interrupt what a dead one had on air.

        Returns:
            How many sessions were interrupted.
        """
        now = self._clock.now()
        await self._database.write(lambda c: store.beat(c, self.terms.node, now))
        lost = await self._database.read(lambda c: store.orphans(c, now - NODE_LOST))
        for session in lost:
            await self._on_fact(session.room_id, "interrupted")
        return len(lost)

    async def end_lost(self) -> int:
        """End sessions whose encoder has been gone for too long; returns how many."""
        now = self._clock.now()
        lost = [each for each in await self.open_sessions() if each.is_lost(now, self._reconnect)]
        for session in lost:
            await self._on_fact(session.room_id, "ended")
        return len(lost)

    async def open_sessions(self) -> list[LiveSession]:
        """All live sessions that are not over, by start."""
        return await self._database.read(store.open_sessions)

    async def open_session_of(self, room_id: str) -> LiveSession | None:
        """The room's live session that is not over."""
        last = await self._database.read(lambda c: store.last_session(c, room_id))
        return last if last is not None and last.state != "ended" else None

    def is_open_in(self, connection: Connection, live_session_id: str) -> bool:
        """Whether a live session is not over, inside a larger transaction."""
        session = store.session_by_id(connection, live_session_id)
        return session is not None and session.state != "ended"

    async def session(self, live_session_id: str) -> LiveSession | None:
        """The live session of this id."""
        return await self._database.read(lambda c: store.session_by_id(c, live_session_id))

    async def past_sessions(
        self, room_id: str, before_id: str | None, limit: int
    ) -> list[LiveSession]:
        """A room's live sessions that are over, newest first, below a cursor."""
        return await self._database.read(
            lambda c: store.past_sessions(c, room_id, before_id, limit)
        )

    @property
    def _reconnect(self) -> timedelta:
        return timedelta(seconds=self.terms.reconnect_s)

    async def _on_fact(self, room_id: str, fact: Fact, *, here: bool = False) -> bool:
        now = self._clock.now()

        def work(connection: Connection) -> bool:
            room = store.room_by_id(connection, room_id)
            last = store.last_session(connection, room_id)
            if room is None or last is None:
                return False
            if here:
                last = replace(last, node=self.terms.node)
            return self._move(connection, room, last, fact, now)

        return await self._database.write(work)

    def _move(
        self, connection: Connection, room: Room, session: LiveSession, fact: Fact, now: datetime
    ) -> bool:
        after = moved(session, fact, now)
        if after is None:
            return False
        store.save_session(connection, after)
        kinds: dict[Fact, type[LiveEvent]] = {
            "started": LiveResumed,
            "interrupted": LiveInterrupted,
            "ended": LiveEnded,
        }
        self._tell(connection, kinds[fact], room, after, now)
        return True

    def _tell(
        self,
        connection: Connection,
        kind: type[LiveEvent],
        room: Room,
        session: LiveSession,
        now: datetime,
    ) -> None:
        at_ms = to_ms(now)
        event = kind(
            room_id=room.id,
            host_id=room.host_id,
            live_session_id=session.id,
            lesson_id=session.lesson_id,
            started_at_ms=to_ms(session.started_at),
            at_ms=at_ms,
        )
        put_event(connection, kind.topic, event_payload(event), None, at_ms)
