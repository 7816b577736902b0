"""What one earner has: pending by the day of its release, available, owed, and settled by day."""

from dataclasses import dataclass

from sqlalchemy import Connection

from livelore.knowledge.ledger.model import AccountRef
from livelore.knowledge.ledger.store import reading, sql

DAYS_MAX = 400
"""Days of each list: a year and a month."""


@dataclass(frozen=True, slots=True)
class DaySum:
    """A sum of one day, ISO, in the site's zone."""

    day: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """What an earner has, minor units; ``pending`` is by release day, ``settled`` newest first."""

    currency: str
    pending: tuple[DaySum, ...]
    pending_minor: int
    frozen_minor: int
    available_minor: int
    owed_minor: int
    settled: tuple[DaySum, ...]
    settled_minor: int


def earnings(connection: Connection, party: str, currency: str) -> Earnings:
    """Everything of one earner in one currency, on one snapshot."""
    settled = _settled(connection, party, currency)

    def held(kind: str) -> int:
        return reading.balance(connection, AccountRef(kind, party, currency)).balance_minor

    return Earnings(
        currency=currency,
        pending=_pending(connection, party, currency),
        pending_minor=held("earned.pending"),
        frozen_minor=held("earned.frozen"),
        available_minor=held("earned.available"),
        owed_minor=held("earned.owed"),
        settled=settled[:DAYS_MAX],
        settled_minor=sum(each.amount_minor for each in settled),
    )


def _pending(connection: Connection, party: str, currency: str) -> tuple[DaySum, ...]:
    """Shares that are not settled, less what was taken back of them, by release day."""
    found = sql.rows(
        connection,
        "SELECT release_on, sum(left_minor) FROM (SELECT t.release_on, t.amount_minor - COALESCE("
        "(SELECT sum(r.amount_minor) FROM transfer r WHERE r.reverses = t.id), 0) AS left_minor"
        " FROM account a JOIN transfer t ON t.credit_account = a.id"
        " WHERE a.owner = ? AND a.kind = 'earned.pending' AND a.currency = ?"
        " AND t.release_on > COALESCE((SELECT max(s.day) FROM settlement s"
        " WHERE s.party = a.owner AND s.currency = a.currency), '')) shares"
        " WHERE left_minor > 0 GROUP BY release_on ORDER BY release_on",
        party,
        currency,
    )
    return tuple(DaySum(row[0], int(row[1])) for row in found)


def _settled(connection: Connection, party: str, currency: str) -> tuple[DaySum, ...]:
    found = sql.rows(
        connection,
        "SELECT s.day, sum(t.amount_minor) FROM settlement s JOIN transfer t ON t.act_id = s.act_id"
        " WHERE s.party = ? AND s.currency = ? AND t.reason = 'settle.earned'"
        " GROUP BY s.day ORDER BY s.day DESC",
        party,
        currency,
    )
    return tuple(DaySum(row[0], int(row[1])) for row in found)
