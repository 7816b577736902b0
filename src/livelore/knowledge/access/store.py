"""The only SQL of access."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.knowledge.access.model import Entitlement, Grant, Watched

_COLUMNS = "id, party, product_id, source, from_ms, until_ms, revoked_at_ms"


def _entitlement(row: Row[Any]) -> Entitlement:
    return Entitlement(
        id=row.id,
        party=row.party,
        product_id=row.product_id,
        source=row.source,
        starts_at=from_ms(row.from_ms),
        until=from_ms_or_none(row.until_ms),
        revoked_at=from_ms_or_none(row.revoked_at_ms),
    )


def add(connection: Connection, grant: Grant) -> bool:
    """Store a right; False when this act gave it already."""
    done = connection.execute(
        text(
            "INSERT INTO entitlement (party, product_id, source, from_ms, until_ms)"
            " VALUES (:party, :product, :source, :from_ms, :until_ms)"
            " ON CONFLICT (source, party, product_id) DO NOTHING"
        ),
        {
            "party": grant.party,
            "product": grant.product_id,
            "source": grant.source,
            "from_ms": to_ms(grant.starts_at),
            "until_ms": None if grant.until is None else to_ms(grant.until),
        },
    )
    return done.rowcount == 1


def revoke(
    connection: Connection, source: int, product_id: str, by_act: int, at: datetime
) -> list[Entitlement]:
    """End the rights to a product that an act gave; returns those that were open."""
    rows = connection.execute(
        text(
            "UPDATE entitlement SET revoked_by = :act, revoked_at_ms = :at_ms"
            " WHERE source = :source AND product_id = :product AND revoked_by IS NULL"
            " RETURNING id, party, product_id, source, from_ms, until_ms, revoked_at_ms"
        ),
        {"act": by_act, "at_ms": to_ms(at), "source": source, "product": product_id},
    )
    return [_entitlement(row) for row in rows]


def of_party(connection: Connection, party: int) -> list[Entitlement]:
    """Every right that a party has or had, newest first."""
    rows = connection.execute(
        text(f"SELECT {_COLUMNS} FROM entitlement WHERE party = :party ORDER BY id DESC"),  # noqa: S608
        {"party": party},
    )
    return [_entitlement(row) for row in rows]


def page_of_party(
    connection: Connection, party: int, before_id: int, limit: int
) -> list[Entitlement]:
    """A page of the rights of a party, newest first."""
    rows = connection.execute(
        text(
            f"SELECT {_COLUMNS} FROM entitlement WHERE party = :party AND id < :before"  # noqa: S608
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"party": party, "before": before_id, "limit": limit},
    )
    return [_entitlement(row) for row in rows]


def all_rows(connection: Connection) -> list[Entitlement]:
    """Every right there is, for the nightly comparison."""
    rows = connection.execute(text(f"SELECT {_COLUMNS} FROM entitlement ORDER BY id"))  # noqa: S608
    return [_entitlement(row) for row in rows]


def holders(connection: Connection, product_id: str) -> list[int]:
    """Parties that hold a product and were not revoked."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT party FROM entitlement"
            " WHERE product_id = :id AND revoked_by IS NULL ORDER BY party"
        ),
        {"id": product_id},
    )
    return [int(row.party) for row in rows]


def add_watched(
    connection: Connection, party: int, lesson_id: str, watched_ms: int, at: datetime
) -> None:
    """Add to the time that a party has watched a lesson."""
    connection.execute(
        text(
            "INSERT INTO watch_time (party, lesson_id, watched_ms, updated_at_ms)"
            " VALUES (:party, :lesson, :ms, :at_ms) ON CONFLICT (party, lesson_id) DO UPDATE"
            " SET watched_ms = watch_time.watched_ms + excluded.watched_ms,"
            " updated_at_ms = excluded.updated_at_ms"
        ),
        {"party": party, "lesson": lesson_id, "ms": watched_ms, "at_ms": to_ms(at)},
    )


def watched_ms(connection: Connection, party: int, lesson_ids: Iterable[str]) -> int:
    """How long a party has watched these lessons, together."""
    wanted = sorted(set(lesson_ids))
    if not wanted:
        return 0
    statement = text(
        "SELECT COALESCE(SUM(watched_ms), 0) FROM watch_time"
        " WHERE party = :party AND lesson_id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    return int(connection.execute(statement, {"party": party, "ids": wanted}).scalar_one())


def watched_by(connection: Connection, party: int, limit: int) -> list[Watched]:
    """What a party has watched, the latest first."""
    rows = connection.execute(
        text(
            "SELECT lesson_id, watched_ms, updated_at_ms FROM watch_time WHERE party = :party"
            " ORDER BY updated_at_ms DESC, lesson_id LIMIT :limit"
        ),
        {"party": party, "limit": limit},
    )
    return [
        Watched(row.lesson_id, int(row.watched_ms) // 1000, from_ms(row.updated_at_ms))
        for row in rows
    ]
