"""Checks of the books that were kept, as rows."""

from sqlalchemy import Connection, text

FINDINGS_MAX = 50
"""Findings of one check that are kept in full; the number is kept in any case."""


def put(connection: Connection, row: dict[str, object]) -> None:
    """Keep a check."""
    connection.execute(
        text(
            "INSERT INTO ledger_check (id, at_ms, difference_minor, n_findings, findings)"
            " VALUES (:id, :at_ms, :difference, :n_findings, :findings)"
        ),
        row,
    )


def newest(connection: Connection) -> tuple[int, int, str] | None:
    """Time, difference and findings (JSON) of the newest check."""
    row = connection.execute(
        text(
            "SELECT at_ms, difference_minor, findings FROM ledger_check"
            " ORDER BY at_ms DESC, id DESC LIMIT 1"
        )
    ).first()
    return None if row is None else (row.at_ms, row.difference_minor, row.findings)
