"""Rooms, their keys and moderators, and their live sessions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.database.outbox import event_payload, put_event
from livelore.kit.ids import new_id, new_secret
from livelore.kit.times import to_ms
from livelore.knowledge.access.model import Access
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Lesson, Product
from livelore.knowledge.catalog.service import CatalogService
from livelore.live.rooms import store
from livelore.live.rooms.errors import NotOnAir, RoomNotFound, TooManyRooms
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
    ROOMS_MAX,
    Fact,
    LiveSession,
    Room,
    RoomStateName,
    check_title,
    lesson_now,
    moved,
    next_lesson,
    offer_of,
    room_state,
)
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


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as one caller sees it."""

    room: Room
    state: RoomStateName
    session: LiveSession | None
    lesson: Lesson | None
    product: Product | None
    access: Access
    is_host: bool
    is_moderator: bool


class RoomsService:
    """Rooms and live sessions.

    Args:
        database: Where they are kept.
        clock: For hours and states.
        catalog: Which lesson is on.
        access: Who may watch it.
        terms: What the operator has set.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalog: CatalogService,
        access: AccessService,
        terms: RoomTerms,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog
        self._access = access
        self._quiet_until: dict[str, float] = {}
        self.terms = terms

    # Rooms --------------------------------------------------------------------------------------

    async def add_room(
        self, host_id: str, title: str, title_en: str = "", cover: str = "board"
    ) -> Room:
        """Open a room for a host.

        Raises:
            RoomFieldInvalid: The title is empty or too long.
            TooManyRooms: The host has 20 already.
        """
        room = Room(
            new_id(now_ms(self._clock)),
            host_id,
            check_title(title),
            check_title(title_en, "title_en", may_be_empty=True),
            check_title(cover, "cover", may_be_empty=True)[:32],
            self._clock.now(),
        )

        def work(connection: Connection) -> Room:
            if len(store.rooms_of_host(connection, host_id)) >= ROOMS_MAX:
                raise TooManyRooms(rooms_max=ROOMS_MAX)
            store.add_room(connection, room)
            return room

        return await self._database.write(work)

    async def rename_room(self, host_id: str, room_id: str, title: str, title_en: str) -> Room:
        """Change the titles of one's own room.

        Raises:
            RoomNotFound: There is none, or it is another host's.
            RoomFieldInvalid: A title is empty or too long.
        """
        title = check_title(title)
        title_en = check_title(title_en, "title_en", may_be_empty=True)

        def work(connection: Connection) -> Room:
            room = _own(connection, host_id, room_id)
            room = replace(room, title=title, title_en=title_en)
            store.update_room(connection, room)
            return room

        return await self._database.write(work)

    async def rooms_of_host(self, host_id: str) -> list[Room]:
        """A host's rooms, oldest first."""
        return await self._database.read(lambda c: store.rooms_of_host(c, host_id))

    async def room(self, room_id: str) -> Room:
        """A room.

        Raises:
            RoomNotFound: There is none.
        """
        return await self._database.read(lambda c: _existing(c, room_id))

    async def renew_stream_key(self, host_id: str, room_id: str) -> str:
        """A new stream key for one's own room, shown this once; the old one is dead.

        Raises:
            RoomNotFound: There is none, or it is another host's.
        """
        key = new_secret(24)
        at = self._clock.now()

        def work(connection: Connection) -> None:
            _own(connection, host_id, room_id)
            store.set_stream_key(connection, room_id, token_hash(key), at)

        await self._database.write(work)
        return key

    async def owns_key(self, room_id: str, stream_key: str) -> bool:
        """Whether a stream key is the one of this room."""
        hashed = token_hash(stream_key)
        return await self._database.read(lambda c: store.room_of_key(c, hashed)) == room_id

    async def set_moderator(
        self, host_id: str, room_id: str, user_id: str, *, is_appointed: bool
    ) -> None:
        """Appoint or dismiss a moderator of one's own room.

        Raises:
            RoomNotFound: There is none, or it is another host's.
        """

        def work(connection: Connection) -> None:
            _own(connection, host_id, room_id)
            store.set_moderator(connection, room_id, user_id, is_appointed=is_appointed)

        await self._database.write(work)

    async def may_manage(self, caller: Caller, room_id: str) -> Room:
        """A room of which the caller is host, moderator or the site's operator.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: Any other case; a stranger learns nothing.
        """
        user_id = caller.require_user()

        def work(connection: Connection) -> Room:
            room = _existing(connection, room_id)
            is_allowed = (
                caller.role == "operator"
                or room.host_id == user_id
                or store.is_moderator(connection, room_id, user_id)
            )
            if not is_allowed:
                raise RoomNotFound(room_id=room_id[:32])
            return room

        return await self._database.read(work)

    async def view(self, caller: Caller, room_id: str) -> RoomView:
        """A room with what the caller may do in it.

        Raises:
            RoomNotFound: There is none.
        """
        now = self._clock.now()

        def work(connection: Connection) -> tuple[Room, LiveSession | None, bool]:
            room = _existing(connection, room_id)
            is_moderator = caller.user_id is not None and store.is_moderator(
                connection, room_id, caller.user_id
            )
            return room, store.last_session(connection, room_id), is_moderator

        room, last, is_moderator = await self._database.read(work)
        session = last if last is not None and last.state != "ended" else None
        coming = next_lesson(await self._catalog.lessons_of_room(room_id, room.host_id), now)
        state = room_state(last, coming, now)
        lesson = coming
        if session is not None:
            lesson = (
                None if session.lesson_id is None else await self._catalog.lesson(session.lesson_id)
            )
        return RoomView(
            room=room,
            state=state,
            session=session,
            lesson=lesson,
            product=None if lesson is None else await self._product_of(lesson),
            access=await self._access_of(caller, room, lesson, is_moderator=is_moderator),
            is_host=room.host_id == caller.user_id,
            is_moderator=is_moderator,
        )

    async def _access_of(
        self, caller: Caller, room: Room, lesson: Lesson | None, *, is_moderator: bool
    ) -> Access:
        if lesson is None:
            is_own = caller.user_id is not None and room.host_id == caller.user_id
            return Access(entitled=True, reason="host" if is_own else "free")
        return await self._access.access_to(
            caller.user_id, lesson.id, is_operator=is_moderator or caller.role == "operator"
        )

    async def _product_of(self, lesson: Lesson) -> Product | None:
        return offer_of(await self._catalog.products_of_course(lesson.course_id), lesson)

    # Live sessions ------------------------------------------------------------------------------

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
            if _existing(connection, room_id).cut_off_at is not None:
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

    async def cut_off_rooms(self) -> list[Room]:
        """Rooms that an operator keeps off air, the newest first."""
        return await self._database.read(store.rooms_cut_off)

    async def rooms_by_id(self, ids: list[str]) -> dict[str, Room]:
        """Those of these rooms that exist."""
        return await self._database.read(lambda c: store.rooms_by_id(c, ids))

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


def _existing(connection: Connection, room_id: str) -> Room:
    room = store.room_by_id(connection, room_id)
    if room is None:
        raise RoomNotFound(room_id=room_id[:32])
    return room


def _own(connection: Connection, host_id: str, room_id: str) -> Room:
    room = _existing(connection, room_id)
    if room.host_id != host_id:
        raise RoomNotFound(room_id=room_id[:32])
    return room
