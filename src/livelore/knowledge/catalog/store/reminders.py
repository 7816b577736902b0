"""Reminders: which live lessons somebody wants to hear of."""

from datetime import datetime

from sqlalchemy import Connection, text

from livelore.kit.times import to_ms
from livelore.knowledge.catalog.model import Lesson
from livelore.knowledge.catalog.store.lesson import lessons_by_id


def add(connection: Connection, user_id: str, lesson_id: str, at: datetime) -> None:
    """Remember one; again changes nothing."""
    connection.execute(
        text(
            "INSERT INTO lesson_reminder (user_id, lesson_id, created_at_ms)"
            " VALUES (:user, :lesson, :at) ON CONFLICT DO NOTHING"
        ),
        {"user": user_id, "lesson": lesson_id, "at": to_ms(at)},
    )


def remove(connection: Connection, user_id: str, lesson_id: str) -> None:
    """Forget one, if it is there."""
    connection.execute(
        text("DELETE FROM lesson_reminder WHERE user_id = :user AND lesson_id = :lesson"),
        {"user": user_id, "lesson": lesson_id},
    )


def forget_past(connection: Connection, user_id: str, now: datetime) -> None:
    """Forget those whose class is over or called off."""
    connection.execute(
        text(
            "DELETE FROM lesson_reminder WHERE user_id = :user AND lesson_id IN (SELECT id"
            " FROM lesson WHERE cancelled_at_ms IS NOT NULL OR ends_at_ms IS NULL"
            " OR ends_at_ms <= :now)"
        ),
        {"user": user_id, "now": to_ms(now)},
    )


def count(connection: Connection, user_id: str) -> int:
    """How many somebody has."""
    return int(
        connection.execute(
            text("SELECT count(*) FROM lesson_reminder WHERE user_id = :user"), {"user": user_id}
        ).scalar_one()
    )


def lessons(connection: Connection, user_id: str) -> list[Lesson]:
    """Every lesson that somebody wants to hear of, by start."""
    rows = connection.execute(
        text("SELECT lesson_id FROM lesson_reminder WHERE user_id = :user"), {"user": user_id}
    )
    found = lessons_by_id(connection, [row.lesson_id for row in rows])
    return sorted(found.values(), key=lambda each: (str(each.starts_at), each.id))
