"""The invariants of the ledger as queries: each gives the rows that break it."""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection

from livelore.kit.times import to_ms
from livelore.knowledge.ledger.model.accounts import SPENDING
from livelore.knowledge.ledger.store import reading, sql

Breach = dict[str, Any]  # Any: JSON values
SHOWN_MAX = 50
"""Rows of one breach that are told; the first ones are enough to stop payouts."""
TOLD_KINDS = ("gift", "super_chat", "topup", "undo", "settle")
"""Acts that other parts must hear of."""
UNSENT_MS_MAX = 60_000
"""Age at which an unsent outbox row is an alarm."""


@dataclass(frozen=True, slots=True)
class Present:
    """When and where the check is run."""

    now: datetime
    zone: tzinfo


def _breaches(connection: Connection, names: str, query: str, *values: Any) -> list[Breach]:
    found = sql.rows(connection, f"{query} LIMIT {SHOWN_MAX}", *values)
    return [dict(zip(names.split(), _plain(row), strict=True)) for row in found]


def _plain(row: Sequence[Any]) -> list[Any]:
    return [value if isinstance(value, str) or value is None else int(value) for value in row]


_ENTRIES = (
    "SELECT debit_account AS account, amount_minor AS debit, 0 AS credit FROM transfer UNION ALL"
    " SELECT credit_account, 0, amount_minor FROM transfer"
)
_SIDE = "CASE a.side WHEN 'C' THEN 1 ELSE -1 END"


def unbalanced_currencies(connection: Connection, _at: Present) -> list[Breach]:
    """1: by the accounts' own words, balances of both sides are equal in each currency.

    Stored balances of guarded accounts count here, so that a balance without entries shows.
    """
    totals: dict[str, int] = {}
    for found in reading.balances(connection):
        sign = 1 if found.side == "D" else -1
        currency = found.ref.currency
        totals[currency] = totals.get(currency, 0) + sign * found.balance_minor
    return [
        {"currency": currency, "difference_minor": total}
        for currency, total in sorted(totals.items())
        if total
    ]


def below_floor(connection: Connection, _at: Present) -> list[Breach]:
    """2: balance - held >= 0 and held >= 0."""
    return _breaches(
        connection,
        "account_id balance_minor held_minor",
        "SELECT id, balance_minor, held_minor FROM account"
        " WHERE guarded = 1 AND (balance_minor < held_minor OR held_minor < 0)",
    )


def wrong_balances(connection: Connection, _at: Present) -> list[Breach]:
    """3: a guarded account's balance is the sum of its entries."""
    return _breaches(
        connection,
        "account_id balance_minor entries_minor",
        f"SELECT a.id, a.balance_minor, COALESCE(s.total, 0) * {_SIDE} FROM account a LEFT JOIN"
        f" (SELECT account, sum(credit - debit) AS total FROM ({_ENTRIES}) e GROUP BY account) s"
        f" ON s.account = a.id WHERE a.guarded = 1"
        f" AND a.balance_minor <> COALESCE(s.total, 0) * {_SIDE}",
    )


def broken_chains(connection: Connection, _at: Present) -> list[Breach]:
    """3: each stated balance is the one before it, more or less the amount."""
    steps = (
        "SELECT t.id, t.debit_account AS account, t.debit_after AS after, t.amount_minor *"
        " CASE a.side WHEN 'D' THEN 1 ELSE -1 END AS change FROM transfer t"
        " JOIN account a ON a.id = t.debit_account WHERE a.guarded = 1 UNION ALL"
        " SELECT t.id, t.credit_account, t.credit_after, t.amount_minor *"
        " CASE a.side WHEN 'C' THEN 1 ELSE -1 END FROM transfer t"
        " JOIN account a ON a.id = t.credit_account WHERE a.guarded = 1"
    )
    return _breaches(
        connection,
        "transfer_id account_id after_minor",
        "SELECT id, account, after FROM (SELECT id, account, after, change, COALESCE("
        "lag(after) OVER (PARTITION BY account ORDER BY id), 0) AS earlier"
        f" FROM ({steps}) steps) chain WHERE after IS NULL OR after <> earlier + change",
    )


def wrong_checkpoints(connection: Connection, _at: Present) -> list[Breach]:
    """3: the newest checkpoint of a summed account is the sum of what it covers."""
    return _breaches(
        connection,
        "account_id up_to_id",
        "SELECT c.account_id, c.up_to_id FROM checkpoint c WHERE c.up_to_id ="
        " (SELECT max(n.up_to_id) FROM checkpoint n WHERE n.account_id = c.account_id) AND ("
        " c.debits <> (SELECT COALESCE(sum(t.amount_minor), 0) FROM transfer t"
        " WHERE t.debit_account = c.account_id AND t.id <= c.up_to_id) OR"
        " c.credits <> (SELECT COALESCE(sum(t.amount_minor), 0) FROM transfer t"
        " WHERE t.credit_account = c.account_id AND t.id <= c.up_to_id))",
    )


def incomplete_acts(connection: Connection, _at: Present) -> list[Breach]:
    """6: an act has as many transfers as it states."""
    return _breaches(
        connection,
        "act_id stated found",
        "SELECT a.id, a.n_transfers, count(t.id) FROM act a LEFT JOIN transfer t"
        " ON t.act_id = a.id GROUP BY a.id, a.n_transfers HAVING count(t.id) <> a.n_transfers",
    )


_COIN_VALUES = (
    "SELECT t.act_id, k.value_minor * CASE c.kind WHEN 'coins.paid' THEN t.amount_minor"
    " WHEN 'coins.bonus' THEN t.amount_minor ELSE 0 END - k.value_minor * CASE d.kind"
    " WHEN 'coins.paid' THEN t.amount_minor WHEN 'coins.bonus' THEN t.amount_minor ELSE 0 END"
    " AS value FROM transfer t JOIN currency k ON k.code = t.currency AND k.kind = 'coin'"
    " JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account"
    " UNION ALL SELECT t.act_id, CASE WHEN d.kind = 'coin.float' THEN t.amount_minor"
    " ELSE -t.amount_minor END FROM transfer t JOIN account d ON d.id = t.debit_account"
    " JOIN account c ON c.id = t.credit_account"
    " WHERE (d.kind = 'coin.float') <> (c.kind = 'coin.float')"
)


def half_acts(connection: Connection, _at: Present) -> list[Breach]:
    """6 and 10, act by act: coins and the float move by the same value."""
    return _breaches(
        connection,
        "act_id difference_minor",
        f"SELECT act_id, sum(value) FROM ({_COIN_VALUES}) v GROUP BY act_id HAVING sum(value) <> 0",
    )


def refused_with_transfers(connection: Connection, _at: Present) -> list[Breach]:
    """7: a refused act moved nothing."""
    return _breaches(
        connection,
        "act_id",
        "SELECT a.id FROM act a WHERE a.outcome = 'refused'"
        " AND EXISTS (SELECT 1 FROM transfer t WHERE t.act_id = a.id)",
    )


def wrong_holds(connection: Connection, _at: Present) -> list[Breach]:
    """8: the transfers of a hold are what its end posted; held sums are those of open holds."""
    posted = _breaches(
        connection,
        "hold_id posted_minor transfers_minor",
        "SELECT h.id, COALESCE(e.posted_minor, 0), COALESCE(t.total, 0) FROM hold h"
        " LEFT JOIN hold_end e ON e.hold_id = h.id"
        " LEFT JOIN (SELECT hold_id, sum(amount_minor) AS total FROM transfer"
        " WHERE hold_id IS NOT NULL GROUP BY hold_id) t ON t.hold_id = h.id"
        " WHERE COALESCE(e.posted_minor, 0) <> COALESCE(t.total, 0)"
        " OR e.posted_minor > h.amount_minor",
    )
    held = _breaches(
        connection,
        "account_id held_minor",
        "SELECT a.id, a.held_minor FROM account a WHERE a.held_minor <> (SELECT"
        " COALESCE(sum(h.amount_minor), 0) FROM hold h WHERE h.account_id = a.id AND NOT EXISTS"
        " (SELECT 1 FROM hold_end e WHERE e.hold_id = h.id))",
    )
    return posted + held


def over_reversed(connection: Connection, _at: Present) -> list[Breach]:
    """9: reversals of a transfer sum to at most its amount, in its currency."""
    return _breaches(
        connection,
        "transfer_id amount_minor reversed_minor",
        "SELECT o.id, o.amount_minor, sum(r.amount_minor) FROM transfer r"
        " JOIN transfer o ON o.id = r.reverses GROUP BY o.id, o.amount_minor"
        " HAVING sum(r.amount_minor) > o.amount_minor OR min(r.currency) <> max(o.currency)"
        " OR max(r.currency) <> max(o.currency)",
    )


def wrong_float(connection: Connection, _at: Present) -> list[Breach]:
    """10: per coin currency, the coins of all users times their value are its float."""
    coins: dict[str, int] = {}
    floats: dict[str, int] = {}
    for found in reading.balances(connection):
        if found.ref.kind in {"coins.paid", "coins.bonus"}:
            code = found.ref.currency
            coins[code] = coins.get(code, 0) + found.balance_minor
        elif found.ref.kind == "coin.float":
            floats[found.ref.owner] = floats.get(found.ref.owner, 0) + found.balance_minor
    values = dict(
        sql.rows(connection, "SELECT code, value_minor FROM currency WHERE kind = 'coin'")
    )
    return [
        {"currency": code, "coins": coins.get(code, 0), "float_minor": floats.get(code, 0)}
        for code, value in values.items()
        if coins.get(code, 0) * value != floats.get(code, 0)
    ]


def wrong_coins(connection: Connection, _at: Present) -> list[Breach]:
    """11: coins of users are those issued less those spent."""
    totals: dict[str, int] = {}
    for found in reading.balances(connection):
        sign = {"coins.paid": 1, "coins.bonus": 1, "coin.issued": -1, "coin.spent": 1}
        code = found.ref.currency
        totals[code] = totals.get(code, 0) + sign.get(found.ref.kind, 0) * found.balance_minor
    return [
        {"currency": code, "difference": total} for code, total in sorted(totals.items()) if total
    ]


def wrong_pending(connection: Connection, _at: Present) -> list[Breach]:
    """15: pending is the sum of shares not reversed, of days not settled; frozen likewise."""
    pending = {
        (found.ref.kind, found.ref.owner, found.ref.currency): found.balance_minor
        for found in reading.balances(connection)
        if found.ref.kind in {"earned.pending", "fee.pending", "earned.frozen", "fee.frozen"}
    }
    shares = {
        (row[0], row[1], row[2]): int(row[3])
        for row in sql.rows(
            connection,
            "SELECT c.kind, c.owner, c.currency, sum(t.amount_minor - COALESCE((SELECT"
            " sum(r.amount_minor) FROM transfer r WHERE r.reverses = t.id), 0))"
            " FROM transfer t JOIN account c ON c.id = t.credit_account WHERE c.kind IN"
            " ('earned.pending', 'fee.pending', 'earned.frozen', 'fee.frozen')"
            " AND (t.release_on IS NULL OR NOT EXISTS (SELECT 1 FROM settlement s"
            " WHERE s.party = c.owner AND s.currency = c.currency AND s.day >= t.release_on))"
            " GROUP BY c.kind, c.owner, c.currency",
        )
    }
    return [
        {
            "kind": kind,
            "owner": owner,
            "currency": currency,
            "balance_minor": pending.get((kind, owner, currency), 0),
            "shares_minor": shares.get((kind, owner, currency), 0),
        }
        for kind, owner, currency in sorted(pending.keys() | shares.keys())
        if pending.get((kind, owner, currency), 0) != shares.get((kind, owner, currency), 0)
    ]


def wrong_settlements(connection: Connection, _at: Present) -> list[Breach]:
    """16: every settlement act has its day, and every day its act."""
    return _breaches(
        connection,
        "act_id days",
        "SELECT a.id, count(s.act_id) FROM act a LEFT JOIN settlement s ON s.act_id = a.id"
        " WHERE a.kind = 'settle' AND a.outcome = 'done' GROUP BY a.id HAVING count(s.act_id) <> 1",
    )


def wrong_counters(connection: Connection, at: Present) -> list[Breach]:
    """22: counters of the newest two days and months are the sums of what was sent in them."""
    periods = [
        row[0]
        for length in (10, 7)
        for row in sql.rows(
            connection,
            "SELECT DISTINCT period FROM spend_limit WHERE length(period) = ?"
            " ORDER BY period DESC LIMIT 2",
            length,
        )
    ]
    breaches: list[Breach] = []
    for period in periods:
        stored = {
            (str(row[0]), row[1]): int(row[2])
            for row in sql.rows(
                connection,
                "SELECT party, currency, spent_minor FROM spend_limit WHERE period = ?",
                period,
            )
        }
        counted = _spent_in(connection, period, at.zone)
        breaches += [
            {
                "party": party,
                "period": period,
                "stored_minor": stored.get((party, currency), 0),
                "counted_minor": counted.get((party, currency), 0),
            }
            for party, currency in sorted(stored.keys() | counted.keys())
            if stored.get((party, currency), 0) != counted.get((party, currency), 0)
        ]
    return breaches


def _spent_in(connection: Connection, period: str, zone: tzinfo) -> dict[tuple[str, str], int]:
    first = date.fromisoformat(period if len(period) == 10 else f"{period}-01")
    after = first + timedelta(days=1 if len(period) == 10 else 32)
    last = after if len(period) == 10 else after.replace(day=1)
    start, end = (to_ms(datetime(d.year, d.month, d.day, tzinfo=zone)) for d in (first, last))
    reasons = [f"{act}.coins" for act in SPENDING]
    found = sql.rows(
        connection,
        "SELECT d.owner, k.backing, sum(t.amount_minor * k.value_minor) FROM transfer t"
        " JOIN act a ON a.id = t.act_id JOIN account d ON d.id = t.debit_account"
        f" JOIN currency k ON k.code = t.currency WHERE {sql.among(connection, 't.reason')}"
        " AND t.id >= ? AND a.at_ms >= ? AND a.at_ms < ? GROUP BY d.owner, k.backing",
        sql.a_list(connection, reasons),
        reading.transfers_about(connection, start)[0],
        start,
        end,
    )
    return {(row[0], row[1]): int(row[2]) for row in found}


def acts_without_event(connection: Connection, _at: Present) -> list[Breach]:
    """25: acts that others must hear of have their outbox row."""
    return _breaches(
        connection,
        "act_id kind",
        f"SELECT a.id, a.kind FROM act a WHERE {sql.among(connection, 'a.kind')}"
        " AND a.outcome = 'done'"
        " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.act_id = a.id)",
        sql.a_list(connection, TOLD_KINDS),
    )


def late_events(connection: Connection, at: Present) -> list[Breach]:
    """25: no outbox row waits for more than a minute."""
    return _breaches(
        connection,
        "event_id topic at_ms",
        "SELECT id, topic, at_ms FROM outbox WHERE sent_at_ms IS NULL AND at_ms < ?",
        to_ms(at.now) - UNSENT_MS_MAX,
    )
