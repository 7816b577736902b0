"""HDBSCAN: segments are where users are dense; who is nowhere near is noise."""

from typing import Any

import numpy as np

from livelore.intelligence.portraits.clusterers.clusterer import SampledClusterer
from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix
from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import HDBSCAN

_FEWEST = 5
"""Rows of a cluster, however small its share may be."""


class Density(SampledClusterer):
    """Clusters by density; their number is found, not given. Nothing dense: one cluster.

    Args:
        smallest: A cluster's least share of the rows, above 0, at most 0.5; never below 5 rows.
        core: Neighbours that make a row dense, as a share of ``smallest``.
        sample_size: Rows that it is fitted on.
        n_votes: Sampled rows that decide about any row.
        random_state: Seed, Generator or RandomState of the sample.

    Source: Campello, Moulavi, Sander 2013, by scikit-learn.
    """

    def __init__(
        self,
        *,
        smallest: float = 0.05,
        core: float = 0.5,
        sample_size: int = 10_000,
        n_votes: int = 5,
        random_state: Any = 0,
    ) -> None:
        self.smallest = smallest
        self.core = core
        self.sample_size = sample_size
        self.n_votes = n_votes
        self.random_state = random_state

    def _check_options(self, n_rows: int) -> None:
        super()._check_options(n_rows)
        if not 0 < self.smallest <= 0.5:
            raise OptionInvalid(option="smallest", detail=f"{self.smallest!r} is not in (0, 0.5]")
        if n_rows < 2:
            raise OptionInvalid(option="X", detail=f"n_samples={n_rows}: at least 2 are needed")

    def _sample_labels(self, X: Matrix, rng: np.random.Generator) -> Labels:
        size = min(max(_FEWEST, round(self.smallest * len(X))), len(X))
        model = HDBSCAN(
            min_cluster_size=size,
            min_samples=min(max(1, round(self.core * size)), len(X)),
            copy=True,
        )
        labels: Labels = model.fit(X).labels_.astype(np.int32)
        return labels
