"""How good a reader of sentiment is on labelled texts that did not teach it."""

from dataclasses import dataclass

import numpy as np

from livelore.intelligence.insight.sentiment.calibration import (
    accuracy_at,
    calibration_error,
    macro_f1,
)
from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.learning import folds_of, learn
from livelore.intelligence.insight.sentiment.lexicon import Word
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.insight.sentiment.result import Sentiments

COVERAGE = 0.8


@dataclass(frozen=True)
class Judged:
    """Figures, each from 0 to 1.

    Attributes:
        n_texts: How many were read.
        accuracy: Share of labels that are right.
        macro_f1: The mean F1 of the classes.
        calibration_error: Mean distance of confidence and share right.
        accuracy_of_surest: Of the `COVERAGE` that the reader is surest of.
    """

    n_texts: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    accuracy_of_surest: float


def judged(found: Sentiments, examples: Examples) -> Judged:
    """What was read against what was labelled.

    Where no text is ambiguous (reviews), the likelier side is what counts and its share of both.
    """
    labels, sure = found.labels, found.confidences
    if (examples.labels != 0).all():
        negative, positive = found.probabilities[:, 0], found.probabilities[:, 2]
        labels = np.where(positive >= negative, 1, -1).astype(np.int8)
        sure = np.maximum(positive, negative) / np.maximum(positive + negative, 1e-9)
    right = labels == examples.labels
    return Judged(
        len(examples),
        float(right.mean()),
        macro_f1(examples.labels, labels),
        calibration_error(sure, right),
        accuracy_at(sure, right, COVERAGE),
    )


def held_out(
    examples: Examples, words: tuple[Word, ...], start: Sentiment | None, seed: int = 0
) -> Judged:
    """A fifth of the examples read by what the others teach."""
    out = folds_of(examples.labels, seed) == 0
    rest, asked = examples.where(~out), examples.where(out)
    model = learn(rest, words, start=start)
    return judged(model.read(asked.texts), asked)
