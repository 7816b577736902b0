"""EASE from a private Gram matrix: what items have in common, and little about any one user.

Every user's events become one matrix of items by items, scaled so that its upper triangle has
Euclidean norm 1 whatever the user did: nobody is cut off at a number of events, and nobody counts
more than anybody else. That is also close to what ranks best without any noise (`EASE.user_power`),
so the noise pays for nothing that is not used. Discrete Gaussian noise on the upper triangle makes
the sum private for users (one user added or removed); everything after it is computed from the
noisy matrix alone and costs nothing (post-processing): the mirror, the number of users read off its
trace, and a ridge wide enough for the noise.

What is protected is the item-to-item matrix. Answers are computed from the history of whoever asks,
who sees their own events only.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend.candidates.ease import ITEMS_MAX, solved
from livelore.intelligence.recommend.candidates.linear import LinearScorer
from livelore.intelligence.recommend.data import Interactions, Items, Sparse, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.trust.privacy.accountant import Accountant, Cost
from livelore.trust.privacy.mechanisms import gaussian, gaussian_sigma

SENSITIVITY = 1.0
_ROWS = 4_000
_NOISE_WIDTHS = 1.1
"""The ridge is at least this many times the radius of the noise's eigenvalues: a matrix that
can be inverted whatever was drawn."""

Matrix = NDArray[np.float64]


def unit_weights(matrix: Sparse) -> Matrix:
    """What each user is multiplied by so that the upper triangle of ``w x xᵀ`` has norm 1.

    Args:
        matrix: Shape (n_users, n_items), 1 where a user did anything with an item.
    """
    n_events = np.diff(matrix.indptr).astype(np.float64)
    return 1.0 / np.sqrt(np.maximum(n_events * (n_events + 1) / 2, 1.0))


def unit_gram(matrix: Sparse) -> Matrix:
    """The sum of all users' matrices, without noise, shape (n_items, n_items)."""
    roots = np.sqrt(unit_weights(matrix)).astype(np.float32)
    found = np.zeros((matrix.shape[1], matrix.shape[1]), np.float64)
    for begin in range(0, matrix.shape[0], _ROWS):
        part = matrix[begin : begin + _ROWS]
        scaled = sp.csr_matrix(part, dtype=np.float32, copy=True)
        scaled.data[:] = np.repeat(roots[begin : begin + _ROWS], np.diff(part.indptr))
        dense = scaled.toarray()
        found += dense.T @ dense
    return found


def private_gram(
    matrix: Sparse, sigma: float, accountant: Accountant, rng: np.random.Generator | None = None
) -> Matrix:
    """The sum of all users' matrices with noise, symmetric, shape (n_items, n_items).

    Args:
        matrix: Shape (n_users, n_items), 1 where a user did anything with an item.
        sigma: Of the noise on each cell, against a sensitivity of 1.
        accountant: Pays for it, before anything is computed.
        rng: For tests; from the operating system when left out.

    Raises:
        BudgetSpent: The accountant has not enough left.
    """
    accountant.spend("item-to-item matrix", Cost.gaussian(SENSITIVITY, sigma))
    gram = unit_gram(matrix)
    upper = np.triu_indices(len(gram))
    gram[upper] = gaussian(gram[upper], SENSITIVITY, sigma, rng)
    below = np.tril_indices(len(gram), -1)
    gram[below] = gram.T[below]
    return gram


@dataclass
class PrivateEASE(LinearScorer):
    """EASE whose matrix is (epsilon, delta)-differentially private for users.

    Args:
        epsilon: Of the whole model, above 0.
        delta: Well below one in the number of users.
        reg: Ridge as a share of the users: .004 is `EASE` with 400 of 100,000.
        popularity: Ridge of each item beside, as a multiple of its own (noisy) diagonal.
        dropout: As in `EASE`.
        seed: Of the noise, for measuring only: whoever knows it can take the noise away. None:
            from the operating system.

    Attributes:
        sigma_: Of the noise on each cell, where a user's part has norm 1.
        n_users_: As read off the noisy matrix.

    Source: the analytic Gaussian mechanism (Balle, Wang 2018) on discrete noise (Canonne, Kamath,
    Steinke 2020); EASE: Steck 2019.
    """

    epsilon: float = 4.0
    delta: float = 1e-6
    reg: float = 0.004
    popularity: float = 2.0
    dropout: float = 0.0
    seed: int | None = None
    sigma_: float | None = field(default=None, init=False)
    n_users_: float | None = field(default=None, init=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the matrix with a budget of its own; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range, or there are too many items.
        """
        self._check(interactions.n_items)
        return self.fit_within(interactions, Accountant(self.epsilon, self.delta))

    def fit_within(self, interactions: Interactions, accountant: Accountant) -> Self:
        """As `fit`, paid for by a budget that other answers share.

        Raises:
            BudgetSpent: The accountant has not enough left.
            OptionInvalid: As in `fit`.
        """
        self._check(interactions.n_items)
        self.sigma_ = gaussian_sigma(SENSITIVITY, self.epsilon, self.delta)
        rng = None if self.seed is None else np.random.default_rng(self.seed)
        gram = private_gram(interactions.matrix, self.sigma_, accountant, rng)
        self.n_users_ = max(1.0, users_of(gram))
        ridge = self._ridge(len(gram))
        places = np.arange(len(gram))
        gram[places, places] += self.popularity * np.maximum(gram.diagonal(), 0.0)
        self.matrix_ = solved(gram, ridge, self.dropout)
        return self

    def _ridge(self, n_items: int) -> float:
        radius = 2 * self.learnt("sigma_") * np.sqrt(n_items)
        return float(max(self.reg * self.learnt("n_users_"), _NOISE_WIDTHS * radius))

    def _check(self, n_items: int) -> None:
        for name, given in (("reg", self.reg), ("epsilon", self.epsilon), ("delta", self.delta)):
            if not 0 < given < np.inf:
                raise OptionInvalid(option=name, detail=f"{given} is not above 0")
        if not 0 <= self.popularity < np.inf:
            raise OptionInvalid(option="popularity", detail=f"{self.popularity} is below 0")
        if not 0 <= self.dropout < 1:
            raise OptionInvalid(option="dropout", detail=f"{self.dropout} is not in [0, 1)")
        if self.delta >= 1:
            raise OptionInvalid(option="delta", detail=f"{self.delta} is not below 1")
        if n_items > ITEMS_MAX:
            raise OptionInvalid(option="model", detail=f"{n_items} items, at most {ITEMS_MAX}")


def users_of(gram: Any) -> float:
    """About how many users there are: each adds 2**.5 to the trace, less with very few events."""
    return float(np.trace(gram)) / 2**0.5
