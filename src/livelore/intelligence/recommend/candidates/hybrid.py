"""Portraits times labels: r̂ = μ + b_user + b_item + xᵀ W z, solved exactly over all pairs."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.candidates.content import item_features
from livelore.intelligence.recommend.candidates.linear import powers, scaled
from livelore.intelligence.recommend.data import (
    Codes,
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.low_rank import strongest
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class PortraitHybrid(Scorer):
    """A bilinear form between what is known of a user and what is known of an item.

    x is the portrait (`Users.features`) beside what the history is about; z is the content of an
    item, in ``n_content`` dimensions, beside ``n_factors`` factors of who touched it. With x and z
    centred over what was fitted, the biases are plain means and W separates from them. In the
    eigenbases of XᵀX and ZᵀZ the normal equations are diagonal, so W over all pairs costs two small
    eigenproblems.

    While fitting, only ``shown`` events of a user make x and the others are to be predicted, so
    that W learns what a short history and a portrait say of the rest.

    Args:
        reg: L2 weight of W, above 0; times the mean of the diagonal.
        n_content: Dimensions kept of content; 0: none.
        n_factors: Of who touched what; 0: none.
        shown: Events of a user shown while fitting; 0: only the portrait is.
        weights: By kind of feature; see `content.joined`.
        seed: Of which events are shown and of eigenvectors.

    Attributes:
        bias_: b_item + μ, shape (n_items,).
        form_: W, shape (n_x, n_z).
        items_: z, centred, shape (n_items, n_z).
        about_: z, not centred: what makes up a history's part of x.
        portraits_: Standardised, of the fit's users, shape (n_users, n_features).
        middle_: Mean of x, shape (n_x,).

    Source: Chu and Park, WWW 2009 (bilinear form of portraits and contents).
    """

    reg: float = 0.1
    n_content: int = 64
    n_factors: int = 64
    shown: int = 5
    weights: dict[str, float] = field(default_factory=dict[str, float])
    seed: int = 0
    bias_: Floats | None = field(default=None, init=False, repr=False)
    form_: Floats | None = field(default=None, init=False, repr=False)
    items_: Floats | None = field(default=None, init=False, repr=False)
    about_: Floats | None = field(default=None, init=False, repr=False)
    portraits_: Floats | None = field(default=None, init=False, repr=False)
    middle_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Solve for the biases and W. Users without events have no say in it.

        Raises:
            OptionInvalid: An option is out of range.
            DataInvalid: Tables do not fit the interactions, a portrait is not finite, or content
                is wanted and items are not given.
        """
        self._check()
        self.portraits_ = standardised(users, interactions.n_users)
        matrix = interactions.matrix
        about = self._about(matrix, items)
        z = (about - about.mean(axis=0)).astype(np.float32)
        self.about_, self.items_ = about, z
        active = np.flatnonzero(np.diff(matrix.indptr) > 0)
        shown, hidden = parted(matrix[active], self.shown, np.random.default_rng(self.seed))
        found = self._x(shown, active.astype(np.int32))
        middle = found.mean(axis=0) if len(found) else np.zeros(found.shape[1], np.float32)
        shares = np.asarray(hidden.sum(axis=0)).ravel() / max(1, len(active))
        self.bias_, self.middle_ = shares.astype(np.float32), middle
        self.form_ = bilinear(found - middle, hidden, z, self.reg)
        return self

    def _check(self) -> None:
        if not self.reg > 0:
            raise OptionInvalid(option="reg", detail=f"{self.reg} is not above 0")
        for name in ("n_content", "n_factors", "shown"):
            if getattr(self, name) < 0:
                raise OptionInvalid(option=name, detail=f"{getattr(self, name)} is below 0")
        if self.n_content + self.n_factors == 0:
            raise OptionInvalid(option="n_content", detail="content or factors are needed")

    def _about(self, matrix: Sparse, items: Items | None) -> Floats:
        parts = []
        if self.n_content:
            features = item_features(items, self.weights)
            if features.shape[0] != matrix.shape[1]:
                words = f"{features.shape[0]} rows beside {matrix.shape[1]} items"
                raise DataInvalid(column="items", detail=words)
            parts.append(features @ strongest(features, self.n_content, seed=self.seed)[1])
        if self.n_factors:
            per_user = np.diff(matrix.indptr)
            per_item = np.bincount(matrix.indices, minlength=matrix.shape[1])
            normal = scaled(matrix, powers(per_user, -0.5), powers(per_item, -0.5))
            vectors = strongest(normal, self.n_factors, seed=self.seed)[1]
            parts.append(vectors * np.sqrt(len(vectors) / vectors.shape[1]))
        return np.hstack(parts).astype(np.float32)

    def _x(self, matrix: Sparse, rows: Codes) -> Floats:
        about = np.asarray(matrix @ self.learnt("about_"), np.float32)
        about *= powers((about**2).sum(axis=1), -0.5)[:, None]
        portraits = self.learnt("portraits_")
        known = np.zeros((len(rows), portraits.shape[1]), np.float32)
        known[rows >= 0] = portraits[rows[rows >= 0]]
        return np.hstack([known, about])

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): estimated shares of touching, 0 to 1 in the mean.

        Raises:
            DataInvalid: A history names a row that the fit's user table does not have.
        """
        rows = histories.users
        if rows is None:
            rows = np.full(len(histories), -1, np.int32)
        n_portraits = len(self.learnt("portraits_"))
        if len(rows) and rows.max() >= n_portraits:
            raise DataInvalid(column="users", detail=f"row {rows.max()} of {n_portraits} users")
        x = self._x(histories.matrix, rows) - self.learnt("middle_")
        found = x @ self.learnt("form_") @ self.learnt("items_").T + self.learnt("bias_")
        mean = float(self.learnt("bias_").mean())
        of_user = np.diff(histories.matrix.indptr) / max(1, histories.n_items) - mean
        of_user[np.diff(histories.indptr) == 0] = 0
        return (found + of_user[:, None]).astype(np.float32)


def standardised(users: Users | None, n_users: int) -> Floats:
    """Portraits with mean 0 and deviation 1, a column that is constant all 0; no users: no columns.

    Raises:
        DataInvalid: Another number of rows than users, or a value that is not finite.
    """
    if users is None:
        return np.zeros((n_users, 0), np.float32)
    given = np.asarray(users.features, np.float64)
    if given.ndim != 2 or given.shape[0] != n_users:
        raise DataInvalid(column="users", detail=f"shape {given.shape} beside {n_users} users")
    if not np.isfinite(given).all():
        raise DataInvalid(column="users", detail="a portrait is NaN or infinite")
    deviation = given.std(axis=0)
    found = (given - given.mean(axis=0)) / np.where(deviation > 1e-12, deviation, np.inf)
    return (found / np.sqrt(max(1, given.shape[1]))).astype(np.float32)


def parted(matrix: Sparse, n_shown: int, rng: np.random.Generator) -> tuple[Sparse, Sparse]:
    """At most ``n_shown`` entries of each row, drawn, but never all; and the others."""
    sizes = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((rng.random(matrix.nnz), rows))
    places = np.arange(matrix.nnz) - matrix.indptr[rows]
    is_shown = np.zeros(matrix.nnz, bool)
    is_shown[order] = places < np.minimum(n_shown, sizes - 1)[rows]
    shown, hidden = matrix.copy(), matrix.copy()
    shown.data = np.where(is_shown, matrix.data, 0)
    hidden.data = np.where(is_shown, 0, matrix.data)
    shown.eliminate_zeros()
    hidden.eliminate_zeros()
    return shown, hidden


def bilinear(x: Floats, targets: Sparse, z: Floats, reg: float) -> Floats:
    """W of least ``‖R - X W Zᵀ‖² + λ‖W‖²``, shape (n_x, n_z).

    Args:
        x: Shape (n_users, n_x), centred.
        targets: R, shape (n_users, n_items), CSR; what is not stored is 0 and counts.
        z: Shape (n_items, n_z), centred.
        reg: λ over the mean of the products of eigenvalues.
    """
    x_values, x_turn = np.linalg.eigh((x.T @ x).astype(np.float64))
    z_values, z_turn = np.linalg.eigh((z.T @ z).astype(np.float64))
    right: Any = x.T.astype(np.float64) @ np.asarray(targets @ z, np.float64)
    scale = np.outer(np.maximum(x_values, 0), np.maximum(z_values, 0))
    ridge = max(reg * float(scale.mean()) if scale.size else reg, 1e-12)
    turned = (x_turn.T @ right @ z_turn) / (scale + ridge)
    return (x_turn @ turned @ z_turn.T).astype(np.float32)
