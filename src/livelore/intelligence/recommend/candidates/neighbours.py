"""Neighbours by cosine: of items, and of users."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.linear import (
    LinearScorer,
    powers,
    scaled,
    top_of_rows,
)
from livelore.intelligence.recommend.candidates.rp3 import top_products
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer, in_batches


@dataclass
class ItemKNN(LinearScorer):
    """Items touched by the same users, by cosine.

    Args:
        k: Neighbours kept of each item.
        shrink: Added to the divisor, in users: few common users are trusted less.

    Source: Sarwar et al., WWW 2001; the shrinkage after Bell and Koren, ICDM 2007.
    """

    k: int = 50
    shrink: float = 0.0

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the neighbours; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._need_above(0, "k")
        if self.shrink < 0:
            raise OptionInvalid(option="shrink", detail=f"{self.shrink} is below 0")
        matrix = interactions.matrix
        length = powers(interactions.item_counts, -0.5)
        if self.shrink:
            common = top_products(matrix.T.tocsr(), matrix, interactions.n_items)
            counts = powers(interactions.item_counts, 0.5)
            rows = np.repeat(np.arange(common.shape[0]), np.diff(common.indptr))
            common.data /= counts[rows] * counts[common.indices] + self.shrink
            self.matrix_ = top_of_rows(common.tocsr(), self.k)
            return self
        unit = scaled(matrix, np.ones(matrix.shape[0], np.float32), length)
        self.matrix_ = top_products(unit.T.tocsr(), unit, self.k)
        return self


@dataclass
class UserKNN(Scorer):
    """What the users with the most similar histories did.

    Args:
        k: Users asked.
        power: Of the cosine: above 1 listens more to the nearest.

    Source: Herlocker et al., SIGIR 1999, on implicit feedback.
    """

    k: int = 200
    power: float = 1.0
    matrix_: Sparse = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Keep everybody's history, of unit length; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._need_above(0, "k", "power")
        matrix = interactions.matrix
        per_user = powers(np.diff(matrix.indptr), -0.5)
        self.matrix_ = scaled(matrix, per_user, np.ones(matrix.shape[1], np.float32))
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items). A user of the fit is not their own neighbour."""
        known = self.learnt("matrix_")
        found = np.empty((len(histories), histories.n_items), np.float32)
        for begin, part in in_batches(histories):
            similar: Any = (part.matrix @ known.T).tocsr()
            if part.users is not None:
                rows = np.repeat(np.arange(len(part)), np.diff(similar.indptr))
                similar.data[similar.indices == part.users[rows]] = 0
                similar.eliminate_zeros()
            near = top_of_rows(similar, self.k)
            near.data **= self.power
            found[begin : begin + len(part)] = (near @ _ones(known)).toarray()
        return found


def _ones(matrix: Sparse) -> Sparse:
    return sp.csr_matrix(
        (np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape
    )
