"""Every act of the first version as transfers (MONEY section 3), and the keys of machines' acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from livelore.kit.errors import invariant
from livelore.kit.money import split
from livelore.knowledge.ledger.model.accounts import (
    COIN,
    AccountRef,
    Currency,
    account,
    float_of,
    site,
    wallet_of,
)
from livelore.knowledge.ledger.model.acts import Transfer

Role = Literal["host", "platform"]
Shares = Sequence[tuple[Role, int]]
"""Who earns how much of a sum, minor units, in the order of the split rule."""


def capture_key(gateway: str, gateway_ref: str) -> str:
    """Key of the act of money that a gateway has taken."""
    return f"capture:{gateway}:{gateway_ref}"


def unmatched_key(gateway: str, gateway_ref: str) -> str:
    """Key of the act of money that belongs to no open order."""
    return f"unmatched:{gateway}:{gateway_ref}"


def refund_paid_key(gateway: str, gateway_ref: str) -> str:
    """Key of the act of a refund that the gateway confirms."""
    return f"refund.paid:{gateway}:{gateway_ref}"


def settle_key(party: str, currency: str, day: date) -> str:
    """Key of the settlement of one party, currency and day."""
    return f"settle:{party}:{currency}:{day.isoformat()}"


def topup(
    party: int, coins: int, price_minor: int, gateway: str, coin: Currency = COIN
) -> tuple[Transfer, ...]:
    """Coins bought; a price above or below their value is margin or promotion, never hidden.

    Args:
        party: Who gets the coins.
        coins: How many.
        price_minor: What the gateway has taken, in the coin's backing currency.
        gateway: Its name.
        coin: Which coin.
    """
    value = coin.value_of(coins)
    clearing = account("gateway.clearing", gateway, coin.backing or "")
    legs = [Transfer(clearing, float_of(coin), min(price_minor, value), "topup.money")]
    if price_minor > value:
        margin = site("coin.margin", clearing.currency)
        legs.append(Transfer(clearing, margin, price_minor - value, "topup.margin"))
    if price_minor < value:
        promo = site("promo.expense", clearing.currency)
        legs.append(Transfer(promo, float_of(coin), value - price_minor, "topup.promo"))
    issued = site("coin.issued", coin.code)
    return (*legs, Transfer(issued, wallet_of(party, coin), coins, "topup.coins"))


def unmatched(amount_minor: int, currency: str, gateway: str) -> tuple[Transfer, ...]:
    """Money that came and belongs to no open order: what really came, nothing granted."""
    clearing = account("gateway.clearing", gateway, currency)
    return (
        Transfer(
            clearing,
            account("gateway.unmatched", gateway, currency),
            amount_minor,
            "unmatched.money",
        ),
    )


def unmatched_refund(amount_minor: int, currency: str, gateway: str) -> tuple[Transfer, ...]:
    """Such money on its way back."""
    source = account("gateway.unmatched", gateway, currency)
    return (Transfer(source, site("refund.due", currency), amount_minor, "unmatched.refund"),)


def share_legs(
    act: str,
    source: AccountRef,
    host: int,
    shares: Shares,
    release_on: date,
    line_id: str | None = None,
) -> tuple[Transfer, ...]:
    """The shares of a sum: to the host, and to the site's pending fees of this host.

    Args:
        act: First part of the reasons: ``gift``, ``order``, ``deliver`` …
        source: Where the money is: the float, or what is paid and not delivered.
        host: Party number.
        shares: As `kit.money.split` cuts the sum by the pinned rule; parts of 0 are left out.
        release_on: Day from which they may be settled.
        line_id: Order line.
    """
    accounts = {
        "host": (account("earned.pending", host, source.currency), f"{act}.earned"),
        "platform": (account("fee.pending", host, source.currency), f"{act}.fee"),
    }
    return tuple(
        Transfer(
            source,
            accounts[role][0],
            amount_minor,
            accounts[role][1],
            release_on=release_on,
            line_id=line_id,
        )
        for role, amount_minor in shares
        if amount_minor
    )


@dataclass(frozen=True, slots=True)
class Gift:
    """Coins that a viewer spends on a host.

    Attributes:
        payer: Party number.
        host: Party number.
        coins: How many.
        weights: Host's and platform's part, as the pinned split rule has them.
        release_on: Day from which the shares may be settled.
        act: ``gift``, ``super_chat`` …
        coin: Which coin.
    """

    payer: int
    host: int
    coins: int
    weights: tuple[int, int]
    release_on: date
    act: str = "gift"
    coin: Currency = COIN

    @property
    def value_minor(self) -> int:
        """What the coins are worth, minor units of money."""
        return self.coin.value_of(self.coins)


def gift(given: Gift) -> tuple[Transfer, ...]:
    """A gift or super chat: its coins, and the shares of their value out of the float."""
    spent = site("coin.spent", given.coin.code)
    host_part, platform_part = split(given.value_minor, given.weights)
    return (
        Transfer(wallet_of(given.payer, given.coin), spent, given.coins, f"{given.act}.coins"),
        *share_legs(
            given.act,
            float_of(given.coin),
            given.host,
            (("host", host_part), ("platform", platform_part)),
            given.release_on,
        ),
    )


def order_paid(
    total_minor: int, currency: str, gateway: str, line_id: str | None = None
) -> Transfer:
    """Money for an order or one line of it: paid, not yet delivered."""
    return Transfer(
        account("gateway.clearing", gateway, currency),
        site("order.unearned", currency),
        total_minor,
        "order.money",
        line_id=line_id,
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A paid line that its host has earned.

    Attributes:
        host: Party number.
        shares: Parts of what was paid.
        currency: Of what was paid.
        release_on: Day from which the shares may be settled.
        line_id: The order line.
        act: ``order`` when delivered at once, ``deliver`` when later.
        tax_minor: The tax inside the price.
    """

    host: int
    shares: tuple[tuple[Role, int], ...]
    currency: str
    release_on: date
    line_id: str
    act: Literal["order", "deliver"] = "deliver"
    tax_minor: int = 0


def delivery(line: Delivery) -> tuple[Transfer, ...]:
    """Dr unearned / Cr tax and shares."""
    unearned = site("order.unearned", line.currency)
    legs = share_legs(line.act, unearned, line.host, line.shares, line.release_on, line.line_id)
    if not line.tax_minor:
        return legs
    tax = site("tax.payable", line.currency)
    return (
        Transfer(unearned, tax, line.tax_minor, f"{line.act}.tax", line_id=line.line_id),
        *legs,
    )


def refund_unearned(
    amount_minor: int, currency: str, line_id: str | None = None
) -> tuple[Transfer, ...]:
    """A refund of what was not delivered yet."""
    return (
        Transfer(
            site("order.unearned", currency),
            site("refund.due", currency),
            amount_minor,
            "refund.due",
            line_id=line_id,
        ),
    )


def refund_paid(amount_minor: int, currency: str, gateway: str) -> tuple[Transfer, ...]:
    """A refund that the gateway confirms."""
    clearing = account("gateway.clearing", gateway, currency)
    return (Transfer(site("refund.due", currency), clearing, amount_minor, "refund.paid"),)


def coin_refund(
    party: int, coins: int, price_minor: int, coin: Currency = COIN
) -> tuple[Transfer, ...]:
    """Unspent coins given back for money.

    Args:
        party: Whose coins.
        coins: How many.
        price_minor: What was paid for them (`unsplit` of the pack's price over its coins left).
        coin: Which coin.
    """
    value = coin.value_of(coins)
    due = site("refund.due", coin.backing or "")
    wallet, issued = wallet_of(party, coin), site("coin.issued", coin.code)
    legs = [Transfer(wallet, issued, coins, "coin_refund.coins")]
    if min(price_minor, value):
        legs.append(Transfer(float_of(coin), due, min(price_minor, value), "coin_refund.money"))
    if price_minor > value:
        margin = site("coin.margin", due.currency)
        legs.append(Transfer(margin, due, price_minor - value, "coin_refund.margin"))
    if price_minor < value:
        promo = site("promo.expense", due.currency)
        legs.append(Transfer(float_of(coin), promo, value - price_minor, "coin_refund.promo"))
    return tuple(legs)


@dataclass(frozen=True, slots=True)
class Released:
    """What a party's released shares come to, less what was taken back of them."""

    earned_minor: int
    fee_minor: int
    owed_minor: int = 0
    available_minor: int = 0


def settlement(party: str, currency: str, released: Released) -> tuple[Transfer, ...]:
    """Released shares become available, the site's fee becomes income, debts are taken first."""
    invariant(released.earned_minor >= 0 and released.fee_minor >= 0, "a negative release")
    available = account("earned.available", party, currency)
    legs: list[Transfer] = []
    if released.earned_minor:
        pending = account("earned.pending", party, currency)
        legs.append(Transfer(pending, available, released.earned_minor, "settle.earned"))
    if released.fee_minor:
        fee = account("fee.pending", party, currency)
        legs.append(Transfer(fee, site("fee.income", currency), released.fee_minor, "settle.fee"))
    recovered = min(released.earned_minor + released.available_minor, released.owed_minor)
    if recovered > 0:
        owed = account("earned.owed", party, currency)
        legs.append(Transfer(available, owed, recovered, "settle.recover"))
    return tuple(legs)
