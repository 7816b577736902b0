"""What is given and taken back."""

from typing import ClassVar

from msgspec import Struct


class PaidSent(Struct, frozen=True, kw_only=True):
    """A gift or super chat is on the books."""

    gift_id: str
    room_id: str
    live_session_id: str
    user_id: str
    host_id: str
    coins: int
    value_minor: int
    currency: str
    is_named: bool
    at_ms: int


class GiftSent(PaidSent, frozen=True, kw_only=True):
    """Coins were spent on a gift."""

    topic: ClassVar[str] = "GiftSent"
    gift_kind_id: str
    count: int
    combo_id: str | None


class SuperChatSent(PaidSent, frozen=True, kw_only=True):
    """Coins were spent on a pinned message."""

    topic: ClassVar[str] = "SuperChatSent"
    text: str
    pin_s: int


class GiftUndone(Struct, frozen=True, kw_only=True):
    """A gift or super chat was taken back; ``is_refunded`` says whether with its coins."""

    topic: ClassVar[str] = "GiftUndone"
    gift_id: str
    room_id: str
    user_id: str
    reason: str
    is_refunded: bool
