"""Wire shapes of orders, payments, refunds and the wallet."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from livelore.knowledge.catalog.model import Product
from livelore.knowledge.catalog.schemas import RefundRuleOut
from livelore.knowledge.ledger.model import COIN, CapPeriod
from livelore.knowledge.ledger.service import Spending
from livelore.knowledge.orders.model import OrderLine, Payment, Refund, Wanted
from livelore.knowledge.orders.service import OrderView, WalletView

Id = Annotated[str, Meta(min_length=1, max_length=40)]
Word = Annotated[str, Meta(max_length=40)]
Reason = Annotated[str, Meta(max_length=200)]


class MoneyOut(Struct):
    """An amount of money."""

    amount_minor: int
    currency: str


class LineIn(Struct, forbid_unknown_fields=True):
    """One product; the price is only what the buyer saw."""

    product_id: Id
    quantity: int
    seen_price_minor: int


class OrderIn(Struct, forbid_unknown_fields=True):
    """Body of a new order."""

    items: Annotated[list[LineIn], Meta(max_length=50)]
    refund_rule_accepted: bool = False
    is_repeat_meant: bool = False

    def wanted(self) -> list[Wanted]:
        """As the service takes it."""
        return [
            Wanted(item.product_id, item.quantity, item.seen_price_minor) for item in self.items
        ]


class PayIn(Struct, forbid_unknown_fields=True):
    """Body of a payment."""

    method: Word
    gateway: Word = "sandbox"
    scenario: Word | None = None


class RefundIn(Struct, forbid_unknown_fields=True):
    """Body of a refund: a line or the whole order, a sum or all that is left."""

    line_id: Id | None = None
    amount_minor: int | None = None
    reason: Reason = ""


class TopUpIn(Struct, forbid_unknown_fields=True):
    """Body of a top-up."""

    product_id: Id
    method: Word
    refund_rule_accepted: bool = False
    quantity: int = 1
    seen_price_minor: int | None = None
    scenario: Word | None = None
    is_repeat_meant: bool = False


class LimitsIn(Struct, forbid_unknown_fields=True):
    """Body of new limits: only what is given changes."""

    tip_cap_minor: int | UnsetType = UNSET
    day_cap_minor: int | UnsetType = UNSET
    month_cap_minor: int | UnsetType = UNSET

    def caps(self) -> dict[CapPeriod, int]:
        """As the service takes it."""
        given: dict[CapPeriod, int | UnsetType] = {
            "tip": self.tip_cap_minor,
            "day": self.day_cap_minor,
            "month": self.month_cap_minor,
        }
        return {period: cap for period, cap in given.items() if not isinstance(cap, UnsetType)}


class CoinRefundIn(Struct, forbid_unknown_fields=True):
    """Body of a refund of unspent coins."""

    coins: int


class GrantIn(Struct, forbid_unknown_fields=True):
    """Body of a free grant."""

    user_id: Id
    product_id: Id
    reason: Reason
    until: Annotated[datetime, Meta(tz=True)] | None = None


class GrantOut(Struct):
    """Answer to a free grant."""

    voucher: str


class ShareOut(Struct):
    """What one party gets of a line."""

    party: str
    amount_minor: int


class LineOut(Struct):
    """One line of an order."""

    id: str
    product_id: str
    kind: str
    title: str
    title_en: str
    course_id: str | None
    lesson_id: str | None
    quantity: int
    unit_minor: int
    total_minor: int
    coins: int | None
    split: list[ShareOut]
    refund_rule: str
    watch_limit_s: int | None
    window_days: int | None
    access_until: datetime | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, line: OrderLine, split: list[tuple[str, int]]) -> "LineOut":
        """From the model."""
        return cls(
            id=line.id,
            product_id=line.product_id,
            kind=line.kind,
            title=line.title,
            title_en=line.title_en,
            course_id=line.course_id,
            lesson_id=line.lesson_id,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            total_minor=line.total_minor,
            coins=line.coins,
            split=[ShareOut(party, amount) for party, amount in split],
            refund_rule=line.refund_rule.id,
            watch_limit_s=line.refund_rule.watch_limit_s,
            window_days=line.refund_rule.window_days,
            access_until=line.access_until,
            delivered_at=line.delivered_at,
        )


class PaymentOut(Struct):
    """One try to pay."""

    id: str
    order_id: str
    state: str
    method: str
    gateway: str
    amount: MoneyOut
    created_at: datetime
    captured_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> "PaymentOut":
        """From the model."""
        return cls(
            payment.id,
            payment.order_id,
            payment.state,
            payment.method,
            payment.gateway,
            MoneyOut(payment.amount_minor, payment.currency),
            payment.created_at,
            payment.captured_at,
        )


class RefundOut(Struct):
    """Money on its way back, or back."""

    id: str
    no: str
    line_id: str | None
    state: str
    amount: MoneyOut
    coins: int | None
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, refund: Refund) -> "RefundOut":
        """From the model."""
        return cls(
            refund.id,
            refund.no,
            refund.line_id,
            refund.state,
            MoneyOut(refund.amount_minor, refund.currency),
            refund.coins,
            refund.reason,
            refund.created_at,
        )


class OrderOut(Struct):
    """An order as its buyer sees it."""

    id: str
    no: str
    state: str
    total: MoneyOut
    lines: list[LineOut]
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    payments: list[PaymentOut]
    refunds: list[RefundOut]

    @classmethod
    def of(cls, view: OrderView, splits: dict[str, list[tuple[str, int]]]) -> "OrderOut":
        """From the model, with the shares of each line by its id."""
        order = view.order
        return cls(
            id=order.id,
            no=order.no,
            state=order.state,
            total=MoneyOut(order.total_minor, order.currency),
            lines=[LineOut.of(line, splits.get(line.id, [])) for line in order.lines],
            created_at=order.created_at,
            expires_at=order.expires_at,
            paid_at=order.paid_at,
            payments=[PaymentOut.of(payment) for payment in view.payments],
            refunds=[RefundOut.of(refund) for refund in view.refunds],
        )


class PayOut(Struct):
    """Answer to a payment."""

    payment: PaymentOut


class TopUpOut(Struct):
    """Answer to a top-up."""

    order: OrderOut
    payment: PaymentOut


class CoinRefundOut(Struct):
    """Answer to a refund of coins."""

    refunds: list[RefundOut]


class PackOut(Struct):
    """Coins, their price, and the refund rule that the buyer must know of."""

    product_id: str
    coins: int
    price: MoneyOut
    refund_rule: RefundRuleOut


class WalletOut(Struct):
    """What a viewer has and may spend."""

    currency: str
    available: int
    held: int
    value_minor: int
    backing: str
    day_spent_minor: int
    month_spent_minor: int
    tip_cap_minor: int
    day_cap_minor: int
    month_cap_minor: int
    packs: list[PackOut]
    is_adult_verified: bool

    @classmethod
    def of(cls, view: WalletView, *, is_adult_verified: bool) -> "WalletOut":
        """From the model."""
        caps = view.spending.caps
        return cls(
            currency=COIN.code,
            available=view.balance.available_minor,
            held=view.balance.held_minor,
            value_minor=COIN.value_minor or 0,
            backing=COIN.backing or "",
            day_spent_minor=view.spending.day_spent_minor,
            month_spent_minor=view.spending.month_spent_minor,
            tip_cap_minor=caps.tip_minor,
            day_cap_minor=caps.day_minor,
            month_cap_minor=caps.month_minor,
            packs=[_pack_out(pack) for pack in view.packs],
            is_adult_verified=is_adult_verified,
        )


def _pack_out(pack: Product) -> PackOut:
    rule = pack.refund_rule
    return PackOut(
        pack.id,
        pack.coins or 0,
        MoneyOut(pack.amount_minor, pack.currency),
        RefundRuleOut(rule.id, rule.watch_limit_s, rule.window_days, rule.text_version),
    )


class LimitsOut(Struct):
    """The caps that count now; a raised one counts after 24 hours."""

    currency: str
    tip_cap_minor: int
    day_cap_minor: int
    month_cap_minor: int

    @classmethod
    def of(cls, spending: Spending) -> "LimitsOut":
        """From the model."""
        caps = spending.caps
        return cls(spending.currency, caps.tip_minor, caps.day_minor, caps.month_minor)


class FindingOut(Struct):
    """One difference between our books and a gateway's bill."""

    gateway: str
    day: str
    kind: str
    ref: str
    ours_minor: int | None
    theirs_minor: int | None


class UnmatchedOut(Struct):
    """Money that came and belongs to no open order."""

    gateway: str
    gateway_ref: str
    payment_no: str
    amount: MoneyOut
    reason: str


class WaitingRefundOut(Struct):
    """A refund that was decided and whose money is not back yet."""

    no: str
    gateway: str
    amount: MoneyOut
    state: str
    reason: str
    n_tries: int
    created_at: datetime


class PaymentsCheckOut(Struct):
    """What an operator looks at."""

    notices: dict[str, int]
    unmatched: list[UnmatchedOut]
    findings: list[FindingOut]
    n_wrong_entitlements: int
    wrong_accounts: list[str]
    refunds_waiting: list[WaitingRefundOut]
