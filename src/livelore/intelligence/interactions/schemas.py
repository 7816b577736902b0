"""Wire shapes of the behaviour log."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from livelore.intelligence.interactions.model import DeadLetter


class InteractionsIn(Struct):
    """A batch; each event is judged alone."""

    events: list[Any]


class RejectedOut(Struct):
    """An event that is kept as a dead letter."""

    index: int
    reason: str


class InteractionsOut(Struct):
    """What became of a batch; a repeated event counts as accepted."""

    accepted: int
    rejected: list[RejectedOut]


class DeadLetterOut(Struct):
    """What could not be logged; ``body`` is what was sent."""

    id: str
    at: datetime
    source: str
    reason: str
    detail: str
    sender: str | None
    body: str

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterOut":
        """The letter as shown to operators."""
        at = datetime.fromtimestamp(letter.at_ms / 1000, UTC)
        return cls(
            letter.id, at, letter.source, letter.reason, letter.detail, letter.sender, letter.body
        )
