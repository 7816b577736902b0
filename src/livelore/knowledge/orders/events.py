"""Facts of orders, for the outbox. Amounts in minor units of ``currency``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """Somebody intends to buy; prices and rules are frozen."""

    order_id: str
    user_id: str | None
    product_ids: tuple[str, ...]
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The money of an order has come."""

    order_id: str
    user_id: str | None
    product_ids: tuple[str, ...]
    lesson_ids: tuple[str, ...]
    course_ids: tuple[str, ...]
    host_parties: tuple[int, ...]
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class CoinsBought:
    """A top-up was captured: the coins may be spent."""

    order_id: str
    user_id: str | None
    coins: int
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A payment failed or was closed; nothing was charged."""

    order_id: str
    payment_id: str
    user_id: str | None
    state: str


@dataclass(frozen=True, slots=True)
class RefundDecided:
    """Money goes back; what was bought with it ended just now if all of it does."""

    order_id: str | None
    user_id: str | None
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundPaid:
    """The gateway has paid money back."""

    refund_no: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class CoinsRefunded:
    """Unspent coins were given back for money."""

    user_id: str | None
    coins: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class MoneyUnmatched:
    """Money came that belongs to no open order: an operator should know."""

    gateway: str
    gateway_ref: str
    amount_minor: int
    currency: str
    reason: str
