"""Shares: what of them is left, what they come to, and what is due to be settled."""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from livelore.knowledge.ledger.model.accounts import AccountRef
from livelore.knowledge.ledger.model.builders import Released
from livelore.knowledge.ledger.model.undoing import Leg
from livelore.knowledge.ledger.store import sql
from livelore.knowledge.ledger.store.reading import balance


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """What acts of one kind about one subject earned, less what was undone.

    Attributes:
        kind: Of the acts: ``gift``, ``super_chat``, ``order``, ``deliver`` …
        currency: Of the sums.
        count: Acts that are not wholly undone.
        host_minor: The host's shares.
        total_minor: Everybody's shares.
    """

    kind: str
    currency: str
    count: int
    host_minor: int
    total_minor: int


_LEG = (
    "SELECT t.id, d.kind, d.owner, t.currency, c.kind, c.owner, t.amount_minor,"
    " t.amount_minor - COALESCE((SELECT sum(r.amount_minor) FROM transfer r"
    " WHERE r.reverses = t.id), 0),"
    " EXISTS (SELECT 1 FROM settlement s WHERE s.party = c.owner AND s.currency = t.currency"
    " AND s.day >= t.release_on), t.line_id"
    " FROM transfer t JOIN account d ON d.id = t.debit_account"
    " JOIN account c ON c.id = t.credit_account"
)


_NOT_REVERSAL = " AND (t.reverses IS NULL OR c.kind IN ('earned.frozen', 'fee.frozen'))"


def _legs(connection: Connection, where: str, value: int | str) -> list[Leg]:
    found = sql.rows(connection, f"{_LEG} WHERE {where}{_NOT_REVERSAL} ORDER BY t.id", value)
    return [
        Leg(
            transfer_id=row[0],
            debit=AccountRef(row[1], row[2], row[3]),
            credit=AccountRef(row[4], row[5], row[3]),
            amount_minor=row[6],
            left_minor=int(row[7]),
            is_settled=bool(row[8]),
            line_id=row[9],
        )
        for row in found
    ]


def legs_of_act(connection: Connection, act_id: int) -> list[Leg]:
    """Transfers of an act that may be taken back, and what is left of each."""
    return _legs(connection, "t.act_id = ?", act_id)


def legs_of_line(connection: Connection, line_id: str) -> list[Leg]:
    """The same of an order line, over all acts that touched it."""
    return _legs(connection, "t.line_id = ?", line_id)


def unearned_of_line(connection: Connection, line_id: str) -> int:
    """What of an order line was paid and neither delivered nor refunded."""
    signed = (
        "SELECT COALESCE(sum(t.amount_minor), 0) FROM transfer t JOIN account a"
        " ON a.id = t.{side}_account WHERE t.line_id = ? AND a.kind = 'order.unearned'"
    )
    credit, debit = (
        int(sql.one(connection, signed.format(side=side), line_id)) for side in ("credit", "debit")
    )
    return credit - debit


def left_of_lines(connection: Connection, line_ids: Sequence[str]) -> int:
    """What of these order lines is unearned or a share that was not taken back, together."""
    wanted = sql.a_list(connection, list(line_ids))
    of_lines = sql.among(connection, "t.line_id")
    came, went = (
        int(
            sql.one(
                connection,
                "SELECT COALESCE(sum(t.amount_minor), 0) FROM transfer t JOIN account a"
                f" ON a.id = t.{side}_account WHERE {of_lines} AND {which}",
                wanted,
            )
        )
        for side, which in (
            (
                "credit",
                "t.reverses IS NULL"
                " AND a.kind IN ('order.unearned', 'earned.pending', 'fee.pending')",
            ),
            ("debit", "(t.reverses IS NOT NULL OR a.kind = 'order.unearned')"),
        )
    )
    return came - went


def available_of(connection: Connection, owners: Iterable[str], currency: str) -> dict[str, int]:
    """What each of these earners may draw now."""
    found = sql.rows(
        connection,
        "SELECT owner, balance_minor - held_minor FROM account WHERE kind = 'earned.available'"
        f" AND currency = ? AND {sql.among(connection, 'owner')}",
        currency,
        sql.a_list(connection, sorted(set(owners))),
    )
    return {row[0]: int(row[1]) for row in found}


def revenue(connection: Connection, subjects: Sequence[str]) -> list[RevenueLine]:
    """Sums by kind of act over everything about these subjects."""
    left = (
        "t.amount_minor - COALESCE((SELECT sum(r.amount_minor) FROM transfer r"
        " WHERE r.reverses = t.id), 0)"
    )
    found = sql.rows(
        connection,
        "SELECT kind, currency, count(DISTINCT CASE WHEN left_minor > 0 THEN id END),"
        " sum(CASE WHEN account_kind = 'earned.pending' THEN left_minor ELSE 0 END),"
        f" sum(left_minor) FROM (SELECT a.id, a.kind, t.currency, c.kind AS account_kind, {left}"
        " AS left_minor FROM act a JOIN transfer t ON t.act_id = a.id"
        " JOIN account c ON c.id = t.credit_account"
        f" WHERE {sql.among(connection, 'a.subject')} AND t.reverses IS NULL"
        " AND c.kind IN ('earned.pending', 'fee.pending')) shares"
        " GROUP BY kind, currency ORDER BY kind, currency",
        sql.a_list(connection, list(subjects)),
    )
    return [RevenueLine(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in found]


def to_settle(connection: Connection, day: date) -> list[tuple[str, str]]:
    """Owners and currencies with shares released by a day and not settled."""
    found = sql.rows(
        connection,
        "SELECT DISTINCT a.owner, a.currency FROM account a"
        " WHERE a.kind IN ('earned.pending', 'fee.pending') AND EXISTS ("
        " SELECT 1 FROM transfer t WHERE t.credit_account = a.id AND t.release_on <= ?"
        " AND t.release_on > COALESCE((SELECT max(s.day) FROM settlement s"
        " WHERE s.party = a.owner AND s.currency = a.currency), ''))"
        " ORDER BY a.owner, a.currency",
        day.isoformat(),
    )
    return [(row[0], row[1]) for row in found]


def released(connection: Connection, party: str, currency: str, day: date) -> Released:
    """What is released by a day and not settled, less reversals; and the party's debt."""
    sums = {
        kind: int(
            sql.one(
                connection,
                "SELECT COALESCE(sum(t.amount_minor - COALESCE((SELECT sum(r.amount_minor)"
                " FROM transfer r WHERE r.reverses = t.id), 0)), 0)"
                " FROM account a JOIN transfer t ON t.credit_account = a.id"
                " WHERE a.owner = ? AND a.kind = ? AND a.currency = ? AND t.release_on <= ?"
                " AND t.release_on > COALESCE((SELECT max(s.day) FROM settlement s"
                " WHERE s.party = a.owner AND s.currency = a.currency), '')",
                party,
                kind,
                currency,
                day.isoformat(),
            )
        )
        for kind in ("earned.pending", "fee.pending")
    }
    owed = balance(connection, AccountRef("earned.owed", party, currency))
    available = balance(connection, AccountRef("earned.available", party, currency))
    return Released(
        sums["earned.pending"],
        sums["fee.pending"],
        owed.balance_minor,
        available.available_minor,
    )


def n_reversing_acts(connection: Connection, act_id: int) -> int:
    """How many acts took something of this one back."""
    return int(
        sql.one(
            connection,
            "SELECT count(DISTINCT r.act_id) FROM transfer t JOIN transfer r ON r.reverses = t.id"
            " WHERE t.act_id = ?",
            act_id,
        )
    )
