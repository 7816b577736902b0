"""Courses."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.search import folded, like_pattern
from livelore.kit.times import from_ms, to_ms
from livelore.knowledge.catalog.model import Course, Wanted
from livelore.knowledge.catalog.store.sql import rows_in, upsert

_COURSE = (
    "c.id, c.host_id, c.title, c.title_en, c.subtitle, c.subtitle_en, c.description,"
    " c.description_en, c.subject, c.language, c.cover, c.is_published, c.created_at_ms"
)


def _course(row: Row[Any]) -> Course:
    return Course(
        id=row.id,
        host_id=row.host_id,
        title=row.title,
        title_en=row.title_en,
        subtitle=row.subtitle,
        subtitle_en=row.subtitle_en,
        description=row.description,
        description_en=row.description_en,
        subject=row.subject,
        language=row.language,
        cover=row.cover,
        is_published=bool(row.is_published),
        created_at=from_ms(row.created_at_ms),
    )


def _course_values(course: Course) -> dict[str, object]:
    return {
        "id": course.id,
        "host_id": course.host_id,
        "title": course.title.strip(),
        "title_en": course.title_en.strip(),
        "subtitle": course.subtitle.strip(),
        "subtitle_en": course.subtitle_en.strip(),
        "description": course.description,
        "description_en": course.description_en,
        "subject": course.subject,
        "language": course.language,
        "cover": course.cover,
        "is_published": int(course.is_published),
        "search_text": folded(f"{course.title} {course.title_en}"),
        "created_at_ms": to_ms(course.created_at),
    }


def put_course(connection: Connection, course: Course) -> None:
    """Store a course, new or changed."""
    upsert(connection, "course", _course_values(course))


def course_by_id(connection: Connection, course_id: str) -> Course | None:
    """The course of this id."""
    row = connection.execute(
        text(f"SELECT {_COURSE} FROM course c WHERE c.id = :id"),  # noqa: S608
        {"id": course_id},
    ).first()
    return None if row is None else _course(row)


def courses(
    connection: Connection,
    before_id: str | None,
    limit: int,
    subject: str | None,
    wanted: Sequence[Wanted] = (),
) -> list[Course]:
    """Published courses that have all wanted words, newest first, below a cursor."""
    conditions, values, lists = _has_words(wanted)
    statement = text(
        f"SELECT {_COURSE} FROM course c WHERE c.is_published = 1"  # noqa: S608
        " AND (CAST(:before AS TEXT) IS NULL OR c.id < :before)"
        " AND (CAST(:subject AS TEXT) IS NULL OR c.subject = :subject)"
        f"{conditions} ORDER BY c.id DESC LIMIT :limit"
    ).bindparams(*(bindparam(name, expanding=True) for name in lists))
    values |= {"before": before_id, "subject": subject, "limit": limit}
    return [_course(row) for row in connection.execute(statement, values)]


def _has_words(wanted: Sequence[Wanted]) -> tuple[str, dict[str, object], list[str]]:
    """Conditions, their values, and which of these are lists."""
    conditions, lists = "", list[str]()
    values: dict[str, object] = {}
    for number, each in enumerate(wanted):
        like = f"LIKE :word{number} ESCAPE '!'"
        values[f"word{number}"] = like_pattern(each.word)
        ways = [
            f"c.search_text {like}",
            "EXISTS (SELECT 1 FROM lesson l WHERE l.course_id = c.id"  # noqa: S608
            f" AND l.search_text {like})",
        ]
        for column, ids in (("host_id", each.host_ids), ("subject", each.subjects)):
            if ids:
                name = f"{column}{number}"
                values[name] = sorted(ids)
                lists.append(name)
                ways.append(f"c.{column} IN :{name}")
        conditions += f" AND ({' OR '.join(ways)})"
    return conditions, values, lists


def courses_of_host(connection: Connection, host_id: str) -> list[Course]:
    """All courses of a host, drafts too, newest first."""
    rows = connection.execute(
        text(f"SELECT {_COURSE} FROM course c WHERE c.host_id = :host ORDER BY c.id DESC"),  # noqa: S608
        {"host": host_id},
    )
    return [_course(row) for row in rows]


def courses_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Course]:
    """Those of these courses that exist."""
    rows = rows_in(connection, f"SELECT {_COURSE} FROM course c WHERE c.id IN :ids", ids)  # noqa: S608
    return {row.id: _course(row) for row in rows}
