"""The nightly check: every invariant that can be counted again (MONEY section 6).

A finding stops payouts and settlement and calls an operator; nothing is repaired by itself.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import msgspec
from sqlalchemy import Connection

from livelore.kit.ids import new_id
from livelore.kit.times import from_ms, to_ms
from livelore.knowledge.ledger.service.statements import TrialLine
from livelore.knowledge.ledger.store import book_checks, checks


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: which invariant of MONEY section 6, where, and by how much."""

    invariant: int
    what: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: JSON values


@dataclass(frozen=True, slots=True)
class BooksCheck:
    """One look at all books: when, by how much the two sides differ, what else is broken."""

    at: datetime
    difference_minor: int
    findings: list[Finding]


Query = Callable[[Connection, checks.Present], list[checks.Breach]]
CHECKS: tuple[tuple[int, str, Query], ...] = (
    (1, "debits and credits differ", checks.unbalanced_currencies),
    (2, "a guarded account is below its floor", checks.below_floor),
    (3, "a stored balance is not the sum of its entries", checks.wrong_balances),
    (3, "the chain of balances has a break", checks.broken_chains),
    (3, "a checkpoint is not the sum of its entries", checks.wrong_checkpoints),
    (6, "an act has not the transfers that it states", checks.incomplete_acts),
    (6, "an act moved coins without their value", checks.half_acts),
    (7, "a refused act has transfers", checks.refused_with_transfers),
    (8, "a hold is not posted as its end says", checks.wrong_holds),
    (9, "more was reversed than there was", checks.over_reversed),
    (10, "coins of users are not worth the float", checks.wrong_float),
    (11, "coins of users are not issued less spent", checks.wrong_coins),
    (15, "pending is not the sum of unsettled shares", checks.wrong_pending),
    (16, "a settlement act has not its one day", checks.wrong_settlements),
    (22, "a spend counter is not the sum of its period", checks.wrong_counters),
    (25, "an act that others must hear of has no outbox row", checks.acts_without_event),
    (25, "an outbox row has waited for more than a minute", checks.late_events),
)
AFTER_EVERY_TEST = frozenset({1, 2, 10, 15})
"""Invariants cheap enough to count after each test."""


def findings(
    connection: Connection,
    now: datetime,
    zone: tzinfo,
    only: Collection[int] | None = None,
) -> list[Finding]:
    """All breaches on one snapshot, in the order of the invariants.

    Args:
        connection: For reading.
        now: The present time.
        zone: The site's.
        only: Numbers of invariants; default all.
    """
    present = checks.Present(now, zone)
    return [
        Finding(number, what, fields)
        for number, what, query in CHECKS
        if only is None or number in only
        for fields in query(connection, present)
    ]


def difference(lines: Collection[TrialLine]) -> int:
    """By how much debits and credits differ, all currencies together, minor units."""
    sums: dict[str, int] = {}
    for line in lines:
        signed = line.balance_minor if line.side == "D" else -line.balance_minor
        sums[line.currency] = sums.get(line.currency, 0) + signed
    return sum(abs(value) for value in sums.values())


def keep(connection: Connection, check: BooksCheck) -> None:
    """Store a check, with the first of its findings."""
    kept = check.findings[: book_checks.FINDINGS_MAX]
    book_checks.put(
        connection,
        {
            "id": new_id(to_ms(check.at)),
            "at_ms": to_ms(check.at),
            "difference": check.difference_minor,
            "n_findings": len(check.findings),
            "findings": msgspec.json.encode(kept).decode(),
        },
    )


def last_kept(connection: Connection) -> BooksCheck | None:
    """The newest check that was stored."""
    row = book_checks.newest(connection)
    if row is None:
        return None
    return BooksCheck(from_ms(row[0]), row[1], msgspec.json.decode(row[2], type=list[Finding]))
