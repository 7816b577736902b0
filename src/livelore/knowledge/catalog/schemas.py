"""Wire shapes of the catalogue."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from livelore.knowledge.catalog.model import Course, CourseFacts, Lesson, Product
from livelore.trust.identity.model import User
from livelore.trust.identity.schemas import UserOut


class MoneyOut(Struct):
    """An amount of money."""

    amount_minor: int
    currency: str


class ShareOut(Struct):
    """What one party gets of a price."""

    party: str
    amount_minor: int


class RefundRuleOut(Struct):
    """When a buyer gets their money back without asking anybody."""

    id: str
    watch_limit_s: int | None
    window_days: int | None
    text_version: int


class ProductOut(Struct):
    """Something that can be ordered."""

    id: str
    kind: str
    title: str
    title_en: str
    price: MoneyOut
    price_version: int
    split: list[ShareOut]
    refund_rule: RefundRuleOut
    course_id: str | None
    lesson_id: str | None
    replay_days: int | None
    replay_until: datetime | None
    seats_left: int | None
    coins: int | None
    is_on_sale: bool

    @classmethod
    def of(cls, product: Product) -> "ProductOut":
        """From the model."""
        rule = product.split_rule
        shares = [] if rule is None else rule.shares(product.amount_minor)
        refund = product.refund_rule
        return cls(
            id=product.id,
            kind=product.kind,
            title=product.title,
            title_en=product.title_en,
            price=MoneyOut(product.amount_minor, product.currency),
            price_version=product.price_version,
            split=[ShareOut(party, amount) for party, amount in shares],
            refund_rule=RefundRuleOut(
                refund.id, refund.watch_limit_s, refund.window_days, refund.text_version
            ),
            course_id=product.course_id,
            lesson_id=product.lesson_id,
            replay_days=product.replay_days,
            replay_until=product.access_until,
            seats_left=product.seats_left,
            coins=product.coins,
            is_on_sale=product.is_on_sale,
        )


class OutlineOut(Struct):
    """One point of a class."""

    at_s: int
    title: str
    title_en: str


class LessonOut(Struct):
    """A lesson as one caller sees it."""

    id: str
    course_id: str
    chapter: str
    chapter_en: str
    position: int
    title: str
    title_en: str
    kind: str
    duration_s: int
    is_preview: bool
    cover: str
    starts_at: datetime | None
    ends_at: datetime | None
    outline: list[OutlineOut]
    room_id: str | None
    state: str | None
    product: ProductOut | None
    entitled: bool
    is_cancelled: bool
    body: str | None
    preview_s: int | None

    @classmethod
    def of(
        cls, lesson: Lesson, product: Product | None, now: datetime, *, entitled: bool
    ) -> "LessonOut":
        """From the model; the text of a lesson goes to those who may read it."""
        return cls(
            id=lesson.id,
            course_id=lesson.course_id,
            chapter=lesson.chapter,
            chapter_en=lesson.chapter_en,
            position=lesson.position,
            title=lesson.title,
            title_en=lesson.title_en,
            kind=lesson.kind,
            duration_s=lesson.duration_s,
            is_preview=lesson.is_preview,
            cover=lesson.cover,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            outline=[OutlineOut(item.at_s, item.title, item.title_en) for item in lesson.outline],
            room_id=lesson.room_id,
            state=lesson.state(now),
            product=None if product is None else ProductOut.of(product),
            entitled=entitled,
            is_cancelled=lesson.cancelled_at is not None,
            body=lesson.body if entitled and lesson.kind == "text" else None,
            preview_s=lesson.preview_s,
        )


class ReminderOut(Struct):
    """A class that somebody wants to be reminded of."""

    lesson_id: str
    course_id: str
    room_id: str | None
    title: str
    title_en: str
    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def of(cls, lesson: Lesson) -> "ReminderOut":
        """From the model."""
        return cls(
            lesson.id,
            lesson.course_id,
            lesson.room_id,
            lesson.title,
            lesson.title_en,
            lesson.starts_at,
            lesson.ends_at,
        )


class RemindersOut(Struct):
    """Every class to come that somebody wants to be reminded of."""

    items: list[ReminderOut]


class LiveNowOut(Struct):
    """The class of a course that is on air."""

    room_id: str
    lesson_id: str
    started_at: datetime
    title: str


class SubjectOut(Struct):
    """What a course may be about."""

    code: str
    name_zh: str
    name_en: str


class SubjectsOut(Struct):
    """Everything that courses may be about."""

    items: list[SubjectOut]


class CourseCard(Struct, kw_only=True):
    """A course in a list."""

    id: str
    title: str
    title_en: str
    subtitle: str
    subtitle_en: str
    subject: str
    language: str
    cover: str
    host: UserOut
    price: MoneyOut | None
    n_lessons: int
    n_live_lessons: int
    duration_s: int
    owned: bool
    is_published: bool

    @classmethod
    def of(cls, course: Course, facts: CourseFacts, host: User, *, owned: bool) -> "CourseCard":
        """From the model."""
        return cls(**card_fields(course, facts, host, owned=owned))


class CourseOut(CourseCard, kw_only=True):
    """A course with what is in it."""

    description: str
    description_en: str
    lessons: list[LessonOut]
    product: ProductOut | None
    live_now: LiveNowOut | None


def card_fields(
    course: Course, facts: CourseFacts, host: User, *, owned: bool
) -> dict[str, Any]:  # Any: each member has its own type
    """The members of a card."""
    product = facts.product
    return {
        "id": course.id,
        "title": course.title,
        "title_en": course.title_en,
        "subtitle": course.subtitle,
        "subtitle_en": course.subtitle_en,
        "subject": course.subject,
        "language": course.language,
        "cover": course.cover,
        "host": UserOut.of(host),
        "price": None if product is None else MoneyOut(product.amount_minor, product.currency),
        "n_lessons": facts.n_lessons,
        "n_live_lessons": facts.n_live_lessons,
        "duration_s": facts.duration_s,
        "owned": owned,
        "is_published": course.is_published,
    }


@dataclass(frozen=True, slots=True)
class CatalogExtras:
    """What pages show and the catalogue does not know; filled by `app`.

    Args:
        owned_products: Products that a user holds now.
        open_lessons: Lessons of a course that a user may watch now; None is somebody unknown.
        live_now: Which class of each of these courses is on air.
    """

    owned_products: Callable[[str | None], Awaitable[frozenset[str]]]
    open_lessons: Callable[[str | None, str], Awaitable[frozenset[str]]]
    live_now: Callable[[Sequence[str]], Awaitable[dict[str, LiveNowOut]]]
