"""The one interface of everything that divides users into segments."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix
from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import NearestNeighbors, validate_data

Floats = NDArray[np.float64]
ROWS_AT_ONCE = 16_384
"""Rows whose memberships are computed together: a few MB, however many users there are."""


# Any: scikit-learn has no types
class Clusterer(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Divides rows into clusters, as scikit-learn's clusterers do, and gives memberships.

    After ``fit``: ``labels_`` (always equal to ``predict`` of the same rows), ``cluster_centers_``
    of shape (n_clusters, n_features), ``n_iter_``. Numbers of clusters do not depend on chance:
    they rise with the sum of a centre's coordinates, so that, on scaled features, 0 is the least
    active cluster. NaN and infinities are refused: impute first, as `scaling.SkewScaler` does.
    """

    cluster_centers_: Matrix
    labels_: Labels
    n_iter_: int

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # scikit-learn's shape
        """Learn clusters of the rows of ``X``, shape (n_rows, n_features)."""
        found = self._checked(X, reset=True)
        self._check_options(len(found))
        self._learn(found, _generator(getattr(self, "random_state", None)))
        self.labels_ = self._nearest(found)
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """Cluster of each row, shape (n_rows,); -1 is noise, where the method knows noise."""
        check_is_fitted(self)
        return self._nearest(self._checked(X, reset=False))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Membership of each row in each cluster, shape (n_rows, n_clusters).

        Rows sum to 1; where the method knows noise, what is missing to 1 is noise.
        """
        check_is_fitted(self)
        return self._in_parts(self._checked(X, reset=False), self._memberships)

    def predict_with_probability(self, X: ArrayLike) -> tuple[Labels, NDArray[np.float32]]:
        """Cluster of each row and its membership in it, each of shape (n_rows,).

        What `predict` and `predict_proba` say, without a membership for every cluster of every row.
        """
        check_is_fitted(self)
        found = self._checked(X, reset=False)
        labels = self._nearest(found)
        chances = np.zeros(len(found), np.float32)
        for begin in range(0, len(found), ROWS_AT_ONCE):
            own = labels[begin : begin + ROWS_AT_ONCE]
            shares = self._memberships(found[begin : begin + ROWS_AT_ONCE])
            noise = 1.0 - shares.sum(axis=1)
            picked = np.take_along_axis(shares, np.maximum(own, 0)[:, None], axis=1)[:, 0]
            chances[begin : begin + len(own)] = np.where(own >= 0, picked, noise)
        return labels, chances

    def transform(self, X: ArrayLike) -> Floats:
        """Distance of each row to each cluster's centre, shape (n_rows, n_clusters)."""
        check_is_fitted(self)

        def distances(part: Matrix) -> Floats:
            return np.sqrt(squared(part, self.cluster_centers_))

        return self._in_parts(self._checked(X, reset=False), distances)

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    @abstractmethod
    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        """Set ``cluster_centers_``, ``n_iter_`` and whatever `_memberships` needs."""

    @abstractmethod
    def _memberships(self, X: Matrix) -> Floats:
        """See `predict_proba`; of a part of the rows."""

    def _nearest(self, X: Matrix) -> Labels:
        """See `predict`."""
        found = np.empty(len(X), np.int32)
        for begin in range(0, len(X), ROWS_AT_ONCE):
            part = self._memberships(X[begin : begin + ROWS_AT_ONCE])
            found[begin : begin + ROWS_AT_ONCE] = part.argmax(axis=1)
        return found

    def _in_parts(self, X: Matrix, of_part: Callable[[Matrix], Floats]) -> Floats:
        found = np.empty((len(X), len(self.cluster_centers_)))
        for begin in range(0, len(X), ROWS_AT_ONCE):
            part = X[begin : begin + ROWS_AT_ONCE]
            found[begin : begin + len(part)] = of_part(part)
        return found

    def _checked(self, X: ArrayLike, *, reset: bool) -> Matrix:
        found: Matrix = validate_data(
            self, X, reset=reset, dtype=[np.float64, np.float32], order="C"
        )
        return found

    def _check_options(self, n_rows: int) -> None:
        n_clusters = getattr(self, "n_clusters", 1)
        if not isinstance(n_clusters, int | np.integer) or n_clusters < 1:
            raise OptionInvalid(option="n_clusters", detail=f"{n_clusters!r}: at least 1 is needed")
        if n_rows < n_clusters:
            raise OptionInvalid(
                option="n_clusters", detail=f"n_samples={n_rows} is below n_clusters={n_clusters}"
            )


class SampledClusterer(Clusterer):
    """Clusters a sample and gives every row what the sample's nearest rows have.

    For methods whose time grows with the square of the rows. Memberships are the votes of the
    ``n_votes`` nearest sampled rows, each weighted by 1 / (distance + the distance of the farthest
    of them); sampled rows vote too.
    """

    sample_: Matrix
    sample_labels_: Labels
    n_votes: int
    sample_size: int

    @abstractmethod
    def _sample_labels(self, X: Matrix, rng: np.random.Generator) -> Labels:
        """Cluster numbers from 0 of the sampled rows; -1 is noise."""

    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        self.sample_ = sampled(X, self.sample_size, rng)
        labels = self._sample_labels(self.sample_, rng)
        if not (labels >= 0).any():  # all noise: one cluster of everybody is the honest answer
            labels = np.zeros(len(labels), np.int32)
        n_found = int(labels.max()) + 1
        centres = np.stack([self.sample_[labels == each].mean(axis=0) for each in range(n_found)])
        order, rank = ranked(centres)
        self.cluster_centers_ = centres[order]
        self.sample_labels_ = np.where(labels >= 0, rank[labels], -1).astype(np.int32)
        self.n_iter_ = 1

    def _votes(self, X: Matrix) -> Floats:
        """Shape (n_rows, n_clusters + 1): the last column is noise."""
        n_votes = min(self.n_votes, len(self.sample_))
        near = NearestNeighbors(n_neighbors=n_votes).fit(self.sample_)
        distances, rows = near.kneighbors(X)
        scale = distances[:, -1:]
        weights = 1.0 / (distances + np.where(scale > 0, scale, 1.0))
        found = np.zeros((len(X), len(self.cluster_centers_) + 1))
        np.add.at(found, (np.arange(len(X))[:, None], self.sample_labels_[rows]), weights)
        shares: Floats = found / found.sum(axis=1, keepdims=True)
        return shares

    def _memberships(self, X: Matrix) -> Floats:
        return self._votes(X)[:, :-1]

    def _nearest(self, X: Matrix) -> Labels:
        found = np.empty(len(X), np.int32)
        n_clusters = len(self.cluster_centers_)
        for begin in range(0, len(X), ROWS_AT_ONCE):
            best = self._votes(X[begin : begin + ROWS_AT_ONCE]).argmax(axis=1)
            found[begin : begin + ROWS_AT_ONCE] = np.where(best == n_clusters, -1, best)
        return found


def sampled(X: Matrix, size: int, rng: np.random.Generator) -> Matrix:
    """At most ``size`` rows, drawn without replacement, in their order; all when that is fewer."""
    if len(X) <= size:
        return X
    return X[np.sort(rng.choice(len(X), size, replace=False))]


def ranked(centres: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order of centres by the sum of their coordinates, and the new number of each."""
    order = np.argsort(centres.astype(np.float64).sum(axis=1), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return order, rank


def squared(X: Matrix, centres: Matrix) -> Floats:
    """Squared distances, shape (n_rows, n_centres), without cancellation."""
    found = np.empty((len(X), len(centres)))
    exact = X.astype(np.float64)
    for number, centre in enumerate(centres):
        difference = exact - centre
        found[:, number] = np.einsum("ij,ij->i", difference, difference)
    return found


def _generator(random_state: Any) -> np.random.Generator:
    """A Generator from whatever scikit-learn takes as a random state."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, int | np.integer):
        return np.random.default_rng(int(random_state))
    return np.random.default_rng(check_random_state(random_state).randint(1 << 31))
