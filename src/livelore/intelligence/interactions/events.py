"""Shapes of logged events: one class for each type and version.

A class here is a promise to everything that ever reads the log. A published one is never changed:
a new shape is a new class with the next version. ``tests/interactions/schemas.json`` holds all of
them, so that a change is a failing test and not lost data.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=1 << 40)]
AgoMs: TypeAlias = Annotated[int, Meta(ge=0, le=3_600_000)]
Source = Literal["client", "platform"]
SPANS_MAX = 64


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every event's own fields derive from."""


class Impression(Event, frozen=True, kw_only=True):
    """Something was shown: ``item_id`` at ``position`` of ``place``."""

    item_id: Name
    place: Name
    item_kind: Name | None = None
    position: Count | None = None


class Click(Event, frozen=True, kw_only=True):
    """Something shown was chosen."""

    item_id: Name
    place: Name
    item_kind: Name | None = None
    position: Count | None = None


class WatchHeartbeat(Event, frozen=True, kw_only=True):
    """Somebody watches.

    ``watched_ms`` is all that this tab has watched so far, so that a lost beat costs nothing.
    ``spans`` say when: from and to, each as milliseconds before the event's own time; a client
    repeats those that were not answered. Without them the time is put before the beat.
    """

    item_id: Name
    watch_id: Name
    beat: Annotated[int, Meta(ge=1, le=1 << 31)]
    watched_ms: Count
    room_id: Name | None = None
    position_s: Annotated[float, Meta(ge=0, le=1e7)] | None = None
    spans: Annotated[list[tuple[AgoMs, AgoMs]], Meta(max_length=SPANS_MAX)] | None = None


class RoomEnter(Event, frozen=True, kw_only=True):
    """A room's page was opened."""

    room_id: Name
    live_session_id: Name | None = None


class RoomLeave(Event, frozen=True, kw_only=True):
    """A room's page was left after ``stayed_ms``."""

    room_id: Name
    live_session_id: Name | None = None
    stayed_ms: Count | None = None


class Search(Event, frozen=True, kw_only=True):
    """Something was looked for."""

    query: Annotated[str, Meta(max_length=200)]
    n_results: Count | None = None


class Danmaku(Event, frozen=True, kw_only=True):
    """A danmaku is on disk; ``second_ms`` into the live session."""

    room_id: str
    live_session_id: str | None
    seq: int
    text: str
    second_ms: int | None


class Gift(Event, frozen=True, kw_only=True):
    """Coins were spent on a gift; ``value_minor`` in ``currency``."""

    gift_id: str
    room_id: str
    live_session_id: str
    host_id: str
    coins: int
    value_minor: int
    currency: str
    is_named: bool
    gift_kind_id: str
    count: int
    combo_id: str | None


class SuperChat(Event, frozen=True, kw_only=True):
    """Coins were spent on a pinned message."""

    gift_id: str
    room_id: str
    live_session_id: str
    host_id: str
    coins: int
    value_minor: int
    currency: str
    is_named: bool
    text: str
    pin_s: int


class GiftUndone(Event, frozen=True, kw_only=True):
    """A gift or super chat was taken back, with its coins or without."""

    gift_id: str
    room_id: str
    reason: str
    is_refunded: bool


class MessageDeleted(Event, frozen=True, kw_only=True):
    """The message ``target_seq`` of a room was taken off it."""

    room_id: str
    seq: int
    target_seq: int


class RefundDecided(Event, frozen=True, kw_only=True):
    """Money of an order goes back to its buyer."""

    order_id: str | None
    amount_minor: int
    currency: str
    reason: str


class RefundPaid(Event, frozen=True, kw_only=True):
    """The gateway has paid money back."""

    refund_no: str
    amount_minor: int
    currency: str


class CoinsRefunded(Event, frozen=True, kw_only=True):
    """Unspent coins of a top-up were given back for money."""

    coins: int
    amount_minor: int
    currency: str


class Purchase(Event, frozen=True, kw_only=True):
    """The money of an order has come."""

    order_id: str
    product_ids: list[str]
    lesson_ids: list[str]
    course_ids: list[str]
    total_minor: int
    currency: str


class CoinsBought(Event, frozen=True, kw_only=True):
    """A top-up was captured."""

    order_id: str
    coins: int
    total_minor: int
    currency: str


class LiveStarted(Event, frozen=True, kw_only=True):
    """A live session has begun."""

    room_id: str
    host_id: str
    live_session_id: str
    lesson_id: str | None


class LiveEnded(Event, frozen=True, kw_only=True):
    """A live session is over."""

    room_id: str
    host_id: str
    live_session_id: str
    lesson_id: str | None
    started_at_ms: int


SHAPES: Mapping[Source, Mapping[tuple[str, int], type[Event]]] = {
    "client": {
        ("impression", 1): Impression,
        ("click", 1): Click,
        ("watch_heartbeat", 1): WatchHeartbeat,
        ("room_enter", 1): RoomEnter,
        ("room_leave", 1): RoomLeave,
        ("search", 1): Search,
    },
    "platform": {
        ("danmaku", 1): Danmaku,
        ("gift", 1): Gift,
        ("super_chat", 1): SuperChat,
        ("gift_undone", 1): GiftUndone,
        ("message_deleted", 1): MessageDeleted,
        ("purchase", 1): Purchase,
        ("refund_decided", 1): RefundDecided,
        ("refund_paid", 1): RefundPaid,
        ("coins_refunded", 1): CoinsRefunded,
        ("coins_bought", 1): CoinsBought,
        ("live_started", 1): LiveStarted,
        ("live_ended", 1): LiveEnded,
    },
}
"""Every event that may be logged, by who may say it: a client cannot claim a gift."""
