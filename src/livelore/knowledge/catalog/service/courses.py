"""Courses and their lessons: made and changed by their host, read by everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.ids import new_id
from livelore.knowledge.catalog import store
from livelore.knowledge.catalog.errors import (
    CourseNotFound,
    FieldInvalid,
    LessonNotFound,
)
from livelore.knowledge.catalog.model import (
    Course,
    CourseFacts,
    Lesson,
    LessonKind,
    OutlineItem,
    Wanted,
    check_course,
    check_lesson,
)
from livelore.ports.clock import Clock, now_ms

TIMETABLE_MAX = 100

Changes = Mapping[str, Any]
"""Field names and their new values (Any: each of its field's own type, checked by the model)."""


@dataclass(frozen=True, slots=True)
class NewCourse:
    """What a host says of a new course."""

    title: str
    title_en: str = ""
    subtitle: str = ""
    subtitle_en: str = ""
    description: str = ""
    description_en: str = ""
    subject: str = ""
    language: str = "zh"
    cover: str = ""
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class NewLesson:
    """What a host says of a new lesson; ``position`` None is after the last."""

    title: str
    kind: LessonKind
    title_en: str = ""
    chapter: str = ""
    chapter_en: str = ""
    position: int | None = None
    duration_s: int = 0
    is_preview: bool = False
    cover: str = ""
    body: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    outline: tuple[OutlineItem, ...] = ()
    room_id: str | None = None
    preview_s: int | None = None


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course with its counts, as lists show it."""

    course: Course
    facts: CourseFacts = field(default_factory=CourseFacts)


class Courses:
    """What is taught and sold.

    Args:
        database: Where it is stored.
        clock: For ids and timetable.
        currency: Of all prices.
        platform_percent: The site's share; a change makes a new version of the site's rule.
    """

    def __init__(
        self, database: Database, clock: Clock, currency: str = "CNY", platform_percent: int = 15
    ) -> None:
        self._database = database
        self._clock = clock
        self.currency = currency
        self.platform_percent = platform_percent

    def now(self) -> datetime:
        """The time by which classes are upcoming, live or over."""
        return self._clock.now()

    # Courses ------------------------------------------------------------------------------------

    async def add_course(self, host_id: str, new: NewCourse) -> Course:
        """Make a course of this host.

        Raises:
            FieldInvalid: Names the field.
        """
        return await self._database.write(lambda c: self.add_course_in(c, host_id, new))

    def add_course_in(self, connection: Connection, host_id: str, new: NewCourse) -> Course:
        """As `add_course`, in the caller's transaction."""
        values = {name: getattr(new, name) for name in NewCourse.__dataclass_fields__}
        course = check_course(
            Course(
                id=new_id(now_ms(self._clock)),
                host_id=host_id,
                created_at=self._clock.now(),
                **values,
            )
        )
        store.put_course(connection, course)
        return course

    async def update_course(self, host_id: str, course_id: str, changes: Changes) -> Course:
        """Change fields of one's own course.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """

        def work(connection: Connection) -> Course:
            course = check_course(replace(own_course(connection, host_id, course_id), **changes))
            store.put_course(connection, course)
            return course

        return await self._database.write(work)

    async def course_for(self, user_id: str | None, course_id: str) -> CourseView:
        """A course as this caller may see it: drafts only for their host.

        Raises:
            CourseNotFound: There is none, or it is another host's draft.
        """

        def work(connection: Connection) -> CourseView:
            course = store.course_by_id(connection, course_id)
            if course is None or not (course.is_published or course.host_id == user_id):
                raise CourseNotFound(course_id=course_id[:32])
            return CourseView(course, store.course_facts(connection, [course_id])[course_id])

        return await self._database.read(work)

    async def courses(
        self,
        before_id: str | None = None,
        limit: int = 50,
        subject: str | None = None,
        wanted: Sequence[Wanted] = (),
    ) -> list[CourseView]:
        """Published courses that have all wanted words, newest first, older than the cursor."""

        def work(connection: Connection) -> list[CourseView]:
            found = store.courses(connection, before_id, limit, subject, wanted)
            facts = store.course_facts(connection, [course.id for course in found])
            return [CourseView(course, facts[course.id]) for course in found]

        return await self._database.read(work)

    async def courses_of_host(self, host_id: str) -> list[CourseView]:
        """Every course of a host, drafts too."""

        def work(connection: Connection) -> list[CourseView]:
            found = store.courses_of_host(connection, host_id)
            facts = store.course_facts(connection, [course.id for course in found])
            return [CourseView(course, facts[course.id]) for course in found]

        return await self._database.read(work)

    async def courses_by_id(self, ids: Iterable[str]) -> dict[str, Course]:
        """Those of these courses that exist."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.courses_by_id(c, wanted))

    # Lessons ------------------------------------------------------------------------------------

    async def add_lesson(self, host_id: str, course_id: str, new: NewLesson) -> Lesson:
        """Add a lesson to one's own course.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """
        return await self._database.write(lambda c: self.add_lesson_in(c, host_id, course_id, new))

    def add_lesson_in(
        self, connection: Connection, host_id: str, course_id: str, new: NewLesson
    ) -> Lesson:
        """As `add_lesson`, in the caller's transaction."""
        own_course(connection, host_id, course_id)
        values = {name: getattr(new, name) for name in NewLesson.__dataclass_fields__}
        if new.position is None:
            before = store.lessons_of_course(connection, course_id)
            values["position"] = max((each.position for each in before), default=0) + 1
        if new.kind == "live" and new.starts_at and new.ends_at and not new.duration_s:
            values["duration_s"] = max(0, round((new.ends_at - new.starts_at).total_seconds()))
        lesson = check_lesson(
            Lesson(id=new_id(now_ms(self._clock)), course_id=course_id, cancelled_at=None, **values)
        )
        store.put_lesson(connection, lesson)
        return lesson

    async def update_lesson(self, host_id: str, lesson_id: str, changes: Changes) -> Lesson:
        """Change fields of a lesson of one's own course.

        Raises:
            LessonNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """
        return await self._database.write(
            lambda c: self.update_lesson_in(c, host_id, lesson_id, changes)
        )

    def update_lesson_in(
        self, connection: Connection, host_id: str, lesson_id: str, changes: Changes
    ) -> Lesson:
        """As `update_lesson`, in the caller's transaction."""
        lesson = check_lesson(replace(own_lesson(connection, host_id, lesson_id), **changes))
        store.put_lesson(connection, lesson)
        return lesson

    async def cancel_lesson(self, host_id: str, lesson_id: str) -> Lesson:
        """Call a live class off; its tickets are paid back by the timer of orders.

        Raises:
            LessonNotFound: There is none, or it is another host's.
            FieldInvalid: It is not a live class.
        """

        def work(connection: Connection) -> Lesson:
            lesson = own_lesson(connection, host_id, lesson_id)
            if lesson.kind != "live":
                raise FieldInvalid(field="kind", why="not_live")
            lesson = replace(lesson, cancelled_at=lesson.cancelled_at or self._clock.now())
            store.put_lesson(connection, lesson)
            return lesson

        return await self._database.write(work)

    async def lesson(self, lesson_id: str) -> Lesson:
        """The lesson of this id.

        Raises:
            LessonNotFound: There is none.
        """
        found = await self._database.read(lambda c: store.lesson_by_id(c, lesson_id))
        if found is None:
            raise LessonNotFound(lesson_id=lesson_id[:32])
        return found

    async def lessons(self, ids: Iterable[str]) -> dict[str, Lesson]:
        """Those of these lessons that exist."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.lessons_by_id(c, wanted))

    async def lessons_of_course(self, course_id: str) -> list[Lesson]:
        """The lessons of a course in their order."""
        return await self._database.read(lambda c: store.lessons_of_course(c, course_id))

    async def lessons_of_courses(self, ids: Iterable[str]) -> dict[str, list[Lesson]]:
        """The lessons of each of these courses in their order."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.lessons_of_courses(c, wanted))

    async def lessons_of_room(self, room_id: str, host_id: str) -> list[Lesson]:
        """The live lessons that the room's own host has put into it, by time."""
        return await self._database.read(lambda c: store.live_lessons_of_room(c, room_id, host_id))

    async def live_lessons_of_host(self, host_id: str, ends_after: datetime) -> list[Lesson]:
        """A host's live lessons that end after a time, called off or not, by start."""
        return await self._database.read(
            lambda c: store.live_lessons_of_host(c, host_id, ends_after, TIMETABLE_MAX)
        )

    async def timetable(self, days: float = 7) -> list[tuple[Lesson, Course]]:
        """Live lessons that are on or begin within so many days, by start."""
        now = self._clock.now()
        until = now + timedelta(days=days)
        return await self._database.read(lambda c: store.timetable(c, now, until, TIMETABLE_MAX))


def own_course(connection: Connection, host_id: str, course_id: str) -> Course:
    """A course of this host; anybody else's looks absent."""
    course = store.course_by_id(connection, course_id)
    if course is None or course.host_id != host_id:
        raise CourseNotFound(course_id=course_id[:32])
    return course


def own_lesson(connection: Connection, host_id: str, lesson_id: str) -> Lesson:
    """A lesson of this host; anybody else's looks absent."""
    lesson = store.lesson_by_id(connection, lesson_id)
    course = None if lesson is None else store.course_by_id(connection, lesson.course_id)
    if lesson is None or course is None or course.host_id != host_id:
        raise LessonNotFound(lesson_id=lesson_id[:32])
    return lesson
