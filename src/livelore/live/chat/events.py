"""What others may want to know of the chat."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DanmakuSent:
    """A danmaku is on disk. Sent on the bus after the commit, at most once."""

    topic: ClassVar[str] = "chat.danmaku_sent"

    room_id: str
    live_session_id: str | None
    seq: int
    user_id: str
    at_ms: int
    second_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """The message ``target_seq`` was taken off its room; read from the messages, not sent."""

    room_id: str
    seq: int
    at_ms: int
    target_seq: int
