"""Whether two questions ask the same: logistic regression on what they share and what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.errors import PairsInvalid
from livelore.intelligence.insight.questions.pair_features import (
    CROSS_BITS,
    FEATURES,
    N_FEATURES,
    PLACES_MAX,
    crossed,
    grams,
    pair_features,
    place,
    unshared,
)
from livelore.intelligence.insight.questions.phrased import Phrased, phrased_all
from livelore.intelligence.text.errors import TextNotLearnt

N_PLACES = 1 << CROSS_BITS
N_FOLDS = 5
LEVELS = 127
_WORD = 9
ALL = np.ones(N_FEATURES, np.bool_)
BY_HAND = {
    "common_words": 4.0,
    "common_pairs": 3.0,
    "subsequence": 2.0,
    "contained_characters": 3.0,
    "left_short": -0.3,
    "left_long": -0.3,
    "kinds_differ": -2.0,
    "negations_differ": -1.0,
    "numbers_differ": -1.5,
    "inversions": -1.0,
}
"""Of `PairScorer.by_hand`. Accuracy on LCQMC test .716; learnt on LCQMC dev .781, tf-idf .766
(benchmarks/insight_questions.py)."""
BY_HAND_BIAS = -7.0


@dataclass
class PairScorer:
    """Learns from labelled pairs; one pair costs some microseconds to judge.

    Two stages. A linear model over hashed words learns what a difference is worth: a word that one
    has and the other has not, or two words that stand against each other. Its answer, made out of
    fold, joins overlaps, longest common parts, edit distance, kinds of asking, negations and
    numbers in a second logistic regression.

    Args:
        strength: Inverse of the L2 penalty of the first stage; 0: no first stage.
        strength_outer: Of the second.
        seed: Of the optimiser.

    Attributes:
        rarity_: How telling each hashed gram or word is, in steps of a sixteenth, uint8.
        cross_: Worth of differences, int8, in steps of ``scale_``.
        bias_: Of the first stage.
        coefficients_: Of the features, and last the bias; the features' scale is folded in.
    """

    strength: float = 0.2
    strength_outer: float = 1.0
    seed: int = 0
    rarity_: NDArray[np.uint8] | None = field(default=None, init=False, repr=False)
    cross_: NDArray[np.int8] | None = field(default=None, init=False, repr=False)
    scale_: float = field(default=0.0, init=False)
    bias_: float = field(default=0.0, init=False)
    coefficients_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._tables: Any = None  # Any: arrays made from what was learnt when first asked

    @classmethod
    def by_hand(cls) -> Self:
        """Weights set by hand, learnt from nothing: for a room without labelled pairs."""
        made = cls(strength=0)
        made.rarity_ = np.full(N_PLACES, 16, np.uint8)
        made.cross_ = np.zeros(N_PLACES, np.int8)
        held = np.array([*(BY_HAND.get(each, 0.0) for each in FEATURES), BY_HAND_BIAS], np.float32)
        made.coefficients_ = held
        return made

    def fit(
        self,
        pairs: Sequence[tuple[str, str]],
        same: ArrayLike,
        background: Iterable[str] = (),
    ) -> Self:
        """Learn.

        Args:
            pairs: Questions as people wrote them.
            same: Whether each pair asks the same, shape (n_pairs,).
            background: More texts, from which only the rarity of words is learnt.

        Raises:
            PairsInvalid: Not one label a pair, labels all alike, or fewer than 20 pairs.
        """
        labels = np.asarray(same).astype(np.bool_)
        if labels.shape != (len(pairs),) or len(pairs) < 20 or len(np.unique(labels)) < 2:
            raise PairsInvalid(
                detail=f"{labels.shape} labels, {len(pairs)} pairs; 20 and both kinds are needed"
            )
        first = phrased_all(each[0] for each in pairs)
        second = phrased_all(each[1] for each in pairs)
        self.rarity_ = _rarity([*first, *second, *phrased_all(background)])
        self.cross_, self.scale_, self.bias_ = np.zeros(N_PLACES, np.int8), 0.0, 0.0
        self._tables = None
        learnt = self._fit_cross(first, second, labels, groups_of(pairs)) if self.strength else None
        features = self._features(first, second)
        if learnt is not None:
            features[:, -1] = learnt
        self._fit_outer(features, labels)
        return self

    def _fit_cross(
        self, first: list[Phrased], second: list[Phrased], labels: Any, groups: Any
    ) -> NDArray[np.float32]:
        """Fit the first stage on all, and give what it says of each pair without having seen it."""
        matrix = _cross_matrix(first, second)
        held_out = np.zeros(len(labels), np.float32)
        for inner, outer in GroupKFold(min(N_FOLDS, len(np.unique(groups)))).split(
            labels, labels, groups
        ):
            held_out[outer] = (
                self._linear(self.strength)
                .fit(matrix[inner], labels[inner])
                .decision_function(matrix[outer])
            )
        model = self._linear(self.strength).fit(matrix, labels)
        worth = model.coef_[0]
        self.scale_ = float(max(np.abs(worth).max(), 1e-9) / LEVELS)
        self.cross_ = np.rint(worth / self.scale_).astype(np.int8)
        self.bias_ = float(model.intercept_[0])
        self._tables = None
        return held_out

    def _fit_outer(self, features: NDArray[np.float32], labels: Any) -> None:
        mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        model = self._linear(self.strength_outer, "lbfgs").fit((features - mean) / spread, labels)
        slopes = model.coef_[0] / spread
        bias = model.intercept_[0] - float(slopes @ mean)
        self.coefficients_ = np.append(slopes, bias).astype(np.float32)

    def _linear(self, strength: float, solver: str = "liblinear") -> LogisticRegression:
        return LogisticRegression(C=strength, solver=solver, max_iter=500, random_state=self.seed)

    def _features(self, first: list[Phrased], second: list[Phrased]) -> NDArray[np.float32]:
        found = np.empty((len(first), N_FEATURES), np.float32)
        rarity, cross = self._arrays()
        for row, (left, right) in enumerate(zip(first, second, strict=True)):
            pair_features(left.arrays, right.arrays, rarity, cross, ALL, found[row])
        return found

    def _arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self._tables is None:
            if self.rarity_ is None or self.cross_ is None:
                raise TextNotLearnt(model=type(self).__name__)
            rarity = self.rarity_.astype(np.float32) / 16
            worth = self.cross_.astype(np.float32) * np.float32(self.scale_)
            self._tables = rarity, np.append(worth, np.float32(self.bias_))
        return self._tables

    def score(self, first: Phrased, second: Phrased) -> float:
        """How surely two ask the same, from 0 to 1; the order of the two does not matter.

        Raises:
            TextNotLearnt: There was no fit.
        """
        rarity, cross = self._arrays()
        return float(_score(first.arrays, second.arrays, rarity, cross, self.coefficients_))

    def scores(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """The same of many, as people wrote them, shape (n_pairs,)."""
        found = [self.score(Phrased.of(a), Phrased.of(b)) for a, b in pairs]
        return np.array(found, np.float32)


@compiled
def _score(first: Any, second: Any, rarity: Any, cross: Any, coefficients: Any) -> float:
    features = np.empty(N_FEATURES, np.float32)
    # a weight of 0 needs no feature: those set by hand are few
    pair_features(first, second, rarity, cross, coefficients[:N_FEATURES] != 0, features)
    total = coefficients[N_FEATURES]
    for each in range(N_FEATURES):
        total += coefficients[each] * features[each]
    return 1 / (1 + np.exp(-total))


@compiled
def _count(codes: Any, words: Any, seen: Any, mark: int, counts: Any) -> None:
    for length in range(1, 4):
        for gram in grams(codes, length):
            at = place(gram, length, CROSS_BITS)
            if seen[at] != mark:
                seen[at] = mark
                counts[at] += 1
    for word in words:
        at = place(word, _WORD, CROSS_BITS)
        if seen[at] != mark:
            seen[at] = mark
            counts[at] += 1


def _rarity(texts: list[Phrased]) -> NDArray[np.uint8]:
    """Inverse document frequency of every place."""
    counts, seen = np.zeros(N_PLACES, np.int64), np.full(N_PLACES, -1, np.int64)
    for mark, text in enumerate(texts):
        codes, words, _ = text.arrays
        _count(codes, words, seen, mark, counts)
    return np.rint(16 * np.log((len(texts) + 1) / (counts + 1))).clip(0, 255).astype(np.uint8)


def _cross_matrix(first: list[Phrased], second: list[Phrased]) -> Any:
    rows: list[int] = []
    columns: list[int] = []
    places = np.empty(PLACES_MAX, np.int64)
    for row, (left, right) in enumerate(zip(first, second, strict=True)):
        a, b = left.arrays[1], right.arrays[1]
        of_a, of_b = unshared(a, b)
        n = crossed(a, b, of_a, of_b, places)
        rows.extend([row] * n)
        columns.extend(places[:n].tolist())
    shape = (len(first), N_PLACES)
    found = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    found.sum_duplicates()
    return found


def groups_of(pairs: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """Pairs that have a question in common belong together: a fold must not see its own answer."""
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for first, second in pairs:
        parent[root(first)] = root(second)
    found = np.unique([root(first) for first, _ in pairs], return_inverse=True)[1]
    # all hang together: then a fold cannot be kept apart
    is_one = np.bincount(found).max() > len(pairs) / 2
    return np.arange(len(pairs)) if is_one else found


def train_pairs(
    pairs: Sequence[tuple[str, str]],
    same: ArrayLike,
    background: Iterable[str] = (),
    strength: float = 0.2,
) -> PairScorer:
    """A scorer of one's own labelled pairs; see `PairScorer.fit`."""
    return PairScorer(strength=strength).fit(pairs, same, background)
