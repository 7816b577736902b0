"""Currencies, kinds of account, and which pairs of them a reason may use."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from livelore.kit.errors import invariant

Side = Literal["D", "C"]
SITE = "0"
"""Owner of the accounts that belong to the site itself."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency; a coin has a backing currency and a value in it that never changes.

    Attributes:
        code: ISO 4217, or the name of a coin.
        scale: Digits after the point.
        backing: Currency a coin is worth something in; None for money.
        value_minor: What one coin is worth, minor units of ``backing``.
    """

    code: str
    scale: int
    backing: str | None = None
    value_minor: int | None = None

    @property
    def is_coin(self) -> bool:
        """Whether this is a coin rather than money."""
        return self.backing is not None

    def value_of(self, coins: int) -> int:
        """What so many coins are worth, minor units of the backing currency."""
        invariant(self.value_minor is not None, "only a coin has a value")
        return coins * (self.value_minor or 0)


CURRENCIES = {
    currency.code: currency
    for currency in (
        *(Currency(code, 2) for code in ("CNY", "USD", "EUR", "GBP", "HKD", "TWD", "SGD")),
        Currency("JPY", 0),
        Currency("COIN", 0, "CNY", 10),
    )
}
"""All currencies, as migrations fill them into the table ``currency`` (a test compares)."""
COIN = CURRENCIES["COIN"]


@dataclass(frozen=True, slots=True)
class AccountKind:
    """A kind of account: its normal side, and whether it keeps a balance that stays above 0."""

    kind: str
    side: Side
    is_guarded: bool


def _kinds(side: Side, names: str, *, is_guarded: bool = False) -> dict[str, AccountKind]:
    return {name: AccountKind(name, side, is_guarded) for name in names.split()}


ACCOUNT_KINDS = {
    **_kinds("C", "coins.paid coins.bonus earned.available", is_guarded=True),
    **_kinds("D", "earned.owed buyer.owed", is_guarded=True),
    **_kinds("D", "coin.issued gateway.clearing bank dispute.open gateway.fees promo.expense"),
    **_kinds("D", "loss.expense goodwill.expense"),
    **_kinds("C", "coin.spent coin.float order.unearned earned.pending fee.pending"),
    **_kinds("C", "earned.frozen fee.frozen gateway.unmatched refund.due tax.payable"),
    **_kinds("C", "tax.withheld fee.income coin.margin coin.breakage exchange opening"),
}
GUARDED_KINDS = frozenset(name for name, kind in ACCOUNT_KINDS.items() if kind.is_guarded)
"""Kinds that keep a balance, which never goes below 0."""
SHARE_KINDS = frozenset({"earned.pending", "fee.pending"})
"""Credits to these are shares and have a release day."""


class AccountRef(NamedTuple):
    """An account by its meaning: kind, whose, in which currency.

    A named tuple, not a dataclass: it is the key of every dictionary on the way of a gift, and a
    tuple's hash and comparison are an eighth of a dataclass's cost.

    Attributes:
        kind: One of `ACCOUNT_KINDS`.
        owner: A party's number, a gateway's name, a coin's code (for its float) or `SITE`.
        currency: Code.
    """

    kind: str
    owner: str
    currency: str

    @property
    def is_guarded(self) -> bool:
        """Whether the account keeps a balance."""
        return self.kind in GUARDED_KINDS

    @property
    def side(self) -> Side:
        """The side on which the account grows."""
        return ACCOUNT_KINDS[self.kind].side


def account(kind: str, owner: int | str, currency: str) -> AccountRef:
    """The account of this kind, owner and currency.

    Args:
        kind: One of `ACCOUNT_KINDS`.
        owner: Party number, or a name.
        currency: Code of a known currency.
    """
    invariant(kind in ACCOUNT_KINDS, f"unknown kind of account {kind}")
    invariant(currency in CURRENCIES, f"unknown currency {currency}")
    return AccountRef(kind, str(owner), currency)


def site(kind: str, currency: str) -> AccountRef:
    """An account of the site itself."""
    return account(kind, SITE, currency)


def float_of(coin: Currency) -> AccountRef:
    """The account that holds what all unspent coins are worth."""
    return account("coin.float", coin.code, coin.backing or "")


def wallet_of(party: int, coin: Currency = COIN) -> AccountRef:
    """The paid coins of a party."""
    return account("coins.paid", party, coin.code)


SPENDING = ("gift", "super_chat", "question", "listen_in", "costream", "battle")
"""Acts that spend coins on a host; each leg's reason begins with one of these names."""

TAKEN_BACK_FROM = (
    ("earned", "earned.pending"),
    ("earned_frozen", "earned.frozen"),
    ("available", "earned.available"),
    ("owed", "earned.owed"),
    ("fee", "fee.pending"),
    ("fee_frozen", "fee.frozen"),
    ("income", "fee.income"),
    ("tax", "tax.payable"),
)
"""Legs of an undo and where each takes the money from."""

_PLAIN_RULES = """
topup.money gateway.clearing coin.float
topup.margin gateway.clearing coin.margin
topup.promo promo.expense coin.float
topup.coins coin.issued coins.paid
topup.bonus coin.issued coins.bonus
unmatched.money gateway.clearing gateway.unmatched
unmatched.refund gateway.unmatched refund.due
undo.coins coin.spent coins.paid
undo.coins coin.spent coins.bonus
undo.due coin.float refund.due
order.money gateway.clearing order.unearned
order.promo promo.expense order.unearned
order.coins coins.paid coin.spent
order.coins coins.bonus coin.spent
order.value coin.float order.unearned
order.earned order.unearned earned.pending
order.fee order.unearned fee.pending
order.tax order.unearned tax.payable
deliver.earned order.unearned earned.pending
deliver.fee order.unearned fee.pending
deliver.tax order.unearned tax.payable
refund.due order.unearned refund.due
refund.promo order.unearned promo.expense
refund.paid refund.due gateway.clearing
coin_refund.coins coins.paid coin.issued
coin_refund.bonus coins.bonus coin.issued
coin_refund.money coin.float refund.due
coin_refund.margin coin.margin refund.due
coin_refund.promo coin.float promo.expense
settle.earned earned.pending earned.available
settle.fee fee.pending fee.income
settle.recover earned.available earned.owed
freeze.earned earned.pending earned.frozen
freeze.fee fee.pending fee.frozen
unfreeze.earned earned.frozen earned.pending
unfreeze.fee fee.frozen fee.pending
payout.paid earned.available gateway.clearing
payout.tax earned.available tax.withheld
payout.returned gateway.clearing earned.available
debt.repaid gateway.clearing buyer.owed
debt.repaid gateway.clearing earned.owed
debt.written_off loss.expense buyer.owed
debt.written_off loss.expense earned.owed
dispute.opened dispute.open gateway.clearing
dispute.fee gateway.fees gateway.clearing
dispute.won gateway.clearing dispute.open
dispute.coins coins.paid coin.issued
dispute.money coin.float dispute.open
dispute.owed buyer.owed dispute.open
dispute.earner_owed earned.owed dispute.open
bill.fee gateway.fees gateway.clearing
bill.bank bank gateway.clearing
expire.coins coins.bonus coin.spent
expire.money coin.float coin.breakage
correction.goodwill goodwill.expense coin.float
correction.coins coin.issued coins.paid
correction.loss loss.expense gateway.clearing
correction.found gateway.clearing gateway.unmatched
correction.matched gateway.unmatched order.unearned
opening.money gateway.clearing opening
opening.float opening coin.float
opening.coins coin.issued coins.paid
opening.available opening earned.available
"""


def _rules() -> frozenset[tuple[str, str, str]]:
    rules = {(r, d, c) for r, d, c in (line.split() for line in _PLAIN_RULES.split("\n") if line)}
    for act in SPENDING:
        rules |= {(f"{act}.coins", kind, "coin.spent") for kind in ("coins.paid", "coins.bonus")}
        rules |= {(f"{act}.earned", "coin.float", "earned.pending")}
        rules |= {(f"{act}.fee", "coin.float", "fee.pending")}
    for leg, kind in TAKEN_BACK_FROM:
        rules |= {(f"undo.{leg}", kind, "coin.float"), (f"refund.{leg}", kind, "refund.due")}
        if leg != "owed":
            rules.add((f"dispute.{leg}", kind, "dispute.open"))
    return frozenset(rules)


POSTING_RULES = _rules()
"""(reason, debit kind, credit kind): all that may be posted, as in the table ``posting_rule``."""
