"""EASE and its denoising form: the best item-to-item matrix in closed form."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers
from livelore.intelligence.recommend.data import Floats, Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid

ITEMS_MAX = 25_000
"""Of a dense matrix: 2.5 GB; above it RP3β, GF-CF or iALS are the tools."""
ITEMS_EXACT = 8_000
"""Solved in double precision up to here."""


@dataclass
class EASE(LinearScorer):
    """Items that predict each other, by ridge regression without self-prediction or with drop-out.

    With ``dropout`` 0 the diagonal is forced to 0 (Steck 2019); above it each item is regressed on
    itself with a penalty instead (DLAE), which ranks better. ``user_power`` weighs a user by
    (events / median events) to minus this power, so that a few who touched everything do not decide
    what belongs together: on ML-1M it is worth more than the drop-out.

    Args:
        reg: L2 weight, above 0; counted in users.
        dropout: Share of the input left out while learning, 0 to below 1.
        user_power: 0 weighs all alike; .5 to 1 where histories differ much in length.

    Source: Steck, WWW 2019 (EASE); Steck, NeurIPS 2020, "Autoencoders that don't overfit towards
    the identity" (drop-out in closed form).
    """

    reg: float = 300.0
    dropout: float = 0.5
    user_power: float = 0.0

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the matrix; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range, or there are more items than a dense matrix
                may hold.
        """
        self._check(interactions.n_items)
        exact = interactions.n_items <= ITEMS_EXACT
        gram = user_weighted_gram(
            interactions, self.user_power, np.float64 if exact else np.float32
        )
        self.matrix_ = solved(gram, self.reg, self.dropout)
        return self

    def _check(self, n_items: int) -> None:
        if not self.reg > 0:
            raise OptionInvalid(option="reg", detail=f"{self.reg} is not above 0")
        if not 0 <= self.dropout < 1:
            raise OptionInvalid(option="dropout", detail=f"{self.dropout} is not in [0, 1)")
        if n_items > ITEMS_MAX:
            words = f"{n_items} items need a dense matrix of {n_items**2 * 4 / 1e9:.0f} GB"
            raise OptionInvalid(option="model", detail=f"{words}: take RP3Beta, GFCF or IALS")


def user_weighted_gram(interactions: Interactions, user_power: float, dtype: Any) -> Any:
    """``Xᵀ W X``, dense, shape (n_items, n_items); W is of `EASE`."""
    matrix = interactions.matrix
    lengths = np.diff(matrix.indptr)
    middle = np.median(lengths[lengths > 0]) if len(matrix.data) else 1.0
    weights = powers(lengths / middle, -user_power)
    weighted = matrix.copy()
    weighted.data = np.repeat(np.sqrt(weights), lengths)
    return (weighted.T @ weighted).toarray().astype(dtype, copy=False)


def solved(gram: Any, reg: float, dropout: float) -> Floats:
    """The item-to-item matrix for a Gram matrix, which is overwritten. Shape (n_items, n_items)."""
    n_items = len(gram)
    counts = gram.diagonal().copy()
    places = np.arange(n_items)
    if dropout > 0:
        extra = reg + dropout / (1 - dropout) * counts
        factor = gram.copy()
        factor[places, places] += extra
        inverse = cho_solve(
            cho_factor(factor, overwrite_a=True, check_finite=False),
            np.eye(n_items, dtype=gram.dtype),
            overwrite_b=True,
            check_finite=False,
        )
        # (G + L)⁻¹ G = I − (G + L)⁻¹ L
        inverse *= -extra
        inverse[places, places] += 1
        return np.ascontiguousarray(inverse, np.float32)
    gram[places, places] += reg
    inverse = cho_solve(
        cho_factor(gram, overwrite_a=True, check_finite=False),
        np.eye(n_items, dtype=gram.dtype),
        overwrite_b=True,
        check_finite=False,
    )
    inverse /= -inverse.diagonal().copy()
    inverse[places, places] = 0
    return np.ascontiguousarray(inverse, np.float32)
