"""A spectral filter on the item graph: the strongest directions damped, the rest let through."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers, scaled
from livelore.intelligence.recommend.candidates.rp3 import top_products
from livelore.intelligence.recommend.data import Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.low_rank import strongest


@dataclass
class SpectralFilter(LinearScorer):
    """Scores are ``h · D⁻ᵃ · f(P) · Dᵇ`` with ``P = D⁻½ Xᵀ D_u^(−2u) X D⁻½``, scaled to at most 1.

    ``f`` is ``x ** power`` on the strongest ``n_factors`` directions and linear, at the same value,
    below: the few directions that everybody shares do not drown the many that tell people apart,
    and the long tail of local neighbours stays as exact as in RP3β, which is the case ``power`` 1,
    ``user_power`` ½. Against an ideal low-pass (GF-CF) nothing is cut off. For catalogues that are
    too large for a dense matrix; `EASE` below.

    Args:
        power: 1 is the plain neighbours; lower flattens the spectrum, 0 < power ≤ 1.
        user_power: How much the events of users with long histories are divided out.
        start_power: The same for popular items of the history (``a``).
        end_power: How much of an end's popularity comes back (``b``).
        n_factors: Directions that are damped.
        k: Neighbours kept of each item.
        seed: Of the eigenvectors' start.

    Source: ours, measured in `benchmarks/`; the graph and its low-pass after Shen et al., CIKM
    2021, "How powerful is graph convolution for recommendation?"; powers of the spectrum as in Peng
    et al., SIGIR 2022, "Less is more: reweighting important spectral graph features".
    """

    power: float = 0.5
    user_power: float = 0.2
    start_power: float = 0.3
    end_power: float = 0.35
    n_factors: int = 512
    k: int = 400
    seed: int = 0

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn neighbours and directions; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._need_above(0, "n_factors", "k")
        if not 0 < self.power <= 1:
            raise OptionInvalid(option="power", detail=f"{self.power} is not in (0, 1]")
        matrix = interactions.matrix
        per_user = np.diff(matrix.indptr)
        counts = interactions.item_counts
        start, end = powers(counts, -self.start_power), powers(counts, self.end_power)
        normal = scaled(matrix, powers(per_user, -self.user_power), powers(counts, -0.5))
        if not normal.nnz:
            self.matrix_ = normal.T.tocsr() @ normal
            return self
        values, vectors = strongest(normal, self.n_factors, n_rounds=2, seed=self.seed)
        values = values / max(values[0], np.finfo(float).tiny)
        top = float(normal_value(normal, vectors[:, 0]))
        edge = max(float(values[-1]), 1e-6) ** (self.power - 1)
        near = top_products(normal.T.tocsr(), normal, self.k)
        self.matrix_ = scaled(near, start * edge / top, end)
        gained = values**self.power - edge * values
        self.left_ = (start[:, None] * vectors * gained).astype(np.float32)
        self.right_ = (end[:, None] * vectors).astype(np.float32)
        return self


def normal_value(normal: Any, vector: Any) -> float:
    """The eigenvalue of ``normalᵀ · normal`` that belongs to a unit vector."""
    seen = normal @ vector
    return max(float(seen @ seen), float(np.finfo(np.float32).tiny))
