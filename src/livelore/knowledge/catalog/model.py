"""Courses, lessons, products, and the rules for their fields."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from livelore.kit.money import check_amount, split
from livelore.knowledge.catalog.errors import FieldInvalid
from livelore.knowledge.catalog.subjects import SUBJECTS

LessonKind = Literal["video", "text", "live"]
ProductKind = Literal["course", "ticket", "coin_pack"]
ShareParty = Literal["host", "platform"]
LessonState = Literal["upcoming", "live", "ended"]

TITLE_MAX = 120
TEXT_MAX = 20_000
OUTLINE_MAX = 50
CLASS_HOURS_MAX = 12
REPLAY_DAYS_MAX = 3650
QUERY_MAX = 100
"""Characters of a search."""
REMINDERS_MAX = 100
"""Classes to come that one person wants to be reminded of."""
PREVIEW_MAX_S = 3600
LATE_HOST = timedelta(minutes=30)
"""A class whose host has not come by then is paid back (MONEY section 3)."""

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_CURRENCY = re.compile(r"[A-Z]{3,8}")


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """One point of a class: seconds from its start, and what comes there."""

    at_s: int
    title: str
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """An ordered set of lessons of one host."""

    id: str
    host_id: str
    title: str
    title_en: str
    subtitle: str
    subtitle_en: str
    description: str
    description_en: str
    subject: str
    language: str
    cover: str
    is_published: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Lesson:
    """One step of a course; a live one has hours and a room."""

    id: str
    course_id: str
    chapter: str
    chapter_en: str
    position: int
    title: str
    title_en: str
    kind: LessonKind
    duration_s: int
    is_preview: bool
    cover: str
    body: str
    starts_at: datetime | None
    ends_at: datetime | None
    outline: tuple[OutlineItem, ...]
    room_id: str | None
    cancelled_at: datetime | None
    preview_s: int | None = None
    """Free seconds of a paid class for each viewer; None: as long as the site gives."""

    def state(self, now: datetime) -> LessonState | None:
        """Where a live lesson stands by its timetable; None for other kinds."""
        if self.starts_at is None or self.ends_at is None:
            return None
        if self.cancelled_at is not None or now >= self.ends_at:
            return "ended"
        return "live" if now >= self.starts_at else "upcoming"


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One party of a split rule and its weight over the sum of all weights."""

    party: ShareParty
    weight: int


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Who earns which part of a price; a version is never changed."""

    id: str
    version: int
    parts: tuple[SplitPart, ...]

    def shares(self, amount_minor: int) -> list[tuple[ShareParty, int]]:
        """The parts of an amount, by largest remainder, in the order of the parties."""
        amounts = split(amount_minor, [part.weight for part in self.parts])
        return [(part.party, share) for part, share in zip(self.parts, amounts, strict=True)]


@dataclass(frozen=True, slots=True)
class RefundRule:
    """When a buyer may have their money back by themselves.

    ``watch_limit_s``: watched less than this; ``window_days``: and bought at most so long ago.
    None is no such condition; ``text_version`` is the wording that the buyer agreed to.
    """

    id: str
    watch_limit_s: int | None
    window_days: int | None
    text_version: int = 1


REFUND_RULES = {
    rule.id: rule
    for rule in (
        RefundRule("ticket-10min", watch_limit_s=600, window_days=None),
        RefundRule("course-7days", watch_limit_s=3600, window_days=7),
        RefundRule("coins-unspent", watch_limit_s=None, window_days=None),
        RefundRule("none", watch_limit_s=0, window_days=0),
    )
}
"""The rules a product may name. A wording that changes gets a new ``text_version``."""

DEFAULT_REFUND_RULE: dict[ProductKind, str] = {
    "ticket": "ticket-10min",
    "course": "course-7days",
    "coin_pack": "coins-unspent",
}


@dataclass(frozen=True, slots=True)
class Product:
    """Something that can be ordered, at its present price."""

    id: str
    kind: ProductKind
    title: str
    title_en: str
    host_id: str | None
    course_id: str | None
    lesson_id: str | None
    amount_minor: int
    currency: str
    price_version: int
    split_rule: SplitRule | None
    refund_rule: RefundRule
    seat_limit: int | None
    seats_taken: int
    replay_days: int | None
    coins: int | None
    is_on_sale: bool
    lesson_ends_at: datetime | None = None
    cover: str = ""
    room_id: str | None = None
    lesson_starts_at: datetime | None = None

    @property
    def seats_left(self) -> int | None:
        """Seats that may still be sold; None without a limit."""
        return None if self.seat_limit is None else max(0, self.seat_limit - self.seats_taken)

    @property
    def access_until(self) -> datetime | None:
        """Until when a buyer may watch: replay days after a class, for ever otherwise."""
        if self.replay_days is None or self.lesson_ends_at is None:
            return None
        return self.lesson_ends_at + timedelta(days=self.replay_days)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of a search, and what outside of titles it stands for.

    A course has the word when it is in its title or a lesson's, or its host or subject is one of
    these.
    """

    word: str
    host_ids: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """Counts of a course that its card shows, and its own product."""

    n_lessons: int = 0
    n_live_lessons: int = 0
    duration_s: int = 0
    product: Product | None = None


def check_text(field: str, value: str, longest: int = TITLE_MAX, *, may_be_empty: bool) -> str:
    """The text without blanks around it.

    Raises:
        FieldInvalid: Too long, or empty where it may not be.
    """
    stripped = value.strip()
    if len(stripped) > longest:
        raise FieldInvalid(field=field, why="too_long", characters_max=longest)
    if not stripped and not may_be_empty:
        raise FieldInvalid(field=field, why="empty")
    return stripped


def check_course(course: Course) -> Course:
    """The course itself, if its fields will do.

    Raises:
        FieldInvalid: Names the field.
    """
    check_text("title", course.title, may_be_empty=False)
    for field in ("title_en", "subtitle", "subtitle_en"):
        check_text(field, getattr(course, field), may_be_empty=True)
    for field in ("description", "description_en"):
        check_text(field, getattr(course, field), TEXT_MAX, may_be_empty=True)
    if course.subject and course.subject not in SUBJECTS:
        raise FieldInvalid(field="subject", why="unknown", known=sorted(SUBJECTS))
    check_text("language", course.language, 10, may_be_empty=True)
    _check_cover(course.cover)
    return course


def _check_cover(cover: str) -> None:
    if cover and not _NAME.fullmatch(cover):
        raise FieldInvalid(field="cover", why="not_a_name")


def check_lesson(lesson: Lesson) -> Lesson:
    """The lesson itself, if its fields will do.

    Raises:
        FieldInvalid: Names the field.
    """
    check_text("title", lesson.title, may_be_empty=False)
    for field in ("title_en", "chapter", "chapter_en"):
        check_text(field, getattr(lesson, field), may_be_empty=True)
    check_text("body", lesson.body, TEXT_MAX, may_be_empty=True)
    _check_cover(lesson.cover)
    if not 0 <= lesson.position <= 10_000:
        raise FieldInvalid(field="position", why="out_of_range")
    _check_hours(lesson)
    if not 0 <= lesson.duration_s <= CLASS_HOURS_MAX * 3600:
        raise FieldInvalid(field="duration_s", why="out_of_range")
    if lesson.preview_s is not None and not 0 <= lesson.preview_s <= PREVIEW_MAX_S:
        raise FieldInvalid(field="preview_s", why="out_of_range", seconds_max=PREVIEW_MAX_S)
    _check_outline(lesson.outline)
    return lesson


def _check_outline(outline: Sequence[OutlineItem]) -> None:
    if len(outline) > OUTLINE_MAX:
        raise FieldInvalid(field="outline", why="too_long", items_max=OUTLINE_MAX)
    seconds = [item.at_s for item in outline]
    if seconds != sorted(seconds) or any(second < 0 for second in seconds):
        raise FieldInvalid(field="outline", why="not_in_order")
    for item in outline:
        check_text("outline", item.title, may_be_empty=False)
        check_text("outline", item.title_en, may_be_empty=True)


def _check_hours(lesson: Lesson) -> None:
    if lesson.kind != "live":
        if lesson.starts_at is not None or lesson.ends_at is not None or lesson.room_id:
            raise FieldInvalid(field="starts_at", why="not_live")
        return
    if lesson.starts_at is None or lesson.ends_at is None:
        raise FieldInvalid(field="starts_at", why="empty")
    if not timedelta(0) < lesson.ends_at - lesson.starts_at <= timedelta(hours=CLASS_HOURS_MAX):
        raise FieldInvalid(field="ends_at", why="out_of_range", hours_max=CLASS_HOURS_MAX)


def check_product(product: Product) -> Product:
    """The product itself, if its fields will do.

    Raises:
        FieldInvalid: Names the field.
        AmountError: The price is not 1 … 10^12 minor units.
    """
    check_text("title", product.title, may_be_empty=False)
    check_text("title_en", product.title_en, may_be_empty=True)
    check_amount(product.amount_minor)
    if not _CURRENCY.fullmatch(product.currency):
        raise FieldInvalid(field="currency", why="not_a_currency")
    if product.seat_limit is not None and not product.seats_taken <= product.seat_limit <= 10**6:
        raise FieldInvalid(field="seat_limit", why="out_of_range", seats_taken=product.seats_taken)
    if product.replay_days is not None and not 0 <= product.replay_days <= REPLAY_DAYS_MAX:
        raise FieldInvalid(field="replay_days", why="out_of_range", days_max=REPLAY_DAYS_MAX)
    if (product.kind == "coin_pack") != (product.coins is not None):
        raise FieldInvalid(field="coins", why="only_in_packs")
    if product.coins is not None:
        check_amount(product.coins)
    return product


def refund_rule_named(rule_id: str | None, kind: ProductKind) -> RefundRule:
    """The refund rule of this name, or the one usual for the kind.

    Raises:
        FieldInvalid: There is no such rule.
    """
    rule = REFUND_RULES.get(rule_id or DEFAULT_REFUND_RULE[kind])
    if rule is None:
        raise FieldInvalid(field="refund_rule", why="unknown", known=sorted(REFUND_RULES))
    return rule
