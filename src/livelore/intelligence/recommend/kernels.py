"""Compiled inner loops: choosing the best, adding up rows. Numba caches each."""

from typing import Any

import numpy as np
from numba import njit

compiled: Any = njit(cache=True, nogil=True)  # Any: numba has no types
compiled_loosely: Any = njit(cache=True, nogil=True, fastmath=True)
"""Where sums may be taken in another order: the last bits differ, the ranking does not."""


@compiled
def best_of_rows(scores: Any, k: int, items: Any, found: Any) -> None:
    """The k highest of each row, best first, ties by lower column.

    Args:
        scores: Shape (n, n_items); what is ``-inf`` is never given.
        k: Columns of the two outputs.
        items: Filled: columns chosen, shape (n, k); -1 where too few are left.
        found: Filled: their scores, shape (n, k).
    """
    for row in range(scores.shape[0]):
        n_kept = 0
        for column in range(scores.shape[1]):
            value = scores[row, column]
            if value == -np.inf or (n_kept == k and value <= found[row, k - 1]):
                continue
            place = n_kept if n_kept < k else k - 1
            while place > 0 and found[row, place - 1] < value:
                found[row, place] = found[row, place - 1]
                items[row, place] = items[row, place - 1]
                place -= 1
            found[row, place] = value
            items[row, place] = column
            n_kept = min(n_kept + 1, k)
        for place in range(n_kept, k):
            found[row, place] = -np.inf
            items[row, place] = -1


@compiled
def truncated(indptr: Any, indices: Any, data: Any, k: int) -> Any:
    """Mask over the entries of a CSR matrix: the k largest of each row; all of a shorter row."""
    kept = np.zeros(len(data), np.bool_)
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        if end - begin <= k:
            kept[begin:end] = True
            continue
        order = np.argsort(-data[begin:end])
        for place in order[:k]:
            kept[begin + place] = True
    return kept
