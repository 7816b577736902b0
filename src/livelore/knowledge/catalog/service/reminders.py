"""Classes that somebody wants to be reminded of, kept with their account."""

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.catalog import store
from livelore.knowledge.catalog.errors import LessonNotFound, ReminderTooLate, TooManyReminders
from livelore.knowledge.catalog.model import REMINDERS_MAX, Lesson
from livelore.knowledge.catalog.store import reminders
from livelore.ports.clock import Clock


class Reminders:
    """Reminders of live lessons that are still to come.

    Args:
        database: Where they are kept.
        clock: What is still to come.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, user_id: str) -> list[Lesson]:
        """Lessons that are on or to come, by start."""
        now = self._clock.now()
        found = await self._database.read(lambda c: reminders.lessons(c, user_id))
        return [lesson for lesson in found if lesson.state(now) in {"upcoming", "live"}]

    async def add(self, user_id: str, lesson_id: str) -> None:
        """Remember a live lesson; again changes nothing.

        Raises:
            LessonNotFound: There is none, or its course is a draft of somebody else.
            ReminderTooLate: It is over, called off, or no live lesson.
            TooManyReminders: The person has 100 already.
        """
        now = self._clock.now()

        def work(connection: Connection) -> None:
            if _visible(connection, user_id, lesson_id).state(now) not in {"upcoming", "live"}:
                raise ReminderTooLate(lesson_id=lesson_id)
            reminders.forget_past(connection, user_id, now)
            reminders.add(connection, user_id, lesson_id, now)
            if reminders.count(connection, user_id) > REMINDERS_MAX:
                raise TooManyReminders(reminders_max=REMINDERS_MAX)

        await self._database.write(work)

    async def remove(self, user_id: str, lesson_id: str) -> None:
        """Forget one; one that is not there is forgotten already."""
        await self._database.write(lambda c: reminders.remove(c, user_id, lesson_id))


def _visible(connection: Connection, user_id: str, lesson_id: str) -> Lesson:
    lesson = store.lesson_by_id(connection, lesson_id)
    course = None if lesson is None else store.course_by_id(connection, lesson.course_id)
    if lesson is None or course is None:
        raise LessonNotFound(lesson_id=lesson_id[:32])
    if not (course.is_published or course.host_id == user_id):
        raise LessonNotFound(lesson_id=lesson_id[:32])
    return lesson
