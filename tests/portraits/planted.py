"""Users whose segments are known, because they were planted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


def blobs(
    n_users: int = 600, k: int = 4, n_features: int = 5, apart: float = 8.0, seed: int = 0
) -> tuple[Floats, NDArray[np.int64]]:
    """Round clouds of width 1 whose centres are at least ``apart`` from each other."""
    rng = np.random.default_rng(seed)
    centres: list[Floats] = []
    while len(centres) < k:
        drawn = rng.uniform(-apart, apart, n_features)
        if all(np.linalg.norm(drawn - each) >= apart for each in centres):
            centres.append(drawn)
    truth = rng.integers(0, k, n_users)
    return np.stack(centres)[truth] + rng.standard_normal((n_users, n_features)), truth


def skewed(n_users: int = 2_000, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Four segments in log-normal columns of very different size, as behaviour has them."""
    rng = np.random.default_rng(seed)
    centres = np.array([[7, -1, 0], [9, 1, 0], [7, 1, 5], [9.5, -1, 5]], dtype=float)
    truth = rng.integers(0, 4, n_users)
    return np.exp(centres[truth] + rng.standard_normal((n_users, 3)) * 0.4), truth


def stretched(n_users: int = 1_500, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Three long thin clouds side by side: K-Means cuts them across."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n_users)
    found = rng.standard_normal((n_users, 2)) * [6.0, 0.6]
    found[:, 1] += 4.0 * truth
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    return found @ turn, truth
