"""A mixture of normal distributions: every user belongs a little to every segment."""

import warnings
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.exceptions import ConvergenceWarning

from livelore.intelligence.portraits.clusterers.clusterer import (
    Clusterer,
    Floats,
    ranked,
    sampled,
)
from livelore.intelligence.portraits.clusterers.lloyd import (
    Labels,
    Matrix,
    best_of,
    converged,
)
from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import GaussianMixture

Covariance = Literal["full", "tied", "diag", "spherical"]
RIDGE = 1e-6
"""Added to variances, as a share of the mean variance of a feature."""
KINDS: tuple[Covariance, ...] = get_args(Covariance)


class Mixture(Clusterer):
    """p(x) = Σ_k π_k N(x; μ_k, Σ_k), by expectation-maximisation; BIC picks the form of Σ.

    ``predict_proba`` is the posterior of each part; its rows sum to 1. After ``fit`` also
    ``weights_`` (shape (k,)), ``covariance_`` (the form taken), ``bic_`` (of each form tried).

    Args:
        n_clusters: k, at least 1.
        covariance: The form of Σ, or "auto": the least BIC on the sample.
        restarts: Of each K-Means that it starts from.
        sample_size: Rows that it is fitted on.
        max_iter: Of expectation-maximisation.
        random_state: Seed, Generator or RandomState.

    Source: Dempster, Laird, Rubin 1977; Schwarz 1978.
    """

    weights_: Floats
    means_: Floats
    factors_: Floats
    covariance_: str
    bic_: dict[str, float]

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        covariance: Covariance | Literal["auto"] = "auto",
        restarts: int = 5,
        sample_size: int = 20_000,
        max_iter: int = 200,
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.covariance = covariance
        self.restarts = restarts
        self.sample_size = sample_size
        self.max_iter = max_iter
        self.random_state = random_state

    def _learn(self, X: Matrix, rng: np.random.Generator) -> None:
        kinds = KINDS if self.covariance == "auto" else (self.covariance,)
        if not set(kinds) <= set(KINDS):
            raise OptionInvalid(
                option="covariance", detail=f"{self.covariance!r} is not in {KINDS}"
            )
        tried = sampled(X, self.sample_size, rng).astype(np.float64)
        starts = self._starts(tried, rng)
        models = {kind: self._fitted(tried, kind, starts) for kind in kinds}
        self.bic_ = {kind: float(model.bic(tried)) for kind, model in models.items()}
        self.covariance_ = min(kinds, key=lambda kind: self.bic_[kind])
        self._keep(models[self.covariance_])

    def _fitted(self, X: Floats, kind: str, starts: list[Labels]) -> Any:  # Any: no types there
        """The likeliest of the descents from each start."""
        ridge = max(RIDGE * float(X.var(axis=0).mean()), 1e-12)
        models: list[Any] = []
        for labels in starts:
            weights, means, precisions = _start(X, labels, self.n_clusters, kind, ridge)
            model = GaussianMixture(
                self.n_clusters,
                covariance_type=kind,
                max_iter=self.max_iter,
                reg_covar=ridge,
                init_params="random_from_data",
                weights_init=weights,
                means_init=means,
                precisions_init=precisions,
                random_state=0,  # nothing is drawn: the start is given whole
            )
            with warnings.catch_warnings():  # the last step of a long descent is still a fit
                warnings.simplefilter("ignore", ConvergenceWarning)
                models.append(model.fit(X))
        return max(models, key=lambda model: float(model.lower_bound_))

    def _starts(self, X: Floats, rng: np.random.Generator) -> list[Labels]:
        """K-Means on the rows, on the rows with principal axes of one length, and on one axis.

        K-Means cuts long thin clusters across. With even axes it does so less; the axis that it
        divides best finds those that lie side by side.
        """
        off = X - X.mean(axis=0)
        sizes, axes = np.linalg.eigh(off.T @ off / len(X))
        even = (off @ axes) / np.sqrt(np.maximum(sizes, 1e-9 * max(sizes[-1], 1e-300)))
        along = [np.ascontiguousarray(even[:, n : n + 1]) for n in range(even.shape[1])]
        found = [self._clustered(rows, rng) for rows in (X, np.ascontiguousarray(even))]
        found.append(min((self._clustered(axis, rng) for axis in along), key=lambda each: each[1]))
        return [labels for labels, _ in found]

    def _clustered(self, X: Floats, rng: np.random.Generator) -> tuple[Labels, float]:
        """Labels by K-Means and the share of the variance that they leave."""
        width = float(X.var(axis=0).mean())
        centres, _ = best_of(X, self.n_clusters, self.restarts, rng, 1e-4 * width)
        _, labels, inertia, _ = converged(X, centres, 1, 0.0)
        return labels, inertia / max(width * X.size, 1e-300)

    def _keep(self, model: Any) -> None:
        """Weights, means and factors of the precisions, all in one shape whatever the form."""
        order, _ = ranked(model.means_)
        k, n_features = model.means_.shape
        given = model.precisions_cholesky_
        whole: dict[str, Callable[[], Any]] = {
            "full": lambda: given,
            "tied": lambda: np.broadcast_to(given, (k, n_features, n_features)),
            "diag": lambda: given[:, :, None] * np.eye(n_features),
            "spherical": lambda: given[:, None, None] * np.eye(n_features),
        }
        self.factors_ = np.ascontiguousarray(whole[self.covariance_]()[order])
        self.weights_ = model.weights_[order]
        self.means_ = self.cluster_centers_ = model.means_[order]
        self.n_iter_ = max(1, int(model.n_iter_))

    def _memberships(self, X: Matrix) -> Floats:
        logs = self._log_densities(X)
        logs -= logs.max(axis=1, keepdims=True)
        weights = np.exp(logs)
        found: Floats = weights / weights.sum(axis=1, keepdims=True)
        return found

    def _log_densities(self, X: Matrix) -> Floats:
        """Ln π_k N(x; μ_k, Σ_k) without the constant, shape (n_rows, k)."""
        found = np.empty((len(X), len(self.weights_)))
        for number, (mean, factor) in enumerate(zip(self.means_, self.factors_, strict=True)):
            whitened = (X.astype(np.float64) - mean) @ factor
            log_size = np.log(np.abs(np.diag(factor))).sum() + np.log(
                self.weights_[number] + 1e-300
            )
            found[:, number] = log_size - 0.5 * np.square(whitened).sum(axis=1)
        return found

    def covariances(self) -> Floats:
        """Σ of each part, shape (k, n_features, n_features)."""
        unit: Floats = np.eye(self.factors_.shape[1])
        roots = [solve_triangular(factor.T, unit, lower=True) for factor in self.factors_]
        return np.stack([root @ root.T for root in roots])


def _start(
    X: Floats, labels: Labels, k: int, kind: str, ridge: float
) -> tuple[Floats, Floats, Floats]:
    """Weights, means and precisions of clusters, in scikit-learn's shape for the kind."""
    counts = np.bincount(labels, minlength=k).astype(np.float64)
    safe = np.maximum(counts, 1.0)
    means = np.stack([X[labels == n].sum(axis=0) for n in range(k)]) / safe[:, None]
    unit = np.eye(X.shape[1])
    off = X - means[labels]
    each = np.stack([off[labels == n].T @ off[labels == n] for n in range(k)])
    pooled = each.sum(axis=0) / len(X)
    # a cluster with few rows borrows from the pooled form, else its own could not be inverted
    own: Floats = (each + X.shape[1] * pooled) / (counts + X.shape[1])[:, None, None] + ridge * unit
    spreads = np.einsum("kii->ki", own)
    precisions: Floats = np.asarray(np.linalg.inv(own), dtype=np.float64)
    if kind == "tied":
        precisions = np.linalg.inv(pooled + ridge * unit)
    elif kind == "diag":
        precisions = np.reciprocal(spreads)
    elif kind == "spherical":
        precisions = np.asarray(1 / np.mean(spreads, axis=1), dtype=np.float64)
    weights = safe / safe.sum()
    return weights, means, precisions
