"""K-Means whose centres say little about any one user.

Three steps, each a sum over users with discrete Gaussian noise, paid for by one accountant:

1. Second moments: the few directions along which users differ most.
2. A histogram over a grid in these directions. K-Means on its cells, weighted by the noisy counts
   and started many times, costs nothing more (post-processing) and finds where clusters are.
3. A few descents of all coordinates from there: noisy sums and sizes of each cluster.

A row is a user; neighbours differ by one row added or removed. Values are cut to public bounds
first, so hand in features that are scaled by something else than this data, or by private
statistics of it.
"""

from typing import Any, Self

import numpy as np
import sklearn.cluster
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import validation

from livelore.trust.privacy.accountant import Accountant, Cost, rho_of
from livelore.trust.privacy.errors import ParameterInvalid
from livelore.trust.privacy.mechanisms import gaussian

Floats = NDArray[np.float64]
_KMeans: Any = sklearn.cluster.KMeans  # it has no types
_validated: Any = validation.validate_data
SHARES = {"moments": 0.1, "grid": 0.3, "descents": 0.6}
"""Of the budget."""
_CELL_NOISE = 8.0
"""Users to a cell, at least, in standard deviations of the noise: sets how fine the grid is."""
_KEPT_NOISE = 3.0
_CELLS_MAX = 50_000
_BINS_MIN = 4
_REACH = 2.5
"""Half an axis of the grid, in standard deviations along it."""


class PrivateKMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """(epsilon, delta)-differentially private K-Means.

    Args:
        n_clusters: k, at least 1.
        epsilon: Of the whole fit.
        delta: Well below one in the number of users.
        low: Values below count as this; public, one number or one a feature.
        high: Values above count as this.
        n_directions: Of the grid, at most; fewer where there are fewer features.
        n_descents: After the grid.
        random_state: Seed of the noise, for tests: whoever knows it can take the noise away.
            None: from the operating system.

    Attributes:
        cluster_centers_: In the unit of the data, shape (n_clusters, n_features); private.
        middle_: Of the bounds, shape (n_features,).
        half_: Half the way from bound to bound, shape (n_features,).
        labels_: Of the rows of the fit: each user's own, not for publication.
        epsilon_spent_: By the accountant.

    Source: Su and others 2016 (DPLloyd); Balcan and others 2017 (projection before clustering).
    """

    def __init__(  # noqa: PLR0913  # scikit-learn: every option is an argument
        self,
        n_clusters: int = 8,
        *,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        low: Any = -3.0,
        high: Any = 3.0,
        n_directions: int = 6,
        n_descents: int = 3,
        random_state: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.epsilon = epsilon
        self.delta = delta
        self.low = low
        self.high = high
        self.n_directions = n_directions
        self.n_descents = n_descents
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find centres with a budget of its own.

        Raises:
            ParameterInvalid: An option is out of range.
            ValueError: The rows are not finite numbers, as scikit-learn says it.
        """
        return self.fit_within(X, Accountant(self.epsilon, self.delta))

    def fit_within(self, X: ArrayLike, accountant: Accountant) -> Self:
        """As `fit`, paid for by a budget that other answers share.

        Raises:
            BudgetSpent: Not enough is left.
            ParameterInvalid: An option is out of range.
        """
        self._check()
        given = np.asarray(_validated(self, X, dtype=np.float64))
        self._place(given.shape[1])
        rows = self._scaled(given)
        fit = _Fit(self, accountant, rows)
        directions, middle, n_users = fit.directions()
        centres = fit.on_the_grid(directions, middle, n_users)
        for number in range(self.n_descents):
            centres = fit.descended(centres, f"descent {number + 1}")
        self.cluster_centers_ = self.middle_ + centres * self.half_
        self.labels_ = self._labels(given)
        self.epsilon_spent_ = accountant.spent_epsilon
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """The nearest centre of each row, shape (n_rows,)."""
        validation.check_is_fitted(self)
        given = np.asarray(_validated(self, X, dtype=np.float64, reset=False))
        return self._labels(given)

    def _labels(self, given: Floats) -> NDArray[np.int32]:
        return _nearest(self._scaled(given), self._scaled(self.cluster_centers_))

    def _check(self) -> None:
        for name in ("n_clusters", "n_directions"):
            if getattr(self, name) < 1:
                detail = "at least 1"
                raise ParameterInvalid(parameter=name, value=getattr(self, name), detail=detail)
        if self.n_descents < 0:
            raise ParameterInvalid(
                parameter="n_descents", value=self.n_descents, detail="0 or more"
            )

    def _place(self, n_features: int) -> None:
        low = np.broadcast_to(np.asarray(self.low, np.float64), (n_features,))
        high = np.broadcast_to(np.asarray(self.high, np.float64), (n_features,))
        if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
            raise ParameterInvalid(
                parameter="low", value=str(self.low), detail="finite, below high"
            )
        self.middle_, self.half_ = (low + high) / 2, (high - low) / 2

    def _scaled(self, given: Floats) -> Floats:
        """Into the cube from -1 to 1."""
        return np.clip((given - self.middle_) / self.half_, -1.0, 1.0)


class _Fit:
    """The private sums of one fit.

    Args:
        model: Its options.
        accountant: Pays for each.
        rows: In the cube from -1 to 1, shape (n_users, n_features).
    """

    def __init__(self, model: PrivateKMeans, accountant: Accountant, rows: Floats) -> None:
        self._model = model
        self._accountant = accountant
        self._rows = rows
        self._radius = float(np.sqrt(rows.shape[1]))
        seed = model.random_state
        self._rng = None if seed is None else np.random.default_rng(seed)
        self._rho = rho_of(model.epsilon, model.delta)
        chosen = self._rng or np.random.default_rng()
        self._start = int(chosen.integers(2**31))
        """Of the clustering of the grid, which is no secret."""

    def _noisy(self, sums: Floats, sensitivity: float, rho: float, what: str) -> Floats:
        sigma = sensitivity / np.sqrt(2 * rho)
        self._accountant.spend(f"k-means: {what}", Cost("gaussian", rho))
        return gaussian(sums, sensitivity, sigma, self._rng)

    def directions(self) -> tuple[Floats, Floats, float]:
        """Half-axes of the grid, shape (n_features, n_axes); its middle; about how many users."""
        n_features = self._rows.shape[1]
        wide = np.hstack([self._rows, np.full((len(self._rows), 1), self._radius)])
        upper = np.triu_indices(n_features + 1)
        sums = (wide.T @ wide)[upper]
        # a user's upper triangle is at most as long as the square of the longest row
        rho = SHARES["moments"] * self._rho
        noisy = np.zeros((n_features + 1, n_features + 1))
        noisy[upper] = self._noisy(sums, 2 * self._radius**2, rho, "moments")
        noisy = noisy + np.triu(noisy, 1).T
        n_users = max(1.0, noisy[-1, -1] / self._radius**2)
        middle = np.clip(noisy[-1, :-1] / (self._radius * n_users), -1, 1)
        spread = noisy[:-1, :-1] / n_users - np.outer(middle, middle)
        lengths, vectors = np.linalg.eigh(spread)
        n_kept = min(n_features, self._model.n_directions, _axes_for(self._cells(n_users)))
        reach = np.sqrt(np.maximum(lengths[::-1][:n_kept], 1e-4)) * _REACH
        return vectors[:, ::-1][:, :n_kept] * np.minimum(reach, self._radius), middle, n_users

    def _cells(self, n_users: float) -> float:
        rho = SHARES["grid"] * self._rho
        return float(min(_CELLS_MAX, n_users * np.sqrt(2 * rho) / _CELL_NOISE))

    def on_the_grid(self, directions: Floats, middle: Floats, n_users: float) -> Floats:
        """Centres found in the cells, in all coordinates, shape (n_clusters, n_features)."""
        rho = SHARES["grid"] * self._rho
        n_axes = directions.shape[1]
        n_bins = max(_BINS_MIN, int(self._cells(n_users) ** (1 / n_axes)))
        squares = (directions**2).sum(axis=0)
        places = np.clip((self._rows - middle) @ directions / squares, -1, 1 - 1e-12)
        codes = np.zeros(len(places), np.int64)
        for axis in range(n_axes):
            codes = codes * n_bins + ((places[:, axis] + 1) / 2 * n_bins).astype(np.int64)
        counts = np.bincount(codes, minlength=n_bins**n_axes).astype(np.float64)
        noisy = self._noisy(counts, 1.0, rho, "grid")
        weights = np.where(noisy > _KEPT_NOISE / np.sqrt(2 * rho), noisy, 0.0)
        found = _weighted_centres(weights, n_bins, n_axes, self._model.n_clusters, self._start)
        return np.clip(middle + found @ directions.T, -1, 1)

    def descended(self, centres: Floats, what: str) -> Floats:
        """Centres moved to the noisy means of those nearest to them; an empty one stays."""
        labels = _nearest(self._rows, centres)
        k = len(centres)
        sums = np.zeros((k, centres.shape[1] + 1))
        for axis in range(centres.shape[1]):
            sums[:, axis] = np.bincount(labels, self._rows[:, axis], minlength=k)
        sums[:, -1] = np.bincount(labels, minlength=k) * self._radius
        rho = SHARES["descents"] * self._rho / max(1, self._model.n_descents)
        sensitivity = self._radius * np.sqrt(2.0)
        noisy = self._noisy(sums, sensitivity, rho, what)
        sizes = noisy[:, -1] / self._radius
        is_sure = sizes > _KEPT_NOISE / np.sqrt(rho)
        moved = noisy[:, :-1] / np.maximum(sizes, 1.0)[:, None]
        return np.where(is_sure[:, None], np.clip(moved, -1, 1), centres)


def _axes_for(cells: float) -> int:
    """As many as leave each enough bins."""
    return max(1, int(np.log(max(cells, 1.0)) / np.log(_BINS_MIN)))


def _weighted_centres(weights: Floats, n_bins: int, n_axes: int, k: int, seed: int) -> Floats:
    """K-Means on the middles of cells, in the cube from -1 to 1, shape (k, n_axes)."""
    filled = np.flatnonzero(weights)
    if len(filled) < k:  # too few users for the noise: the heaviest cells
        filled = np.argsort(-weights, kind="stable")[: max(k, 1)]
    digits = np.stack(np.unravel_index(filled, (n_bins,) * n_axes), axis=1)
    places = (digits + 0.5) / n_bins * 2 - 1
    if len(places) <= k:
        return np.asarray(np.resize(places, (k, n_axes)), np.float64)
    found = _KMeans(k, n_init=20, random_state=seed).fit(
        places, sample_weight=np.maximum(weights[filled], 1e-9)
    )
    return np.asarray(found.cluster_centers_, np.float64)


def _nearest(rows: Floats, centres: Floats) -> NDArray[np.int32]:
    far = (centres**2).sum(axis=1) - 2 * rows @ centres.T
    return np.asarray(far.argmin(axis=1), np.int32)
