"""What happens to live sessions."""

from typing import ClassVar

from msgspec import Struct


class LiveEvent(Struct, frozen=True, kw_only=True):
    """A step of a live session; goes out through the outbox."""

    topic: ClassVar[str] = ""
    room_id: str
    host_id: str
    live_session_id: str
    lesson_id: str | None
    started_at_ms: int
    at_ms: int


class LiveStarted(LiveEvent, frozen=True, kw_only=True):
    """The picture has come."""

    topic: ClassVar[str] = "LiveStarted"


class LiveInterrupted(LiveEvent, frozen=True, kw_only=True):
    """The encoder is gone and may come back."""

    topic: ClassVar[str] = "LiveInterrupted"


class LiveResumed(LiveEvent, frozen=True, kw_only=True):
    """The encoder is back."""

    topic: ClassVar[str] = "LiveResumed"


class LiveEnded(LiveEvent, frozen=True, kw_only=True):
    """The live session is over."""

    topic: ClassVar[str] = "LiveEnded"
