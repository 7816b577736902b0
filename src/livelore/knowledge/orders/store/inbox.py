"""The inbox of gateways: what was told, kept before it is believed."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, text

from livelore.kit.times import to_ms
from livelore.ports.payments import VerifiedNotice

FORGED_KEPT = 1000
"""Forged notices kept with their words; older ones are only counted."""


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A genuine notice in the inbox."""

    id: int
    gateway: str
    dedup_key: str
    fact: str
    outcome: str
    n_tries: int


def receive(
    connection: Connection, gateway: str, notice: VerifiedNotice, raw_body: bytes, at: datetime
) -> int | None:
    """Store a genuine notice; None when it is known (then it is counted)."""
    known = connection.execute(
        text(
            "UPDATE notice SET n_received = n_received + 1"
            " WHERE gateway = :gateway AND dedup_key = :key"
        ),
        {"gateway": gateway, "key": notice.dedup_key},
    )
    if known.rowcount:
        return None
    row = connection.execute(
        text(
            "INSERT INTO notice (gateway, dedup_key, verdict, body, fact, outcome, received_at_ms,"
            " next_try_at_ms) VALUES (:gateway, :key, 'genuine', :body, :fact, 'new', :at_ms,"
            " :at_ms)"
            " ON CONFLICT (gateway, dedup_key) DO NOTHING RETURNING id"
        ),
        {
            "gateway": gateway,
            "key": notice.dedup_key,
            "body": raw_body.decode("utf-8", "replace"),
            "fact": msgspec.json.encode(notice.fact).decode(),
            "at_ms": to_ms(at),
        },
    ).first()
    return None if row is None else int(row.id)


def notice_by_id(connection: Connection, notice_id: int) -> StoredNotice | None:
    """A stored notice, locked until the commit."""
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    row = connection.execute(
        text(
            "SELECT id, gateway, dedup_key, fact, outcome, n_tries FROM notice"  # noqa: S608
            f" WHERE id = :id{lock}"
        ),
        {"id": notice_id},
    ).first()
    return None if row is None else StoredNotice(*row)


def due_notices(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Notices that are stored and not applied."""
    rows = connection.execute(
        text(
            "SELECT id FROM notice WHERE outcome IN ('new', 'stuck') AND next_try_at_ms <= :now"
            " ORDER BY id LIMIT :limit"
        ),
        {"now": to_ms(now), "limit": limit},
    )
    return [int(row.id) for row in rows]


def set_notice(connection: Connection, notice_id: int, outcome: str, act_id: int | None) -> None:
    """Note what became of a notice."""
    connection.execute(
        text(
            "UPDATE notice SET outcome = :outcome, act_id = :act, next_try_at_ms = NULL"
            " WHERE id = :id"
        ),
        {"outcome": outcome, "act": act_id, "id": notice_id},
    )


def postpone_notice(
    connection: Connection, notice_id: int, outcome: str, next_try_at: datetime
) -> None:
    """Try a notice again later."""
    connection.execute(
        text(
            "UPDATE notice SET outcome = :outcome, n_tries = n_tries + 1, next_try_at_ms = :at_ms"
            " WHERE id = :id"
        ),
        {"outcome": outcome, "at_ms": to_ms(next_try_at), "id": notice_id},
    )


def add_forged(
    connection: Connection, gateway: str, reason: str, raw_body: bytes, address: str, at: datetime
) -> None:
    """Keep the start of a forged notice, apart from the genuine ones."""
    connection.execute(
        text(
            "INSERT INTO forged_notice (gateway, reason, body_start, address, at_ms)"
            " VALUES (:gateway, :reason, :body, :address, :at_ms)"
        ),
        {
            "gateway": gateway[:40],
            "reason": reason,
            "body": raw_body[:512].decode("utf-8", "replace").replace("\0", ""),
            "address": address[:64],
            "at_ms": to_ms(at),
        },
    )
    connection.execute(
        text("DELETE FROM forged_notice WHERE id <= (SELECT MAX(id) FROM forged_notice) - :kept"),
        {"kept": FORGED_KEPT},
    )


def count_notices(connection: Connection) -> dict[str, int]:
    """How many notices are in which state, forged ones included."""
    rows = connection.execute(text("SELECT outcome, COUNT(*) AS n FROM notice GROUP BY outcome"))
    counts = {str(row.outcome): int(row.n) for row in rows}
    forged = connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM forged_notice"))
    return counts | {"forged": int(forged.scalar_one())}
