"""Several scorers as one: a weighted sum of their scores, made comparable user by user."""

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import Scorer, best, hide
from livelore.intelligence.recommend.splits import Split, by_time, random_holdout

STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
"""Weights that are tried."""
JUDGED_USERS = 2_000
JUDGING_MIN = 30
"""Fewer users than this with a history before the cut and an event after it do not choose."""


@dataclass
class Blend(Scorer):
    """``Σ weight · z(scores)``: every scorer's row brought to mean 0 and deviation 1.

    Args:
        scorers: At least one.
        weights: One each, below 0: against; `chosen_blend` finds them on a validation part,
            `foretold_blend` at several earlier moments.
    """

    scorers: tuple[Any, ...] = ()  # Any: Scorers; a dataclass field with a default
    weights: tuple[float, ...] = ()

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Fit every scorer.

        Raises:
            OptionInvalid: No scorer, or as many weights as scorers are not given.
        """
        if not self.scorers or len(self.scorers) != len(self.weights):
            detail = f"{len(self.weights)} for {len(self.scorers)} scorers"
            raise OptionInvalid(option="weights", detail=detail)
        for scorer in self.scorers:
            scorer.fit(interactions, items, users)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        total: Floats = np.zeros((len(histories), histories.n_items), np.float32)
        for scorer, weight in zip(self.scorers, self.weights, strict=True):
            if weight:
                total += np.float32(weight) * standardised(scorer.scores(histories))
        return total


def standardised(scores: Floats) -> Floats:
    """Every row with mean 0 and deviation 1; a row without any spread becomes 0."""
    if not scores.size:
        return scores.astype(np.float32)
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    found: Floats = centred / np.where(spread > 0, spread, 1)
    return found


def chosen_blend(
    scorers: Sequence[Scorer],
    interactions: Interactions,
    items: Items | None = None,
    users: Users | None = None,
    *,
    k: int = 20,
    seed: int = 0,
) -> tuple[Blend, float]:
    """A blend whose weights rank a tenth, cut from what is handed in, best.

    The tenth is the newest where times are known, else a random one: what ranks a random part best
    is not what foretells (measured: `docs/explanation/recommendation.md`). Coordinate search from
    the best single scorer, by nDCG@k over at most `JUDGED_USERS` users.

    Returns:
        The blend, not fitted, without the scorers of weight 0; and its nDCG@k on the tenth. Where
        there are too few events to judge anybody: all with the same weight, and 0.

    Raises:
        OptionInvalid: No scorer is given.
    """
    if not scorers:
        raise OptionInvalid(option="scorers", detail="none is given")
    split = validation_split(interactions, seed)
    judged = judging(split)
    if not len(judged):
        return Blend(tuple(map(deepcopy, scorers)), (1.0,) * len(scorers)), 0.0
    if len(judged) > JUDGED_USERS:
        chosen = np.random.default_rng(seed).choice(judged, JUDGED_USERS, replace=False)
        judged = np.sort(chosen)
    histories = split.histories.take(judged)
    trials = [deepcopy(each).fit(split.train, items, users) for each in scorers]
    found = [standardised(each.scores(histories)) for each in trials]
    judge = _Judge(histories, split.test.matrix[judged], k)
    weights, value = coordinate_search(found, judge.ndcg)
    kept = [n for n, weight in enumerate(weights) if weight]
    blend = Blend(tuple(deepcopy(scorers[n]) for n in kept), tuple(float(weights[n]) for n in kept))
    return blend, value


def validation_split(interactions: Interactions, seed: int) -> Split:
    """A tenth to choose by: the newest events, or random ones where that leaves nobody to ask."""
    if interactions.at is not None and len(interactions):
        with suppress(DataInvalid):
            split = by_time(interactions, 0.9, only_new=True)
            if len(judging(split)) >= JUDGING_MIN:
                return split
    return random_holdout(interactions, 0.1, seed)


def judging(split: Split) -> Any:
    """Users with a history and something to foretell."""
    known = np.diff(split.train.matrix.indptr) > 0
    return np.flatnonzero(known & (np.diff(split.test.matrix.indptr) > 0))


@dataclass(frozen=True)
class _Judge:
    histories: Histories
    test: Any  # Any: a sparse matrix
    k: int

    def ndcg(self, scores: Floats) -> float:
        shown = scores.copy()
        hide(shown, self.histories)
        items, _ = best(shown, self.k)
        return accuracy(items, self.test, self.k).means["ndcg"]


def coordinate_search(found: Sequence[Floats], judge: Any) -> tuple[list[float], float]:
    """Weights of score matrices, one changed at a time as long as the judge's value rises."""
    singles = [judge(each) for each in found]
    weights = [0.0] * len(found)
    weights[int(np.argmax(singles))] = 1.0
    value, total = max(singles), found[int(np.argmax(singles))].copy()
    improved = True
    while improved and len(found) > 1:
        improved = False
        for n, each in enumerate(found):
            rest = total - np.float32(weights[n]) * each
            is_alone = sum(weights) == weights[n]  # a blend of nothing ranks by code
            steps = STEPS[1:] if is_alone else STEPS
            trials = {step: judge(rest + np.float32(step) * each) for step in steps}
            step = max(trials, key=lambda each_step: trials[each_step])
            if trials[step] > value + 1e-5 and step != weights[n]:
                weights[n], value, improved = step, trials[step], True
                total = rest + np.float32(step) * each
    return weights, value
