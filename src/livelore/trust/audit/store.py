"""The only SQL of the audit."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from livelore.kit.times import from_ms, to_ms
from livelore.trust.audit.model import Entry, NewEntry

_ENTRY = "position, at_ms, operator_id, act, subject_kind, subject_id, subject_name, reason, hash"


def _entry(row: Row[Any]) -> Entry:
    new = NewEntry(
        row.operator_id, row.act, row.subject_kind, row.subject_id, row.subject_name, row.reason
    )
    return Entry(row.position, from_ms(row.at_ms), new, row.hash)


def last(connection: Connection) -> tuple[int, str]:
    """Position and hash of the newest entry; no other can be written before this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE"))
    return last_seen(connection)


def last_seen(connection: Connection) -> tuple[int, str]:
    """Position and hash of the newest entry, for readers."""
    row = connection.execute(
        text("SELECT position, hash FROM audit_entry ORDER BY position DESC LIMIT 1")
    ).first()
    return (0, "") if row is None else (row.position, row.hash)


def add(connection: Connection, entry: Entry) -> None:
    """Write an entry."""
    new = entry.new
    connection.execute(
        text(
            f"INSERT INTO audit_entry ({_ENTRY}) VALUES (:position, :at_ms, :operator_id,"  # noqa: S608
            " :act, :subject_kind, :subject_id, :subject_name, :reason, :hash)"
        ),
        {
            "position": entry.position,
            "at_ms": to_ms(entry.at),
            "operator_id": new.operator_id,
            "act": new.act,
            "subject_kind": new.subject_kind,
            "subject_id": new.subject_id,
            "subject_name": new.subject_name,
            "reason": new.reason,
            "hash": entry.hash,
        },
    )


def newest(connection: Connection, before: int | None, limit: int) -> list[Entry]:
    """Entries, newest first, below a position."""
    rows = connection.execute(
        text(
            f"SELECT {_ENTRY} FROM audit_entry"  # noqa: S608
            " WHERE (CAST(:before AS BIGINT) IS NULL OR position < :before)"
            " ORDER BY position DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit},
    )
    return [_entry(row) for row in rows]


def oldest_first(connection: Connection) -> Iterator[Entry]:
    """Every entry in the order of writing."""
    rows = connection.execute(
        text(f"SELECT {_ENTRY} FROM audit_entry ORDER BY position")  # noqa: S608
    )
    return (_entry(row) for row in rows)
