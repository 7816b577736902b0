"""What is asked for with one press, and what became of it."""

from dataclasses import dataclass

from livelore.live.gifts.model import Gift, PaidKind
from livelore.web.caller import Caller


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: who, where, with which key."""

    caller: Caller
    room_id: str
    key: str
    fingerprint: str
    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class GiftAsk:
    """What is to be given; the price is the server's."""

    gift_kind_id: str
    count: int = 1
    combo_id: str | None = None
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class SuperChatAsk:
    """What is to be pinned, at which price."""

    text: str
    coins: int
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a press, now or when its key was used first."""

    gift_id: str
    coins_spent: int
    coins_available: int | None
    combo_id: str | None
    combo_count: int
    pin_s: int | None
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Given:
    """A gift, how many its combo has up to it, and when in its live session it was sent."""

    gift: Gift
    combo_count: int
    second_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A press with everything that the act needs."""

    kind: PaidKind
    gift_kind_id: str | None
    count: int
    coins: int
    combo_id: str | None
    is_named: bool
    text: str | None = None
    pin_s: int | None = None
