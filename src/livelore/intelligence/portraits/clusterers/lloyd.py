"""K-Means in its plainest form, compiled: seeding, one pass over the rows, iterations.

Distances are sums of squared differences, never the expanded ``x² - 2xc + c²``: on float32 that
form loses what little differs when columns are far from zero.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled_loosely

Matrix = NDArray[Any]  # Any: float32 or float64, whichever the caller has
Labels = NDArray[np.int32]
HIGHEST = 3e38
"""Above any squared distance, where infinities are not allowed (`compiled_loosely`)."""


@compiled_loosely
def step(X: Matrix, centres: Matrix, labels: Labels, sums: Matrix, counts: Matrix) -> float:
    """Assign every row to its nearest centre (ties: the lower), and sum rows by centre.

    Args:
        X: Shape (n_rows, n_features), C-ordered.
        centres: Shape (k, n_features), of the same type.
        labels: Written, shape (n_rows,).
        sums: Written, shape (k, n_features), float64.
        counts: Written, shape (k,), float64.

    Returns:
        The sum of squared distances.
    """
    n_rows, n_features = X.shape
    n_centres = len(centres)
    sums[:] = 0.0
    counts[:] = 0.0
    total = 0.0
    for row in range(n_rows):
        nearest = 0
        least = HIGHEST
        for centre in range(n_centres):
            squared = X.dtype.type(0)
            for column in range(n_features):
                difference = X[row, column] - centres[centre, column]
                squared += difference * difference
            if squared < least:
                least = squared
                nearest = centre
        labels[row] = nearest
        counts[nearest] += 1.0
        total += least
        for column in range(n_features):
            sums[nearest, column] += X[row, column]
    return total


@compiled_loosely
def squared_to(X: Matrix, point: Matrix, nearest: Matrix) -> float:
    """Lower ``nearest`` (shape (n_rows,)) to the squared distance to a point; gives its sum."""
    total = 0.0
    for row in range(len(X)):
        squared = X.dtype.type(0)
        for column in range(X.shape[1]):
            difference = X[row, column] - point[column]
            squared += difference * difference
        nearest[row] = min(nearest[row], squared)
        total += nearest[row]
    return total


def seeded(X: Matrix, k: int, rng: np.random.Generator) -> Matrix:
    """Starting centres by greedy k-means++.

    Source: Arthur, Vassilvitskii 2007; the best of ``2 + ln k`` drawn rows is taken each time, as
    in scikit-learn.
    """
    n_trials = 2 + int(np.log(k))
    centres = np.empty((k, X.shape[1]), X.dtype)
    centres[0] = X[rng.integers(len(X))]
    nearest = np.full(len(X), HIGHEST, X.dtype)
    squared_to(X, centres[0], nearest)
    for number in range(1, k):
        borders = np.cumsum(nearest, dtype=np.float64)
        drawn = np.searchsorted(borders, rng.random(n_trials) * borders[-1], side="right")
        tried: list[tuple[float, int, Matrix]] = []
        for row in np.minimum(drawn, len(X) - 1):
            left = nearest.copy()
            tried.append((squared_to(X, X[row], left), int(row), left))
        _, row, nearest = min(tried, key=lambda each: each[:2])
        centres[number] = X[row]
    return centres


def converged(
    X: Matrix, centres: Matrix, iterations: int, tolerance: float
) -> tuple[Matrix, Labels, float, int]:
    """Lloyd's iterations from given centres.

    Args:
        X: Shape (n_rows, n_features), C-ordered, finite.
        centres: Where to begin, shape (k, n_features).
        iterations: At most; at least 1.
        tolerance: It ends when the squared movement of all centres together is at most this.

    Returns:
        Centres, the label of each row by these centres, the sum of squared distances, iterations.
    """
    k = len(centres)
    labels = np.empty(len(X), np.int32)
    sums, counts = np.empty((k, X.shape[1])), np.empty(k)
    n_done, shift = 0, np.inf
    while n_done < iterations and shift > tolerance:
        n_done += 1
        step(X, centres, labels, sums, counts)
        if not counts.all():
            _refill(X, centres, labels, sums, counts)
        moved = (sums / counts[:, None]).astype(X.dtype)
        shift = float(np.square(moved - centres, dtype=np.float64).sum())
        centres = moved
    inertia = step(X, centres, labels, sums, counts)
    return centres, labels, inertia, n_done


def _refill(X: Matrix, centres: Matrix, labels: Labels, sums: Matrix, counts: Matrix) -> None:
    """Give each empty centre the row that is farthest from its own, as scikit-learn does."""
    far = np.square(X - centres[labels]).sum(axis=1)
    for empty in np.flatnonzero(counts == 0):
        row = int(far.argmax())
        giver = labels[row]
        far[row] = -1.0
        if counts[giver] > 1:
            counts[giver] -= 1
            sums[giver] -= X[row]
        labels[row] = empty
        counts[empty], sums[empty] = 1, X[row]


def best_of(
    X: Matrix, k: int, restarts: int, rng: np.random.Generator, tolerance: float
) -> tuple[Matrix, float]:
    """Centres of the restart with the least squared distances, and those."""
    best, least = np.empty((k, X.shape[1])), np.inf
    for _ in range(restarts if k > 1 else 1):
        centres, _, inertia, _ = converged(X, seeded(X, k, rng), 100, tolerance)
        if inertia < least * (1 - 1e-9):
            best, least = centres, inertia
    return best, least
