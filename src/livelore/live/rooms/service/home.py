"""What a visitor finds first: who is on air, tonight's timetable, courses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Course, Lesson, Product
from livelore.knowledge.catalog.service import CatalogService, CourseView
from livelore.live.rooms import store
from livelore.live.rooms.model import LiveSession, Room
from livelore.live.rooms.service.rooms import RoomsService
from livelore.ports.clock import Clock
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService

COURSES_SHOWN = 8
LIVE_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Card:
    """A room on air, as it is offered; ``reason`` says why it stands where it stands."""

    room: Room
    session: LiveSession
    host: User
    lesson: Lesson | None
    course: Course | None
    product: Product | None
    n_viewers: int
    is_entitled: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the timetable."""

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
        self._n_viewers = n_viewers
        self._zone = ZoneInfo(time_zone)

    async def home(self, user_id: str | None) -> Home:
        """Everything that the first page shows."""
        courses, _ = await self._courses()
        owned = await self._access.owned_products(user_id)
        return Home(await self.cards(user_id), await self.slots(tonight_only=True), courses, owned)

    async def _courses(self) -> tuple[list[tuple[CourseView, User]], None]:
        views = await self._catalog.courses(limit=COURSES_SHOWN)
        hosts = await self._identity.users([view.course.host_id for view in views])
        return [(view, hosts[view.course.host_id]) for view in views], None

    async def cards(self, user_id: str | None) -> list[Card]:
        """Rooms on air: what the caller may watch first, then by viewers, then by start."""

        def work(connection: Connection) -> list[tuple[LiveSession, Room]]:
            sessions = store.open_sessions(connection)[:LIVE_SHOWN]
            rooms = [(each, store.room_by_id(connection, each.room_id)) for each in sessions]
            return [(session, room) for session, room in rooms if room is not None]

        found = await self._database.read(work)
        hosts = await self._identity.users([room.host_id for _, room in found])
        cards = [
            await self._card(user_id, session, room, hosts[room.host_id]) for session, room in found
        ]
        return sorted(
            cards,
            key=lambda card: (card.reason != "ticket_held", -card.n_viewers, card.session.id),
        )

    async def _card(
        self, user_id: str | None, session: LiveSession, room: Room, host: User
    ) -> Card:
        lesson = course = product = None
        is_entitled, reason = True, "free"
        if session.lesson_id is not None:
            lesson = await self._catalog.lesson(session.lesson_id)
            course = (await self._catalog.courses_by_id([lesson.course_id])).get(lesson.course_id)
            product = await self._ticket(lesson)
            access = await self._access.access_to(user_id, lesson.id)
            is_entitled, reason = access.entitled, access.reason or "none"
        n_viewers = self._n_viewers(room.id)
        why = "ticket_held" if reason in {"ticket", "course"} else _why(n_viewers)
        return Card(room, session, host, lesson, course, product, n_viewers, is_entitled, why)

    async def _ticket(self, lesson: Lesson) -> Product | None:
        products = await self._catalog.products_of_course(lesson.course_id)
        return ticket_of(products, lesson.id)

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
        tickets = await self._tickets([lesson for lesson, _ in found])
        return [
            Slot(
                lesson,
                course,
                hosts[course.host_id],
                tickets.get(lesson.id),
                lesson.id in on_air,
            )
            for lesson, course in found
        ]

    def _end_of_night(self) -> datetime:
        """Four in the morning of the next day of the site's zone: an evening ends late."""
        local = self._clock.now().astimezone(self._zone) - timedelta(hours=4)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1, hours=4)

    async def _tickets(self, lessons: Sequence[Lesson]) -> dict[str, Product]:
        def work(connection: Connection) -> dict[str, Product]:
            products = {
                course_id: self._catalog.products_of_course_in(connection, course_id)
                for course_id in {lesson.course_id for lesson in lessons}
            }
            pairs = (
                (lesson.id, ticket_of(products[lesson.course_id], lesson.id)) for lesson in lessons
            )
            return {lesson_id: ticket for lesson_id, ticket in pairs if ticket is not None}

        return await self._database.read(work)

    async def live_now(self, course_ids: Sequence[str]) -> dict[str, LiveSession]:
        """The live session that is on air of each of these courses."""
        wanted = set(course_ids)
        found: dict[str, LiveSession] = {}
        for session in await self._rooms.open_sessions():
            if session.lesson_id is not None:
                lesson = await self._catalog.lesson(session.lesson_id)
                if lesson.course_id in wanted:
                    found[lesson.course_id] = session
        return found


def ticket_of(products: Sequence[Product], lesson_id: str) -> Product | None:
    """The ticket of a lesson that is on sale, if there is one."""
    return next(
        (each for each in products if each.lesson_id == lesson_id and each.is_on_sale), None
    )


def _why(n_viewers: int) -> str:
    return "most_watched" if n_viewers else "start_time"
