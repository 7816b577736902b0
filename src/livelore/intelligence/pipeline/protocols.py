"""What steps 4 and 5 take from the parts that read a chat and answer questions.

The parts themselves live in `insight` and `assist`; `parts` joins them to this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from livelore.intelligence.insight.chain.findings import MoodWindow, Named, Question, Topic
from livelore.intelligence.insight.chain.whole import Step
from livelore.intelligence.insight.messages import Messages


@dataclass(frozen=True)
class Highlight:
    """A moment that stands out, with the reason in both languages (Chinese, English)."""

    at: float
    why: tuple[str, str]
    n: int


@dataclass(frozen=True)
class ChatFindings:
    """What was read in a chat.

    Attributes:
        columns: Arrow arrays of `insight.chain.whole.COLUMNS`, in the order of the messages that
            were given.
        mood: In order of time.
        topics: The largest first.
        questions: The most asked first.
        names: The most mentioned first.
        highlights: In order of time.
        minded: By kind of moderation, messages that should be looked at.
        method: How, one sentence each in Chinese and English.
        figures: Measured quality: what, value, what it means.
        notes: What was left out, one sentence each.
    """

    columns: Mapping[str, Any]
    mood: Sequence[MoodWindow] = ()
    topics: Sequence[Topic] = ()
    questions: Sequence[Question] = ()
    names: Sequence[Named] = ()
    highlights: Sequence[Highlight] = ()
    minded: Mapping[str, int] = field(default_factory=dict[str, int])
    method: Sequence[tuple[str, str]] = ()
    figures: Sequence[tuple[str, str, str]] = ()
    notes: Sequence[str] = field(default=())


class ChatReader(Protocol):
    """Reads a whole chat."""

    def read(self, messages: Messages, step: Step) -> ChatFindings:
        """What people feel, talk about and ask.

        Args:
            messages: In order of time where times are known.
            step: Is told how far it is.
        """
        ...


@dataclass(frozen=True)
class Citation:
    """Where a sentence of an answer stands.

    Attributes:
        source: File below the materials.
        place: Page or time in it, None where it has none.
        text: What stands there.
    """

    source: str
    place: str | None
    text: str


@dataclass(frozen=True)
class Answer:
    """A generated answer.

    Attributes:
        text: The answer, or the refusal.
        citations: What it rests on, in the order of their numbers from 1.
        is_refused: Nothing in the materials answers: the text says so.
        is_computed: It was reckoned exactly instead of quoted.
        metadata: The label for programs, as GB 45438-2025 names its fields.
    """

    text: str
    citations: Sequence[Citation] = ()
    is_refused: bool = False
    is_computed: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Answers:
    """Answers in the order of their prompts, and what was left out of the materials."""

    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()


class Answerer(Protocol):
    """Answers from materials, and says so where it cannot."""

    @property
    def name(self) -> str:
        """Of the method or model, for the label of what it generates."""
        ...

    def answer(self, prompts: Sequence[str], materials: Path | None, step: Step) -> Answers:
        """One answer a prompt.

        Args:
            prompts: Questions.
            materials: A folder of what may be cited; None: nothing is.
            step: Is told how far it is.
        """
        ...
