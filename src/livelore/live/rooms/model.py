"""What rooms and live sessions are, and how sessions move."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from livelore.kit.errors import invariant
from livelore.knowledge.access.model import Watched
from livelore.knowledge.catalog.model import Lesson, Product
from livelore.live.rooms.errors import RoomFieldInvalid

SessionState = Literal["on_air", "interrupted", "ended"]
RoomStateName = Literal["off_air", "waiting", "on_air", "interrupted", "ended"]
Fact = Literal["started", "interrupted", "ended"]

TITLE_MAX = 80
ROOMS_MAX = 20
"""Rooms of one host."""
EARLY = timedelta(minutes=30)
"""A class may begin so long before its hour …"""
LATE = timedelta(minutes=30)
"""… and run so long beyond it."""
ENDED_SHOWN = timedelta(hours=2)
"""How long a room says that its class is over."""
NODE_BEAT_S = 5.0
"""Between two signs of life of a process that is not alone …"""
NODE_LOST = timedelta(seconds=20)
"""… after which its live sessions have lost their encoders."""
QUIET_S = 15.0
"""After a host has ended a class its encoder is refused for so long: else one that reconnects by
itself would begin the next class at once."""
SEEN_PART = 0.95
"""A recorded lesson counts as seen from this part of its length on: few watch the last seconds."""
PREVIEWS_PER_ADDRESS = 8
"""Previews of one class from one network address without log-in: a family, not a loophole."""


@dataclass(frozen=True, slots=True)
class Room:
    """Lasting place of one host."""

    id: str
    host_id: str
    title: str
    title_en: str
    cover: str
    created_at: datetime
    cut_off_at: datetime | None = None
    """Since when an operator lets nobody publish into it."""
    cut_off_reason: str = ""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One go-live to its end."""

    id: str
    room_id: str
    lesson_id: str | None
    title: str
    title_en: str
    state: SessionState
    started_at: datetime
    interrupted_at: datetime | None = None
    ended_at: datetime | None = None
    node: str = ""
    """The process that its encoder sends to."""

    def is_lost(self, now: datetime, reconnect: timedelta) -> bool:
        """Whether its encoder has been gone for too long."""
        return self.interrupted_at is not None and now >= self.interrupted_at + reconnect


def moved(session: LiveSession, fact: Fact, now: datetime) -> LiveSession | None:
    """The session after a fact; None when the fact changes nothing.

    An ended session never moves again; ``started`` on one that is on air changes nothing.
    """
    if session.state == "ended":
        return None
    if fact == "ended":
        return replace(session, state="ended", interrupted_at=None, ended_at=now)
    if fact == "interrupted":
        if session.state == "interrupted":
            return None
        return replace(session, state="interrupted", interrupted_at=now)
    if session.state == "on_air":
        return None
    return replace(session, state="on_air", interrupted_at=None)


def lesson_now(lessons: Sequence[Lesson], now: datetime) -> Lesson | None:
    """The live lesson whose hours these are, the nearest start first; None outside of all."""
    current = [
        lesson
        for lesson in lessons
        if lesson.starts_at is not None
        and lesson.ends_at is not None
        and lesson.cancelled_at is None
        and lesson.starts_at - EARLY <= now <= lesson.ends_at + LATE
    ]
    return min(current, key=lambda lesson: _distance(lesson, now), default=None)


def next_lesson(lessons: Sequence[Lesson], now: datetime) -> Lesson | None:
    """The live lesson that is on or comes next."""
    coming = [
        lesson
        for lesson in lessons
        if lesson.ends_at is not None and lesson.cancelled_at is None and now < lesson.ends_at
    ]
    return min(coming, key=lambda lesson: lesson.starts_at or now, default=None)


def _distance(lesson: Lesson, now: datetime) -> timedelta:
    invariant(lesson.starts_at is not None, "a lesson of the timetable has a start")
    return abs((lesson.starts_at or now) - now)


def _is_near(coming: Lesson, now: datetime) -> bool:
    return coming.starts_at is not None and coming.starts_at - EARLY <= now


def room_state(last: LiveSession | None, coming: Lesson | None, now: datetime) -> RoomStateName:
    """What a room is doing, by its newest session and its next lesson."""
    if last is not None and last.state != "ended":
        return last.state
    is_near = coming is not None and _is_near(coming, now)
    if is_near and not (last is not None and coming is not None and last.lesson_id == coming.id):
        return "waiting"
    if last is not None and last.ended_at is not None and now < last.ended_at + ENDED_SHOWN:
        return "ended"
    return "off_air"


def offer_of(products: Sequence[Product], lesson: Lesson) -> Product | None:
    """What is sold to enter a lesson: its ticket, else its whole course; None when it is free."""
    if lesson.is_preview:
        return None
    on_sale = [each for each in products if each.is_on_sale]
    tickets = [each for each in on_sale if each.lesson_id == lesson.id]
    courses = [each for each in on_sale if each.kind == "course"]
    return next(iter([*tickets, *courses]), None)


def next_step(
    lessons: Sequence[Lesson],
    seen: Mapping[str, Watched],
    on_air: Collection[str],
    now: datetime,
) -> Lesson | None:
    """Where somebody goes on in a course; None when nothing is left.

    What is on air comes first, then the lesson they were in, then those after it, then those that
    they left out before it.

    Args:
        lessons: Those that they may watch, in the order of the course.
        seen: What they have watched, by lesson.
        on_air: Lessons that are taught just now.
        now: A class that is over is no step.
    """
    for lesson in lessons:
        if lesson.id in on_air:
            return lesson
    begun = [index for index, lesson in enumerate(lessons) if lesson.id in seen]
    last = max(begun, key=lambda index: seen[lessons[index].id].at, default=0)
    ahead = [*lessons[last:], *lessons[:last]]
    return next((each for each in ahead if _is_left(each, seen.get(each.id), now)), None)


def _is_left(lesson: Lesson, watched: Watched | None, now: datetime) -> bool:
    if lesson.cancelled_at is not None:
        return False
    if lesson.ends_at is not None:
        return now < lesson.ends_at
    return watched is None or watched.seconds < lesson.duration_s * SEEN_PART


def check_title(title: str, field: str = "title", *, may_be_empty: bool = False) -> str:
    """A title without control characters.

    Raises:
        RoomFieldInvalid: Empty or longer than 80 characters.
    """
    cleaned = "".join(character for character in title if character.isprintable()).strip()
    if (not cleaned and not may_be_empty) or len(cleaned) > TITLE_MAX:
        raise RoomFieldInvalid(field=field, characters_max=TITLE_MAX)
    return cleaned
