"""What a room reader is made of, as far as there is a choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from livelore.intelligence.insight.entities.recogniser import Recogniser
from livelore.intelligence.insight.moderation.moderator import Moderator
from livelore.intelligence.insight.questions.pair_scorer import PairScorer
from livelore.intelligence.insight.sentiment.result import SentimentReader


class NamedThing(Protocol):
    """An entity: see `insight.entities`."""

    @property
    def text(self) -> str:
        """What stands there."""
        ...

    @property
    def kind(self) -> str:
        """What it names."""
        ...


class NameFinder(Protocol):
    """A recogniser of entities."""

    def find(self, texts: Sequence[str]) -> Sequence[Sequence[NamedThing]]:
        """What each text names."""
        ...


@dataclass(frozen=True)
class Parts:
    """Of a room reader.

    Attributes:
        sentiment: Reads feelings.
        entities: Finds names; `Recogniser` with the terms of a course finds these too.
        moderator: Makes a moderator for each room; None: nothing is minded.
        scorer: Tells which questions are the same.
    """

    sentiment: SentimentReader
    entities: NameFinder = field(default_factory=Recogniser)
    moderator: Callable[[], Moderator] | None = Moderator
    scorer: PairScorer = field(default_factory=PairScorer.by_hand)
