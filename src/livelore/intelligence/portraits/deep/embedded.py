"""Deep embedded clustering: an autoencoder whose code is pulled together around k centres.

torch is needed to fit, not to assign: the encoder is kept as plain matrices.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from livelore.intelligence.portraits.clusterers.clusterer import (
    Clusterer,
    Floats,
    ranked,
    sampled,
    squared,
)
from livelore.intelligence.portraits.clusterers.lloyd import Matrix, best_of, converged

BATCH = 2_048
"""Rows of a step; fewer are one batch, so that their order does not matter."""
REBUILD = 0.1
"""Weight of rebuilding the input beside pulling codes together (Guo et al. 2017)."""


class Embedded(Clusterer):
    """Learns a code of few numbers for each user and clusters the codes softly.

    ``predict_proba`` is the Student-t membership of each code in each centre.

    Args:
        n_clusters: At least 1.
        n_codes: Numbers of a code; at most the features.
        width: Of the hidden layer.
        epochs: Passes that only rebuild the input.
        refinements: Passes that also pull codes to their centres.
        sample_size: Rows that it is fitted on.
        random_state: Seed, Generator or RandomState.

    Source: Xie, Girshick, Farhadi 2016; Guo et al. 2017 (rebuilding while refining).
    """

    layers_: list[Floats]
    biases_: list[Floats]
    codes_: Floats
    """Centres among the codes, shape (n_clusters, n_codes)."""

    def __init__(  # noqa: PLR0913  # scikit-learn wants every option here
        self,
        n_clusters: int = 4,
        *,
        n_codes: int = 8,
        width: int = 32,
        epochs: int = 150,
        refinements: int = 50,
        sample_size: int = 20_000,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_codes = n_codes
        self.width = width
        self.epochs = epochs
        self.refinements = refinements
        self.sample_size = sample_size
        self.random_state = random_state

    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        tried = sampled(X, self.sample_size, rng).astype(np.float64)
        self.mean_ = tried.mean(axis=0)
        spread = float(np.sqrt(tried.var(axis=0).mean()))  # one for all: distances keep their form
        self.spread_ = spread if spread > 0 else 1.0
        even = (tried - self.mean_) / self.spread_
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(1 << 31)))
            self._train(even, rng)
        self.n_iter_ = self.epochs + self.refinements
        labels = self._memberships(tried).argmax(axis=1)
        counts = np.bincount(labels, minlength=self.n_clusters)
        sums = np.eye(self.n_clusters)[labels].T @ tried
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], self.mean_)
        order, _ = ranked(centres)
        self.cluster_centers_, self.codes_ = centres[order], self.codes_[order]

    def _train(self, even: Floats, rng: np.random.Generator) -> None:
        n_features = even.shape[1]
        n_codes = min(self.n_codes, n_features)
        encoder = nn.Sequential(
            nn.Linear(n_features, self.width), nn.ReLU(), nn.Linear(self.width, n_codes)
        )
        decoder = nn.Sequential(
            nn.Linear(n_codes, self.width), nn.ReLU(), nn.Linear(self.width, n_features)
        )
        rows = torch.tensor(even, dtype=torch.float32)
        both = [*encoder.parameters(), *decoder.parameters()]
        descent = torch.optim.Adam(both, lr=3e-3)
        for batch in _batches(rows, self.epochs):
            _step(descent, nn.functional.mse_loss(decoder(encoder(batch)), batch))
        with torch.no_grad():
            codes = np.ascontiguousarray(encoder(rows).numpy().astype(np.float64))
        start, _ = best_of(codes, self.n_clusters, 10, rng, 1e-4 * float(codes.var()))
        start, _, inertia, _ = converged(codes, start, 100, 0.0)
        width = max(inertia / codes.size, 1e-12)
        centres = nn.Parameter(torch.tensor(start, dtype=torch.float32))
        descent = torch.optim.Adam([*both, centres], lr=1e-3)
        for batch in _batches(rows, self.refinements):
            code = encoder(batch)
            shares = _shares(code, centres, width)
            sharper = shares.detach() ** 2 / shares.detach().sum(dim=0)
            sharper = sharper / sharper.sum(dim=1, keepdim=True)
            pulled = nn.functional.kl_div(shares.log(), sharper, reduction="batchmean")
            rebuilt = nn.functional.mse_loss(decoder(code), batch)
            _step(descent, pulled + REBUILD * rebuilt)
        linear = [layer for layer in encoder if isinstance(layer, nn.Linear)]
        self.layers_ = [layer.weight.detach().numpy().astype(np.float64) for layer in linear]
        self.biases_ = [layer.bias.detach().numpy().astype(np.float64) for layer in linear]
        self.codes_ = centres.detach().numpy().astype(np.float64)
        self.width_ = width

    def _memberships(self, X: Matrix) -> Floats:
        rows = (X.astype(np.float64) - self.mean_) / self.spread_
        hidden = np.maximum(rows @ self.layers_[0].T + self.biases_[0], 0.0)
        codes = hidden @ self.layers_[1].T + self.biases_[1]
        shares = 1 / (1 + squared(codes, self.codes_) / self.width_)
        found: Floats = shares / shares.sum(axis=1, keepdims=True)
        return found


def _shares(codes: Any, centres: Any, width: float) -> Any:  # Any: tensors
    far = torch.cdist(codes, centres).square() / width
    kernel = 1 / (1 + far)
    return kernel / kernel.sum(dim=1, keepdim=True)


def _batches(rows: Any, epochs: int) -> Any:  # Any: tensors
    for _ in range(epochs):
        if len(rows) <= BATCH:
            yield rows
        else:
            yield from rows[torch.randperm(len(rows))].split(BATCH)


def _step(descent: Any, loss: Any) -> None:
    descent.zero_grad()
    loss.backward()
    descent.step()
