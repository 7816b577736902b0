"""What undoes an act: the transfers that take its shares back from where they are now."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from livelore.kit.errors import invariant
from livelore.knowledge.ledger.errors import AboveLeft, ActNotFound
from livelore.knowledge.ledger.model import (
    COIN,
    Act,
    Event,
    Leg,
    Transfer,
    Value,
    refund_unearned,
    site,
    undo_gift,
    undo_shares,
)
from livelore.knowledge.ledger.model.undoing import is_share
from livelore.knowledge.ledger.store import posting, shares, sql


@dataclass(frozen=True, slots=True)
class UndoGift:
    """A gift to be undone, whole or in part.

    Attributes:
        act_id: The gift.
        coins: How many coins go back; None for all that are left.
        key: Of the undoing act; None for ``undo:<act>:<no>``.
        maker: Who decided it.
        fields: Reason and what the statement shows.
        events: As ``GiftUndone``.
        fingerprint: What the key stands for.
    """

    act_id: int
    coins: int | None = None
    key: str | None = None
    maker: str | None = None
    fields: dict[str, Value] = field(default_factory=dict[str, Value])
    events: tuple[Event, ...] = ()
    fingerprint: str = "undo"


def undoing_act(connection: Connection, undo: UndoGift) -> Act:
    """The act that undoes a gift; of a key that was used before, its empty form (a replay).

    Raises:
        ActNotFound: There is no such gift.
        AboveLeft: More coins than are left of it.
    """
    posting.lock_reversals(connection, act_id=undo.act_id)
    legs = shares.legs_of_act(connection, undo.act_id)
    taken = [leg for leg in legs if leg.credit.kind == "coin.spent"]
    if not taken:
        raise ActNotFound(act_id=undo.act_id)
    key = undo.key or f"undo:{undo.act_id}:{shares.n_reversing_acts(connection, undo.act_id) + 1}"
    left = sum(leg.left_minor for leg in taken)
    coins = left if undo.coins is None else undo.coins
    transfers: tuple[Transfer, ...] = ()
    if sql.one(connection, "SELECT 1 FROM act WHERE key = ?", key) is None:
        if not 0 < coins <= left:
            raise AboveLeft(left_minor=left)
        transfers = undo_gift(coins, legs, _available(connection, legs), COIN)
    return Act(
        key=key,
        fingerprint=undo.fingerprint,
        kind="undo",
        transfers=transfers,
        events=undo.events,
        subject=f"act:{undo.act_id}",
        maker=undo.maker,
        fields={"undone_act_id": undo.act_id, "coins": coins, **undo.fields},
    )


def refund_transfers(
    connection: Connection, line_id: str, amount_minor: int, currency: str
) -> tuple[Transfer, ...]:
    """Transfers of a refund of an order line: from unearned first, then from its shares.

    Raises:
        AboveLeft: More than is left of the line.
    """
    posting.lock_reversals(connection, line_id=line_id)
    unearned = shares.unearned_of_line(connection, line_id)
    legs = [leg for leg in shares.legs_of_line(connection, line_id) if is_share(leg)]
    left = unearned + sum(leg.left_minor for leg in legs)
    if not 0 < amount_minor <= left:
        raise AboveLeft(left_minor=left)
    first = min(amount_minor, unearned)
    transfers = refund_unearned(first, currency, line_id) if first else ()
    rest = amount_minor - first
    if not rest:
        return transfers
    available = _available(connection, legs)
    due = site("refund.due", currency)
    return (*transfers, *undo_shares(rest, legs, available, due, "refund"))


def _available(connection: Connection, legs: Sequence[Leg]) -> dict[str, int]:
    owners = {leg.credit.owner for leg in legs if leg.credit.kind == "earned.pending"}
    currencies = {leg.credit.currency for leg in legs if is_share(leg)}
    invariant(len(currencies) <= 1, "shares of one act in several currencies")
    if not owners or not currencies:
        return {}
    return shares.available_of(connection, owners, currencies.pop())
