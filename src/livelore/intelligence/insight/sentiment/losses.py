"""Squared error beside softmax: two models of the same texts that differ in their loss alone.

The founding article asks for classes by least squares: min sum (y - yhat)^2. Its yhat is no chance:
it leaves [0, 1], its errors grow with how *right* an answer is, and where three classes lie on one
line the middle one is masked (Hastie, Tibshirani and Friedman, Elements of Statistical Learning,
2009, section 4.2). The cross-entropy of a softmax has none of that; `compared` shows both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from livelore.intelligence.insight.errors import ExamplesInvalid
from livelore.intelligence.insight.sentiment.calibration import calibration_error, macro_f1
from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.learning import folds_of
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import Grams

GRAMS = Grams(bits=16, shortest=1, longest=2, words=1)
PENALTIES = (0.1, 1.0, 10.0)
"""Of which each loss takes the one that is best on a part that neither teaches nor measures."""
SIDES = np.array([-1, 0, 1], np.int8)
EVEN = 1 / 3
MOST = 1e-6
"""What a log takes instead of 0."""


@dataclass(frozen=True)
class Fitted:
    """One loss on texts that did not teach.

    Attributes:
        loss: "squares" or "softmax".
        penalty: Of the weights, as chosen.
        accuracy, macro_f1: From 0 to 1.
        middle_recall: Share of the ambiguous that are found, from 0 to 1; None: there are none.
        log_loss: Mean surprise in nats; of squares after cutting to [0, 1].
        calibration_error: Mean distance of confidence and share right.
        outside: Share of texts with a "probability" below 0 or above 1.
    """

    loss: str
    penalty: float
    accuracy: float
    macro_f1: float
    middle_recall: float | None
    log_loss: float
    calibration_error: float
    outside: float


Scores = NDArray[np.float64]
Fit = Callable[[Any, NDArray[np.int8], float], Callable[[Any], Scores]]


def compared(examples: Examples, seed: int = 0) -> tuple[Fitted, Fitted]:
    """Squares and softmax, learnt from three fifths, chosen on one, measured on one.

    Raises:
        ExamplesInvalid: Fewer than two classes, or too few texts.
    """
    if len(np.unique(examples.labels)) < 2 or len(examples) < 30:
        raise ExamplesInvalid(
            detail="at least 30 texts of two classes are needed to compare losses"
        )
    folds = folds_of(examples.labels, seed)
    matrix = GRAMS.matrix(Codepoints.of(examples.texts).folded())
    taught, chosen, measured = folds > 1, folds == 1, folds == 0
    found = []
    for loss, fit in (("squares", _squares), ("softmax", _softmax)):
        models = {
            penalty: fit(matrix[taught], examples.labels[taught], penalty) for penalty in PENALTIES
        }
        penalty = max(
            models,
            key=lambda each: macro_f1(
                examples.labels[chosen], _labels(models[each](matrix[chosen]))
            ),
        )
        scores = models[penalty](matrix[measured])
        found.append(_fitted(loss, penalty, scores, examples.labels[measured]))
    return found[0], found[1]


def _squares(matrix: Any, labels: NDArray[np.int8], penalty: float) -> Callable[[Any], Scores]:
    targets = (labels[:, None] == SIDES).astype(np.float64)
    model = Ridge(alpha=penalty, solver="sparse_cg").fit(matrix, targets)
    return lambda rows: np.asarray(model.predict(rows))


def _softmax(matrix: Any, labels: NDArray[np.int8], penalty: float) -> Callable[[Any], Scores]:
    model = LogisticRegression(C=10 / penalty, tol=1e-3, max_iter=2_000).fit(matrix, labels)
    columns = np.searchsorted(SIDES, model.classes_)

    def read(rows: Any) -> Scores:
        found = np.zeros((rows.shape[0], len(SIDES)))
        found[:, columns] = model.predict_proba(rows)
        return found

    return read


def _labels(scores: Scores) -> NDArray[np.int8]:
    return SIDES[scores.argmax(axis=1)]


def _fitted(loss: str, penalty: float, scores: Scores, labels: NDArray[np.int8]) -> Fitted:
    found = _labels(scores)
    cut = np.clip(scores, 0, 1)
    totals = cut.sum(axis=1, keepdims=True)
    chances = np.where(totals > 0, cut / np.maximum(totals, MOST), EVEN)
    told = chances[np.arange(len(labels)), np.searchsorted(SIDES, labels)]
    right = found == labels
    middle = labels == 0
    return Fitted(
        loss,
        penalty,
        float(right.mean()),
        macro_f1(labels, found),
        float((found[middle] == 0).mean()) if middle.any() else None,
        float(-np.log(np.maximum(told, MOST)).mean()),
        calibration_error(chances.max(axis=1), right),
        float(((scores < 0) | (scores > 1)).any(axis=1).mean()),
    )
