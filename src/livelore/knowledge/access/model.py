"""What an entitlement is, and what opens a lesson."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from livelore.knowledge.catalog.model import Lesson, Product

Reason = Literal["ticket", "course", "free", "host", "operator"]
State = Literal["upcoming", "live", "replay", "open", "ended", "revoked"]


@dataclass(frozen=True, slots=True)
class Access:
    """Whether somebody may see something, why, and until when."""

    entitled: bool
    reason: Reason | None = None
    until: datetime | None = None


NO_ACCESS = Access(entitled=False)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A party's right to a product; ``source`` is the act that gave it."""

    id: int
    party: int
    product_id: str
    source: int
    starts_at: datetime
    until: datetime | None
    revoked_at: datetime | None

    def is_open(self, now: datetime, until: datetime | None) -> bool:
        """Whether it holds at a moment; ``until`` is the end that counts (see `end_of`)."""
        return self.revoked_at is None and self.starts_at <= now and (until is None or now < until)


@dataclass(frozen=True, slots=True)
class Grant:
    """A right to be given."""

    party: int
    product_id: str
    source: int
    starts_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of a lesson somebody has watched, and when last."""

    lesson_id: str
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """An entitlement with its product, as its holder sees it."""

    entitlement: Entitlement
    product: Product
    until: datetime | None
    state: State


def end_of(entitlement: Entitlement, product: Product) -> datetime | None:
    """Until when it holds: as promised when bought, later if the class was moved to later."""
    if entitlement.until is None:
        return None
    moved = product.access_until
    return entitlement.until if moved is None else max(entitlement.until, moved)


def state_of(entitlement: Entitlement, product: Product, now: datetime) -> State:
    """What its holder can do with it just now."""
    until = end_of(entitlement, product)
    if entitlement.revoked_at is not None:
        return "revoked"
    if until is not None and now >= until:
        return "ended"
    if product.lesson_starts_at is None or product.lesson_ends_at is None:
        return "open"
    if now < product.lesson_starts_at:
        return "upcoming"
    return "live" if now < product.lesson_ends_at else "replay"


def open_products(
    held: Iterable[Entitlement], products: Mapping[str, Product], now: datetime
) -> dict[str, datetime | None]:
    """Products that somebody holds now, each with its latest end (None: without end)."""
    ends: dict[str, datetime | None] = {}
    for each in held:
        until = end_of(each, products[each.product_id])
        if not each.is_open(now, until):
            continue
        known = ends.get(each.product_id, until)
        ends[each.product_id] = None if until is None or known is None else max(until, known)
    return ends


def lesson_access(
    lesson: Lesson, products: Iterable[Product], held: Mapping[str, datetime | None]
) -> Access:
    """What opens a lesson, for somebody who is neither its host nor an operator.

    Args:
        lesson: The lesson.
        products: Every product of its course, sold now or not.
        held: From `open_products`.
    """
    course = next((each for each in products if each.kind == "course"), None)
    ticket = next((each for each in products if each.lesson_id == lesson.id), None)
    if lesson.is_preview or (course is None and ticket is None):
        return Access(entitled=True, reason="free")
    if course is not None and course.id in held:
        return Access(entitled=True, reason="course", until=held[course.id])
    if ticket is not None and ticket.id in held:
        return Access(entitled=True, reason="ticket", until=held[ticket.id])
    return NO_ACCESS


WATCH_STEP_MAX = timedelta(hours=1)
"""Longest watching that one report may add."""
