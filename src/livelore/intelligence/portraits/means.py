"""Means by segment, in one pass over the users."""

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix


def means_by(
    values: Matrix, labels: Labels, n_segments: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of each segment, shape (n_segments, n_columns), and of all, without NaN; of none: 0."""
    sums = np.zeros((n_segments + 1, values.shape[1]))
    counts = np.zeros(sums.shape)
    _sum_by(values, labels, sums, counts)
    everybody = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    return (sums / np.maximum(counts, 1))[:n_segments], everybody


@compiled
def _sum_by(values: Matrix, labels: Labels, sums: Matrix, counts: Matrix) -> None:
    """Sums and numbers of values that are not NaN, by label; the last row is of -1."""
    for row in range(len(values)):
        label = labels[row]
        for column in range(values.shape[1]):
            value = values[row, column]
            if not np.isnan(value):
                sums[label, column] += value
                counts[label, column] += 1
