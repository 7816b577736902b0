"""Users and items as vectors: iALS and BPR, both folded in by the same equation."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from livelore.intelligence.compiled import compiled_loosely
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer


@compiled_loosely
def solve_rows(rows: Any, fixed: Any, gram: Any, reg: Any, out: Any) -> None:
    """Least-squares vector of each row: ``(gram + Σ w q qᵀ + reg I) x = Σ w q``.

    Args:
        rows: The entries as (indptr, columns, weights) of a CSR matrix; weights are confidences.
        fixed: Vectors of the columns, shape (n_columns, d).
        gram: What every column counts although not touched, shape (d, d).
        reg: Shape (n_rows,).
        out: Filled, shape (n_rows, d).
    """
    indptr, columns, weights = rows
    d = fixed.shape[1]
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        if begin == end:
            out[row] = 0
            continue
        touched = np.empty((end - begin, d), np.float32)
        right = np.zeros(d, np.float32)
        for place in range(begin, end):
            root = np.sqrt(weights[place])
            for f in range(d):
                value = fixed[columns[place], f]
                touched[place - begin, f] = root * value
                right[f] += weights[place] * value
        left = gram + touched.T @ touched
        for f in range(d):
            left[f, f] += reg[row]
        out[row] = np.linalg.solve(left, right)


@dataclass
class FactorScorer(Scorer):
    """Item vectors; a history becomes a user's vector by the least squares of iALS.

    Attributes:
        items_: Shape (n_items, n_factors).
        gram_: ``unobserved · itemsᵀ items``, shape (n_factors, n_factors).
    """

    n_factors: int = 64
    reg: float = 0.01
    unobserved: float = 0.3
    n_epochs: int = 12
    seed: int = 0
    items_: Floats | None = field(default=None, init=False, repr=False)
    gram_: Floats | None = field(default=None, init=False, repr=False)
    reg_: float = field(default=1.0, init=False, repr=False)

    def vectors(self, histories: Histories) -> Floats:
        """Of users, from their histories alone, shape (n_users, n_factors).

        Source: Hu, Koren, Volinsky, ICDM 2008, equation 4.
        """
        given = histories.matrix
        items, gram = self.learnt("items_"), self.learnt("gram_")
        found = np.zeros((len(histories), items.shape[1]), np.float32)
        sums = np.asarray(given.sum(axis=1)).ravel()
        reg = (self.reg_ * (sums + self.unobserved * len(items))).astype(np.float32)
        solve_rows((given.indptr, given.indices, given.data), items, gram, reg, found)
        return found

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        return self.vectors(histories) @ self.learnt("items_").T

    def _check(self) -> None:
        self._need_above(0, "n_factors", "reg")
        if self.unobserved < 0:
            raise OptionInvalid(option="unobserved", detail=f"{self.unobserved} is below 0")

    def _keep(self, items: Floats) -> None:
        self.items_ = np.ascontiguousarray(items, np.float32)
        self.gram_ = (self.unobserved * (self.items_.T @ self.items_)).astype(np.float32)


@dataclass
class IALS(FactorScorer):
    """Implicit alternating least squares, the regularisation by how often a thing occurs.

    Args:
        n_factors: Length of the vectors.
        reg: L2 weight, times (events + ``unobserved`` × all others) of the row.
        unobserved: Weight of what was not touched, beside 1 for what was.
        n_epochs: Rounds over users and items.
        seed: Of the start.

    Source: Hu, Koren, Volinsky, ICDM 2008; scaled as in Rendle et al., RecSys 2022, "Revisiting the
    performance of iALS on item recommendation benchmarks".
    """

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._check()
        by_user = interactions.matrix
        by_item = by_user.T.tocsr()
        rng = np.random.default_rng(self.seed)
        shape = (interactions.n_items, self.n_factors)
        vectors = (rng.standard_normal(shape) * 0.1 / np.sqrt(self.n_factors)).astype(np.float32)
        people = np.zeros((interactions.n_users, self.n_factors), np.float32)
        self.reg_ = self.reg
        for _ in range(self.n_epochs):
            self._half(by_user, vectors, people)
            self._half(by_item, people, vectors)
        self._keep(vectors)
        return self

    def _half(self, rows: Any, fixed: Floats, out: Floats) -> None:
        gram = (self.unobserved * (fixed.T @ fixed)).astype(np.float32)
        reg = self.reg * (np.diff(rows.indptr) + self.unobserved * rows.shape[1])
        entries = (rows.indptr, rows.indices, rows.data)
        solve_rows(entries, fixed, gram, reg.astype(np.float32), out)


@dataclass
class BPR(FactorScorer):
    """Bayesian personalised ranking: what was touched before what was not, pair by pair.

    Histories are folded in by least squares on the item vectors, so a fresh event counts at once.

    Args:
        n_factors: Length of the vectors.
        reg: L2 weight of a step.
        unobserved: As in `IALS`, for the fold-in.
        n_epochs: Passes of as many pairs as there are events.
        seed: Of start and pairs.
        rate: Of the steps.

    Source: Rendle et al., UAI 2009.
    """

    n_epochs: int = 40
    rate: float = 0.05

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._check()
        matrix = interactions.matrix.copy()
        matrix.sort_indices()
        rng = np.random.default_rng(self.seed)
        spread = 0.1 / np.sqrt(self.n_factors)
        shape = (interactions.n_users, self.n_factors)
        people = (rng.standard_normal(shape) * spread).astype(np.float32)
        shape = (interactions.n_items, self.n_factors)
        vectors = (rng.standard_normal(shape) * spread).astype(np.float32)
        if matrix.nnz and interactions.n_items > 1:
            rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
            for epoch in range(self.n_epochs):
                rate = np.float32(self.rate * (1 - 0.9 * epoch / self.n_epochs))
                picks = rng.integers(0, matrix.nnz, matrix.nnz)
                others = rng.integers(0, interactions.n_items, matrix.nnz).astype(np.int32)
                _bpr_pass(
                    matrix.indptr,
                    matrix.indices,
                    rows,
                    (picks, others),
                    (people, vectors),
                    (rate, np.float32(self.reg)),
                )
        self.reg_ = self.reg
        self._keep(vectors)
        return self


@compiled_loosely
def _bpr_pass(indptr: Any, columns: Any, rows: Any, drawn: Any, vectors: Any, rates: Any) -> None:
    picks, others = drawn
    people, items = vectors
    rate, reg = rates
    for place in range(len(picks)):
        pick, other = picks[place], others[place]
        user, item = rows[pick], columns[pick]
        begin, end = indptr[user], indptr[user + 1]
        at = begin + np.searchsorted(columns[begin:end], other)
        if at < end and columns[at] == other:
            continue
        margin = np.float32(0)
        for f in range(people.shape[1]):
            margin += people[user, f] * (items[item, f] - items[other, f])
        step = rate / (np.float32(1) + np.exp(margin))
        for f in range(people.shape[1]):
            of_user = people[user, f]
            apart = items[item, f] - items[other, f]
            people[user, f] += step * apart - rate * reg * of_user
            items[item, f] += step * of_user - rate * reg * items[item, f]
            items[other, f] -= step * of_user + rate * reg * items[other, f]
