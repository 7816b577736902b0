"""What a classifier's answers mean: its labels as negative, ambiguous and positive."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import ExamplesInvalid, ReaderInvalid
from livelore.intelligence.insight.sentiment.result import NEGATIVE, POSITIVE
from livelore.intelligence.insight.sentiment.sides import sides_of

SHOWN_MAX = 8
"""Labels that a refusal quotes."""


@dataclass(frozen=True)
class Answers:
    """The side of each answer.

    Several answers may mean one side (one and two stars): their chances are added. A classifier
    that knows no *ambiguous* gives it the chance 0: nothing is made up, and a message takes the
    likelier side however slightly; scores near 0 are then all that tells of doubt.

    Attributes:
        sides: -1, 0 or 1 for each answer, in the order in which the classifier gives them.
    """

    sides: tuple[int, ...]

    @classmethod
    def of(cls, labels: Sequence[str], path: Path) -> Self:
        """By their names; see `sides`.

        Args:
            labels: In the order of the answers.
            path: What they belong to, for the refusal.

        Raises:
            ReaderInvalid: A label means no side, or no label means positive or negative.
        """
        try:
            sides = sides_of(labels)
        except ExamplesInvalid as error:
            raise ReaderInvalid(path=str(path), detail=str(error.fields["detail"])) from error
        known = tuple(side for side in sides if side is not None)
        if len(known) < len(sides) or not {NEGATIVE, POSITIVE} <= set(known):
            shown = ", ".join(labels[:SHOWN_MAX]) + (", …" if len(labels) > SHOWN_MAX else "")
            detail = (
                f"its answers are called {shown or 'nothing'}: say in their order which are "
                "negative, ambiguous, positive"
            )
            raise ReaderInvalid(path=str(path), detail=detail)
        return cls(known)

    def __len__(self) -> int:
        return len(self.sides)

    def chances(self, logits: NDArray[Any]) -> NDArray[np.float32]:
        """Of negative, ambiguous and positive by the softmax, shape (n_texts, 3).

        Args:
            logits: Shape (n_texts, n_answers).
        """
        odds = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
        found = np.zeros((len(logits), 3))
        np.add.at(found.T, np.array(self.sides) + 1, odds.T)
        return np.asarray(found / odds.sum(axis=1, keepdims=True), np.float32)
