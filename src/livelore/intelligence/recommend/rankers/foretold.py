"""Weights of a blend, learnt from what came after several earlier moments."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Mask, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.rankers.blend import JUDGING_MIN, Blend, standardised
from livelore.intelligence.recommend.scorer import Scorer

Weights = NDArray[np.float64]
REG = 0.01
CELLS_MAX = 100_000_000
"""Scores held at a time (400 MB): users of each moment are drawn down to it."""
STEPS_MAX = 100
HIDDEN = np.float32(-1e9)


@dataclass(frozen=True)
class Cuts:
    """Moments to look back at; the defaults were chosen on MovieLens-100K (see `benchmarks/`).

    Attributes:
        at: As shares of all events before them; each above 0 and below 1.
        horizon: How much is foretold after each, as a share of all events; the newest cut and it
            together make at most 1.
        seed: Of the draw where there are more users than `CELLS_MAX` lets in.
    """

    at: tuple[float, ...] = tuple(np.linspace(0.375, 0.875, 9).tolist())
    horizon: float = 0.125
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.at or not all(0 < each < 1 for each in self.at):
            raise OptionInvalid(option="at", detail=f"{self.at}: shares above 0 and below 1")
        if not 0 < self.horizon <= 1 - max(self.at) + 1e-9:
            detail = f"{self.horizon} after a cut at {max(self.at):g} is not within the data"
            raise OptionInvalid(option="horizon", detail=detail)


LOOKING_BACK = Cuts()


def foretold_blend(
    scorers: Sequence[Scorer],
    interactions: Interactions,
    items: Items | None = None,
    users: Users | None = None,
    *,
    cuts: Cuts = LOOKING_BACK,
    reg: float = REG,
) -> Blend:
    """A blend whose weights foretell best what users did after each of several moments.

    At each moment the scorers are fitted on what was before it and asked for the users with a
    history who did something new within the horizon. The weights are those of one regression over
    all of these: the chance of an item is ``exp(Σ weight · z(score))`` over its sum for all items
    that the user does not have, and the likelihood of what came is made as large as it gets, less
    ``reg`` times the squares of the weights. One tenth with a hundred users hardly tells one blend
    from another (`chosen_blend`); many moments do, and the search is convex.

    Args:
        scorers: At least one. Weights may come out below 0: against what that scorer says.
        interactions: With times.
        items: Handed to the fits.
        users: Handed to the fits.
        cuts: The moments.
        reg: L2 weight, above 0.

    Returns:
        The blend, not fitted. Where fewer than `JUDGING_MIN` users can be asked at all moments
        together: all with the same weight.

    Raises:
        OptionInvalid: No scorer is given, or an option is out of range.
        DataInvalid: The events have no times.

    Source: the listwise softmax of Cao et al. 2007 (ListNet) with what happened as the target;
    as a model of choice: McFadden 1974.
    """
    if not reg > 0:
        raise OptionInvalid(option="reg", detail=f"{reg} is not above 0")
    moments = moments_of(scorers, interactions, items, users, cuts=cuts)
    weights = np.ones(len(scorers))
    if sum(each.n_users for each in moments) >= JUDGING_MIN:
        weights = learnt_weights(moments, reg)
    return Blend(tuple(map(deepcopy, scorers)), tuple(float(each) for each in weights))


def moments_of(
    scorers: Sequence[Scorer],
    interactions: Interactions,
    items: Items | None = None,
    users: Users | None = None,
    *,
    cuts: Cuts = LOOKING_BACK,
) -> list["Moment"]:
    """What `foretold_blend` learns from; arguments and errors are its own.

    Apart, so that several sets of scorers or penalties are compared with one fit of each.

    Returns:
        One for each cut at which somebody can be asked, oldest first.
    """
    if not scorers:
        raise OptionInvalid(option="scorers", detail="none is given")
    if interactions.at is None:
        raise DataInvalid(column="time", detail="weights that foretell need times")
    rng = np.random.default_rng(cuts.seed)
    size = len(cuts.at) * max(1, interactions.n_items) * len(scorers)
    users_max = max(JUDGING_MIN, CELLS_MAX // size)
    moments: list[Moment] = []
    for cut in sorted(cuts.at):
        train, test = _around(interactions, interactions.at, cut, cuts.horizon)
        asked = _asked(train, test)
        if len(asked) > users_max:
            asked = np.sort(rng.choice(asked, users_max, replace=False))
        if len(asked):
            fitted = [deepcopy(each).fit(train, items, users) for each in scorers]
            moments.append(Moment.of(fitted, train.histories.take(asked), test.matrix[asked]))
    return moments


def _around(
    interactions: Interactions, at: NDArray[np.float64], cut: float, horizon: float
) -> tuple[Interactions, Interactions]:
    """What was before a moment, and what came in the horizon after it."""
    if not len(at):
        return interactions, interactions
    begin, end = np.quantile(at, [cut, min(cut + horizon, 1.0)])
    return interactions.take(at < begin), interactions.take((at >= begin) & (at <= end))


def _asked(train: Interactions, test: Interactions) -> NDArray[np.int64]:
    """Users with a history and something new after it."""
    new = test.matrix - test.matrix.multiply(train.matrix)
    return np.flatnonzero((np.diff(train.matrix.indptr) > 0) & (np.asarray(new.sum(1)).ravel() > 0))


@dataclass(frozen=True)
class Moment:
    """What scorers said at one moment, and what came.

    Attributes:
        scores: Standardised, shape (n_users, n_items, n_scorers).
        hidden: What the user has, shape (n_users, n_items).
        came: What was new after it, each user's items weighing one over the root of how many they
            are: users count by the root of what they did; shape (n_users, n_items).
    """

    scores: Floats
    hidden: Mask
    came: Floats

    @classmethod
    def of(cls, fitted: Sequence[Scorer], histories: Histories, test: Any) -> "Moment":
        """Ask fitted scorers; ``test`` is what came, sparse, of the same users."""
        said = np.stack([standardised(each.scores(histories)) for each in fitted], axis=-1)
        hidden = np.asarray(histories.matrix.toarray() > 0)
        came = np.where(hidden, 0, np.asarray(test.toarray() > 0)).astype(np.float32)
        came /= np.sqrt(came.sum(axis=1, keepdims=True))
        return cls(said, hidden, came)

    def only(self, columns: Sequence[int]) -> "Moment":
        """With these scorers alone."""
        return Moment(self.scores[:, :, list(columns)], self.hidden, self.came)

    @property
    def n_users(self) -> int:
        """Those who were asked."""
        return len(self.came)

    def loss(self, weights: Weights) -> tuple[float, Weights]:
        """Minus the log-likelihood of what came, and its slope."""
        total = self.scores @ weights.astype(np.float32)
        total[self.hidden] = HIDDEN
        total -= total.max(axis=1, keepdims=True)
        chances = np.exp(total)
        sums = chances.sum(axis=1, keepdims=True)
        value = -float((self.came * np.where(self.hidden, 0, total - np.log(sums))).sum())
        chances *= self.came.sum(axis=1, keepdims=True) / sums
        slope = np.tensordot(chances - self.came, self.scores, ([0, 1], [0, 1]))
        return value, slope.astype(np.float64)


def learnt_weights(moments: Sequence[Moment], reg: float = REG) -> Weights:
    """The weights that make what came likeliest, shape (n_scorers,); of at least one moment."""
    n_came = sum(float(each.came.sum()) for each in moments)

    def loss(weights: Weights) -> tuple[float, Weights]:
        parts = [each.loss(weights) for each in moments]
        value = sum(each[0] for each in parts) / n_came
        slope = np.sum([each[1] for each in parts], axis=0) / n_came
        return value + reg * float(weights @ weights), slope + 2 * reg * weights

    start = np.full(moments[0].scores.shape[2], 0.1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS_MAX})
    weights: Weights = found.x
    return weights
