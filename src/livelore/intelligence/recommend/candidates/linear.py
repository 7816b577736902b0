"""What every linear scorer has: scores are the history times a matrix of items by items.

Such a score is a sum over the events of a history, so each event's share of it is exact: a reason
that cites an event can be checked by taking the event away.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.data import Floats, Histories, Sparse
from livelore.intelligence.recommend.kernels import truncated
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class LinearScorer(Scorer):
    """Scores of a history ``h`` are ``h · matrix_``, plus ``h · left_ · right_ᵀ`` where they exist.

    Attributes:
        matrix_: Items by items, dense or sparse, float32; None: only the factors.
        left_: Shape (n_items, n_factors) or None.
        right_: The same.
    """

    matrix_: Any = field(default=None, init=False, repr=False)
    left_: Floats | None = field(default=None, init=False, repr=False)
    right_: Floats | None = field(default=None, init=False, repr=False)

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        given = histories.matrix
        total: Any = None
        if self.matrix_ is not None or self.left_ is None:
            product = given @ self.learnt("matrix_")
            total = product.toarray() if sp.issparse(product) else np.asarray(product)
        if self.left_ is not None:
            factors = np.asarray(given @ self.left_) @ self.learnt("right_").T
            total = factors if total is None else total + factors
        return total.astype(np.float32, copy=False)

    def shares(self, history: Histories, item: int) -> Floats:
        """What each event of one history adds to the score of an item, shape (n_events,)."""
        column: Any = np.zeros(history.n_items, np.float32)
        if self.matrix_ is not None:
            found = self.matrix_[:, [item]] if sp.issparse(self.matrix_) else self.matrix_[:, item]
            column = found.toarray().ravel() if sp.issparse(found) else found
        if self.left_ is not None:
            column = column + self.left_ @ self.learnt("right_")[item]
        return history.weights * column[history.items]


def top_of_rows(matrix: Sparse, k: int) -> Sparse:
    """The k largest entries of each row of a CSR matrix, the rest left out."""
    kept = truncated(matrix.indptr, matrix.indices, matrix.data, k)
    counts = np.add.reduceat(kept, matrix.indptr[:-1]) if len(kept) else np.zeros(0, np.int64)
    counts = np.where(np.diff(matrix.indptr) > 0, counts, 0)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix((matrix.data[kept], matrix.indices[kept], indptr), shape=matrix.shape)


def scaled(matrix: Sparse, rows: Any, columns: Any) -> Sparse:
    """``diag(rows) · matrix · diag(columns)``."""
    found = matrix.copy()
    found.data = (
        matrix.data * np.repeat(rows, np.diff(matrix.indptr)) * columns[matrix.indices]
    ).astype(np.float32)
    return found


def powers(counts: Any, exponent: float) -> Floats:
    """``counts ** exponent``, 0 where a count is 0."""
    found = np.zeros(len(counts), np.float64)
    np.power(counts, exponent, where=counts > 0, out=found, dtype=np.float64)
    return found.astype(np.float32)
