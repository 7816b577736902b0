"""Taking back: shares and gifts, each from where its money is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from livelore.kit.money import unsplit
from livelore.knowledge.ledger.model.accounts import (
    COIN,
    AccountRef,
    Currency,
    account,
    float_of,
    site,
)
from livelore.knowledge.ledger.model.acts import Transfer


@dataclass(frozen=True, slots=True)
class Leg:
    """A transfer that may be taken back.

    Attributes:
        transfer_id: What a reversal names.
        debit: Where it came from.
        credit: Where it went.
        amount_minor: How much it was.
        left_minor: What of it has not been reversed.
        is_settled: Whether the day it was released on is settled.
        line_id: The order line it belongs to.
    """

    transfer_id: int
    debit: AccountRef
    credit: AccountRef
    amount_minor: int
    left_minor: int
    is_settled: bool = False
    line_id: str | None = None


def is_share(leg: Leg) -> bool:
    """Whether a leg is somebody's share, wherever it is now, or tax."""
    return leg.credit.kind in _BACK_FROM


_BACK_FROM = {
    "earned.pending": "earned",
    "earned.frozen": "earned_frozen",
    "fee.pending": "fee",
    "fee.frozen": "fee_frozen",
    "tax.payable": "tax",
}


def undo_shares(
    amount_minor: int,
    shares: Sequence[Leg],
    available: Mapping[str, int],
    into: AccountRef,
    act: Literal["undo", "refund"],
) -> tuple[Transfer, ...]:
    """Take back part or all of shares, each from where the money is now.

    Args:
        amount_minor: How much, at most what is left of all.
        shares: Of one gift or one order line, in the order of the rule.
        available: What each earner may draw now, by owner.
        into: The float for an undone gift, ``refund.due`` for a refund.
        act: First part of the reasons.
    """
    free = dict(available)
    legs: list[Transfer] = []
    for share, part in zip(
        shares, unsplit(amount_minor, [s.left_minor for s in shares]), strict=True
    ):
        legs += [
            Transfer(
                source,
                into,
                minor,
                f"{act}.{leg}",
                reverses=share.transfer_id,
                line_id=share.line_id,
            )
            for source, leg, minor in _sources(share, part, free)
            if minor
        ]
    return tuple(legs)


def _sources(
    share: Leg, part_minor: int, free: dict[str, int]
) -> list[tuple[AccountRef, str, int]]:
    kind, owner, currency = share.credit.kind, share.credit.owner, share.credit.currency
    if not share.is_settled or kind not in {"earned.pending", "fee.pending"}:
        return [(share.credit, _BACK_FROM[kind], part_minor)]
    if kind == "fee.pending":
        return [(site("fee.income", currency), "income", part_minor)]
    drawn = min(part_minor, max(0, free.get(owner, 0)))
    free[owner] = free.get(owner, 0) - drawn
    return [
        (account("earned.available", owner, currency), "available", drawn),
        (account("earned.owed", owner, currency), "owed", part_minor - drawn),
    ]


def undo_gift(
    coins: int, legs: Sequence[Leg], available: Mapping[str, int], coin: Currency = COIN
) -> tuple[Transfer, ...]:
    """Give coins of a gift back to where they came from, and undo the shares of their value.

    Args:
        coins: How many, at most what is left of the gift.
        legs: All of the gift's transfers.
        available: What each earner may draw now, by owner.
        coin: Which coin.
    """
    taken = [leg for leg in legs if leg.credit.kind == "coin.spent"]
    shares = [leg for leg in legs if is_share(leg)]
    back = unsplit(coins, [leg.left_minor for leg in taken])
    return (
        *(
            Transfer(leg.credit, leg.debit, part, "undo.coins", reverses=leg.transfer_id)
            for leg, part in zip(taken, back, strict=True)
            if part
        ),
        *undo_shares(coin.value_of(coins), shares, available, float_of(coin), "undo"),
    )
