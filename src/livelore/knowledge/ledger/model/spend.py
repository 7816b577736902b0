"""Caps on what a person may send: per tip, per day, per month, and the stop at half (M2)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from livelore.knowledge.ledger.errors import CapInvalid, ConfirmationNeeded, SpendLimitReached
from livelore.knowledge.ledger.model.acts import Spend, Value

CapPeriod = Literal["tip", "day", "month"]
CAP_PERIODS: tuple[CapPeriod, ...] = ("tip", "day", "month")
RAISE_AFTER = timedelta(hours=24)
"""A cap that its owner raises counts from then on; a lowered one at once."""


@dataclass(frozen=True, slots=True)
class SpendCaps:
    """Most that may be sent in one tip, a day and a month, minor units of money."""

    tip_minor: int
    day_minor: int
    month_minor: int

    def lowered_by(self, own: Mapping[str, int]) -> "SpendCaps":
        """These caps where the viewer's own ones are not lower."""
        return SpendCaps(
            min(self.tip_minor, own.get("tip", self.tip_minor)),
            min(self.day_minor, own.get("day", self.day_minor)),
            min(self.month_minor, own.get("month", self.month_minor)),
        )

    def of(self, period: CapPeriod) -> int:
        """The cap of one period."""
        return {"tip": self.tip_minor, "day": self.day_minor, "month": self.month_minor}[period]


@dataclass(frozen=True, slots=True)
class Period:
    """A day or month of the site's zone, and what was sent in it before."""

    name: Literal["day", "month"]
    key: str
    spent_minor: int
    cap_minor: int

    def is_passing_half(self, amount_minor: int) -> bool:
        """Whether this amount takes the sum from at most half of the cap to above it."""
        before, after = self.spent_minor, self.spent_minor + amount_minor
        return 2 * before <= self.cap_minor < 2 * after


def period_keys(now: datetime, zone: tzinfo) -> tuple[str, str]:
    """Day and month, as ``2026-11-24`` and ``2026-11``, of an instant in a zone."""
    day = now.astimezone(zone).date().isoformat()
    return day, day[:7]


def check_caps(spend: Spend, tip_cap_minor: int, periods: tuple[Period, ...]) -> None:
    """Whether a spend stays within its caps.

    Raises:
        SpendLimitReached: Names the first cap that it would pass.
    """
    if spend.amount_minor > tip_cap_minor:
        raise SpendLimitReached(
            period="tip", cap_minor=tip_cap_minor, left_minor=tip_cap_minor, currency=spend.currency
        )
    for period in periods:
        if period.spent_minor + spend.amount_minor > period.cap_minor:
            raise SpendLimitReached(
                period=period.name,
                cap_minor=period.cap_minor,
                left_minor=max(0, period.cap_minor - period.spent_minor),
                currency=spend.currency,
            )


def confirmation_fields(spend: Spend, periods: tuple[Period, ...]) -> dict[str, Value]:
    """What has to be confirmed before a spend; empty when nothing has.

    The fields bind the confirmation to the sum and the period: another amount, or another sum
    before it, is another question.
    """
    passing = [period for period in periods if period.is_passing_half(spend.amount_minor)]
    if not passing:
        return {}
    first = passing[0]
    return {
        "period": first.name,
        "sum_minor": first.spent_minor + spend.amount_minor,
        "cap_minor": first.cap_minor,
        "currency": spend.currency,
        "party": spend.party,
        "bound_to": "|".join(
            f"{period.key}:{period.spent_minor}+{spend.amount_minor}/{period.cap_minor}"
            for period in passing
        ),
    }


def confirmation_token(act_id: int, key: str, fields: Mapping[str, Value]) -> str:
    """The token of a stored question: names the refused act, and proves what was asked."""
    bound = f"{act_id}|{key}|{fields['party']}|{fields['bound_to']}"
    return f"{act_id}-{hashlib.sha256(bound.encode()).hexdigest()[:24]}"


def asked_act_id(token: str) -> int | None:
    """The refused act that a token names; None when it is no token."""
    number = token.split("-", 1)[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def question(fields: Mapping[str, Value], token: str) -> ConfirmationNeeded:
    """The refusal that asks."""
    return ConfirmationNeeded(**fields, token=token)


def check_cap(cap_minor: object, site_cap_minor: int) -> int:
    """A cap that a viewer may set.

    Raises:
        CapInvalid: Not an integer from 0 to the site's own cap.
    """
    if type(cap_minor) is not int or not 0 <= cap_minor <= site_cap_minor:
        raise CapInvalid(cap_max_minor=site_cap_minor)
    return cap_minor
