"""Whether two questions ask the same: logistic regression on what they share and what is left."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.errors import PairsInvalid
from livelore.intelligence.insight.questions.pair_crosses import PLACES_MAX, crossed, size
from livelore.intelligence.insight.questions.pair_features import (
    FEATURES,
    N_FEATURES,
    pair_features,
)
from livelore.intelligence.insight.questions.pair_fit import N_FOLDS, PairFit
from livelore.intelligence.insight.questions.pair_places import (
    CROSS_BITS,
    RARITY_BITS,
    WORD,
    grams,
    place,
)
from livelore.intelligence.insight.questions.pair_words import WORD_FEATURES
from livelore.intelligence.insight.questions.phrased import Phrased, phrased_all
from livelore.intelligence.text.errors import TextNotLearnt

N_PLACES = 1 << CROSS_BITS
N_RARITIES = 1 << RARITY_BITS
LEVELS = 32_767
ALL = np.ones(N_FEATURES, np.bool_)
_MARKED = slice(FEATURES.index(WORD_FEATURES[0]), FEATURES.index(WORD_FEATURES[-1]) + 1)
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
"""Of `PairScorer.by_hand`. Accuracy on LCQMC test .716, tf-idf .766 (`insight_questions.py` of the
benchmarks, where the learnt one stands too)."""
BY_HAND_BIAS = -7.0
N_LENGTHS = 10
WEIGHT_MAX = 6.0
MISSING = 0.1
"""Share of the pairs of a kind that are expected at a length, under which it is missing there."""
EXPECTED_LEAST = 10
"""Of fewer, none may be there by chance."""
COMMON_MAX = 200
"""Pairs that may have a word which names their topic."""


@dataclass
class PairScorer:
    """Learns from labelled pairs; one pair costs some microseconds to judge.

    A linear model over hashed words and characters learns what a difference is worth: what one has
    and the other has not, or two words that stand against each other. What it says joins overlaps,
    longest common parts, edit distance, kinds of asking, negations, numbers and what the words left
    are, alike by their characters or not and of which class: that is known of words never seen in
    a pair too. Two such models are learnt, in two stages and at once, and their mean is kept.

    How long questions are says nothing of whether they ask the same, though in a set that was drawn
    by likeness it may (LCQMC dev has 1,449 pairs whose shorter question is under ten characters,
    none of them the same; more than half of its test part is so short): pairs are weighed so that
    both kinds are as many at each length, and where one kind is missing they do not count. Folds
    are kept apart by topic, since a first stage that knows the words of a fold's topic looks better
    than it will be.

    Args:
        strength: Inverse of the L2 penalty of the first stage; 0: no first stage.
        strength_outer: Of the second.
        seed: Of the optimiser.

    Attributes:
        rarity_: How telling each hashed gram or word is, in steps of a sixteenth, uint8.
        cross_: Worth of differences, int16, in steps of ``scale_``.
        coefficients_: Of the features, and last the bias; the features' scale is folded in.
    """

    strength: float = 0.5
    strength_outer: float = 1.0
    seed: int = 0
    rarity_: NDArray[np.uint8] | None = field(default=None, init=False, repr=False)
    cross_: NDArray[np.int16] | None = field(default=None, init=False, repr=False)
    scale_: float = field(default=0.0, init=False)
    coefficients_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._tables: Any = None  # Any: arrays made from what was learnt when first asked
        self._marked = False

    @classmethod
    def by_hand(cls) -> Self:
        """Weights set by hand, learnt from nothing: for a room without labelled pairs."""
        made = cls(strength=0)
        made.rarity_ = _plain()
        made.cross_ = np.zeros(0, np.int16)
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
        self.cross_, self.scale_, self.coefficients_ = np.zeros(0, np.int16), 0.0, None
        self._tables = None
        fit = PairFit(
            _cross_matrix(first, second),
            self._features(first, second),
            labels,
            _balanced(first, second, labels),
            _topics(first, second, groups_of(pairs)),
            self.strength,
            self.strength_outer,
            self.seed,
        )
        if self.strength:
            worth, coefficients = fit.of_both()
            self.scale_ = float(max(np.abs(worth).max(), 1e-9) / LEVELS)
            self.cross_ = np.rint(worth / self.scale_).astype(np.int16)
        else:
            coefficients = fit.of_features()
        self.coefficients_ = coefficients.astype(np.float32)
        self._tables = None
        return self

    def _features(self, first: list[Phrased], second: list[Phrased]) -> NDArray[np.float32]:
        found = np.empty((len(first), N_FEATURES), np.float32)
        rarity, cross = self._arrays()
        for row, (left, right) in enumerate(zip(first, second, strict=True)):
            pair_features(left.marked, right.marked, rarity, cross, ALL, found[row])
        return found

    def _arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self._tables is None:
            if self.rarity_ is None or self.cross_ is None:
                raise TextNotLearnt(model=type(self).__name__)
            rarity = self.rarity_.astype(np.float32) / 16
            worth = self.cross_.astype(np.float32) * np.float32(self.scale_)
            self._tables = rarity, worth
            held = self.coefficients_
            self._marked = held is not None and bool(held[_MARKED].any())
        return self._tables

    def score(self, first: Phrased, second: Phrased) -> float:
        """How surely two ask the same, from 0 to 1; the order of the two does not matter.

        Raises:
            TextNotLearnt: There was no fit.
        """
        rarity, cross = self._arrays()
        if self._marked:
            left, right = first.marked, second.marked
        else:
            left, right = first.arrays, second.arrays
        return float(_score(left, right, rarity, cross, self.coefficients_))

    def scores(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """The same of many, as people wrote them, shape (n_pairs,)."""
        found = [self.score(Phrased.of(a), Phrased.of(b)) for a, b in pairs]
        return np.array(found, np.float32)


@cache
def _plain() -> NDArray[np.uint8]:
    """Every word as telling as any other; one for all scorers."""
    found = np.full(N_RARITIES, 16, np.uint8)
    found.flags.writeable = False
    return found


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
            at = place(gram, length, RARITY_BITS)
            if seen[at] != mark:
                seen[at] = mark
                counts[at] += 1
    for word in words:
        at = place(word, WORD, RARITY_BITS)
        if seen[at] != mark:
            seen[at] = mark
            counts[at] += 1


def _rarity(texts: list[Phrased]) -> NDArray[np.uint8]:
    """Inverse document frequency of every place."""
    counts, seen = np.zeros(N_RARITIES, np.int64), np.full(N_RARITIES, -1, np.int64)
    for mark, text in enumerate(texts):
        codes, words, _, _ = text.arrays
        _count(codes, words, seen, mark, counts)
    return np.rint(16 * np.log((len(texts) + 1) / (counts + 1))).clip(0, 255).astype(np.uint8)


def _cross_matrix(first: list[Phrased], second: list[Phrased]) -> Any:
    rows: list[int] = []
    columns: list[int] = []
    sizes: list[float] = []
    places = np.empty(PLACES_MAX, np.int64)
    for row, (left, right) in enumerate(zip(first, second, strict=True)):
        n = crossed(left.arrays, right.arrays, places)
        rows.extend([row] * n)
        columns.extend(places[:n].tolist())
        sizes.extend([size(n)] * n)
    shape = (len(first), N_PLACES)
    found = sp.csr_matrix((sizes, (rows, columns)), shape=shape)
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


def _balanced(first: list[Phrased], second: list[Phrased], labels: Any) -> NDArray[np.float64]:
    """Weights of pairs that make both kinds as many at each length of the shorter question.

    A length at which one kind is all but missing tells how the set was drawn: its pairs count 0.
    """
    lengths = [min(len(a.text), len(b.text)) for a, b in zip(first, second, strict=True)]
    edges = np.unique(np.quantile(lengths, np.arange(1, N_LENGTHS) / N_LENGTHS))
    bins = np.digitize(lengths, edges)
    n_pairs = np.bincount(bins, minlength=len(edges) + 1)
    n_same = np.bincount(bins, labels, minlength=len(edges) + 1)
    share = (n_same / np.maximum(n_pairs, 1))[bins]
    weights = np.minimum(0.5 / np.maximum(np.where(labels, share, 1 - share), 1e-9), WEIGHT_MAX)
    overall = labels.mean()
    weights[_lacks(n_same, n_pairs * overall)[bins]] = 0.0
    weights[_lacks(n_pairs - n_same, n_pairs * (1 - overall))[bins]] = 0.0
    return weights


def _lacks(n: Any, expected: Any) -> Any:
    """Where so few are no chance."""
    return (expected >= EXPECTED_LEAST) & (n < MISSING * expected)


def _topics(first: list[Phrased], second: list[Phrased], groups: Any) -> NDArray[np.int64]:
    """Number of each pair's topic: the commonest of the telling words that both its questions have.

    Pairs of one group have the topic of the first of them.
    """
    spread: Counter[str] = Counter()
    for left, right in zip(first, second, strict=True):
        spread.update({*left.words, *right.words})
    of_group: dict[int, str] = {}
    for at, (left, right) in enumerate(zip(first, second, strict=True)):
        both = {*left.words} & {*right.words}
        telling = [each for each in both or {*left.words, *right.words} if _tells(spread[each])]
        name = max(telling, key=lambda each: (len(each) > 1, spread[each], each), default=f" {at}")
        of_group.setdefault(int(groups[at]), name)
    found = np.unique([of_group[int(each)] for each in groups], return_inverse=True)[1]
    return found if len(np.unique(found)) >= N_FOLDS else groups


def _tells(n_pairs: int) -> bool:
    return 2 <= n_pairs <= COMMON_MAX


def train_pairs(
    pairs: Sequence[tuple[str, str]],
    same: ArrayLike,
    background: Iterable[str] = (),
    strength: float = 0.5,
) -> PairScorer:
    """A scorer of one's own labelled pairs; see `PairScorer.fit`."""
    return PairScorer(strength=strength).fit(pairs, same, background)
