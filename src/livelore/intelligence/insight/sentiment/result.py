"""What a reader of sentiment says of messages, and what any such reader is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

NEGATIVE, AMBIGUOUS, POSITIVE = -1, 0, 1
NAMES = {NEGATIVE: "negative", AMBIGUOUS: "ambiguous", POSITIVE: "positive"}
BAND = 0.5
"""A side is named only when it is likelier than all else together."""


@dataclass(frozen=True)
class Sentiments:
    """Of messages, in their order.

    Attributes:
        probabilities: Of negative, ambiguous, positive; rows sum to 1; shape (n_messages, 3).
    """

    probabilities: NDArray[np.float32]

    @classmethod
    def of(cls, probabilities: NDArray[Any]) -> Self:
        """Of any number type."""
        return cls(np.asarray(probabilities, np.float32))

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def scores(self) -> NDArray[np.float32]:
        """Positive less negative, from -1 to 1, shape (n_messages,)."""
        return self.probabilities[:, 2] - self.probabilities[:, 0]

    @property
    def labels(self) -> NDArray[np.int8]:
        """`NEGATIVE`, `AMBIGUOUS` or `POSITIVE`; a side only above `BAND`."""
        negative, positive = self.probabilities[:, 0] > BAND, self.probabilities[:, 2] > BAND
        return positive.astype(np.int8) - negative.astype(np.int8)

    @property
    def confidences(self) -> NDArray[np.float32]:
        """How likely the label is to be right, from 0 to 1.

        Of a side: its probability. Of *ambiguous*: that of no side being above the other two
        together, which is 1 less the likelier side.
        """
        sides = np.maximum(self.probabilities[:, 0], self.probabilities[:, 2])
        return np.where(sides > BAND, sides, 1 - sides).astype(np.float32)

    def names(self) -> list[str]:
        """Labels as words."""
        return [NAMES[label] for label in self.labels.tolist()]


class SentimentReader(Protocol):
    """Whatever reads sentiment: the small model, a larger one, a library."""

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text."""
        ...
