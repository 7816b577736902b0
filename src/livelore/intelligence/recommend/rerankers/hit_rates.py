"""How likely a candidate is to be a hit, learnt from held-out lists: what a swap would cost."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import Codes, Floats, Histories
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import (
    Relevant,
    checked,
    hits_of,
    relevant_matrix,
)

N_BINS = 256
"""Of scores with equally many candidates each; more follow noise."""
N_GROUPS = 5
"""Of users by the length of their history."""
FIRST, FALL = 0.3, 1 / 3
"""Without a fit: the chance at place r is FIRST / (r + 1) ** FALL, as EASE has on ML-1M."""


@dataclass
class HitRates(Component):
    """Chance of a hit as a rising function of the score (isotonic regression).

    One function for each fifth of users by the length of their history: who did much before does
    much afterwards, so the same score promises them more.

    Args:
        n_groups: Of users; 1 takes all alike.

    Attributes:
        edges_: Lengths of history at which the next group begins, shape (n_groups - 1,).
        scores_: Middle of each bin, rising, shape (n_groups, n_bins); None before a fit.
        rates_: Chance in each bin, not falling, the same shape.
    """

    n_groups: int = N_GROUPS
    edges_: NDArray[np.float64] | None = field(default=None, init=False, repr=False)
    scores_: Floats | None = field(default=None, init=False, repr=False)
    rates_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, items: ArrayLike, scores: ArrayLike, histories: Histories, held_out: Relevant
    ) -> Self:
        """Learn from lists of a validation part.

        Args:
            items: Candidate codes, shape (n_users, n_pool).
            scores: The same shape, of the scorer that will be re-ranked.
            histories: Of the same users, row by row.
            held_out: What the same users did in the validation part.

        Raises:
            DataInvalid: There is no candidate, or shapes differ.
            OptionInvalid: ``n_groups`` is below 1.
        """
        if self.n_groups < 1:
            raise OptionInvalid(option="n_groups", detail=f"{self.n_groups} is below 1")
        relevant = relevant_matrix(held_out, len(np.asarray(items)))
        lists = checked(items, relevant.shape[1])
        given = np.asarray(scores, dtype=np.float64)
        if given.shape != lists.shape or len(histories) != len(lists):
            raise DataInvalid(column="scores", detail=f"{given.shape} beside {lists.shape}")
        filled = lists >= 0
        if not filled.any() or not np.isfinite(given[filled]).all():
            raise DataInvalid(column="scores", detail="candidates with finite scores are needed")
        hits = hits_of(lists, relevant)
        lengths = np.diff(histories.indptr)
        shares = np.arange(1, self.n_groups) / self.n_groups
        # a group without candidates would have no rates: then there are fewer groups
        self.edges_ = np.unique(np.quantile(lengths[filled.any(axis=1)], shares))
        of_user = np.searchsorted(self.edges_, lengths, side="right")
        groups = np.unique(of_user[filled.any(axis=1)])
        self.edges_ = self.edges_[groups[1:] - 1]
        of_user = np.searchsorted(self.edges_, lengths, side="right")
        parts = [filled & (of_user == group)[:, None] for group in range(len(groups))]
        n_bins = min(N_BINS, *(int(part.sum()) for part in parts)) if parts else 1
        curves = [_curve(given[part], hits[part], n_bins) for part in parts]
        self.scores_ = np.array([curve[0] for curve in curves], np.float32)
        self.rates_ = np.array([curve[1] for curve in curves], np.float32)
        return self

    def rates(self, items: Codes, scores: Floats, histories: Histories) -> NDArray[np.float64]:
        """Chance of each candidate, shape (n_users, n_pool); 0 where there is none.

        Without a fit it is a function of the place alone.
        """
        filled = items >= 0
        if self.scores_ is None or self.rates_ is None or self.edges_ is None:
            by_place = FIRST / np.arange(1, items.shape[1] + 1) ** FALL
            return np.where(filled, by_place, 0.0)
        found = np.zeros(items.shape)
        of_user = np.searchsorted(self.edges_, np.diff(histories.indptr), side="right")
        for group in range(len(self.scores_)):
            rows = of_user == group
            known = np.where(filled[rows], scores[rows], 0.0)
            found[rows] = np.interp(known, self.scores_[group], self.rates_[group])
        return np.where(filled, found, 0.0)


def _curve(
    scores: NDArray[np.float64], hits: NDArray[np.bool_], n_bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles of bins and chances in them."""
    parts = np.array_split(np.argsort(scores, kind="stable"), n_bins)
    middles = np.array([scores[part].mean() for part in parts])
    means = np.array([hits[part].mean() for part in parts])
    sizes = np.array([len(part) for part in parts], dtype=np.float64)
    return middles, isotonic_regression(means, weights=sizes).x
