"""Offence, by a linear model over characters; the one that ships learnt from labelled posts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.insight.errors import WeightsInvalid
from livelore.intelligence.model_file import read_as
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import TextNotLearnt
from livelore.intelligence.text.hashed import Grams
from livelore.intelligence.text.linear import LinearText

WEIGHTS = Path(__file__).parents[1] / "weights" / "offence.zip"
"""`weights/offence.md` says what they were learnt from, and where they err."""


@dataclass
class Offence:
    """How likely a text offends somebody: `LinearText` over characters, kept as arrays.

    Args:
        bits: 2 to this power weights.
        longest: Characters of an n-gram.
        strength: Inverse of the penalty.

    Attributes:
        weights_: int8, shape (n_places, 1).
        scale_: What one step of a weight is worth.
        bias_: Added to the sum.
    """

    bits: int = 18
    longest: int = 2
    strength: float = 3.0
    weights_: NDArray[np.int8] | None = field(default=None, init=False, repr=False)
    scale_: float = field(default=1.0, init=False)
    bias_: float = field(default=0.0, init=False)

    def fit(self, texts: Sequence[str], labels: ArrayLike) -> Self:
        """Learn from texts and labels, 1: offensive, 0: not.

        Raises:
            LabelsInvalid: Not one label a text, or all are the same.
        """
        linear = LinearText(self._grams, scaling="none", strength=self.strength)
        linear.fit(texts, np.asarray(labels, np.int64))
        self.weights_ = linear.weights_
        self.scale_, self.bias_ = (
            float(np.asarray(each)[0]) for each in (linear.scale_, linear.bias_)
        )
        return self

    @property
    def _grams(self) -> Grams:
        return Grams(self.bits, 1, self.longest)

    def probabilities(self, texts: Codepoints) -> NDArray[np.float32]:
        """Of each text, folded already, shape (n_texts,).

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.weights_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        logits = self._grams.sums(texts, self.weights_)[:, 0] * self.scale_ + self.bias_
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


@cache
def shipped() -> Offence:
    """The model that comes with the package; read once, when first asked for.

    Raises:
        WeightsInvalid: The file is missing or damaged.
    """
    other = WeightsInvalid(path=str(WEIGHTS), detail="holds no model of offence")
    return read_as(Offence, WEIGHTS, "insight", other)
