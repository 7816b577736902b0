"""Clusters by who is near whom: spectral and agglomerative, on a sample."""

import warnings
from typing import Any

import numpy as np

from livelore.intelligence.portraits.clusterers.clusterer import SampledClusterer, squared
from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix
from livelore.intelligence.portraits.scikit import (
    AgglomerativeClustering,
    SpectralClustering,
    kneighbors_graph,
)

_EXACT = 64
"""Up to so many rows everybody is everybody's neighbour in some degree: a kernel, not a graph."""


class Spectral(SampledClusterer):
    """Cuts the graph of nearest neighbours where it is thinnest: finds rings and crescents.

    Args:
        n_clusters: At least 1.
        n_near: Neighbours that each row is joined with.
        sample_size: Rows that are cut; time grows with its square.
        n_votes: Sampled rows that decide about any row.
        random_state: Seed, Generator or RandomState.

    Source: Ng, Jordan, Weiss 2001, by scikit-learn.
    """

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        n_near: int = 15,
        sample_size: int = 2_000,
        n_votes: int = 5,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_near = n_near
        self.sample_size = sample_size
        self.n_votes = n_votes
        self.random_state = random_state

    def _sample_labels(self, X: Matrix, rng: np.random.Generator) -> Labels:
        if self.n_clusters == 1 or len(X) <= self.n_clusters:
            return np.arange(len(X), dtype=np.int32) % self.n_clusters
        model = SpectralClustering(
            self.n_clusters,
            affinity="precomputed",
            assign_labels="cluster_qr",
            random_state=int(rng.integers(1 << 31)),
        )
        with warnings.catch_warnings():  # "not fully connected" is what is looked for
            warnings.simplefilter("ignore", UserWarning)
            labels = model.fit(_joined(X, self.n_near)).labels_
        return _from_zero(labels)


class Agglomerative(SampledClusterer):
    """Joins the two clusters whose union is tightest until k are left (Ward).

    Args:
        n_clusters: At least 1.
        sample_size: Rows that are joined; memory grows with its square.
        n_votes: Sampled rows that decide about any row.
        random_state: Seed, Generator or RandomState of the sample.

    Source: Ward 1963, by scikit-learn.
    """

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        sample_size: int = 3_000,
        n_votes: int = 5,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.sample_size = sample_size
        self.n_votes = n_votes
        self.random_state = random_state

    def _sample_labels(self, X: Matrix, rng: np.random.Generator) -> Labels:
        if len(X) == 1:
            return np.zeros(1, np.int32)
        return _from_zero(AgglomerativeClustering(self.n_clusters).fit(X).labels_)


def _joined(X: Matrix, n_near: int) -> Any:  # Any: a sparse or a dense matrix
    """Who is near whom, symmetric; duplicates are near each other, as they should be."""
    if len(X) <= _EXACT:
        far = squared(X, X)
        width = np.median(far[far > 0]) if (far > 0).any() else 1.0
        return np.exp(-far / width)
    near = kneighbors_graph(X, min(n_near, len(X) - 1), include_self=False)
    return 0.5 * (near + near.T)


def _from_zero(labels: Labels) -> Labels:
    """Numbers without gaps."""
    found: Labels = np.unique(labels, return_inverse=True)[1].astype(np.int32)
    return found
