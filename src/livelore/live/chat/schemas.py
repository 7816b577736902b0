"""Shapes on the wire."""

from typing import Any, Literal, TypeAlias

import msgspec


class ClientMessage(msgspec.Struct):
    """What a viewer sends through the socket."""

    type: Literal["danmaku", "ping"]
    text: str = ""
    client_id: str | None = None
    mode: str | None = None
    color: str | None = None


class Speaker(msgspec.Struct, forbid_unknown_fields=True):
    """Who spoke or gave, as everybody sees them."""

    id: str
    name: str
    avatar: int
    role: Literal["host", "moderator"] | None


class FrameItem(msgspec.Struct, tag_field="type", kw_only=True, forbid_unknown_fields=True):
    """What every message of a frame has: its number in the room and when, epoch milliseconds."""

    seq: int
    ts: int


class DanmakuItem(FrameItem, tag="danmaku", kw_only=True):
    """Somebody spoke; ``second`` is the time into the live session."""

    user: Speaker
    text: str
    second: float | None
    mode: Literal["scroll", "top", "bottom"]
    color: str | None
    client_id: str | None


class GiftItem(FrameItem, tag="gift", kw_only=True):
    """A gift; ``user`` is null when the sender wants no name, ``combo_count`` the run so far."""

    gift_id: str
    user: Speaker | None
    gift_kind_id: str
    count: int
    combo_id: str | None
    combo_count: int
    second: float | None


class SuperChatItem(FrameItem, tag="super_chat", kw_only=True):
    """A paid message, pinned until ``pinned_until`` (epoch milliseconds).

    ``user`` and ``coins`` are null when the sender wants no name.
    """

    gift_id: str
    user: Speaker | None
    text: str
    coins: int | None
    pin_s: int
    pinned_until: int
    second: float | None


class NoticeItem(FrameItem, tag="notice", kw_only=True):
    """A fact about the room; ``code`` has words on the pages."""

    code: str
    fields: dict[str, str | int | float | None]


class DeletedItem(FrameItem, tag="deleted", kw_only=True):
    """Message ``target_seq`` is gone; equal to ``seq`` where it stood itself."""

    target_seq: int


class EndItem(FrameItem, tag="end", kw_only=True):
    """The live session is over."""

    live_session_id: str | None


class PresenceItem(FrameItem, tag="presence", kw_only=True):
    """How many are in the room; has the newest ``seq`` and no number of its own."""

    n_viewers: int


class You(msgspec.Struct, forbid_unknown_fields=True):
    """What the reader is to the room."""

    user_id: str | None
    may_speak: bool
    muted_until: int | None


class HelloItem(FrameItem, tag="hello", kw_only=True):
    """The state of the room at ``seq``; ``gap`` when messages since ``after`` are too old to send.

    ``recent`` has the newest danmaku, gifts and super chats, ``pinned`` the super chats that stand.
    """

    room_id: str
    state: str
    live_session_id: str | None
    n_viewers: int
    gap: bool
    you: You
    recent: list[DanmakuItem | GiftItem | SuperChatItem]
    pinned: list[SuperChatItem]


class ErrorItem(FrameItem, tag="error", kw_only=True):
    """What this viewer sent was refused; nobody else sees it. ``seq`` is 0."""

    code: str
    client_id: str | None
    # Any: each refusal has fields of its own
    fields: dict[str, Any]


class PongItem(FrameItem, tag="pong", kw_only=True):
    """The answer to a ping. ``seq`` is 0."""


RoomItem: TypeAlias = (
    DanmakuItem
    | GiftItem
    | SuperChatItem
    | NoticeItem
    | DeletedItem
    | EndItem
    | PresenceItem
    | HelloItem
    | ErrorItem
    | PongItem
)
"""One message of a frame; a frame is a JSON array of them. Frames are built by hand where they
are sent (`model`, `hub`); tests hold what is sent against these shapes."""


class RoomMessages(msgspec.Struct):
    """Messages of the past; pass ``next_cursor`` as ``after_seq`` for the next page."""

    # Any: each message has the fields of its type (CONTRACT section 5), encoded when it was sent
    items: list[dict[str, Any]]
    next_cursor: str | None


class MuteRequest(msgspec.Struct):
    """Whom to keep from writing, and how long; 0 seconds lets them write again."""

    user_id: str
    duration_s: int


class MuteAnswer(msgspec.Struct):
    """Until when somebody may not write, epoch milliseconds; null: they may."""

    user_id: str
    until: int | None


class RulesRequest(msgspec.Struct):
    """What is to change; what is left out stays."""

    slow_mode_s: int | None = None
    block_words: list[str] | None = None


class RulesAnswer(msgspec.Struct):
    """The chat's rules; the words only for those who may change them."""

    slow_mode_s: int
    max_length: int
    block_words: list[str]
