"""Where somebody goes on: one next lesson of each course that they hold or have begun."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from livelore.knowledge.access.model import Watched
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Course, Lesson
from livelore.knowledge.catalog.service import CatalogService
from livelore.live.rooms.model import next_step
from livelore.ports.clock import Clock

RESUMES_SHOWN = 4
SEEN_LOOKED_AT = 50
"""Lessons watched last: what was left longer ago is not offered again."""
ResumeState = Literal["live", "upcoming", "open"]


@dataclass(frozen=True, slots=True)
class Resume:
    """The next lesson of a course; ``room_id`` is where a live one is taught."""

    course: Course
    lesson: Lesson
    state: ResumeState
    room_id: str | None
    watched_s: int
    watched_at: datetime | None


class Resuming:
    """Reads what is held and what was watched.

    Args:
        clock: For classes that are over.
        catalog: What the courses are made of.
        access: What is held and watched.
    """

    def __init__(self, clock: Clock, catalog: CatalogService, access: AccessService) -> None:
        self._clock = clock
        self._catalog = catalog
        self._access = access

    async def of(self, user_id: str, on_air: Mapping[str, str]) -> list[Resume]:
        """Where somebody goes on: what is on air, then what they watched last, then what comes.

        Args:
            user_id: Whose.
            on_air: Lessons that are taught just now, each with its room.
        """
        seen = {
            each.lesson_id: each for each in await self._access.watched(user_id, SEEN_LOOKED_AT)
        }
        held = await self._catalog.products(await self._access.owned_products(user_id))
        begun = await self._catalog.lessons(seen)
        course_ids = {each.course_id for each in begun.values()}
        course_ids |= {each.course_id for each in held.values() if each.course_id is not None}
        courses = await self._catalog.courses_by_id(course_ids)
        lessons = await self._catalog.lessons_of_courses(course_ids)
        access = await self._access.access_to_all(
            user_id, [each.id for course in lessons.values() for each in course]
        )
        whole = {each.course_id for each in held.values() if each.kind == "course"}

        def is_theirs(lesson: Lesson) -> bool:
            """A free lesson counts once it was begun, or in a course that they hold."""
            reason = access[lesson.id].reason
            is_begun = lesson.course_id in whole or lesson.id in seen
            return reason in {"ticket", "course"} or (reason == "free" and is_begun)

        now = self._clock.now()
        found: list[Resume] = []
        for course_id, course in courses.items():
            own = [each for each in lessons[course_id] if is_theirs(each)]
            step = next_step(own, seen, on_air, now)
            if step is not None:
                found.append(_resume(course, step, seen, on_air))
        return sorted(found, key=_order)[:RESUMES_SHOWN]


def _resume(
    course: Course, lesson: Lesson, seen: Mapping[str, Watched], on_air: Mapping[str, str]
) -> Resume:
    watched = seen.get(lesson.id)
    state: ResumeState = "upcoming" if lesson.kind == "live" else "open"
    if lesson.id in on_air:
        state = "live"
    return Resume(
        course,
        lesson,
        state,
        on_air.get(lesson.id, lesson.room_id),
        0 if watched is None else watched.seconds,
        None if watched is None else watched.at,
    )


_NEVER = datetime.min.replace(tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)


def _order(resume: Resume) -> tuple[bool, float, datetime, str]:
    watched_at = resume.watched_at or _NEVER
    return (
        resume.state != "live",
        -(watched_at - _NEVER).total_seconds(),
        resume.lesson.starts_at or _FAR,
        resume.course.id,
    )
