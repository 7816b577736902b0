"""How likely a candidate is to be a hit, learnt from held-out lists: what a swap would cost."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import Codes, Floats
from livelore.intelligence.recommend.errors import DataInvalid
from livelore.intelligence.recommend.metrics.lists import (
    Relevant,
    checked,
    hits_of,
    relevant_matrix,
)

N_BINS = 512
"""Of scores with equally many candidates each; more follow noise."""
FIRST, FALL = 0.3, 1 / 3
"""Without a fit: the chance at place r is FIRST / (r + 1) ** FALL, as EASE has on ML-1M."""


@dataclass
class HitRates(Component):
    """Chance of a hit as a rising function of the score (isotonic regression).

    Attributes:
        scores_: Middle of each bin, rising; None before a fit.
        rates_: Chance in each bin, not falling.
    """

    scores_: Floats | None = field(default=None, init=False, repr=False)
    rates_: Floats | None = field(default=None, init=False, repr=False)

    def fit(self, items: ArrayLike, scores: ArrayLike, held_out: Relevant) -> Self:
        """Learn from lists of a validation part.

        Args:
            items: Candidate codes, shape (n_users, n_pool).
            scores: The same shape, of the scorer that will be re-ranked.
            held_out: What the same users did in the validation part.

        Raises:
            DataInvalid: There is no candidate, or shapes differ.
        """
        relevant = relevant_matrix(held_out, len(np.asarray(items)))
        lists = checked(items, relevant.shape[1])
        given = np.asarray(scores, dtype=np.float64)
        if given.shape != lists.shape or not (lists >= 0).any():
            raise DataInvalid(column="scores", detail=f"{given.shape} beside {lists.shape}")
        hits = hits_of(lists, relevant)[lists >= 0]
        flat = given[lists >= 0]
        order = np.argsort(flat, kind="stable")
        parts = np.array_split(order, min(N_BINS, len(order)))
        middles = np.array([flat[part].mean() for part in parts])
        means = np.array([hits[part].mean() for part in parts])
        sizes = np.array([len(part) for part in parts], dtype=np.float64)
        self.scores_ = middles.astype(np.float32)
        self.rates_ = isotonic_regression(means, weights=sizes).x.astype(np.float32)
        return self

    def rates(self, items: Codes, scores: Floats) -> NDArray[np.float64]:
        """Chance of each candidate, shape (n_users, n_pool); 0 where there is none.

        Without a fit it is a function of the place alone.
        """
        filled = items >= 0
        if self.scores_ is None or self.rates_ is None:
            by_place = FIRST / np.arange(1, items.shape[1] + 1) ** FALL
            return np.where(filled, by_place, 0.0)
        found = np.interp(np.where(filled, scores, 0.0), self.scores_, self.rates_)
        return np.where(filled, found, 0.0)
