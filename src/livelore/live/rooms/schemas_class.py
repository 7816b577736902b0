"""Wire shapes of a host's classes."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from livelore.knowledge.catalog.model import CLASS_HOURS_MAX, REFUND_RULES, REPLAY_DAYS_MAX
from livelore.knowledge.catalog.schemas import LessonOut, ProductOut, RefundRuleOut
from livelore.knowledge.catalog.schemas_host import changes_of
from livelore.live.rooms.schemas import OwnRoomOut
from livelore.live.rooms.service.class_list import HostClass, HostClasses
from livelore.live.rooms.service.classes import ClassChange, NewClass
from livelore.settings import Settings

Text = Annotated[str, Meta(max_length=500)]
Id = Annotated[str, Meta(max_length=40)]
Instant = Annotated[datetime, Meta(tz=True)]
PRICELESS = ("course-7days", "coins-unspent")
"""Refund rules that fit no ticket."""


class ClassIn(Struct, forbid_unknown_fields=True):
    """Body of a new class; without ``price_minor`` it is free, or opened by its course alone."""

    title: Text
    starts_at: Instant
    ends_at: Instant
    title_en: Text = ""
    cover: Text = ""
    subject: Text = ""
    room_id: Id | None = None
    room_title: Text = ""
    course_id: Id | None = None
    price_minor: int | None = None
    is_with_course: bool = False
    seat_limit: int | None = None
    replay_days: int | None = None
    preview_s: int | None = None
    refund_rule: Text | None = None

    def to_model(self) -> NewClass:
        """As the service takes it."""
        return NewClass(**msgspec.structs.asdict(self))


class ClassPatch(Struct, forbid_unknown_fields=True):
    """Body of a change of a class: only what is given changes."""

    title: Text | UnsetType = UNSET
    title_en: Text | UnsetType = UNSET
    cover: Text | UnsetType = UNSET
    starts_at: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    room_id: Id | UnsetType = UNSET
    preview_s: int | UnsetType | None = UNSET
    price_minor: int | UnsetType | None = UNSET
    is_with_course: bool | UnsetType = UNSET
    seat_limit: int | UnsetType | None = UNSET
    replay_days: int | UnsetType | None = UNSET
    refund_rule: Text | UnsetType = UNSET

    def to_model(self) -> ClassChange:
        """As the service takes it."""
        given = changes_of(self)
        has_price = "price_minor" in given
        price_minor = given.pop("price_minor", None)
        is_with_course = given.pop("is_with_course", False)
        of_ticket = {"seat_limit", "replay_days", "refund_rule"}
        return ClassChange(
            {name: value for name, value in given.items() if name not in of_ticket},
            {name: value for name, value in given.items() if name in of_ticket},
            has_price=has_price,
            price_minor=price_minor,
            is_with_course=is_with_course,
        )


class ClassCourseOut(Struct):
    """The course that a class belongs to."""

    id: str
    title: str
    title_en: str
    is_published: bool


class HostClassOut(Struct):
    """A class in its host's list; ``n_sold`` counts paid and reserved seats.

    Hours are those on air for what is on or over; ``lesson`` has those of the timetable.
    ``needs`` is what opens it: its ``ticket``, its ``course``, or nothing (``free``).
    ``state`` is ``on_air``, ``coming``, ``held`` (was on air, may go on), ``cancelled``,
    ``missed`` or ``past``.
    """

    state: str
    title: str
    title_en: str
    cover: str
    room_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    live_session_id: str | None
    lesson: LessonOut | None
    course: ClassCourseOut | None
    product: ProductOut | None
    needs: str
    seat_limit: int | None
    n_sold: int

    @classmethod
    def of(cls, found: HostClass, state: str, now: datetime) -> "HostClassOut":
        """From the service's answer."""
        lesson, session, product = found.lesson, found.session, found.product
        named = lesson or session
        starts_at, ends_at = _hours(found, state, now)
        return cls(
            state=state,
            title="" if named is None else named.title,
            title_en="" if named is None else named.title_en,
            cover="" if lesson is None else lesson.cover,
            room_id=session.room_id if session else (lesson.room_id if lesson else None),
            starts_at=starts_at,
            ends_at=ends_at,
            live_session_id=None if session is None else session.id,
            lesson=None if lesson is None else LessonOut.of(lesson, None, now, entitled=True),
            course=_course(found),
            product=None if product is None or not product.is_on_sale else ProductOut.of(product),
            needs=found.needs,
            seat_limit=None if product is None else product.seat_limit,
            n_sold=0 if product is None else product.seats_taken,
        )


def _hours(found: HostClass, state: str, now: datetime) -> tuple[datetime, datetime | None]:
    """When it was on air, for what is or is over; by the timetable for the rest."""
    lesson, session = found.lesson, found.session
    if session is not None and (lesson is None or state in {"on_air", "past"}):
        return session.started_at, session.ended_at
    if lesson is None or lesson.starts_at is None:
        return now, None
    return lesson.starts_at, lesson.ends_at


def _course(found: HostClass) -> ClassCourseOut | None:
    course = found.course
    if course is None:
        return None
    return ClassCourseOut(course.id, course.title, course.title_en, course.is_published)


class ClassTermsOut(Struct):
    """What a host must know to fill in the form."""

    time_zone: str
    earliest_at: datetime
    preview_s: int
    platform_percent: int
    currency: str
    hours_max: int
    replay_days_max: int
    refund_rules: list[RefundRuleOut]

    @classmethod
    def of(cls, settings: Settings, earliest_at: datetime) -> "ClassTermsOut":
        """From the site's settings."""
        return cls(
            settings.time_zone,
            earliest_at,
            settings.preview_s,
            settings.platform_percent,
            settings.currency,
            CLASS_HOURS_MAX,
            REPLAY_DAYS_MAX,
            [
                RefundRuleOut(rule.id, rule.watch_limit_s, rule.window_days, rule.text_version)
                for rule in REFUND_RULES.values()
                if rule.id not in PRICELESS
            ],
        )


class HostClassesOut(Struct):
    """A host's rooms and classes, and what the form must know."""

    rooms: list[OwnRoomOut]
    on_air: list[HostClassOut]
    coming: list[HostClassOut]
    dropped: list[HostClassOut]
    past: list[HostClassOut]
    next_cursor: str | None
    terms: ClassTermsOut


def lists_of(found: HostClasses, now: datetime) -> dict[str, list[HostClassOut]]:
    """The four lists of `HostClassesOut`."""
    return {
        "on_air": [HostClassOut.of(each, "on_air", now) for each in found.on_air],
        "coming": [
            HostClassOut.of(each, "held" if each.was_held else "coming", now)
            for each in found.coming
        ],
        "dropped": [HostClassOut.of(each, state_of(each, now), now) for each in found.dropped],
        "past": [HostClassOut.of(each, "past", now) for each in found.past],
    }


def state_of(found: HostClass, now: datetime) -> str:
    """The state of one class that was asked for by itself."""
    lesson, session = found.lesson, found.session
    if session is not None and session.state != "ended":
        return "on_air"
    if lesson is not None and lesson.cancelled_at is not None:
        return "cancelled"
    if lesson is not None and lesson.ends_at is not None and lesson.ends_at <= now:
        return "past" if found.was_held else "missed"
    return "held" if found.was_held else "coming"
