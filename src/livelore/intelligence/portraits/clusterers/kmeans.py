"""K-Means: many starts on a sample, then one descent over everybody."""

from typing import Any

import numpy as np

from livelore.intelligence.portraits.clusterers.clusterer import (
    Clusterer,
    Floats,
    ranked,
    sampled,
    squared,
)
from livelore.intelligence.portraits.clusterers.lloyd import (
    Labels,
    Matrix,
    best_of,
    converged,
    step,
)
from livelore.intelligence.portraits.scikit import MiniBatchKMeans


class _Centred(Clusterer):
    """What is common to methods in which the nearest centre decides."""

    spread_: float
    """Mean squared distance to the own centre in one coordinate."""

    def _memberships(self, X: Matrix) -> Floats:
        """As if each cluster were a round normal distribution of the same size and width."""
        far = squared(X, self.cluster_centers_)
        far -= far.min(axis=1, keepdims=True)
        weights = np.exp(-far / (2 * max(self.spread_, np.finfo(np.float64).tiny)))
        found: Floats = weights / weights.sum(axis=1, keepdims=True)
        return found

    def _nearest(self, X: Matrix) -> Labels:
        labels = np.empty(len(X), np.int32)
        centres = self.cluster_centers_.astype(X.dtype)
        step(X, centres, labels, np.empty(centres.shape), np.empty(len(centres)))
        return labels

    def _keep(self, centres: Matrix, n_iterations: int, inertia: float, n_rows: int) -> None:
        order, _ = ranked(centres)
        self.cluster_centers_ = centres[order]
        self.n_iter_ = max(1, n_iterations)
        self.inertia_ = float(inertia)
        self.spread_ = float(inertia) / max(1, n_rows * centres.shape[1])


class KMeans(_Centred):
    """Least sum of squared distances to k centres.

    Args:
        n_clusters: k, at least 1.
        restarts: Starts by k-means++ on the sample; the best is continued on all rows.
        sample_size: Rows that the starts are tried on.
        max_iter: Passes over all rows, at most.
        tol: Ends when centres move, squared and summed, by at most this share of the mean
            variance of a feature.
        random_state: Seed, Generator or RandomState of starts and sample.

    Source: Lloyd 1982; Arthur, Vassilvitskii 2007.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        restarts: int = 10,
        sample_size: int = 20_000,
        max_iter: int = 100,
        tol: float = 1e-4,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.restarts = restarts
        self.sample_size = sample_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        tried = sampled(X, self.sample_size, rng)
        tolerance = self.tol * float(tried.var(axis=0, dtype=np.float64).mean())
        centres, _ = best_of(tried, self.n_clusters, self.restarts, rng, tolerance)
        centres, _, inertia, n_done = converged(X, centres, self.max_iter, tolerance)
        self._keep(centres, n_done, inertia, len(X))


class MiniBatch(_Centred):
    """K-Means by small batches: one pass or two over rows that do not fit in memory at once.

    Args:
        n_clusters: k, at least 1.
        batch_size: Rows of a batch.
        restarts: Starts, the best of which is continued.
        max_iter: Passes over all rows, at most.
        random_state: Seed, Generator or RandomState.

    Source: Sculley 2010, by scikit-learn.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        batch_size: int = 4096,
        restarts: int = 10,
        max_iter: int = 100,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.batch_size = batch_size
        self.restarts = restarts
        self.max_iter = max_iter
        self.random_state = random_state

    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        model = MiniBatchKMeans(
            self.n_clusters,
            batch_size=self.batch_size,
            n_init=self.restarts,
            max_iter=self.max_iter,
            random_state=int(rng.integers(1 << 31)),
        ).fit(X)
        self._keep(model.cluster_centers_, model.n_iter_, model.inertia_, len(X))
