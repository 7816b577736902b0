"""How many acts there are, counted on from the last time."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

SETTLED_MS = 30_000
"""Acts older than this are all visible: on PostgreSQL ids are not in commit order."""


@dataclass(frozen=True, slots=True)
class ActCount:
    """Acts of one kind with one outcome, ``done`` or ``refused``."""

    kind: str
    outcome: str
    n: int


def settled_id(connection: Connection, now_ms: int) -> int:
    """The newest act up to which none can still appear."""
    if connection.dialect.name != "postgresql":
        return int(connection.scalar(text("SELECT max(id) FROM act")) or 0)
    found = connection.scalar(
        text("SELECT id FROM act WHERE at_ms < :before ORDER BY id DESC LIMIT 1"),
        {"before": now_ms - SETTLED_MS},
    )
    return int(found or 0)


def acts_between(connection: Connection, after_id: int, up_to_id: int) -> list[ActCount]:
    """Acts with an id above the first and up to the second."""
    rows = connection.execute(
        text(
            "SELECT kind, outcome, count(*) AS n FROM act WHERE id > :after AND id <= :up_to"
            " GROUP BY kind, outcome"
        ),
        {"after": after_id, "up_to": up_to_id},
    )
    return [ActCount(row.kind, row.outcome, int(row.n)) for row in rows]
