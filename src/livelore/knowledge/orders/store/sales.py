"""What was sold of something, less what was refunded."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A paid line: what is left of it after refunds, and the split rule that it pinned."""

    id: str
    left_minor: int
    split_rule_id: str | None
    split_rule_version: int | None


def of_lesson(connection: Connection, lesson_id: str) -> list[SoldLine]:
    """Paid tickets of one lesson that are not wholly refunded."""
    rows = connection.execute(
        text(
            "SELECT l.id, l.total_minor - COALESCE((SELECT sum(r.amount_minor) FROM refund r"
            " WHERE r.line_id = l.id), 0) AS left_minor, l.split_rule_id, l.split_rule_version"
            ' FROM order_line l JOIN "order" o ON o.id = l.order_id'
            " WHERE l.lesson_id = :lesson AND o.paid_at_ms IS NOT NULL"
        ),
        {"lesson": lesson_id},
    )
    return [
        SoldLine(row.id, int(row.left_minor), row.split_rule_id, row.split_rule_version)
        for row in rows
        if row.left_minor > 0
    ]


def payments_by_state(connection: Connection) -> dict[str, int]:
    """How many payments are in each state."""
    rows = connection.execute(text("SELECT state, count(*) AS n FROM payment GROUP BY state"))
    return {row.state: int(row.n) for row in rows}
