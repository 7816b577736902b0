"""What a host sends: bodies of new and changed courses, lessons and products."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from livelore.knowledge.catalog.model import LessonKind, OutlineItem
from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct

Text = Annotated[str, Meta(max_length=500)]
LongText = Annotated[str, Meta(max_length=20_000)]
Id = Annotated[str, Meta(max_length=40)]


class CourseIn(Struct, forbid_unknown_fields=True):
    """Body of a new course."""

    title: Text
    title_en: Text = ""
    subtitle: Text = ""
    subtitle_en: Text = ""
    description: LongText = ""
    description_en: LongText = ""
    subject: Text = ""
    language: Text = "zh"
    cover: Text = ""
    is_published: bool = True

    def to_model(self) -> NewCourse:
        """As the service takes it."""
        return NewCourse(**msgspec.structs.asdict(self))


class CoursePatch(Struct, forbid_unknown_fields=True):
    """Body of a change of a course: only what is given changes."""

    title: Text | UnsetType = UNSET
    title_en: Text | UnsetType = UNSET
    subtitle: Text | UnsetType = UNSET
    subtitle_en: Text | UnsetType = UNSET
    description: LongText | UnsetType = UNSET
    description_en: LongText | UnsetType = UNSET
    subject: Text | UnsetType = UNSET
    language: Text | UnsetType = UNSET
    cover: Text | UnsetType = UNSET
    is_published: bool | UnsetType = UNSET


class OutlineIn(Struct, forbid_unknown_fields=True):
    """One point of a class."""

    at_s: int
    title: Text
    title_en: Text = ""


Outline = Annotated[list[OutlineIn], Meta(max_length=50)]
Instant = Annotated[datetime, Meta(tz=True)]


class LessonIn(Struct, forbid_unknown_fields=True):
    """Body of a new lesson."""

    title: Text
    kind: LessonKind
    title_en: Text = ""
    chapter: Text = ""
    chapter_en: Text = ""
    position: int | None = None
    duration_s: int = 0
    is_preview: bool = False
    cover: Text = ""
    body: LongText = ""
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    outline: Outline = []
    room_id: Id | None = None
    preview_s: int | None = None

    def to_model(self) -> NewLesson:
        """As the service takes it."""
        return NewLesson(**changes_of(self))


class LessonPatch(Struct, forbid_unknown_fields=True):
    """Body of a change of a lesson."""

    title: Text | UnsetType = UNSET
    title_en: Text | UnsetType = UNSET
    chapter: Text | UnsetType = UNSET
    chapter_en: Text | UnsetType = UNSET
    position: int | UnsetType = UNSET
    duration_s: int | UnsetType = UNSET
    is_preview: bool | UnsetType = UNSET
    cover: Text | UnsetType = UNSET
    body: LongText | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    outline: Outline | UnsetType = UNSET
    room_id: Id | UnsetType | None = UNSET
    preview_s: int | UnsetType | None = UNSET


class ProductIn(Struct, forbid_unknown_fields=True):
    """Body of a new product."""

    amount_minor: int
    lesson_id: Id | None = None
    title: Text = ""
    title_en: Text = ""
    refund_rule: Text | None = None
    seat_limit: int | None = None
    replay_days: int | None = None

    def to_model(self) -> NewProduct:
        """As the service takes it."""
        return NewProduct(**msgspec.structs.asdict(self))


class ProductPatch(Struct, forbid_unknown_fields=True):
    """Body of a change of a product; a new price is a new version."""

    amount_minor: int | UnsetType = UNSET
    title: Text | UnsetType = UNSET
    title_en: Text | UnsetType = UNSET
    seat_limit: int | UnsetType | None = UNSET
    is_on_sale: bool | UnsetType = UNSET


def changes_of(body: Struct) -> dict[str, Any]:  # Any: each field has its own type
    """The fields that a body gives, as the model holds them."""
    given = {
        name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET
    }
    if "outline" in given:
        given["outline"] = tuple(
            OutlineItem(item.at_s, item.title, item.title_en) for item in given["outline"]
        )
    return given
