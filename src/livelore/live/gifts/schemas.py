"""Wire shapes of gifts."""

from typing import Annotated

from msgspec import Meta, Struct

from livelore.live.gifts.asks import Sent


class GiftIn(Struct, forbid_unknown_fields=True):
    """Body of a gift."""

    gift_kind_id: Annotated[str, Meta(max_length=40)]
    count: int = 1
    combo_id: Annotated[str, Meta(max_length=64)] | None = None
    is_named: bool = False
    confirmation: Annotated[str, Meta(max_length=200)] | None = None


class SuperChatIn(Struct, forbid_unknown_fields=True):
    """Body of a super chat."""

    text: Annotated[str, Meta(max_length=2000)]
    coins: int
    is_public: bool = False
    confirmation: Annotated[str, Meta(max_length=200)] | None = None


class DeletionIn(Struct, forbid_unknown_fields=True):
    """Body of a deletion: why."""

    reason: Annotated[str, Meta(max_length=40)]


class DeletionOut(Struct):
    """Whether the coins went back."""

    is_refunded: bool


class SentOut(Struct):
    """What became of a press."""

    gift_id: str
    coins_spent: int
    coins_available: int | None
    combo_id: str | None
    combo_count: int
    pin_s: int | None

    @classmethod
    def of(cls, sent: Sent) -> "SentOut":
        """From the service's answer."""
        return cls(
            sent.gift_id,
            sent.coins_spent,
            sent.coins_available,
            sent.combo_id,
            sent.combo_count,
            sent.pin_s,
        )
