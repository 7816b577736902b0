"""Labels of content from its text: several at once, in levels, learnt from what a host labelled.

A label is a path, its levels joined by ``/`` or ``:``: ``education/mathematics`` also says
``education``; several labels of one content are joined by ``|``. One model a label tells it from
all others, and has a threshold of its own that was chosen on contents which it had not seen.
A correction counts more than a label that was there, and a fit with it unlearns the mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt
from livelore.intelligence.text.hashed import Grams

LABELS_MAX = 500
LEVELS = ("/", ":")
CORRECTION_WEIGHT = 5.0
"""What a person put right counts as much as so many contents."""


@dataclass
class ContentLabels:
    """Tags texts with labels.

    Scores are those of linear support vector machines, one against the rest, over hashed n-grams of
    characters and words weighted by rarity. A threshold maximises F1 of its label over folds that
    its model did not see; where a label is too rare for that (fewer than ``folds`` contents), one
    threshold chosen over all labels serves.

    Args:
        grams: What is counted.
        strength: Inverse of the penalty.
        folds: Parts into which contents are cut to choose thresholds.
        always_one: A content gets its best label even where none reaches its threshold.
        seed: Of the cut.

    Attributes:
        labels_: Sorted, with all levels above.
        weights_: float16, shape (n_places, n_labels).
        bias_: Shape (n_labels,).
        thresholds_: Shape (n_labels,).
    """

    grams: Grams = field(default_factory=lambda: Grams(17, 1, 3, 2))
    strength: float = 0.5
    folds: int = 3
    always_one: bool = True
    seed: int = 0
    labels_: tuple[str, ...] = field(default=(), init=False)
    weights_: NDArray[np.float16] | None = field(default=None, init=False, repr=False)
    bias_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)
    thresholds_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.strength > 0 or self.folds < 2:
            raise OptionInvalid(option="strength, folds", detail="above 0; at least 2")

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        corrections: Mapping[int, str] | None = None,
    ) -> Self:
        """Learn.

        Args:
            texts: Title, description, whatever is there, one a content.
            labels: Of each, joined by ``|``; empty: none is known, and the content is left out.
            corrections: By number of the content, labels that a person set instead.

        Raises:
            LabelsInvalid: Not one entry a text, a correction of no content, no or too many labels.
        """
        if len(labels) != len(texts):
            raise LabelsInvalid(detail=f"{len(labels)} labels for {len(texts)} texts")
        right = dict(corrections or {})
        if wrong := [each for each in right if not 0 <= each < len(texts)]:
            raise LabelsInvalid(detail=f"a correction of content {wrong[0]} of {len(texts)}")
        said = [right.get(n, each) for n, each in enumerate(labels)]
        rows = [n for n, each in enumerate(said) if label_set(each)]
        sets = [label_set(said[n]) for n in rows]
        self.labels_ = tuple(sorted({each for every in sets for each in every}))
        if not 1 < len(self.labels_) <= LABELS_MAX:
            raise LabelsInvalid(detail=f"{len(self.labels_)} labels; 2 to {LABELS_MAX} can be told")
        matrix = self.grams.matrix(Codepoints.of([texts[n] for n in rows]).folded())
        scales = _rarity(matrix)
        matrix = sp.csr_matrix(matrix @ sp.diags(scales))
        wanted = np.array([[each in every for each in self.labels_] for every in sets])
        weights = np.array([CORRECTION_WEIGHT if n in right else 1.0 for n in rows])
        self.thresholds_ = self._chosen(matrix, wanted, weights)
        found, bias = self._learnt(matrix, wanted, weights)
        self.weights_ = (found * scales[:, None]).astype(np.float16)
        self.bias_ = bias.astype(np.float32)
        return self

    def _learnt(
        self, matrix: Any, wanted: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights, shape (n_places, n_labels), and bias."""
        found = np.zeros((matrix.shape[1], wanted.shape[1]))
        bias = np.zeros(wanted.shape[1])
        for label in range(wanted.shape[1]):
            is_it = wanted[:, label]
            if is_it.all() or not is_it.any():
                bias[label] = 1.0 if is_it.all() else -1.0
                continue
            model = LinearSVC(C=self.strength, random_state=self.seed)
            model.fit(matrix, is_it, weights)
            found[:, label] = model.coef_[0]
            bias[label] = float(np.asarray(model.intercept_)[0])
        return found, bias

    def _chosen(
        self, matrix: Any, wanted: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        if len(wanted) < 2 * self.folds:
            return np.zeros(wanted.shape[1], np.float32)
        parts = np.random.default_rng(self.seed).permutation(len(wanted)) % self.folds
        scores = np.zeros(wanted.shape, np.float32)
        for part in range(self.folds):
            kept, asked = parts != part, parts == part
            found, bias = self._learnt(matrix[kept], wanted[kept], weights[kept])
            scores[asked] = matrix[asked] @ found + bias
        common = best_threshold(scores.ravel(), wanted.ravel())
        return np.array(
            [
                best_threshold(scores[:, n], wanted[:, n])
                if wanted[:, n].sum() >= 10 * self.folds
                else common
                for n in range(wanted.shape[1])
            ],
            np.float32,
        )

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """How far each label is above its threshold, shape (n_texts, n_labels).

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.weights_ is None or self.bias_ is None or self.thresholds_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        matrix = self.grams.matrix(Codepoints.of(texts).folded())
        found = matrix @ self.weights_.astype(np.float32)
        return np.asarray(found + self.bias_ - self.thresholds_, np.float32)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Labels of each text, the surest first, joined by ``|``; levels above are left out."""
        return [self._told(row) for row in self.scores(texts)]

    def _told(self, scores: NDArray[np.float32]) -> str:
        order = np.argsort(-scores, kind="stable")
        kept = [self.labels_[n] for n in order if scores[n] > 0]
        if not kept and self.always_one:
            kept = [self.labels_[order[0]]]
        above = {each for label in kept for each in levels(label)[:-1]}
        return "|".join(each for each in kept if each not in above)


def levels(label: str) -> tuple[str, ...]:
    """A label with all above it, the highest first."""
    cuts = [n for n, each in enumerate(label) if each in LEVELS]
    return (*(label[:n] for n in cuts if n), label)


def label_set(labels: str) -> frozenset[str]:
    """What a joined cell says, levels above included."""
    parts = [each.strip().strip("".join(LEVELS)) for each in labels.split("|")]
    return frozenset(level for each in parts if each for level in levels(each))


def best_threshold(scores: NDArray[np.float32], wanted: NDArray[np.bool_]) -> float:
    """Where F1 is largest, midway between two scores; 0 where nothing is wanted."""
    if not wanted.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(wanted[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + wanted.sum())
    best = int(np.argmax(f1))
    following = scores[order[best + 1]] if best + 1 < len(order) else scores[order[best]] - 1
    return float((scores[order[best]] + following) / 2)


def _rarity(matrix: Any) -> NDArray[np.float64]:
    seen = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.asarray(np.where(seen > 0, np.log1p(matrix.shape[0] / np.maximum(seen, 1)), 0.0))
