"""The small model: two weights an n-gram and words of feeling, weighed by the length of a text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence import model_file
from livelore.intelligence.insight.errors import ModelUnreadable
from livelore.intelligence.insight.sentiment.evidence import Evidence
from livelore.intelligence.insight.sentiment.kernels import N_BUCKETS, judge_all, judge_one
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.text.codepoints import Codepoints, folding
from livelore.intelligence.text.hashed import Grams

N_COLUMNS = 6
"""Of a calibration."""


def plain_calibration() -> NDArray[np.float32]:
    """Changes nothing."""
    return np.tile(np.array([1, 0, 1, 0, 0, 0], np.float32), (N_BUCKETS, 1))


@dataclass
class Sentiment:
    """Is it felt, and which way: two logistic models over the same hashed n-grams.

    With *o* the chance that a message takes a side and *p* that the side is positive, the classes
    have the chances o(1 - p), 1 - o and op. So reviews, which all take a side, teach the second
    without spoiling the first.

    Args:
        grams: What is counted.
        weights: int8 (float32 only to compare), of polarity and opinion, shape (n_places, 2).
        steps: What one step of either weight is worth, and either bias, shape (4,).
        calibration: Slope and offset of polarity and of opinion, then what the evidence is worth to
            either, by length, shape (6, 6).
        evidence: Words of feeling, looked for whole.
        sources: What it learnt from, for its card.
    """

    grams: Grams
    weights: NDArray[Any] = field(repr=False)
    steps: NDArray[np.float32] = field(repr=False)
    calibration: NDArray[np.float32] = field(default_factory=plain_calibration, repr=False)
    evidence: Evidence = field(default_factory=Evidence, repr=False)
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.calibration.shape != (N_BUCKETS, N_COLUMNS):
            raise ValueError("written by an older version: learn it again")
        trie = self.evidence.trie
        self._tables: Any = (folding(), trie, self.weights, self.steps, self.calibration)
        self._key = self.grams.key

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text, as people wrote them."""
        return self.read_codepoints(Codepoints.of(texts))

    def read_codepoints(self, texts: Codepoints) -> Sentiments:
        """The same; texts may be folded already or not."""
        found = np.empty((len(texts), 3), np.float32)
        judge_all(texts.codes, texts.bounds, self._tables, self._key, found)
        return Sentiments(found)

    def read_one(self, text: str) -> tuple[float, float, float]:
        """Chances of negative, ambiguous and positive, the quickest way for a single message."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        found: tuple[float, float, float] = judge_one(codes, self._tables, self._key)
        return found

    @property
    def plain_weights(self) -> NDArray[np.float32]:
        """Weights in their own unit, shape (n_places, 2)."""
        return self.weights.astype(np.float32) * self.steps[:2]

    def logits(self, texts: Codepoints) -> NDArray[np.float32]:
        """Polarity and opinion before calibration, shape (n_texts, 2).

        Args:
            texts: Folded.
        """
        return self.grams.sums(texts, self.weights) * self.steps[:2] + self.steps[2:]


def save(model: Any, path: Path | str) -> None:
    """Write a fitted model to one file; nothing half-written stays."""
    model_file.write(model, path)


def load(path: Path | str) -> Any:
    """The model in a file; no code is run from it.

    Raises:
        ModelUnreadable: It is no such file, or a newer one.
    """
    return model_file.read(path, "insight", ModelUnreadable)
