"""Acts and their transfers: what they are, and what is right before the database is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from livelore.kit.errors import AppError, InvariantError, invariant
from livelore.kit.money import check_amount
from livelore.knowledge.ledger.model.accounts import (
    ACCOUNT_KINDS,
    CURRENCIES,
    POSTING_RULES,
    SHARE_KINDS,
    AccountRef,
)

Value = str | int | bool | None
TRANSFERS_MAX = 1000
"""Transfers of one act; an undo of a share has at most three."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Immutable movement from one account to another.

    Attributes:
        debit: Account debited.
        credit: Account credited.
        amount_minor: 1 to 10^12, minor units of the currency of both.
        reason: ``<act>.<leg>``; with the kinds of both accounts it is in `POSTING_RULES`.
        hold_id: The hold that it posts.
        reverses: The earlier transfer that it takes back, whole or in part.
        release_on: Day from which a share may be settled.
        line_id: The order line it belongs to.
    """

    debit: AccountRef
    credit: AccountRef
    amount_minor: int
    reason: str
    hold_id: int | None = None
    reverses: int | None = None
    release_on: date | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A fact for the outbox: ``payload`` is JSON of an object; ``act_id`` is added to it."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Spend:
    """What an act counts against the payer's caps.

    Attributes:
        party: Who pays.
        currency: Money, not coins.
        amount_minor: In that currency.
        confirmation: The token of the refusal that asked to confirm, if it was given.
    """

    party: int
    currency: str
    amount_minor: int
    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class HoldOpening:
    """A part of a guarded account that an act sets aside until ``expires_at``."""

    account: AccountRef
    amount_minor: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HoldEnding:
    """The end of a hold; what of it is posted moves by transfers that name it."""

    hold_id: int
    outcome: Literal["posted", "voided", "expired"]
    posted_minor: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One piece of business, done whole or not at all, once per key.

    Attributes:
        key: Unique for ever: ``user:<party>:<Idempotency-Key>`` or a machine's natural key.
        fingerprint: What the key stands for; another one with the same key is refused.
        kind: ``gift``, ``topup``, ``order`` …
        transfers: May be empty (a free grant).
        events: Facts, written to the outbox with the act.
        group_id: Acts shown as one, as the presses of a combo.
        subject: What it is about, as ``live_session:<id>`` or ``order:<id>``.
        maker: Who did it.
        checker: Who approved it, another than the maker.
        fields: Facts that statements and answers need; plain values.
        spend: What it counts against caps.
        holds: What it sets aside.
        hold_ends: Holds that it ends.
    """

    key: str
    fingerprint: str
    kind: str
    transfers: tuple[Transfer, ...] = ()
    events: tuple[Event, ...] = ()
    group_id: str | None = None
    subject: str | None = None
    maker: str | None = None
    checker: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict[str, Value])
    spend: Spend | None = None
    holds: tuple[HoldOpening, ...] = ()
    hold_ends: tuple[HoldEnding, ...] = ()


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """A transfer as the ledger has it, with the balances after it (None: summed accounts)."""

    id: int
    transfer: Transfer
    debit_after: int | None
    credit_after: int | None


@dataclass(frozen=True, slots=True)
class ActResult:
    """What became of an act, now or when its key was used first.

    Attributes:
        act_id: Its row, also for a refused one.
        at_ms: When it was decided.
        is_replay: Whether the key had been used before, for the same thing.
        transfers: Empty when refused.
        hold_ids: Holds it opened, in order.
        fields: As given with the act; of a refused act the fields of the refusal.
        error: The refusal, final for its key.
    """

    act_id: int
    at_ms: int
    is_replay: bool
    transfers: tuple[PostedTransfer, ...]
    hold_ids: tuple[int, ...]
    fields: Mapping[str, Any]  # Any: JSON values
    error: AppError | None = None

    @property
    def outcome(self) -> Literal["done", "refused"]:
        """Whether it was done or refused."""
        return "done" if self.error is None else "refused"

    def require(self) -> "ActResult":
        """The result itself.

        Raises:
            AppError: The act was refused.
        """
        if self.error is not None:
            raise self.error
        return self

    def balance_after(self, ref: AccountRef) -> int | None:
        """Balance of a guarded account after the act's last transfer on it; None if untouched."""
        for posted in reversed(self.transfers):
            if posted.transfer.debit == ref:
                return posted.debit_after
            if posted.transfer.credit == ref:
                return posted.credit_after
        return None


def refusal_of(code: str, fields: Mapping[str, Any]) -> AppError:
    """The refusal that a stored code and fields stand for.

    Args:
        code: As stored with a refused act.
        fields: Its fields.
    """
    for known in _refusals(AppError):
        if known.code == code:
            return known(**fields)
    raise InvariantError(f"a stored act was refused with an unknown code {code}")


def _refusals(root: type[AppError]) -> Iterable[type[AppError]]:
    for known in root.__subclasses__():
        yield known
        yield from _refusals(known)


def user_key(party: int, key: str) -> str:
    """The act key of a caller's Idempotency-Key: its scope is the caller."""
    return f"user:{party}:{key}"


def check_act(act: Act) -> Act:
    """The act itself, if its form is right; the database checks the same again.

    Raises:
        AmountError: An amount is not an integer from 1 to 10^12.
        InvariantError: Anything else that only a mistake in code can cause.
    """
    invariant(act.key and act.kind and act.fingerprint, "an act has key, kind and fingerprint")
    invariant(len(act.transfers) <= TRANSFERS_MAX, "an act has too many transfers")
    invariant(act.checker is None or act.maker not in {None, act.checker}, "four eyes")
    invariant(act.kind != "correction" or act.checker is not None, "a correction needs a checker")
    for transfer in act.transfers:
        check_transfer(transfer)
    check_float(act)
    if act.spend is not None:
        check_amount(act.spend.amount_minor)
    return act


def check_transfer(transfer: Transfer) -> None:
    """Amount, currency, pair and release day.

    Raises:
        AmountError: Not an integer from 1 to 10^12.
        InvariantError: The accounts or the reason do not fit.
    """
    check_amount(transfer.amount_minor)
    debit, credit = transfer.debit, transfer.credit
    invariant(debit != credit, "debit and credit are the same account")
    invariant(debit.currency == credit.currency, "debit and credit differ in currency")
    if (transfer.reason, debit.kind, credit.kind) not in POSTING_RULES:
        raise InvariantError(
            f"{transfer.reason} may not debit {debit.kind} and credit {credit.kind}"
        )
    invariant(
        (credit.kind in SHARE_KINDS) == (transfer.release_on is not None),
        "a share, and only a share, has a release day",
    )


def check_float(act: Act) -> None:
    """Coins of users move by exactly what the float moves by (invariant 10, act by act).

    Raises:
        InvariantError: A coin side without its money side, or the other way round.
    """
    moved: dict[str, int] = {}
    for transfer in act.transfers:
        for ref, sign in ((transfer.debit, -1), (transfer.credit, 1)):
            if ref.kind in {"coins.paid", "coins.bonus"}:
                value = CURRENCIES[ref.currency].value_of(transfer.amount_minor)
                moved[ref.currency] = moved.get(ref.currency, 0) + sign * value
            elif ref.kind == "coin.float":
                moved[ref.owner] = moved.get(ref.owner, 0) - sign * transfer.amount_minor
    if any(moved.values()):
        raise InvariantError(f"coins and their float move apart in {act.kind}: {moved}")


def is_growing(ref: AccountRef, *, is_debit: bool) -> bool:
    """Whether an entry on this side makes the account's balance larger."""
    return (ACCOUNT_KINDS[ref.kind].side == "D") == is_debit


_ENCODER = msgspec.json.Encoder(enc_hook=str)


def fields_json(fields: Mapping[str, Any]) -> str:
    """Fields as they are stored: one JSON object."""
    return _ENCODER.encode(fields).decode() if fields else "{}"


def with_act_id(event: Event, act_id: int) -> str:
    """The event's JSON object with ``act_id`` as its first member."""
    inner = event.payload.decode().strip()[1:]
    return f'{{"act_id":{act_id}{"" if inner.strip() == "}" else ","}{inner}'
