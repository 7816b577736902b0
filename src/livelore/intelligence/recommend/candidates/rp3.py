"""RP3β: three steps of a random walk, popular ends held back."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.linear import (
    LinearScorer,
    powers,
    scaled,
    top_of_rows,
)
from livelore.intelligence.recommend.data import Interactions, Items, Sparse, Users

ROWS_AT_ONCE = 2_000


@dataclass
class RP3Beta(LinearScorer):
    """From an item to its users to their items; sparse, for large catalogues.

    Args:
        alpha: Power of the probabilities of the walk.
        beta: How much the popularity of the end is divided out: 0 nothing, 1 all.
        k: Neighbours kept of each item.

    Source: Paudel et al., ACM TiiS 2016, "Updatable, accurate, diverse, and scalable
    recommendations".
    """

    alpha: float = 1.0
    beta: float = 0.6
    k: int = 400

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the neighbours; items and users are not used."""
        matrix = interactions.matrix
        per_user = np.diff(matrix.indptr)
        per_item = interactions.item_counts
        to_users = scaled(matrix.T.tocsr(), powers(per_item, -self.alpha), np.ones(len(per_user)))
        to_items = scaled(matrix, powers(per_user, -self.alpha), powers(per_item, -self.beta))
        self.matrix_ = top_products(to_users, to_items, self.k)
        return self


def top_products(left: Sparse, right: Sparse, k: int) -> Sparse:
    """The k largest of each row of ``left · right``, the diagonal left out, rows in parts."""
    parts = []
    for begin in range(0, left.shape[0], ROWS_AT_ONCE):
        product = (left[begin : begin + ROWS_AT_ONCE] @ right).tocsr()
        rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[product.indices == rows + begin] = 0
        product.eliminate_zeros()
        parts.append(top_of_rows(product, k))
    return sp.vstack(parts, format="csr", dtype=np.float32)
