"""What the ledger says: balances, statements, shares, revenue."""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from livelore.database.engine import is_postgresql
from livelore.kit.times import from_ms
from livelore.knowledge.ledger.model.accounts import AccountRef
from livelore.knowledge.ledger.model.statement import StatementLine
from livelore.knowledge.ledger.store import sql

Direction = Literal["all", "in", "out"]
ID_MAX = (1 << 63) - 1
GROUP_MAX = 500
"""Presses of one combo that a page folds beyond its own rows."""
OUT_OF_ORDER = 5_000
"""Acts whose ids and times may lie crosswise where several processes write."""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account now; ``held_minor`` is part of the balance."""

    ref: AccountRef
    side: str
    balance_minor: int
    held_minor: int = 0

    @property
    def available_minor(self) -> int:
        """What may be drawn."""
        return self.balance_minor - self.held_minor


def party_of(connection: Connection, user_id: str) -> int | None:
    """The party number of a user, if there is one."""
    found = sql.one(connection, "SELECT id FROM party WHERE user_id = ?", user_id)
    return None if found is None else int(found)


def make_party(connection: Connection, user_id: str) -> int:
    """The party number of a user, a fresh one when there was none."""
    known = party_of(connection, user_id)
    if known is not None:
        return known
    tail = " ON CONFLICT DO NOTHING" if is_postgresql(connection) else ""
    words = f"INSERT INTO party (user_id) VALUES ({sql.mark(connection)}){tail}"
    connection.exec_driver_sql(words, (user_id,))
    return int(party_of(connection, user_id) or 0)


def user_of(connection: Connection, party: int) -> str | None:
    """The user behind a party; None after erasure."""
    found = sql.one(connection, "SELECT user_id FROM party WHERE id = ?", party)
    return None if found is None else str(found)


def unlink_party(connection: Connection, party: int) -> None:
    """Cut the only link between a person and the ledger, for ever (MONEY section 3, erasure)."""
    mark = sql.mark(connection)
    connection.exec_driver_sql(
        f"UPDATE party SET user_id = NULL WHERE id = {mark} AND user_id IS NOT NULL",
        (party,),
    )


_SUMMED = (
    " COALESCE((SELECT c.credits - c.debits FROM checkpoint c WHERE c.account_id = a.id"
    " ORDER BY c.up_to_id DESC LIMIT 1), 0)"
    " + COALESCE((SELECT sum(t.amount_minor) FROM transfer t WHERE t.credit_account = a.id"
    " AND t.id > COALESCE((SELECT max(c.up_to_id) FROM checkpoint c WHERE c.account_id = a.id),"
    " 0)), 0)"
    " - COALESCE((SELECT sum(t.amount_minor) FROM transfer t WHERE t.debit_account = a.id"
    " AND t.id > COALESCE((SELECT max(c.up_to_id) FROM checkpoint c WHERE c.account_id = a.id),"
    " 0)), 0)"
)
_BALANCE = (
    "SELECT a.kind, a.owner, a.currency, a.side, a.held_minor, CASE WHEN a.guarded = 1"
    f" THEN a.balance_minor ELSE ({_SUMMED}) * CASE a.side WHEN 'C' THEN 1 ELSE -1 END END"
    " FROM account a"
)


def _balance(row: Any) -> Balance:
    return Balance(AccountRef(row[0], row[1], row[2]), row[3], int(row[5]), int(row[4]))


def balance(connection: Connection, ref: AccountRef) -> Balance:
    """An account now, on its normal side; 0 when it does not exist yet."""
    found = sql.rows(
        connection,
        f"{_BALANCE} WHERE a.owner = ? AND a.kind = ? AND a.currency = ?",
        ref.owner,
        ref.kind,
        ref.currency,
    )
    return _balance(found[0]) if found else Balance(ref, ref.side, 0)


def balances(connection: Connection, owner: str | None = None) -> list[Balance]:
    """All accounts, or all of one owner."""
    if owner is None:
        return [_balance(row) for row in sql.rows(connection, _BALANCE)]
    return [_balance(row) for row in sql.rows(connection, f"{_BALANCE} WHERE a.owner = ?", owner)]


def _entries(direction: Direction) -> str:
    sides = {
        "debit": "SELECT id, -1 AS sign, debit_after AS after, act_id, amount_minor, reason"
        " FROM transfer WHERE debit_account = ? AND id < ? ORDER BY id DESC LIMIT ?",
        "credit": "SELECT id, 1 AS sign, credit_after AS after, act_id, amount_minor, reason"
        " FROM transfer WHERE credit_account = ? AND id < ? ORDER BY id DESC LIMIT ?",
    }
    wanted = {"all": ("debit", "credit"), "in": ("credit",), "out": ("debit",)}[direction]
    return " UNION ALL ".join(f"SELECT * FROM ({sides[side]}) {side}s" for side in wanted)


def entries(
    connection: Connection, account_id: int, before_id: int, limit: int, direction: Direction
) -> list[StatementLine]:
    """Entries of an account that grows by credits, newest first: two index ranges merged.

    Args:
        connection: For reading.
        account_id: Its row.
        before_id: Transfers with a smaller id.
        limit: Rows.
        direction: Both, credits or debits.
    """
    each = (account_id, before_id, limit)
    parameters = each * 2 if direction == "all" else each
    found = sql.rows(
        connection,
        "SELECT e.id, e.sign, e.after, e.act_id, e.amount_minor, e.reason, a.kind, a.at_ms,"
        f" a.fields, a.group_id, a.subject FROM ({_entries(direction)}) e"
        " JOIN act a ON a.id = e.act_id ORDER BY e.id DESC LIMIT ?",
        *parameters,
        limit,
    )
    return [
        StatementLine(
            id=row[0],
            first_id=row[0],
            act_id=row[3],
            at=from_ms(row[7]),
            kind=row[6],
            reason=row[5],
            fields=json.loads(row[8]),
            subject=row[10],
            delta=row[1] * row[4],
            balance_after=row[2],
            group_id=row[9],
        )
        for row in found
    ]


def open_holds(connection: Connection, account_id: int, limit: int) -> list[StatementLine]:
    """What is set aside on an account, newest first."""
    found = sql.rows(
        connection,
        "SELECT h.id, h.act_id, h.amount_minor, a.kind, a.at_ms, a.fields, a.group_id, a.subject"
        " FROM hold h JOIN act a ON a.id = h.act_id WHERE h.account_id = ? AND NOT EXISTS"
        " (SELECT 1 FROM hold_end e WHERE e.hold_id = h.id) ORDER BY h.id DESC LIMIT ?",
        account_id,
        limit,
    )
    return [
        StatementLine(
            id=row[0],
            first_id=row[0],
            act_id=row[1],
            at=from_ms(row[4]),
            kind=row[3],
            reason=f"{row[3]}.held",
            fields=json.loads(row[5]),
            subject=row[7],
            delta=-row[2],
            balance_after=None,
            group_id=row[6],
            is_held=True,
        )
        for row in found
    ]


def account_id(connection: Connection, ref: AccountRef) -> int | None:
    """The row of an account, if it exists."""
    found = sql.one(
        connection,
        "SELECT id FROM account WHERE owner = ? AND kind = ? AND currency = ?",
        ref.owner,
        ref.kind,
        ref.currency,
    )
    return None if found is None else int(found)


def transfers_about(connection: Connection, at_ms: int) -> tuple[int, int]:
    """Transfer ids around a time: before the first all are earlier, after the second all later.

    Found by halving over the acts, whose ids rise with time but for a few that lie crosswise
    (`OUT_OF_ORDER`): no index over times is needed.
    """
    low, high = 0, int(sql.one(connection, "SELECT max(id) FROM act") or 0)
    while low < high:
        middle = (low + high) // 2
        found = sql.one(
            connection, "SELECT at_ms FROM act WHERE id > ? ORDER BY id LIMIT 1", middle
        )
        if found is not None and found < at_ms:
            low = middle + 1
        else:
            high = middle
    first, last = (
        sql.one(
            connection, "SELECT id FROM transfer WHERE act_id >= ? ORDER BY act_id LIMIT 1", act_id
        )
        for act_id in (low - OUT_OF_ORDER, low + OUT_OF_ORDER)
    )
    return int(first or ID_MAX), int(last or ID_MAX)


@dataclass(frozen=True, slots=True)
class Movement:
    """What came and went on an account since a time, and its balance before."""

    opening: int
    received: int
    spent: int


def movement_since(connection: Connection, row_id: int, at_ms: int) -> Movement:
    """Sums of the entries of a guarded account since a time, and the balance stated before."""
    first, last = transfers_about(connection, at_ms)
    received, spent = (
        int(
            sql.one(
                connection,
                "SELECT COALESCE(sum(t.amount_minor), 0) FROM transfer t"
                f" JOIN act a ON a.id = t.act_id WHERE t.{side}_account = ? AND t.id >= ?"
                " AND a.at_ms >= ?",
                row_id,
                first,
                at_ms,
            )
        )
        for side in ("credit", "debit")
    )
    return Movement(_balance_before(connection, row_id, at_ms, last), received, spent)


def _balance_before(connection: Connection, row_id: int, at_ms: int, last: int) -> int:
    newest: tuple[int, int] = (0, 0)
    for side in ("credit", "debit"):
        found = sql.rows(
            connection,
            f"SELECT t.id, t.{side}_after FROM transfer t JOIN act a ON a.id = t.act_id"
            f" WHERE t.{side}_account = ? AND a.at_ms < ? AND t.id < ?"
            " ORDER BY t.id DESC LIMIT 1",
            row_id,
            at_ms,
            last,
        )
        if found:
            newest = max(newest, (found[0][0], found[0][1]))
    return newest[1]


def spent_in(
    connection: Connection, party: int, currency: str, periods: tuple[str, str]
) -> dict[str, int]:
    """What counts against the caps of two periods."""
    return {
        row[0]: int(row[1])
        for row in sql.rows(
            connection,
            "SELECT period, spent_minor FROM spend_limit"
            " WHERE party = ? AND currency = ? AND period IN (?, ?)",
            party,
            currency,
            *periods,
        )
    }


def own_caps(connection: Connection, party: int, now_ms: int) -> dict[str, int]:
    """A party's own caps that count now: of each period the newest that has begun."""
    return {
        row[0]: int(row[1])
        for row in sql.rows(
            connection,
            "SELECT period, cap_minor FROM spend_cap WHERE party = ? AND from_ms <= ? ORDER BY id",
            party,
            now_ms,
        )
    }
