"""How much is kept, sent and allowed: the numbers behind the chat, each with its reason."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HubLimits:
    """How much a hub keeps and how often it writes."""

    gap_s: float = 0.1
    """Shortest time between the starts of two passes."""
    ring_max: int = 512
    """Messages kept for those who come back or fell behind."""
    recent_max: int = 50
    """Messages of the past that a newcomer is shown."""
    resume_max: int = 1000
    """Missed messages that are sent again; who missed more gets a new ``hello``."""
    catch_up_max: int = 256
    """The same for somebody who did not read: what they cannot take is not piled up."""
    plain_max: int = 100
    """Danmaku in one frame (1,000 a second); of more, a sample is sent."""
    paid_max: int = 500
    """Paid messages kept for those who fell behind."""
    pinned_max: int = 50
    """Super chats on top that a newcomer is shown."""
    pinned_kept: int = 2000
    """The same that are kept, to move up when others are deleted: 1,000 a minute of the two
    cheapest prices."""
    presence_s: float = 3.0
    """Shortest time between two changes of the number of viewers."""


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """How much one viewer may send, and how rooms are written to."""

    danmaku_max: int = 60
    """Characters of a danmaku."""
    slow_mode_s: int = 0
    """Slow mode of a room whose host did not choose."""
    danmaku_per_s: float = 1.0
    """Danmaku that one viewer may send for long …"""
    danmaku_burst: float = 5.0
    """… and at once."""
    hub: HubLimits = field(default_factory=HubLimits)
