"""One word a user for spending and social behaviour, and their interests as text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.portraits.clusterers.lloyd import Matrix
from livelore.intelligence.portraits.interests import PREFIX
from livelore.intelligence.portraits.words import Block, feature_words

MEDIUM_FROM, HIGH_FROM = 0.5, 0.85
"""Shares of those who spend (or speak) at all below which a user's level is low, and medium."""
INTERESTS_MAX = 3
INTEREST_TIMES = 1.3
"""How many times everybody's share a user's share of a label is for it to be an interest."""
INTEREST_MIN = 0.1
"""The least share for it, whatever everybody's is."""


@dataclass(frozen=True)
class Levels:
    """How much of a block each user has, against the users of the fit.

    Attributes:
        columns: Features that count, each as a share of its mean.
        means: Of users who have any of it, by column.
        borders: Sums from which the level is medium, and high.
    """

    columns: tuple[str, ...]
    means: NDArray[np.float64]
    borders: tuple[float, float]

    def of(self, names: Sequence[str], values: Matrix) -> NDArray[np.int8]:
        """Position in `words.LEVELS` (0 none, 1 low, 2 medium, 3 high), shape (n_users,).

        -1 everywhere when there is no column of the block.
        """
        if not self.columns:
            return np.full(len(values), -1, np.int8)
        sums = _sums(names, values, self.columns, self.means)
        found = 1 + (sums >= self.borders[0]).astype(np.int8) + (sums >= self.borders[1])
        return np.where(sums > 0, found, 0).astype(np.int8)


def levels_of(names: Sequence[str], block: Block, values: Matrix) -> Levels:
    """Learn the borders of a block from users, shape (n_users, n_columns)."""
    columns = tuple(name for name in names if feature_words(name).block == block)
    means = np.ones(len(columns))
    for place, name in enumerate(columns):
        column = values[:, names.index(name)]
        some = column > 0
        means[place] = column[some].mean(dtype=np.float64) if some.any() else 1.0
    sums = _sums(names, values, columns, means) if columns else np.zeros(0)
    those = sums[sums > 0]
    if not len(those):
        return Levels(columns, means, (np.inf, np.inf))
    medium, high = np.quantile(those, [MEDIUM_FROM, HIGH_FROM])
    return Levels(columns, means, (float(medium), float(high)))


def _sums(
    names: Sequence[str], values: Matrix, columns: Sequence[str], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    sums = np.zeros(len(values))
    for name, mean in zip(columns, means, strict=True):
        column = values[:, names.index(name)]
        sums += np.where(column > 0, column, 0) / mean  # NaN is not above 0
    return sums


def interests_text(
    names: Sequence[str], values: Matrix
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Interests of each user, strongest first, joined by ``|``, as codes and the different texts.

    A label is an interest when the user's share of it is at least `INTEREST_MIN` and
    `INTEREST_TIMES` everybody's. Without columns of interests every text is empty.
    """
    columns = [place for place, name in enumerate(names) if name.startswith(PREFIX)]
    if not columns or not len(values):
        return np.zeros(len(values), np.int32), ("",)
    shares = np.nan_to_num(values[:, columns].astype(np.float64))
    floor = np.maximum(INTEREST_TIMES * shares.mean(axis=0), INTEREST_MIN)
    shares[shares < floor] = -1.0
    n_told = min(INTERESTS_MAX, len(columns))
    best = np.argsort(-shares, axis=1, kind="stable")[:, :n_told]
    chosen = np.where(np.take_along_axis(shares, best, axis=1) > 0, best, -1)
    powers = (len(columns) + 1) ** np.arange(n_told, dtype=np.int64)
    _, firsts, codes = np.unique((chosen + 1) @ powers, return_index=True, return_inverse=True)
    labels = [names[place].removeprefix(PREFIX) for place in columns]
    texts = tuple("|".join(labels[n] for n in chosen[first] if n >= 0) for first in firsts)
    return codes.astype(np.int32), texts
