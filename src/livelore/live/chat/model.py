"""What a message is, what a viewer may send, and how messages become a frame: pure rules."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, takewhile
from typing import Literal

from livelore.kit.websocket import Opcode, encode_frame
from livelore.live.chat.errors import StyleInvalid, TextEmpty, TextTooLong, WordBlocked

MessageType = Literal["danmaku", "gift", "super_chat", "notice", "deleted", "end"]
RoomRole = Literal["host", "moderator", "operator"]

MODES = ("scroll", "top", "bottom")
COLORS = ("#ffffff", "#ffd166", "#7bdcb5", "#8ecbff", "#ffa8c5", "#c9b6ff")
"""Legible with a dark outline on any picture; the front end offers just these."""
CLIENT_ID_MAX = 64
BLOCK_WORDS_MAX = 500
BLOCK_WORD_LENGTH_MAX = 30
SLOW_MODE_S_MAX = 600
MUTE_S_MAX = 30 * 86_400
MARKS_MAX = 2
"""Combining marks that may follow one character; stacks of them climb over the board."""
PAID_TYPES = frozenset({"gift", "super_chat"})
SHOWN_TYPES = frozenset({"danmaku", "gift", "super_chat"})
"""What a newcomer is shown of the past."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, as all viewers see it."""

    id: str
    name: str
    avatar: int = 0
    role: RoomRole | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller is to a room: they may at least read, or there would be no standing.

    ``ends_at`` is when even that is over (a free preview) and the socket is closed; None is never.
    """

    person: Person | None = None
    may_speak: bool = False
    ends_at: datetime | None = None

    @property
    def can_moderate(self) -> bool:
        """Whether they may delete, mute and change the chat's rules."""
        return self.person is not None and self.person.role is not None


@dataclass(frozen=True, slots=True)
class RoomState:
    """What the room is doing, as the rooms domain knows it."""

    state: str
    live_session_id: str | None = None
    started_at_ms: int | None = None

    def second_ms_at(self, at_ms: int) -> int | None:
        """Milliseconds into the live session, or None when none is running."""
        if self.started_at_ms is None or self.live_session_id is None:
            return None
        return max(0, at_ms - self.started_at_ms)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the host decided about the chat."""

    slow_mode_s: int = 0
    block_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A message without a number; ``body`` is a JSON object of its public fields."""

    type: MessageType
    at_ms: int
    body: str
    live_session_id: str | None = None
    second_ms: int | None = None
    user_id: str | None = None
    client_id: str | None = None
    event_id: int | None = None
    ref_id: str | None = None
    pinned_until_ms: int | None = None
    target_seq: int | None = None
    by_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message on disk, as it goes to viewers."""

    seq: int
    type: MessageType
    at_ms: int
    body: str
    user_id: str | None = None
    pinned_until_ms: int | None = None
    target_seq: int | None = None

    @property
    def is_paid(self) -> bool:
        """Whether money was given for it: never dropped for a viewer who is connected."""
        return self.type in PAID_TYPES

    @property
    def encoded(self) -> bytes:
        """The JSON object on the wire."""
        head = f'{{"seq":{self.seq},"type":"{self.type}","ts":{self.at_ms}'
        return f"{head}}}".encode() if self.body == "{}" else f"{head},{self.body[1:]}".encode()


@dataclass(frozen=True, slots=True)
class Repeated:
    """The draft was accepted before, as message ``seq``."""

    seq: int


def dump(fields: Mapping[str, object]) -> str:
    """A compact JSON object."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def person_fields(person: Person) -> dict[str, object]:
    """A person on the wire; an operator is shown as a moderator."""
    role = "moderator" if person.role == "operator" else person.role
    return {"id": person.id, "name": person.name, "avatar": person.avatar, "role": role}


def tombstone(message: Message) -> Message:
    """What takes the place of a deleted message, so that the sequence has no hole."""
    body = dump({"target_seq": message.seq})
    return replace(message, type="deleted", body=body, target_seq=message.seq, pinned_until_ms=None)


# What is on top


def pin_rank(message: Message) -> tuple[int, int]:
    """Place among pinned messages, lowest on top: the latest to end, then who was first.

    So nothing that comes later takes a place from what was paid to stay longer, and where only so
    many are shown, it is the soonest to end that are left out.
    """
    return -(message.pinned_until_ms or 0), message.seq


def on_top(ranked: Iterable[Message], now_ms: int, limit: int) -> list[Message]:
    """The first ``limit`` of messages in the order of `pin_rank` that are pinned still."""
    alive = takewhile(lambda message: (message.pinned_until_ms or 0) > now_ms, ranked)
    return list(islice(alive, limit))


# What a viewer may write


def clean_text(text: str) -> str:
    """The text without what cannot be seen: controls, zero widths, stacked marks, wide gaps.

    A zero-width joiner stays between symbols, where it makes one emoji of several.
    """
    kept: list[str] = []
    n_marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        n_marks = n_marks + 1 if category in {"Mn", "Me"} else 0
        if char == "\u200d" and kept and unicodedata.category(kept[-1]) in {"So", "Sk", "Mn"}:
            kept.append(char)
        elif category in {"Zs", "Zl", "Zp"} or char in "\t\r\n":
            kept.append(" ")
        elif not category.startswith("C") and n_marks <= MARKS_MAX and char not in _INVISIBLE:
            kept.append(char)
    return " ".join("".join(kept).split()).strip("\u200d")


_INVISIBLE = "\u115f\u1160\u3164\uffa0\u2800\u034f"
"""Fillers and blanks that Unicode counts as letters, symbols or marks."""


def fold(text: str) -> str:
    """The text as block words are compared: compatible forms, no case, letters and digits only."""
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in flat if char.isalnum())


def check_text(text: str, length_max: int) -> str:
    """The cleaned text.

    Raises:
        TextEmpty: Nothing is left.
        TextTooLong: More than ``length_max`` characters are.
    """
    cleaned = clean_text(text)
    if not cleaned:
        raise TextEmpty
    if len(cleaned) > length_max:
        raise TextTooLong(length=len(cleaned), length_max=length_max)
    return cleaned


def check_words(text: str, folded_words: Iterable[str]) -> None:
    """Refuse a text that has a blocked word.

    Args:
        text: As the viewer wrote it.
        folded_words: Each as `fold` gives it.

    Raises:
        WordBlocked: It has one; which one is not told, or it would teach the way around.
    """
    folded = fold(text)
    if any(word and word in folded for word in folded_words):
        raise WordBlocked


def is_client_id(text: str) -> bool:
    """Whether this may name a message: short and printable.

    A NUL would make PostgreSQL refuse the commit, and with it what others said at that moment.
    """
    return 0 < len(text) <= CLIENT_ID_MAX and text.isascii() and text.isprintable()


def check_style(mode: str | None, color: str | None) -> tuple[str, str | None]:
    """Mode and colour of a danmaku.

    Raises:
        StyleInvalid: One of them does not exist.
    """
    if mode is not None and mode not in MODES:
        raise StyleInvalid(mode=mode[:20], modes=list(MODES))
    if color is not None and color not in COLORS:
        raise StyleInvalid(color=color[:20], colors=list(COLORS))
    return mode or "scroll", color


# How messages become a frame


def frame_of(parts: Sequence[bytes]) -> bytes:
    """One text frame with a JSON array of encoded messages."""
    return encode_frame(Opcode.TEXT, b"[" + b",".join(parts) + b"]")


def sample(messages: Sequence[Message], plain_max: int) -> tuple[list[Message], list[Message]]:
    """Split into what all viewers get and what only its sender gets.

    Everything but danmaku is kept; of the danmaku ``plain_max``, evenly over time.

    Args:
        messages: In order.
        plain_max: Danmaku that a viewer can take in.

    Returns:
        Kept and left out, each in order.
    """
    n_plain = sum(1 for message in messages if message.type == "danmaku")
    if n_plain <= plain_max:
        return list(messages), []
    kept: list[Message] = []
    left_out: list[Message] = []
    n_seen = 0
    for message in messages:
        if message.type != "danmaku":
            kept.append(message)
            continue
        is_chosen = n_seen * plain_max // n_plain != (n_seen + 1) * plain_max // n_plain
        (kept if is_chosen else left_out).append(message)
        n_seen += 1
    return kept, left_out
