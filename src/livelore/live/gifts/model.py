"""What can be given, at what price, and what follows from a deletion."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from livelore.live.gifts.errors import (
    ComboInvalid,
    DeletionReasonUnknown,
    GiftCountInvalid,
)

PaidKind = Literal["gift", "super_chat"]
Refund = Literal["none", "full"]
DeletionReason = Literal["breach", "host_mistake", "platform_order"]

COUNT_MAX = 999
SUPER_CHAT_MAX = 100
"""Characters of a super chat."""
QUICK_S = 5.0
"""A super chat deleted sooner than this was hardly seen: it is paid back whatever the reason."""
_COMBO = re.compile(r"[A-Za-z0-9_-]{8,64}")

REFUND_OF: dict[str, Refund] = {"breach": "none", "host_mistake": "full", "platform_order": "full"}
"""What a deletion gives back, by reason (MONEY section 3): own breach: nothing."""


@dataclass(frozen=True, slots=True)
class GiftKind:
    """A virtual good of the price list."""

    id: str
    name_zh: str
    name_en: str
    coins: int


@dataclass(frozen=True, slots=True)
class Tier:
    """A price of a super chat, and how long it stays on top."""

    coins: int
    pin_s: int


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift or super chat that was sent."""

    id: str
    act_id: int
    kind: PaidKind
    room_id: str
    live_session_id: str
    user_id: str
    gift_kind_id: str | None
    count: int
    coins: int
    combo_id: str | None
    is_named: bool
    text: str | None
    pin_s: int | None
    sent_at: datetime
    deleted_at: datetime | None = None


def check_count(count: object) -> int:
    """How many gifts one press stands for.

    Raises:
        GiftCountInvalid: Not an integer from 1 to 999.
    """
    if type(count) is not int or not 1 <= count <= COUNT_MAX:
        raise GiftCountInvalid(count_max=COUNT_MAX)
    return count


def check_combo(combo_id: str | None) -> str | None:
    """The id that the client gave a combo.

    Raises:
        ComboInvalid: Not 8–64 plain characters.
    """
    if combo_id is not None and not _COMBO.fullmatch(combo_id):
        raise ComboInvalid
    return combo_id


def refund_of(reason: str, shown_s: float) -> Refund:
    """What the deletion of a super chat gives back.

    Raises:
        DeletionReasonUnknown: Names the known ones.
    """
    if reason not in REFUND_OF:
        raise DeletionReasonUnknown(known=sorted(REFUND_OF))
    return "full" if shown_s < QUICK_S else REFUND_OF[reason]
