"""How many segments there are: by a stated criterion, and "none" is an answer."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from livelore.intelligence.portraits.clusterers.clusterer import Clusterer, sampled
from livelore.intelligence.portraits.clusterers.kmeans import KMeans
from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix, best_of, step
from livelore.intelligence.portraits.clusterers.mixture import Mixture
from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import clone

Criterion = Literal["silhouette", "gap", "bic", "stability"]
GAP_MIN = 0.02
"""Silhouette above the reference that counts as structure: uniform cubes of 3,000 rows reach 0.007,
normal, log-normal and elongated clouds -0.004, the weakest planted segments 0.03."""
AGREES = 0.9
"""Least agreement (ARI) of fits of two parts of the users for a k to count: a division that other
users of the same site do not show is chance, and the next fit would not show it either."""
_REFERENCES = 2
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Choice:
    """A number of segments, and why.

    Attributes:
        k: 1: no structure was found.
        criterion: Which.
        scores: What the criterion says of each k tried.
        reason: One sentence.
    """

    k: int
    criterion: str
    scores: dict[int, float]
    reason: str


def choose_k(
    X: Matrix,
    ks: range,
    *,
    criterion: Criterion = "silhouette",
    clusterer: Clusterer | None = None,
    sample_size: int = 3_000,
    seed: int = 0,
) -> Choice:
    """How many clusters the rows of ``X`` form.

    "silhouette": the k whose mean silhouette (K-Means, on a sample) is farthest above that of data
    without clusters (normal and uniform clouds with the same principal axes, whichever is higher)
    and which is found again in other users. The plain silhouette has no value for k = 1 and
    prefers few or many clusters by the number of columns. "gap": the gap statistic on the same
    sample. "bic": the least BIC of `Mixture`. "stability": the largest k for which fits of two
    parts agree on a third; with ``clusterer``, of that method.

    Args:
        X: Scaled features, shape (n_rows, n_features), finite.
        ks: Numbers to try, from 2; 1 is always an answer.
        criterion: See above.
        clusterer: The method for "stability" and "bic"; K-Means and `Mixture` when left out.
        sample_size: Rows that are looked at.
        seed: Of samples and starts.

    Raises:
        OptionInvalid: ``ks`` is empty or begins below 2; an unknown criterion.

    Source: Rousseeuw 1987; Tibshirani, Walther, Hastie 2001 (references); Ben-Hur et al. 2002.
    """
    if not len(ks) or min(ks) < 2:
        raise OptionInvalid(option="ks", detail=f"{ks}: at least one number, from 2")
    ways = {"silhouette": _by_silhouette, "gap": _by_gap, "bic": _by_bic, "stability": _by_halves}
    if criterion not in ways:
        raise OptionInvalid(option="criterion", detail=f"{criterion!r} is not in {sorted(ways)}")
    rng = np.random.default_rng(seed)
    rows = np.ascontiguousarray(sampled(X, sample_size, rng))
    n_different = len(np.unique(rows, axis=0)) if rows.shape[1] else 1
    tried = [k for k in ks if k < n_different]
    if not tried:
        return Choice(1, criterion, {}, f"only {n_different} different rows: one segment")
    return ways[criterion](rows, tried, rng, clusterer)


def _by_silhouette(X: Matrix, ks: list[int], rng: np.random.Generator, _: Any) -> Choice:
    own = _silhouettes(X, ks, rng, 5)
    clouds = [
        _silhouettes(cloud(X, kind, rng), ks, rng, 2) for kind in CLOUDS for _ in range(_REFERENCES)
    ]
    scores = {k: own[k] - max(each[k] for each in clouds) for k in ks}
    above = sorted((k for k in ks if scores[k] >= GAP_MIN), key=lambda k: -scores[k])
    for best in above:
        again = _agreement(X, best, rng, KMeans(restarts=5))
        if again >= AGREES:
            reason = f"silhouette {own[best]:.3f}, {scores[best]:.3f} above data without segments"
            return Choice(best, "silhouette", scores, f"{reason}; halves agree, ARI {again:.2f}")
    why = "found again in other users" if above else "better than a cloud"
    reason = f"no k from {ks[0]} to {ks[-1]} divides users {why}: one segment"
    return Choice(1, "silhouette", scores, reason)


def _by_gap(X: Matrix, ks: list[int], rng: np.random.Generator, _: Any) -> Choice:
    every = [1, *ks]
    own = _logs(X, every, rng, 5)
    clouds = [_logs(cloud(X, "uniform", rng), every, rng, 2) for _ in range(5)]
    scores = {k: float(np.mean([each[k] for each in clouds])) - own[k] for k in every}
    errors = {k: float(np.std([each[k] for each in clouds])) * np.sqrt(1.2) for k in every}
    for k, after in pairwise(every):
        if scores[k] >= scores[after] - errors[after]:
            return Choice(k, "gap", scores, f"gap {scores[k]:.3f}: the next k gains no more")
    return Choice(every[-1], "gap", scores, "the gap still grows at the largest k tried")


def _by_bic(X: Matrix, ks: list[int], rng: np.random.Generator, given: Clusterer | None) -> Choice:
    seed = int(rng.integers(1 << 31))
    model = clone(given) if isinstance(given, Mixture) else Mixture(restarts=1)
    model.set_params(random_state=seed)
    scores: dict[int, float] = {}
    for k in (1, *ks):
        scores[k] = min(model.set_params(n_clusters=k).fit(X).bic_.values())
    best = min(scores, key=scores.__getitem__)
    return Choice(best, "bic", scores, f"the least BIC, {scores[best]:.0f}")


def _by_halves(
    X: Matrix, ks: list[int], rng: np.random.Generator, given: Clusterer | None
) -> Choice:
    model = clone(given) if given is not None else KMeans()
    scores = {k: _agreement(X, k, rng, model) for k in ks}
    stable = [k for k in ks if scores[k] >= AGREES]
    if not stable:
        return Choice(1, "stability", scores, f"no k is found again (ARI below {AGREES})")
    return Choice(stable[-1], "stability", scores, f"found again: ARI {scores[stable[-1]]:.2f}")


def _agreement(X: Matrix, k: int, rng: np.random.Generator, model: Clusterer) -> float:
    """Mean ARI, on a third part, of fits of two others; 0 where the parts are too small."""
    found = []
    for _ in range(4):
        parts = np.array_split(rng.permutation(len(X)), 3)
        if len(parts[-1]) < k:
            return 0.0
        labels = [
            clone(model).set_params(n_clusters=k).fit(X[part]).predict(X[parts[2]])
            for part in parts[:2]
        ]
        found.append(float(adjusted_rand_score(*labels)))
    return float(np.mean(found))


CLOUDS = ("normal", "uniform")


def cloud(X: Matrix, kind: str, rng: np.random.Generator) -> Matrix:
    """Rows without clusters, with the mean and the principal axes of ``X``."""
    mean = X.mean(axis=0, dtype=np.float64)
    off = X - mean
    _, axes = np.linalg.eigh(off.T @ off)
    along = off @ axes
    if kind == "normal":
        drawn = rng.standard_normal(X.shape) * along.std(axis=0)
    else:
        drawn = rng.uniform(along.min(axis=0), along.max(axis=0), X.shape)
    found: Matrix = np.ascontiguousarray(drawn @ axes.T + mean, dtype=X.dtype)
    return found


def _logs(X: Matrix, ks: list[int], rng: np.random.Generator, restarts: int) -> dict[int, float]:
    """Logarithm of the sum of squared distances to the nearest of k centres."""
    tiny = np.finfo(np.float64).tiny
    return {k: float(np.log(best_of(X, k, restarts, rng, _TOLERANCE)[1] + tiny)) for k in ks}


def _silhouettes(
    X: Matrix, ks: list[int], rng: np.random.Generator, restarts: int
) -> dict[int, float]:
    distances = _distances(X)
    found: dict[int, float] = {}
    for k in ks:
        centres, _ = best_of(X, k, restarts, rng, _TOLERANCE)
        labels = np.empty(len(X), np.int32)
        step(X, centres, labels, np.empty(centres.shape), np.empty(k))
        found[k] = silhouette(distances, labels, k)
    return found


def _distances(X: Matrix) -> NDArray[np.float32]:
    """Of all pairs, in one array of single precision; centred first, as cancellation would hurt."""
    off = (X - X.mean(axis=0, dtype=np.float64)).astype(np.float32)
    sizes = np.einsum("ij,ij->i", off, off)
    found: NDArray[np.float32] = off @ off.T
    found *= -2.0
    found += sizes[:, None]
    found += sizes
    np.maximum(found, 0.0, out=found)
    np.sqrt(found, out=found)
    np.fill_diagonal(found, 0.0)
    return found


def silhouette(distances: NDArray[np.float32], labels: Labels, k: int) -> float:
    """Mean silhouette from distances of all pairs, shape (n_rows, n_rows); 0 for lone rows.

    Source: Rousseeuw 1987.
    """
    ones = np.eye(k, dtype=np.float32)[labels]
    sizes = ones.sum(axis=0)
    sums = distances @ ones
    rows = np.arange(len(labels))
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    wide = np.maximum(np.maximum(own, other), np.finfo(np.float32).tiny)
    values = np.where((sizes[labels] > 1) & np.isfinite(other), (other - own) / wide, 0.0)
    return float(values.mean())
