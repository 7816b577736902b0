"""Wire shapes of rooms."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from livelore.knowledge.catalog.schemas import (
    CourseCard,
    LessonOut,
    MoneyOut,
    OutlineOut,
    ProductOut,
    RefundRuleOut,
)
from livelore.live.rooms.model import Room
from livelore.live.rooms.service.home import Card, Slot
from livelore.live.rooms.service.playback import PlaybackUrls
from livelore.live.rooms.service.resume import Resume
from livelore.live.rooms.service.rooms import RoomView
from livelore.trust.identity.schemas import UserOut

Title = Annotated[str, Meta(max_length=200)]


class RoomIn(Struct, forbid_unknown_fields=True):
    """Body of a new room."""

    title: Title
    title_en: Title = ""
    cover: Annotated[str, Meta(max_length=32)] = "board"


class RoomPatch(Struct, forbid_unknown_fields=True):
    """Body of new titles."""

    title: Title
    title_en: Title = ""


class ModeratorIn(Struct, forbid_unknown_fields=True):
    """Body of an appointment or dismissal."""

    user_id: Annotated[str, Meta(max_length=40)]
    is_appointed: bool = True


class CutOffOut(Struct):
    """An operator has stopped this room: since when, and why."""

    at: datetime
    reason: str

    @classmethod
    def of(cls, room: Room) -> "CutOffOut | None":
        """From the model; None for a room that may go on air."""
        return None if room.cut_off_at is None else cls(room.cut_off_at, room.cut_off_reason)


class OwnRoomOut(Struct):
    """A room in its host's list."""

    id: str
    title: str
    title_en: str
    cover: str
    cut_off: CutOffOut | None = None

    @classmethod
    def of(cls, room: Room) -> "OwnRoomOut":
        """From the model."""
        return cls(room.id, room.title, room.title_en, room.cover, CutOffOut.of(room))


class OwnRoomsOut(Struct):
    """A host's rooms."""

    items: list[OwnRoomOut]
    next_cursor: str | None = None


class StreamKeyOut(Struct):
    """A stream key, shown this once, and where to publish."""

    stream_key: str
    server_url: str
    rtmp_url: str


class SessionOut(Struct):
    """The live session that is on."""

    id: str
    lesson_id: str | None
    course_id: str | None
    title: str
    title_en: str
    started_at: datetime
    interrupted_at: datetime | None
    outline: list[OutlineOut]


class AccessOut(Struct):
    """Whether the caller may watch, why, until when."""

    entitled: bool
    reason: str | None
    until: datetime | None
    preview_left_s: int


class GiftKindOut(Struct):
    """Something that can be given, with its price in coins and money."""

    id: str
    name_zh: str
    name_en: str
    coins: int
    value: MoneyOut


class TierOut(Struct):
    """A price of a super chat and how long it stays on top."""

    coins: int
    value: MoneyOut
    pin_s: int


class ChatRulesOut(Struct):
    """What viewers must know before they write."""

    slow_mode_s: int
    max_length: int


class RoomOut(Struct):
    """A room as one caller sees it."""

    id: str
    title: str
    title_en: str
    cover: str
    host: UserOut
    state: str
    live_session: SessionOut | None
    next_lesson: LessonOut | None
    n_viewers: int
    product: ProductOut | None
    access: AccessOut
    is_host: bool
    is_moderator: bool
    gift_kinds: list[GiftKindOut]
    super_chat_tiers: list[TierOut]
    chat: ChatRulesOut
    cut_off: CutOffOut | None


def session_out(view: RoomView) -> SessionOut | None:
    """The live session of a view."""
    session, lesson = view.session, view.lesson
    if session is None:
        return None
    is_of_lesson = lesson is not None and lesson.id == session.lesson_id
    outline = lesson.outline if lesson is not None and is_of_lesson else ()
    return SessionOut(
        session.id,
        session.lesson_id,
        lesson.course_id if lesson is not None and is_of_lesson else None,
        session.title,
        session.title_en,
        session.started_at,
        session.interrupted_at,
        [OutlineOut(item.at_s, item.title, item.title_en) for item in outline],
    )


class PlaybackOut(Struct):
    """Addresses of the picture; they work for a minute and are renewed by asking again."""

    flv: str
    hls: str
    expires_at: datetime
    kind: str
    preview_left_s: int | None = None

    @classmethod
    def of(cls, urls: PlaybackUrls, now: datetime) -> "PlaybackOut":
        """From the service's answer."""
        end = urls.preview_ends_at
        left = None if end is None else max(0, round((end - now).total_seconds()))
        kind = "full" if end is None else "preview"
        return cls(urls.flv, urls.hls, urls.expires_at, kind, left)


class ReasonOut(Struct):
    """Why something is recommended: a code for the message table, and its facts."""

    code: str
    fields: dict[str, Any]


class RoomCardOut(Struct):
    """A room as it is offered.

    ``needs`` is what opens the class that is on: ``ticket``, ``course`` or ``free``; ``price`` is
    of that.
    """

    room_id: str
    title: str
    title_en: str
    cover: str
    host: UserOut
    live_session_id: str | None
    started_at: datetime | None
    n_viewers: int
    price: MoneyOut | None
    needs: str
    preview_s: int
    replay_days: int | None
    refund_rule: RefundRuleOut | None
    lesson_id: str | None
    course_id: str | None
    course_title: str | None
    course_title_en: str | None
    reason: ReasonOut
    entitled: bool

    @classmethod
    def of(cls, card: Card, preview_s: int) -> "RoomCardOut":
        """From the service's card."""
        product = None if card.product is None else ProductOut.of(card.product)
        cover = card.lesson.cover if card.lesson is not None else ""
        live = card.session
        title, title_en = (live or card.room).title, (live or card.room).title_en
        facts: dict[str, Any] = {"n_viewers": card.n_viewers, "title": title}
        return cls(
            room_id=card.room.id,
            title=title,
            title_en=title_en,
            cover=cover or card.room.cover,
            host=UserOut.of(card.host),
            live_session_id=None if live is None else live.id,
            started_at=None if live is None else live.started_at,
            n_viewers=card.n_viewers,
            price=None if product is None else product.price,
            needs="free" if product is None else product.kind,
            preview_s=0 if product is None else _preview_s(card, preview_s),
            replay_days=None if product is None else product.replay_days,
            refund_rule=None if product is None else product.refund_rule,
            lesson_id=None if card.lesson is None else card.lesson.id,
            course_id=None if card.course is None else card.course.id,
            course_title=None if card.course is None else card.course.title,
            course_title_en=None if card.course is None else card.course.title_en,
            reason=ReasonOut(card.reason, facts),
            entitled=card.is_entitled,
        )


def _preview_s(card: Card, of_site: int) -> int:
    """What the class itself gives, else what the site does."""
    own = None if card.lesson is None else card.lesson.preview_s
    return of_site if own is None else own


class SlotOut(Struct):
    """A line of the timetable; ``needs`` and ``price`` as on a room's card."""

    lesson_id: str
    room_id: str | None
    course_id: str
    title: str
    title_en: str
    host: UserOut
    starts_at: datetime | None
    ends_at: datetime | None
    price: MoneyOut | None
    state: str
    needs: str
    cover: str
    course_title: str
    course_title_en: str

    @classmethod
    def of(cls, slot: Slot) -> "SlotOut":
        """From the service's slot; live is what is on air, not what should be."""
        lesson = slot.lesson
        product = None if slot.product is None else ProductOut.of(slot.product)
        return cls(
            lesson.id,
            lesson.room_id,
            slot.course.id,
            lesson.title,
            lesson.title_en,
            UserOut.of(slot.host),
            lesson.starts_at,
            lesson.ends_at,
            None if product is None else product.price,
            "live" if slot.is_on_air else "upcoming",
            "free" if product is None else product.kind,
            lesson.cover or slot.course.cover,
            slot.course.title,
            slot.course.title_en,
        )


class ContinueOut(Struct):
    """Where somebody goes on in a course.

    ``state``: ``live`` is on air in ``room_id``, ``upcoming`` begins at ``starts_at``, ``open`` can
    be watched now. ``position_s`` is how much of it was watched.
    """

    course_id: str
    lesson_id: str
    title: str
    title_en: str
    course_title: str
    course_title_en: str
    state: str
    room_id: str | None
    starts_at: datetime | None
    position_s: int
    duration_s: int
    cover: str

    @classmethod
    def of(cls, resume: Resume) -> "ContinueOut":
        """From the service's resume."""
        lesson, course = resume.lesson, resume.course
        return cls(
            course_id=course.id,
            lesson_id=lesson.id,
            title=lesson.title,
            title_en=lesson.title_en,
            course_title=course.title,
            course_title_en=course.title_en,
            state=resume.state,
            room_id=resume.room_id,
            starts_at=lesson.starts_at,
            position_s=min(resume.watched_s, lesson.duration_s or resume.watched_s),
            duration_s=lesson.duration_s,
            cover=lesson.cover or course.cover,
        )


class RevenueSplitOut(Struct):
    """Where the money of a ticket goes."""

    host_percent: int
    platform_percent: int


class HomeOut(Struct, rename={"continue_": "continue"}):
    """The first page; `continue` is a word of Python."""

    lead: RoomCardOut | None
    live: list[RoomCardOut]
    timetable: list[SlotOut]
    courses: list[CourseCard]
    revenue_split: RevenueSplitOut
    continue_: list[ContinueOut] = []


class TimetableOut(Struct):
    """Live lessons of the coming week."""

    items: list[SlotOut]
    next_cursor: str | None = None


class FeedItemOut(Struct):
    """One recommendation."""

    item: RoomCardOut
    score: float
    reason: ReasonOut


class FeedOut(Struct):
    """Recommendations; not personal in this version, and saying so."""

    items: list[FeedItemOut]
    is_personal: bool = False
    next_cursor: str | None = None
