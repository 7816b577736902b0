"""A page of an account's entries, and the sum that proves the month."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from livelore.kit.times import to_ms
from livelore.knowledge.ledger.model import (
    AccountRef,
    Proof,
    StatementLine,
    StatementPage,
    folded,
)
from livelore.knowledge.ledger.store import reading
from livelore.knowledge.ledger.store.reading import Direction


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one kind and currency together, on their normal side."""

    kind: str
    currency: str
    side: str
    balance_minor: int


def trial_balance(connection: Connection) -> list[TrialLine]:
    """Every kind of account and currency with its balance."""
    totals: dict[tuple[str, str, str], int] = {}
    for found in reading.balances(connection):
        key = (found.ref.currency, found.ref.kind, found.side)
        totals[key] = totals.get(key, 0) + found.balance_minor
    return [
        TrialLine(kind, currency, side, total)
        for (currency, kind, side), total in sorted(totals.items())
    ]


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which page: entries before ``before_id``, so many, of both sides or one, or holds."""

    before_id: int | None
    limit: int
    direction: str


def statement_page(
    connection: Connection, ref: AccountRef, wanted: PageWanted, now: datetime
) -> StatementPage:
    """The page, and the proof of the month that ``now`` (in the site's zone) lies in."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row_id = reading.account_id(connection, ref)
    if row_id is None:
        return StatementPage((), Proof(start, 0, 0, 0, 0, 0), None)
    state = reading.balance(connection, ref)
    moved = reading.movement_since(connection, row_id, to_ms(start))
    proof = Proof(
        start,
        moved.opening,
        moved.received,
        moved.spent,
        state.held_minor,
        state.available_minor,
    )
    if wanted.direction == "held":
        held = reading.open_holds(connection, row_id, wanted.limit)
        return StatementPage(tuple(held), proof, None)
    lines, has_more = _whole_groups(connection, row_id, wanted)
    return StatementPage(folded(lines), proof, lines[-1].id if has_more and lines else None)


def _whole_groups(
    connection: Connection, row_id: int, wanted: PageWanted
) -> tuple[list[StatementLine], bool]:
    """Lines of a page, and of a combo that its end would cut; whether more follow."""
    sides: Direction = "all"
    if wanted.direction == "in":
        sides = "in"
    elif wanted.direction == "out":
        sides = "out"
    before = reading.ID_MAX if wanted.before_id is None else wanted.before_id
    limit = wanted.limit
    found = reading.entries(connection, row_id, before, limit + 1, sides)
    has_more, lines = len(found) > limit, found[:limit]
    while has_more and lines[-1].group_id and len(lines) < limit + reading.GROUP_MAX:
        following = reading.entries(connection, row_id, lines[-1].id, limit, sides)
        same = _leading(following, lines[-1].group_id)
        lines += same
        has_more = bool(following)
        if len(same) < len(following) or not following:
            break
    return lines, has_more


def _leading(lines: list[StatementLine], group_id: str | None) -> list[StatementLine]:
    for index, line in enumerate(lines):
        if line.group_id != group_id:
            return lines[:index]
    return lines
