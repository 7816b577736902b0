"""Orders, payments and refunds: what they are, and every move they may make."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from livelore.kit.money import split
from livelore.knowledge.catalog.model import Product, ProductKind, RefundRule
from livelore.knowledge.orders.errors import (
    LinesInvalid,
    MoveNotAllowed,
    NotOnSale,
    PriceChanged,
    RefundAboveLeft,
    RefundRefused,
)

OrderState = Literal[
    "placed",
    "paid",
    "fulfilled",
    "part_refunded",
    "refunded",
    "cancelled",
    "expired",
    "disputed",
]
OrderFact = Literal[
    "captured",
    "delivered",
    "cancelled",
    "expired",
    "part_refunded",
    "refunded",
    "disputed",
    "dispute_won",
]
PaymentState = Literal["created", "sent", "pending", "captured", "failed", "closed"]
RefundState = Literal["approved", "sent", "succeeded", "failed", "by_hand"]

LINES_MAX = 20
QUANTITY_MAX = 20
"""Coin packs in one line; of what gives access there is one."""
IDENTICAL_WITHIN = timedelta(seconds=30)
QUERY_AFTER_S = (60, 300, 900, 3600, 86_400)
"""When the gateway is asked for the truth of a payment that is under way (MONEY section 4)."""
REFUND_RETRY_S = (60, 300, 900, 3600, 21_600, 86_400)
"""When a refund that failed is sent again, with the same number; then it is done by hand."""
RETURN_UNMATCHED_AFTER = timedelta(hours=24)

_MOVES: dict[tuple[OrderState, OrderFact], OrderState] = {
    ("placed", "captured"): "paid",
    ("expired", "captured"): "paid",
    ("cancelled", "captured"): "paid",
    ("placed", "cancelled"): "cancelled",
    ("placed", "expired"): "expired",
    ("paid", "delivered"): "fulfilled",
    ("part_refunded", "delivered"): "part_refunded",
    ("paid", "part_refunded"): "part_refunded",
    ("fulfilled", "part_refunded"): "part_refunded",
    ("part_refunded", "part_refunded"): "part_refunded",
    ("paid", "refunded"): "refunded",
    ("fulfilled", "refunded"): "refunded",
    ("part_refunded", "refunded"): "refunded",
    ("paid", "disputed"): "disputed",
    ("fulfilled", "disputed"): "disputed",
    ("part_refunded", "disputed"): "disputed",
    ("disputed", "dispute_won"): "fulfilled",
    ("disputed", "refunded"): "refunded",
}


def move(state: OrderState, fact: OrderFact) -> OrderState:
    """The state after a fact.

    Raises:
        MoveNotAllowed: Nothing of the kind may happen in this state.
    """
    after = _MOVES.get((state, fact))
    if after is None:
        raise MoveNotAllowed(state=state, fact=fact)
    return after


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """One thing that a gateway has said of one payment, verified."""

    type: Literal["captured", "failed", "closed", "refunded", "refund_failed"]
    gateway_id: str
    amount_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class PaymentSummary:
    """What all facts of a payment say together."""

    state: PaymentState
    n_captures: int
    extra_minor: int
    refunded_minor: int


def summary(
    intent: Literal["created", "sent", "pending"],
    amount_minor: int,
    currency: str,
    facts: Iterable[PaymentFact],
) -> PaymentSummary:
    """A payment as a function of the *set* of its facts: order and repetition mean nothing.

    Args:
        intent: How far our own side had come.
        amount_minor: What was asked.
        currency: In which currency.
        facts: All that were verified.

    Returns:
        ``captured`` absorbs everything; a capture of another sum or currency captures nothing and
        counts as extra, as does every capture after the first.
    """
    known = set(facts)
    captures = {fact.gateway_id: fact for fact in known if fact.type == "captured"}
    matching = sorted(
        ref
        for ref, fact in captures.items()
        if (fact.amount_minor, fact.currency) == (amount_minor, currency)
    )
    came = sum(fact.amount_minor or 0 for fact in captures.values() if fact.currency == currency)
    refunded = sum(fact.amount_minor or 0 for fact in known if fact.type == "refunded")
    types = {fact.type for fact in known}
    state: PaymentState = intent
    if matching:
        state = "captured"
    elif "failed" in types:
        state = "failed"
    elif "closed" in types:
        state = "closed"
    return PaymentSummary(state, len(captures), came - (amount_minor if matching else 0), refunded)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as the buyer asks for it: the price is only what they saw."""

    product_id: str
    quantity: int
    seen_price_minor: int


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product in an order, with everything that was agreed frozen into it."""

    id: str
    position: int
    product_id: str
    kind: ProductKind
    title: str
    title_en: str
    beneficiary: int
    host: int | None
    course_id: str | None
    lesson_id: str | None
    quantity: int
    unit_minor: int
    total_minor: int
    price_version: int
    split_rule_id: str | None
    split_rule_version: int | None
    refund_rule: RefundRule
    coins: int | None
    access_until: datetime | None
    delivered_at: datetime | None = None


def rule_text_of(lines: Sequence[OrderLine]) -> str:
    """Which wordings the buyer ticked, each as ``<rule>@<version>``: kept with the order (M8)."""
    rules = (line.refund_rule for line in lines)
    return ",".join(dict.fromkeys(f"{rule.id}@{rule.text_version}" for rule in rules))


@dataclass(frozen=True, slots=True)
class Order:
    """An intent to buy, and what became of it."""

    id: str
    no: str
    buyer: int
    currency: str
    total_minor: int
    state: OrderState
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    has_seats: bool
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """One try to pay an order through one gateway."""

    id: str
    no: str
    order_id: str
    gateway: str
    method: str
    gateway_ref: str | None
    options: str | None
    currency: str
    amount_minor: int
    captured_minor: int
    state: PaymentState
    created_at: datetime
    captured_at: datetime | None
    n_queries: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back to a buyer."""

    id: str
    no: str
    payment_id: str | None
    line_id: str | None
    unmatched_id: str | None
    gateway: str
    capture_ref: str
    amount_minor: int
    currency: str
    coins: int | None
    state: RefundState
    reason: str
    n_tries: int
    created_at: datetime


def check_wanted(wanted: Sequence[Wanted], products: dict[str, Product]) -> None:
    """Whether these lines may stand together in one order.

    Raises:
        LinesInvalid: None or too many, a product twice, coins mixed with access, odd quantities.
        PriceChanged: A price is not the one that was shown.
        NotOnSale: A product cannot be bought any more.
    """
    ids = [line.product_id for line in wanted]
    if not 1 <= len(ids) <= LINES_MAX or len(set(ids)) != len(ids):
        raise LinesInvalid(why="count")
    kinds = {products[product_id].kind for product_id in ids}
    if "coin_pack" in kinds and len(kinds) > 1:
        raise LinesInvalid(why="coins_apart")
    if len({products[product_id].currency for product_id in ids}) > 1:
        raise LinesInvalid(why="currencies")
    for line in wanted:
        product = products[line.product_id]
        limit = QUANTITY_MAX if product.kind == "coin_pack" else 1
        if type(line.quantity) is not int or not 1 <= line.quantity <= limit:
            raise LinesInvalid(why="quantity", quantity_max=limit)
        if not product.is_on_sale:
            raise NotOnSale(product_id=product.id)
        if line.seen_price_minor != product.amount_minor:
            raise PriceChanged(
                product_id=product.id, price_minor=product.amount_minor, currency=product.currency
            )


def content_hash(wanted: Sequence[Wanted]) -> str:
    """Equal for orders of the same things; an equal one within 30 s is asked about first."""
    lines = sorted((line.product_id, line.quantity) for line in wanted)
    return hashlib.sha256(repr(lines).encode()).hexdigest()


def query_at(created_at: datetime, n_queries: int) -> datetime | None:
    """When the gateway is asked next about a payment under way; None is never again."""
    if n_queries >= len(QUERY_AFTER_S):
        return None
    return created_at + timedelta(seconds=QUERY_AFTER_S[n_queries])


@dataclass(frozen=True, slots=True)
class RefundCase:
    """What the refund rule looks at."""

    rule: RefundRule
    paid_at: datetime
    watched_s: int
    total_minor: int
    refunded_minor: int
    is_disputed: bool = False


def decide_refund(case: RefundCase, amount_minor: int | None, now: datetime) -> int:
    """What is paid back, decided by the rule alone.

    Args:
        case: The line and its history.
        amount_minor: What the buyer asks for; None is all that is left.
        now: The time of asking.

    Returns:
        Minor units, 1 … what is left.

    Raises:
        RefundRefused: The rule says no.
        RefundAboveLeft: More is asked than is left.
    """
    rule = case.rule
    left = case.total_minor - case.refunded_minor
    if case.is_disputed:
        raise RefundRefused(reason="disputed")
    if left <= 0:
        raise RefundRefused(reason="nothing_left")
    if rule.watch_limit_s is not None and case.watched_s >= rule.watch_limit_s:
        raise RefundRefused(
            reason="watched", watched_s=case.watched_s, watch_limit_s=rule.watch_limit_s
        )
    if rule.window_days is not None and now > case.paid_at + timedelta(days=rule.window_days):
        raise RefundRefused(reason="too_late", window_days=rule.window_days)
    wanted = left if amount_minor is None else amount_minor
    if wanted > left:
        raise RefundAboveLeft(left_minor=left)
    return wanted


@dataclass(frozen=True, slots=True)
class TopUp:
    """A captured line of coins and what has been paid back of it."""

    line_id: str
    payment_id: str
    coins: int
    price_minor: int
    refunded_coins: int
    refunded_minor: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class CoinRefund:
    """Coins of one top-up that go back, and the money they are worth of its price."""

    line_id: str
    payment_id: str
    coins: int
    amount_minor: int


def plan_coin_refund(coins: int, available: int, top_ups: Sequence[TopUp]) -> list[CoinRefund]:
    """Which top-ups are paid back for unspent coins: the newest first, at their own price.

    Args:
        coins: How many the viewer gives back.
        available: Paid coins that are neither spent nor held.
        top_ups: All captured top-ups of the viewer.

    Raises:
        RefundAboveLeft: Not so many are unspent, or left in top-ups.
    """
    if coins > available:
        raise RefundAboveLeft(left_coins=available)
    plan: list[CoinRefund] = []
    missing = coins
    for each in sorted(top_ups, key=lambda top_up: top_up.paid_at, reverse=True):
        left_coins = each.coins - each.refunded_coins
        taken = min(missing, left_coins)
        if taken <= 0:
            continue
        amount = unsplit_price(each.price_minor - each.refunded_minor, left_coins, taken)
        if amount > 0:
            plan.append(CoinRefund(each.line_id, each.payment_id, taken, amount))
            missing -= taken
    if missing:
        raise RefundAboveLeft(left_coins=coins - missing)
    return plan


def unsplit_price(left_minor: int, left_coins: int, coins: int) -> int:
    """The money for some of the coins left of a top-up; for the last ones, all that is left."""
    return split(left_minor, [coins, left_coins - coins])[0]
