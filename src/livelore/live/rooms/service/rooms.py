"""A room as one caller sees it: what is on, what it costs, what they may do."""

from dataclasses import dataclass

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.access.model import Access
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Lesson, Product
from livelore.knowledge.catalog.service import CatalogService
from livelore.live.rooms import store
from livelore.live.rooms.model import (
    LiveSession,
    Room,
    RoomStateName,
    next_lesson,
    offer_of,
    room_state,
)
from livelore.live.rooms.service.keeper import existing
from livelore.live.rooms.service.sessions import LiveSessions, RoomTerms
from livelore.ports.clock import Clock
from livelore.web.caller import Caller


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


class RoomsService(LiveSessions):
    """Rooms, live sessions, and what callers may do with them.

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
        super().__init__(database, clock, catalog, terms)
        self._access = access

    async def view(self, caller: Caller, room_id: str) -> RoomView:
        """A room with what the caller may do in it.

        Raises:
            RoomNotFound: There is none.
        """
        now = self._clock.now()

        def work(connection: Connection) -> tuple[Room, LiveSession | None, bool]:
            room = existing(connection, room_id)
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
