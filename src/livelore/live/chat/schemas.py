"""Shapes on the wire."""

from typing import Any, Literal

import msgspec


class ClientMessage(msgspec.Struct):
    """What a viewer sends through the socket."""

    type: Literal["danmaku", "ping"]
    text: str = ""
    client_id: str | None = None
    mode: str | None = None
    color: str | None = None


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
