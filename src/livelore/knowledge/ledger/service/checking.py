"""The nightly check: every invariant that can be counted again (MONEY section 6).

A finding stops payouts and settlement and calls an operator; nothing is repaired by itself.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection

from livelore.knowledge.ledger.store import checks


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: which invariant of MONEY section 6, where, and by how much."""

    invariant: int
    what: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: JSON values


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
