"""One's own labelled pairs: learnt from, and judged on pairs that were not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedGroupKFold

from livelore.intelligence import model_file
from livelore.intelligence.insight.errors import ModelUnreadable, PairsInvalid
from livelore.intelligence.insight.questions.pair_features import N_FEATURES
from livelore.intelligence.insight.questions.pair_scorer import PairScorer, groups_of, train_pairs

N_FOLDS = 5
PAIRS_LEAST = 50
"""Fewer cannot be judged: a fold would have less than ten."""


@dataclass(frozen=True)
class PairsLearnt:
    """A scorer and how well it does.

    Attributes:
        scorer: Learnt from all pairs.
        n_pairs: How many.
        share_same: Of them, how many ask the same, from 0 to 1.
        accuracy: On pairs that a fit had not seen, by `N_FOLDS` folds; pairs that have a question
            in common stay in one fold.
        by_hand: Of `PairScorer.by_hand`, on the same pairs.
        margin: Half the width of a 95 % interval of the difference of the two.
    """

    scorer: PairScorer
    n_pairs: int
    share_same: float
    accuracy: float
    by_hand: float
    margin: float

    @property
    def is_better(self) -> bool:
        """Whether learning helps beyond chance."""
        return self.accuracy - self.by_hand > self.margin


def learn_pairs(
    pairs: Sequence[tuple[str, str]],
    same: ArrayLike,
    background: Iterable[str] = (),
    seed: int = 0,
) -> PairsLearnt:
    """Fit on all pairs, after folds have told how well that does.

    Args:
        pairs: Questions as people wrote them.
        same: Whether each pair asks the same, shape (n_pairs,).
        background: More texts, from which only the rarity of words is learnt.
        seed: Of the folds.

    Raises:
        PairsInvalid: Fewer than `PAIRS_LEAST` pairs, not one label a pair, or a kind of label has
            less than one pair a fold.
    """
    labels = np.asarray(same).astype(np.bool_)
    fewest = int(min(labels.sum(), (~labels).sum())) if labels.shape == (len(pairs),) else 0
    if len(pairs) < PAIRS_LEAST or fewest < N_FOLDS:
        detail = f"{len(pairs)} pairs, {fewest} of the rarer kind; {PAIRS_LEAST} and {N_FOLDS} are"
        raise PairsInvalid(detail=f"{detail} needed")
    more = list(background)
    learnt = _out_of_fold(pairs, labels, more, seed)
    plain = (PairScorer.by_hand().scores(pairs) > 0.5) == labels
    better = learnt.astype(np.float64) - plain
    return PairsLearnt(
        train_pairs(pairs, labels, more),
        len(pairs),
        float(labels.mean()),
        float(learnt.mean()),
        float(plain.mean()),
        float(1.96 * better.std() / np.sqrt(len(pairs))),
    )


def _out_of_fold(
    pairs: Sequence[tuple[str, str]], labels: NDArray[np.bool_], more: list[str], seed: int
) -> NDArray[np.bool_]:
    """Whether each pair was judged rightly by a fit that had not seen it."""
    right = np.zeros(len(pairs), np.bool_)
    folds = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for inner, outer in folds.split(np.zeros(len(pairs)), labels, groups_of(pairs)):
        scorer = train_pairs([pairs[n] for n in inner], labels[inner], more)
        right[outer] = (scorer.scores([pairs[n] for n in outer]) > 0.5) == labels[outer]
    return right


def save_pairs(scorer: PairScorer, path: Path) -> None:
    """Write a scorer as one file, whole or not at all."""
    model_file.write(scorer, path)


def load_pairs(path: Path) -> PairScorer:
    """Read one that `save_pairs` wrote.

    Raises:
        ModelUnreadable: It is absent, broken, or of another kind.
    """
    found = model_file.read(path, "insight", ModelUnreadable)
    if not isinstance(found, PairScorer) or found.coefficients_ is None:
        raise ModelUnreadable(path=str(path), detail="it holds no scorer of pairs")
    if found.coefficients_.shape != (N_FEATURES + 1,):
        detail = "another version of Livelore learnt it; run `livelore insight train-pairs` again"
        raise ModelUnreadable(path=str(path), detail=detail)
    return found
