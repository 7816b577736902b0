"""What a visitor finds first: who is on air, tonight's timetable, courses, where to go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.access.model import Access
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Course, Lesson, Product
from livelore.knowledge.catalog.service import CatalogService, CourseView
from livelore.live.rooms import store
from livelore.live.rooms.model import LiveSession, Room, offer_of
from livelore.live.rooms.service.resume import Resume, Resuming
from livelore.live.rooms.service.rooms import RoomsService
from livelore.ports.clock import Clock
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService

COURSES_SHOWN = 8
LIVE_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Card:
    """A room as it is offered; ``reason`` says why it stands where it stands.

    ``product`` is what opens the class that is on: its ticket, or the whole course.
    """

    room: Room
    session: LiveSession | None
    host: User
    lesson: Lesson | None
    course: Course | None
    product: Product | None
    n_viewers: int
    is_entitled: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the timetable; ``product`` is what opens the class, None when it is free."""

    lesson: Lesson
    course: Course
    host: User
    product: Product | None
    is_on_air: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The home page."""

    cards: list[Card]
    slots: list[Slot]
    courses: list[tuple[CourseView, User]]
    owned: frozenset[str]
    resumes: list[Resume]


class HomeFeed:
    """Reads across rooms, catalogue and access.

    Args:
        database: For the sessions.
        clock: For tonight.
        rooms: What is on air.
        neighbours: Catalogue, access and users.
        n_viewers: Viewers of a room now.
        time_zone: The site's; "tonight" is a day there.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rooms: RoomsService,
        neighbours: tuple[CatalogService, AccessService, IdentityService],
        n_viewers: Callable[[str], int],
        time_zone: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rooms = rooms
        self._catalog, self._access, self._identity = neighbours
        self._resuming = Resuming(clock, self._catalog, self._access)
        self._n_viewers = n_viewers
        self._zone = ZoneInfo(time_zone)

    async def home(self, user_id: str | None) -> Home:
        """Everything that the first page shows."""
        cards = await self.cards(user_id)
        on_air = {card.lesson.id: card.room.id for card in cards if card.lesson is not None}
        return Home(
            cards,
            await self.slots(tonight_only=True),
            await self._courses(),
            await self._access.owned_products(user_id),
            [] if user_id is None else await self._resuming.of(user_id, on_air),
        )

    async def _courses(self) -> list[tuple[CourseView, User]]:
        views = await self._catalog.courses(limit=COURSES_SHOWN)
        hosts = await self._identity.users([view.course.host_id for view in views])
        return [(view, hosts[view.course.host_id]) for view in views]

    async def cards(self, user_id: str | None) -> list[Card]:
        """Rooms on air: what the caller may watch first, then by viewers, then by start."""

        def work(connection: Connection) -> list[tuple[Room, LiveSession | None]]:
            sessions = store.open_sessions(connection)[:LIVE_SHOWN]
            rooms = store.rooms_by_id(connection, [each.room_id for each in sessions])
            return [(rooms[each.room_id], each) for each in sessions]

        cards = await self._cards(user_id, await self._database.read(work))
        return sorted(
            cards,
            key=lambda card: (card.reason != "ticket_held", -card.n_viewers, _started(card)),
        )

    async def rooms(
        self, user_id: str | None, is_live: bool | None, before_id: str | None, limit: int
    ) -> list[Card]:
        """Rooms on air, off air or (None) all, newest first, below a cursor."""

        def work(connection: Connection) -> list[tuple[Room, LiveSession | None]]:
            rooms = store.rooms(connection, is_live, before_id, limit)
            sessions = store.open_sessions_of(connection, [room.id for room in rooms])
            return [(room, sessions.get(room.id)) for room in rooms]

        return await self._cards(user_id, await self._database.read(work))

    async def _cards(
        self, user_id: str | None, found: Sequence[tuple[Room, LiveSession | None]]
    ) -> list[Card]:
        """Cards of these rooms, whatever their number, by the same few reads."""
        hosts = await self._identity.users([room.host_id for room, _ in found])
        taught = [session.lesson_id for _, session in found if session is not None]
        lessons = await self._catalog.lessons([each for each in taught if each is not None])
        course_ids = {lesson.course_id for lesson in lessons.values()}
        courses = await self._catalog.courses_by_id(course_ids)
        offers = await self._offers(list(lessons.values()))
        accesses = await self._access.access_to_all(user_id, lessons)

        def card(room: Room, session: LiveSession | None) -> Card:
            lesson = None if session is None else lessons.get(session.lesson_id or "")
            access = _FREE if lesson is None else accesses[lesson.id]
            n_viewers = self._n_viewers(room.id)
            return Card(
                room,
                session,
                hosts[room.host_id],
                lesson,
                None if lesson is None else courses[lesson.course_id],
                None if lesson is None else offers.get(lesson.id),
                n_viewers,
                access.entitled,
                _why(session, access, n_viewers),
            )

        return [card(room, session) for room, session in found]

    async def slots(self, *, tonight_only: bool) -> list[Slot]:
        """Live lessons that are on or come within a week, or the rest of today."""
        found = await self._catalog.timetable()
        if tonight_only:
            night = self._end_of_night()
            found = [
                pair for pair in found if pair[0].starts_at is None or pair[0].starts_at < night
            ]
        hosts = await self._identity.users([course.host_id for _, course in found])
        on_air = {each.lesson_id for each in await self._rooms.open_sessions()}
        offers = await self._offers([lesson for lesson, _ in found])
        return [
            Slot(lesson, course, hosts[course.host_id], offers.get(lesson.id), lesson.id in on_air)
            for lesson, course in found
        ]

    def _end_of_night(self) -> datetime:
        """Four in the morning of the next day of the site's zone: an evening ends late."""
        local = self._clock.now().astimezone(self._zone) - timedelta(hours=4)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1, hours=4)

    async def _offers(self, lessons: Sequence[Lesson]) -> dict[str, Product | None]:
        """What opens each of these lessons."""
        products = await self._catalog.products_of_courses({each.course_id for each in lessons})
        return {each.id: offer_of(products[each.course_id], each) for each in lessons}

    async def live_now(self, course_ids: Sequence[str]) -> dict[str, LiveSession]:
        """The live session that is on air of each of these courses."""
        sessions = {
            each.lesson_id: each
            for each in await self._rooms.open_sessions()
            if each.lesson_id is not None
        }
        lessons = await self._catalog.lessons(sessions)
        wanted = set(course_ids)
        return {
            lesson.course_id: sessions[lesson.id]
            for lesson in lessons.values()
            if lesson.course_id in wanted
        }


_FREE = Access(entitled=True, reason="free")


def _started(card: Card) -> str:
    return "" if card.session is None else card.session.id


def _why(session: LiveSession | None, access: Access, n_viewers: int) -> str:
    if session is None:
        return "off_air"
    if access.reason in {"ticket", "course"}:
        return "ticket_held"
    return "most_watched" if n_viewers else "start_time"
