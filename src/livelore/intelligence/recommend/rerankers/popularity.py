"""Lists that do not only repeat what everybody has seen: a discount on popularity."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.rerankers.reranker import (
    Places,
    Pool,
    Reranker,
    ordered_places,
)


@dataclass
class PopularityDiscount(Reranker):
    """Scores less what popularity explains: ``z(score) - strength · z(log(1 + users))``.

    Both are standardised within the pool of the user, so that a strength means the same for every
    scorer and every user.

    Args:
        strength: 0 leaves the list as it is; .2 costs nothing measurable on ML-1M.

    Attributes:
        counts_: Users of each item, shape (n_items,); None before a fit.
    """

    strength: float = 0.2
    counts_: NDArray[np.float64] | None = field(default=None, init=False, repr=False)

    def fit(self, counts: ArrayLike) -> Self:
        """Learn popularity.

        Args:
            counts: Users of each item in training, at least 0, shape (n_items,).

        Raises:
            DataInvalid: A count is negative or not finite.
        """
        given = np.asarray(counts, dtype=np.float64)
        if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any():
            raise DataInvalid(column="counts", detail="counts of items, at least 0, are needed")
        self.counts_ = given
        return self

    def _check(self) -> None:
        if not 0 <= self.strength < np.inf:
            detail = f"{self.strength} is below 0 or not finite"
            raise OptionInvalid(option="strength", detail=detail)

    def _chosen(self, pool: Pool, k: int) -> Places:
        counts = self.learnt("counts_")
        if len(counts) != pool.histories.n_items:
            detail = f"{len(counts)} counts beside {pool.histories.n_items} items"
            raise DataInvalid(column="counts", detail=detail)
        filled = pool.is_filled
        known = np.log1p(counts[np.where(filled, pool.items, 0)]) if counts.size else pool.gains
        scores = np.where(filled, pool.scores, 0.0).astype(np.float64)
        values = standardised(scores, filled) - self.strength * standardised(known, filled)
        return ordered_places(pool, values, k)


def standardised(values: NDArray[np.float64], filled: NDArray[Any]) -> NDArray[np.float64]:
    """Each row with mean 0 and deviation 1 over what is filled; 0 where all are alike."""
    n = np.maximum(filled.sum(axis=1, keepdims=True), 1)
    middle = np.where(filled, values, 0).sum(axis=1, keepdims=True) / n
    far = np.where(filled, values - middle, 0)
    deviation = np.sqrt((far**2).sum(axis=1, keepdims=True) / n)
    return far / np.where(deviation > 1e-12 * np.abs(middle), deviation, np.inf)
