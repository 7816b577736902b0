"""What the ledger does by itself: settlement rows, checkpoints, caps, pruning."""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

from datetime import date

from sqlalchemy import Connection

from livelore.knowledge.ledger.store import posting, sql


def add_settlement(
    connection: Connection, party: str, currency: str, day: date, act_id: int
) -> None:
    """Note that a party's shares up to a day are settled."""
    sql.insert(
        connection,
        "settlement",
        ["party", "currency", "day", "act_id"],
        [(party, currency, day.isoformat(), act_id)],
    )


def checkpoint(connection: Connection) -> int:
    """Sum up what every summed account has had, so that balances need not read it again.

    Behind the fence, then in a later statement: on PostgreSQL ids are not in commit order, and
    103 of 171 checkpoints taken at ``max(id)`` without it were wrong later (MONEY section 2).

    Returns:
        The last transfer that is summed up.
    """
    posting.close_fence(connection)
    up_to = int(sql.one(connection, "SELECT max(id) FROM transfer") or 0)
    since = int(sql.one(connection, "SELECT max(up_to_id) FROM checkpoint") or 0)
    new = sql.rows(
        connection,
        "SELECT e.account, sum(e.debit), sum(e.credit) FROM ("
        " SELECT debit_account AS account, sum(amount_minor) AS debit, 0 AS credit"
        " FROM transfer WHERE id > ? AND id <= ? GROUP BY debit_account UNION ALL"
        " SELECT credit_account, 0, sum(amount_minor)"
        " FROM transfer WHERE id > ? AND id <= ? GROUP BY credit_account"
        ") e JOIN account a ON a.id = e.account WHERE a.guarded = 0 GROUP BY e.account",
        since,
        up_to,
        since,
        up_to,
    )
    before = {
        row[0]: (int(row[1]), int(row[2]))
        for row in sql.rows(
            connection,
            "SELECT c.account_id, c.debits, c.credits FROM checkpoint c WHERE c.up_to_id ="
            " (SELECT max(n.up_to_id) FROM checkpoint n WHERE n.account_id = c.account_id)",
        )
    }
    sql.insert(
        connection,
        "checkpoint",
        ["account_id", "up_to_id", "debits", "credits"],
        [
            (
                row[0],
                up_to,
                before.get(row[0], (0, 0))[0] + int(row[1]),
                before.get(row[0], (0, 0))[1] + int(row[2]),
            )
            for row in new
        ],
    )
    return up_to


def prune_refused(connection: Connection, before_ms: int) -> int:
    """Delete refused acts older than a time; their keys may be used again."""
    newest = int(sql.one(connection, "SELECT max(id) FROM act") or 0)
    mark = sql.mark(connection)
    done = connection.exec_driver_sql(
        f"DELETE FROM act WHERE outcome = 'refused' AND at_ms < {mark} AND id <> {mark}",
        (before_ms, newest),
    )
    return done.rowcount


def add_cap(connection: Connection, party: int, period: str, cap_minor: int, from_ms: int) -> None:
    """A cap that a viewer set; the newest that has begun counts."""
    marks = ", ".join([sql.mark(connection)] * 4)
    connection.exec_driver_sql(
        f"INSERT INTO spend_cap (party, period, cap_minor, from_ms) VALUES ({marks})",
        (party, period, cap_minor, from_ms),
    )


def expired_holds(connection: Connection, now_ms: int, limit: int) -> list[int]:
    """Open holds whose time is over."""
    found = sql.rows(
        connection,
        "SELECT h.id FROM hold h WHERE h.expires_at_ms < ? AND NOT EXISTS"
        " (SELECT 1 FROM hold_end e WHERE e.hold_id = h.id) ORDER BY h.id LIMIT ?",
        now_ms,
        limit,
    )
    return [row[0] for row in found]


def close_account(connection: Connection, account_id: int, at_ms: int) -> None:
    """Close a guarded account; the database refuses unless it is empty."""
    mark = sql.mark(connection)
    connection.exec_driver_sql(
        f"UPDATE account SET closed_at_ms = {mark} WHERE id = {mark} AND closed_at_ms IS NULL",
        (at_ms, account_id),
    )
