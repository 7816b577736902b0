"""The strongest eigenvectors of a sparse Gram matrix, by randomised block iteration."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from livelore.intelligence.recommend.data import Floats, Sparse

OVERSAMPLED = 1.15
JITTER = 1e-7
NOISE = 1e-6
"""Of the largest eigenvalue: below it single precision cannot tell one from 0."""


def strongest(
    matrix: Sparse, n_factors: int, *, n_rounds: int = 3, seed: int = 0
) -> tuple[NDArray[np.float64], Floats]:
    """Eigenpairs of ``matrixᵀ · matrix``, largest first.

    Args:
        matrix: Shape (n_users, n_items), float32.
        n_factors: At least 1; fewer are given where the matrix has no more.
        n_rounds: Of the block iteration; 2 are enough for a filter, 6 for five digits.
        seed: Of the start.

    Returns:
        Eigenvalues, shape (n_kept,), and vectors, shape (n_items, n_kept), orthonormal.

    Source: Halko, Martinsson, Tropp, SIAM Review 2011, algorithm 4.4, orthonormalised by Cholesky.
    """
    n_items = matrix.shape[1]
    if not min(matrix.shape):
        return np.zeros(0), np.zeros((n_items, 0), np.float32)
    size = min(n_items, int(n_factors * OVERSAMPLED) + 8)
    block: Any = np.random.default_rng(seed).standard_normal((n_items, size)).astype(np.float32)
    transposed = matrix.T.tocsr()
    for _ in range(n_rounds if size < n_items else 1):
        block = transposed @ (matrix @ block) if size < n_items else np.eye(n_items, dtype="f4")
        for _ in range(2):  # once leaves 1e-3 of skew in single precision
            block = _orthonormal(block)
    seen = matrix @ block
    values, turned = np.linalg.eigh((seen.T @ seen).astype(np.float64))
    values, turned = values[::-1], turned[:, ::-1]
    kept = min(n_factors, int((values > NOISE * values[0]).sum()))
    vectors = block @ turned[:, :kept].astype(np.float32)
    return values[:kept], np.ascontiguousarray(vectors)


def _orthonormal(block: Any) -> Any:
    """By Cholesky; by Householder where the block has fewer directions than columns."""
    gram = (block.T @ block).astype(np.float64)
    gram[np.diag_indices(len(gram))] += JITTER * np.trace(gram) / len(gram)
    try:
        lower = np.linalg.cholesky(gram).astype(np.float32)
        return np.ascontiguousarray(solve_triangular(lower, block.T, lower=True).T)
    except np.linalg.LinAlgError:
        return np.ascontiguousarray(np.linalg.qr(block)[0])
