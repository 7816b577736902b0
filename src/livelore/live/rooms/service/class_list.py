"""A host's classes as they are listed: what is on, comes, came to nothing, and is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.catalog.errors import LessonNotFound
from livelore.knowledge.catalog.model import Course, Lesson, Product
from livelore.knowledge.catalog.service import CatalogService
from livelore.live.rooms import store
from livelore.live.rooms.model import LiveSession, offer_of
from livelore.ports.clock import Clock

MISSED_SHOWN = timedelta(days=30)
Needs = Literal["ticket", "course", "free"]


@dataclass(frozen=True, slots=True)
class HostClass:
    """A class in its host's list; ``lesson`` is None for a live session outside the timetable.

    ``product`` is its own ticket, on sale or not; ``needs`` is what opens it.
    """

    lesson: Lesson | None
    course: Course | None
    product: Product | None
    session: LiveSession | None
    was_held: bool = False
    needs: Needs = "free"


@dataclass(frozen=True, slots=True)
class HostClasses:
    """What is on, what comes, what came to nothing, and a page of what is over."""

    on_air: list[HostClass]
    coming: list[HostClass]
    dropped: list[HostClass]
    past: list[HostClass]
    has_more: bool


class ClassList:
    """Reads across live sessions and the catalogue.

    Args:
        database: Where both are kept.
        clock: Tells what is over.
        catalog: Courses, lessons, tickets.
    """

    def __init__(self, database: Database, clock: Clock, catalog: CatalogService) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog

    def now(self) -> datetime:
        """The time by which classes come or are over."""
        return self._clock.now()

    def is_over(self, lesson: Lesson) -> bool:
        """Whether its hours have passed."""
        return lesson.ends_at is not None and lesson.ends_at <= self._clock.now()

    def ticket_in(self, connection: Connection, lesson: Lesson) -> Product | None:
        """The class's own ticket, on sale or not, in the caller's transaction."""
        return _ticket_of(self._products(connection, lesson), lesson)

    def _products(self, connection: Connection, lesson: Lesson) -> list[Product]:
        return self._catalog.products_of_course_in(connection, lesson.course_id)

    def found_in(self, connection: Connection, host_id: str, lesson_id: str) -> HostClass:
        """As `of_lesson`, in the caller's transaction."""
        lesson = self._catalog.lesson_in(connection, lesson_id)
        course = None if lesson is None else self._catalog.course_in(connection, lesson.course_id)
        if lesson is None or course is None or course.host_id != host_id:
            raise LessonNotFound(lesson_id=lesson_id[:32])
        session = None
        if lesson.room_id is not None:
            last = store.last_session(connection, lesson.room_id)
            session = last if last is not None and last.lesson_id == lesson.id else None
        products = self._products(connection, lesson)
        ticket, needs = _ticket_of(products, lesson), _needs(products, lesson)
        return HostClass(lesson, course, ticket, session, session is not None, needs)

    async def of_lesson(self, host_id: str, lesson_id: str) -> HostClass:
        """One of the host's classes.

        Raises:
            LessonNotFound: There is none, or it is another host's.
        """
        return await self._database.read(lambda c: self.found_in(c, host_id, lesson_id))

    async def of_host(self, host_id: str, before_id: str | None, limit: int) -> HostClasses:
        """All that is on and comes, and one page of what is over.

        Args:
            host_id: Whose.
            before_id: The live session above the page.
            limit: Live sessions on the page.
        """
        now = self._clock.now()
        lessons = await self._catalog.live_lessons_of_host(host_id, now - MISSED_SHOWN)

        def work(connection: Connection) -> HostClasses:
            rooms = store.rooms_of_host(connection, host_id)
            is_open = store.open_sessions_of(connection, [room.id for room in rooms])
            ended = store.ended_sessions_of_host(connection, host_id, before_id, limit + 1)
            held = store.lessons_taught(connection, [each.id for each in lessons])
            on = {each.lesson_id for each in is_open.values()}
            rest = [each for each in lessons if each.id not in on]
            coming = [x for x in rest if x.cancelled_at is None and not self.is_over(x)]
            dropped = [
                each
                for each in rest
                if each.id not in held and (each.cancelled_at is not None or self.is_over(each))
            ]
            join = self._joiner(connection, [*is_open.values(), *ended], lessons)
            return HostClasses(
                [join(each, None, True) for each in is_open.values()],
                [join(None, each, each.id in held) for each in coming],
                [join(None, each, False) for each in reversed(dropped)],
                [join(each, None, True) for each in ended[:limit]],
                len(ended) > limit,
            )

        return await self._database.read(work)

    def _joiner(
        self, connection: Connection, sessions: Sequence[LiveSession], lessons: Sequence[Lesson]
    ) -> Callable[[LiveSession | None, Lesson | None, bool], HostClass]:
        taught = [each.lesson_id for each in sessions if each.lesson_id is not None]
        known = self._catalog.lessons_in(connection, taught) | {each.id: each for each in lessons}
        course_ids = {each.course_id for each in known.values()}
        courses = self._catalog.courses_in(connection, course_ids)
        products = self._catalog.products_of_courses_in(connection, course_ids)

        def join(session: LiveSession | None, lesson: Lesson | None, was_held: bool) -> HostClass:
            if lesson is None and session is not None and session.lesson_id is not None:
                lesson = known.get(session.lesson_id)
            if lesson is None:
                return HostClass(None, None, None, session, was_held)
            sold = products[lesson.course_id]
            ticket, needs = _ticket_of(sold, lesson), _needs(sold, lesson)
            return HostClass(
                lesson, courses.get(lesson.course_id), ticket, session, was_held, needs
            )

        return join


def _ticket_of(products: Sequence[Product], lesson: Lesson) -> Product | None:
    return next((each for each in products if each.lesson_id == lesson.id), None)


def _needs(products: Sequence[Product], lesson: Lesson) -> Needs:
    offer = offer_of(products, lesson)
    if offer is None:
        return "free"
    return "ticket" if offer.kind == "ticket" else "course"
