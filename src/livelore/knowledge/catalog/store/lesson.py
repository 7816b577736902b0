"""Lessons, recorded and live."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, text

from livelore.kit.search import folded
from livelore.kit.times import from_ms_or_none, to_ms
from livelore.knowledge.catalog.model import Course, Lesson, LessonKind, OutlineItem
from livelore.knowledge.catalog.store.course import courses_by_id
from livelore.knowledge.catalog.store.sql import ms_or_none, rows_in, upsert

_LESSON = (
    "l.id, l.course_id, l.chapter, l.chapter_en, l.position, l.title, l.title_en, l.kind,"
    " l.duration_s, l.is_preview, l.cover, l.body, l.starts_at_ms, l.ends_at_ms, l.outline,"
    " l.room_id, l.cancelled_at_ms, l.preview_s"
)


def _lesson(row: Row[Any]) -> Lesson:
    return Lesson(
        id=row.id,
        course_id=row.course_id,
        chapter=row.chapter,
        chapter_en=row.chapter_en,
        position=row.position,
        title=row.title,
        title_en=row.title_en,
        kind=cast("LessonKind", row.kind),
        duration_s=row.duration_s,
        is_preview=bool(row.is_preview),
        cover=row.cover,
        body=row.body,
        starts_at=from_ms_or_none(row.starts_at_ms),
        ends_at=from_ms_or_none(row.ends_at_ms),
        outline=tuple(msgspec.json.decode(row.outline, type=list[OutlineItem])),
        room_id=row.room_id,
        cancelled_at=from_ms_or_none(row.cancelled_at_ms),
        preview_s=row.preview_s,
    )


def _lesson_values(lesson: Lesson) -> dict[str, object]:
    return {
        "id": lesson.id,
        "course_id": lesson.course_id,
        "chapter": lesson.chapter,
        "chapter_en": lesson.chapter_en,
        "position": lesson.position,
        "title": lesson.title.strip(),
        "title_en": lesson.title_en.strip(),
        "kind": lesson.kind,
        "duration_s": lesson.duration_s,
        "is_preview": int(lesson.is_preview),
        "cover": lesson.cover,
        "body": lesson.body,
        "starts_at_ms": ms_or_none(lesson.starts_at),
        "ends_at_ms": ms_or_none(lesson.ends_at),
        "outline": msgspec.json.encode(lesson.outline).decode(),
        "room_id": lesson.room_id,
        "cancelled_at_ms": ms_or_none(lesson.cancelled_at),
        "search_text": folded(f"{lesson.title} {lesson.title_en}"),
        "preview_s": lesson.preview_s,
    }


def put_lesson(connection: Connection, lesson: Lesson) -> None:
    """Store a lesson, new or changed."""
    upsert(connection, "lesson", _lesson_values(lesson))


def lesson_by_id(connection: Connection, lesson_id: str) -> Lesson | None:
    """The lesson of this id."""
    row = connection.execute(
        text(f"SELECT {_LESSON} FROM lesson l WHERE l.id = :id"),  # noqa: S608
        {"id": lesson_id},
    ).first()
    return None if row is None else _lesson(row)


def lessons_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Lesson]:
    """Those of these lessons that exist."""
    rows = rows_in(connection, f"SELECT {_LESSON} FROM lesson l WHERE l.id IN :ids", ids)  # noqa: S608
    return {row.id: _lesson(row) for row in rows}


def lessons_of_course(connection: Connection, course_id: str) -> list[Lesson]:
    """The lessons of a course in their order."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l WHERE l.course_id = :id"  # noqa: S608
            " ORDER BY l.position, l.id"
        ),
        {"id": course_id},
    )
    return [_lesson(row) for row in rows]


def lessons_of_courses(connection: Connection, ids: Iterable[str]) -> dict[str, list[Lesson]]:
    """The lessons of each of these courses in their order."""
    query = f"SELECT {_LESSON} FROM lesson l WHERE l.course_id IN :ids ORDER BY l.position, l.id"  # noqa: S608
    wanted = list(ids)
    found: dict[str, list[Lesson]] = {course_id: [] for course_id in wanted}
    for row in rows_in(connection, query, wanted):
        found[row.course_id].append(_lesson(row))
    return found


def live_lessons_of_room(connection: Connection, room_id: str, host_id: str) -> list[Lesson]:
    """The live lessons that a host has put into a room, by time."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.room_id = :room AND c.host_id = :host ORDER BY l.starts_at_ms"
        ),
        {"room": room_id, "host": host_id},
    )
    return [_lesson(row) for row in rows]


def live_lessons_of_host(
    connection: Connection, host_id: str, ends_after: datetime, limit: int
) -> list[Lesson]:
    """A host's live lessons that end after a time, called off or not, by start."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.kind = 'live' AND c.host_id = :host AND l.ends_at_ms > :after"
            " ORDER BY l.starts_at_ms, l.id LIMIT :limit"
        ),
        {"host": host_id, "after": to_ms(ends_after), "limit": limit},
    )
    return [_lesson(row) for row in rows]


def timetable(
    connection: Connection, ends_after: datetime, starts_before: datetime, limit: int
) -> list[tuple[Lesson, Course]]:
    """Live lessons of published courses that overlap a time, by start."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.kind = 'live' AND c.is_published = 1 AND l.cancelled_at_ms IS NULL"
            " AND l.ends_at_ms > :after AND l.starts_at_ms < :before"
            " ORDER BY l.starts_at_ms, l.id LIMIT :limit"
        ),
        {"after": to_ms(ends_after), "before": to_ms(starts_before), "limit": limit},
    )
    lessons = [_lesson(row) for row in rows]
    found = courses_by_id(connection, [lesson.course_id for lesson in lessons])
    return [(lesson, found[lesson.course_id]) for lesson in lessons]
