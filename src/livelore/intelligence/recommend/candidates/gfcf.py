"""GF-CF: what a low-pass filter on the graph of users and items lets through, in closed form."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers, scaled
from livelore.intelligence.recommend.data import Floats, Interactions, Items, Users

DENSE_MAX = 8_000
"""Items up to which the neighbour part is a dense matrix."""


@dataclass
class GFCF(LinearScorer):
    """Normalised neighbours plus an ideal low-pass of the strongest eigenvectors.

    Args:
        n_factors: Eigenvectors let through.
        low_pass: Their weight beside the neighbours.
        neighbours: Whether the neighbour part is used at all.
        seed: Of the eigenvectors' start.

    Source: Shen et al., CIKM 2021, "How powerful is graph convolution for recommendation?".
    """

    n_factors: int = 64
    low_pass: float = 1.0
    neighbours: bool = True
    seed: int = 0

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn; items and users are not used.

        Raises:
            OptionInvalid: ``n_factors`` is below 1.
        """
        self._need_above(0, "n_factors")
        matrix = interactions.matrix
        per_item = interactions.item_counts
        normal = scaled(matrix, powers(np.diff(matrix.indptr), -0.5), powers(per_item, -0.5))
        self.matrix_ = None
        if self.neighbours:
            product = (normal.T @ normal).tocsr()
            product.sort_indices()
            self.matrix_ = product.toarray() if len(per_item) <= DENSE_MAX else product
        vectors = top_eigenvectors(normal, self.n_factors, self.seed)
        self.left_ = (powers(per_item, -0.5)[:, None] * vectors).astype(np.float32)
        self.right_ = (self.low_pass * powers(per_item, 0.5)[:, None] * vectors).astype(np.float32)
        return self


def top_eigenvectors(normal: Any, n_factors: int, seed: int) -> Floats:
    """Of ``normalᵀ · normal``: the strongest, shape (n_items, at most n_factors)."""
    n_users, n_items = normal.shape
    n_kept = max(1, min(n_factors, min(n_users, n_items) - 1))
    if not normal.nnz:
        return np.zeros((n_items, n_kept), np.float32)
    if n_items <= 2 or n_kept >= n_items - 1:
        _, vectors = np.linalg.eigh((normal.T @ normal).toarray())
        return np.ascontiguousarray(vectors[:, ::-1][:, :n_kept], np.float32)

    def through(x: Any) -> Any:
        return normal.T @ (normal @ x)

    make: Any = LinearOperator  # Any: scipy has no types, and those guessed are wrong
    operator = make((n_items, n_items), matvec=through, dtype=np.float64)
    start = np.random.default_rng(seed).standard_normal(n_items)
    solve: Any = eigsh
    _, vectors = solve(operator, k=n_kept, v0=start, tol=1e-3)
    return np.ascontiguousarray(vectors[:, ::-1], np.float32)
