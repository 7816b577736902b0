"""RP3β and its general form: three steps of a walk over the graph of users and items."""

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

    The walk is ``D⁻ˢ Xᵀ D_u⁻ᵘ X D⁻ᵝ`` with s, u = 1 in the paper; which neighbours are kept is
    decided with ``cut_power`` in place of β, so that the popular ones do not fill every list.

    Args:
        start_power: How much the popularity of the history's items is divided out (s).
        user_power: The same for users with many events (u).
        beta: The same for the popularity of the end (β).
        cut_power: Instead of β when neighbours are chosen; None: β.
        k: Neighbours kept of each item.

    Source: Paudel et al., ACM TiiS 2016, "Updatable, accurate, diverse, and scalable
    recommendations"; the separate powers are measured in `benchmarks/`.
    """

    start_power: float = 1.0
    user_power: float = 1.0
    beta: float = 0.6
    cut_power: float | None = None
    k: int = 400

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the neighbours; items and users are not used.

        Raises:
            OptionInvalid: ``k`` is below 1.
        """
        self._need_above(0, "k")
        matrix = interactions.matrix
        per_item = interactions.item_counts
        cut = self.beta if self.cut_power is None else self.cut_power
        halves = powers(np.diff(matrix.indptr), -self.user_power / 2)
        to_items = scaled(matrix, halves, powers(per_item, -cut))
        to_users = scaled(matrix, halves, np.ones(len(per_item), np.float32)).T.tocsr()
        near = top_products(to_users, to_items, self.k)
        starts, ends = powers(per_item, -self.start_power), powers(per_item, cut - self.beta)
        self.matrix_ = scaled(near, starts, ends)
        return self


def top_products(left: Sparse, right: Sparse, k: int) -> Sparse:
    """The k largest of each row of ``left · right``, the diagonal left out, rows in parts."""
    parts = [sp.csr_matrix((0, right.shape[1]), dtype=np.float32)]  # of no item at all
    for begin in range(0, left.shape[0], ROWS_AT_ONCE):
        product = (left[begin : begin + ROWS_AT_ONCE] @ right).tocsr()
        rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[product.indices == rows + begin] = 0
        product.eliminate_zeros()
        parts.append(top_of_rows(product, k))
    return sp.vstack(parts, format="csr", dtype=np.float32)
