"""What a room was about, put together from all its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from livelore.intelligence.insight.highlights import Highlight


@dataclass(frozen=True)
class MoodWindow:
    """Feeling in some messages that follow each other.

    Attributes:
        begin: Seconds of the first; where no times are known, its place, from 0.
        end: The same of the last.
        n: Messages.
        mean: Of their sentiment scores, -1 to 1.
        low: Lower end of its 90 % interval.
        high: Upper end.
    """

    begin: float
    end: float
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Topic:
    """What many messages are about.

    Attributes:
        number: As in the column ``topic_id``.
        label: Its words.
        n: Messages.
        mood: Mean sentiment score of these, None where there are too few.
        example: One message.
    """

    number: int
    label: str
    n: int
    mood: float | None = None
    example: str = ""


@dataclass(frozen=True)
class Question:
    """A question as it was asked first, with those that mean the same.

    Attributes:
        text: As somebody wrote it.
        n: Messages that ask it.
        is_answered: Whether somebody answered, None where that is not known.
    """

    text: str
    n: int
    is_answered: bool | None = None


@dataclass(frozen=True)
class Named:
    """A name that is mentioned: ``kind`` is what it names."""

    text: str
    kind: str
    n: int


@dataclass(frozen=True)
class RoomFindings:
    """What all messages so far have in common.

    Attributes:
        n_messages: That were read.
        mood: In order of time; none where there are too few messages.
        topics: The largest first.
        questions: The most asked first.
        names: The most mentioned first.
        highlights: In order of time; none without times.
        minded: By kind of moderation, messages that should be looked at.
    """

    n_messages: int
    mood: Sequence[MoodWindow] = ()
    topics: Sequence[Topic] = ()
    questions: Sequence[Question] = ()
    names: Sequence[Named] = ()
    highlights: Sequence[Highlight] = ()
    minded: Mapping[str, int] = field(default_factory=dict[str, int])
