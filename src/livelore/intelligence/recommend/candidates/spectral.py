"""A spectral filter on the item graph: the strongest directions damped, the rest let through."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers, scaled
from livelore.intelligence.recommend.data import Floats, Interactions, Items, Sparse, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.low_rank import strongest
from livelore.intelligence.recommend.scorer import best

CELLS_AT_ONCE = 20_000_000


@dataclass
class SpectralFilter(LinearScorer):
    """Scores are ``h · (P e^(−sP) + w · D^(−½) V Vᵀ D^½)``, the strongest links of each item kept.

    ``P = AᵀA`` with ``A = D_u^(−u) X D^(−e)``, scaled to a largest eigenvalue of 1, is the walk
    from item to item; V are its strongest ``n_factors`` directions. ``e^(−sP)`` sharpens:
    directions that everybody shares, with eigenvalues near 1, do not drown those that tell people
    apart. It is exact on V and linear below, so the long tail of local neighbours stays as it is
    in RP3β. The low-pass gives popular ends of the shared directions some weight back.

    A matrix with ``k`` links a row is what is kept, so that it is asked as quickly as `RP3Beta`;
    the fit takes n_items² · n_factors multiplications. For catalogues too large for `EASE`.

    Args:
        sharpness: s, at least 0; 0 is the plain walk.
        low_pass: w, at least 0.
        user_power: u, how much the events of users with long histories are divided out.
        item_power: e, the same for popular items.
        n_factors: Directions that are treated exactly.
        k: Links kept of each item.
        seed: Of the eigenvectors' start.

    Source: low-pass after Shen et al., CIKM 2021 (GF-CF); sharpening after Choi et al., SIGIR 2023,
    "Blurring-sharpening process models for collaborative filtering"; the two powers, and the linear
    tail that makes it one sparse matrix, are ours, measured in `benchmarks/`.
    """

    sharpness: float = 2.25
    low_pass: float = 0.075
    user_power: float = 0.3
    item_power: float = 0.4
    n_factors: int = 256
    k: int = 800
    seed: int = 0

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn directions, then each item's links; items and users are not used.

        Raises:
            OptionInvalid: An option is out of range.
        """
        self._need_above(0, "n_factors", "k")
        if not (self.sharpness >= 0 and self.low_pass >= 0):
            raise OptionInvalid(option="sharpness, low_pass", detail="at least 0 each")
        matrix, counts = interactions.matrix, interactions.item_counts
        per_user = np.diff(matrix.indptr)
        walk = scaled(matrix, powers(per_user, -self.user_power), powers(counts, -self.item_power))
        if not walk.nnz:
            self.matrix_ = sp.csr_matrix((len(counts), len(counts)), dtype=np.float32)
            return self
        values, vectors = strongest(walk, self.n_factors, n_rounds=2, seed=self.seed)
        largest = max(float(values[0]), float(np.finfo(np.float32).tiny))
        shares = values / largest
        filtered = shares * np.exp(-self.sharpness * shares)
        slope = float(filtered[-1] / shares[-1])
        left: list[Any] = [vectors * (filtered - slope * shares)]
        right: list[Any] = [vectors]
        if self.low_pass:
            left.append(self.low_pass * powers(counts, -0.5)[:, None] * vectors)
            right.append(powers(counts, 0.5)[:, None] * vectors)
        self.matrix_ = _links(
            walk,
            slope / largest,
            np.concatenate(left, axis=1).astype(np.float32),
            np.ascontiguousarray(np.concatenate(right, axis=1).astype(np.float32).T),
            self.k,
        )
        return self


def _links(walk: Sparse, slope: float, left: Floats, right: Floats, k: int) -> Sparse:
    """The k largest above 0 in each row of ``slope · walkᵀ walk + left · right``, no diagonal."""
    n_items = walk.shape[1]
    back = walk.T.tocsr()
    kept = min(k, n_items)
    size = max(1, CELLS_AT_ONCE // n_items)
    columns = np.zeros((n_items, kept), np.int32)
    links = np.zeros((n_items, kept), np.float32)
    for begin in range(0, n_items, size):
        end = min(begin + size, n_items)
        block = left[begin:end] @ right
        near: Any = (back[begin:end] @ walk).tocsr()
        rows = np.repeat(np.arange(end - begin), np.diff(near.indptr))
        block[rows, near.indices] += near.data * np.float32(slope)
        block[np.arange(end - begin), np.arange(begin, end)] = -np.inf
        columns[begin:end], links[begin:end] = best(block, kept)
    links[(links <= 0) | (columns < 0)] = 0
    columns[columns < 0] = 0
    starts = np.arange(0, n_items * kept + 1, kept)
    found: Any = sp.csr_matrix((links.ravel(), columns.ravel(), starts), (n_items, n_items))
    found.eliminate_zeros()
    found.sort_indices()
    return found
