"""The profile of an earlier run: what segment numbers mean goes on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from livelore.intelligence.pipeline.inputs import FEATURES, codes_of, plain_ids
from livelore.intelligence.portraits.clusterers.lloyd import Labels
from livelore.intelligence.portraits.data import UserTable
from livelore.intelligence.portraits.stability import (
    nearness,
    numbers_by_centres,
    numbers_by_overlap,
)
from livelore.intelligence.tables.columns import Column
from livelore.intelligence.tables.reading import read_table
from livelore.kit.errors import AppError

COMMON_MIN = 30
"""Users in both profiles from which they decide; with fewer the centres of the segments do."""


@dataclass(frozen=True)
class EarlierProfile:
    """Users, their segments and their features, as an earlier `user_profile.csv` has them.

    Attributes:
        ids: A pyarrow array.
        segments: Shape (n_users,).
        features: Those of `FEATURES`, shape (n_users, 3); NaN: not known.
    """

    ids: Any
    segments: Labels
    features: NDArray[np.float64]

    @property
    def next_number_(self) -> int:
        """The first number never given, as far as this profile knows."""
        return int(self.segments.max(initial=-1)) + 1

    def numbers_for(self, users: UserTable, labels: Labels, n_clusters: int) -> NDArray[np.int64]:
        """The numbers of new clusters, shape (n_clusters,): by common users, else by centres.

        Args:
            users: Of the new fit, with the columns `FEATURES`.
            labels: Their clusters.
            n_clusters: Of the new fit.
        """
        rows = codes_of(pa.array(users.ids), self.ids)
        before = np.full(len(users), -1, np.int32)
        before[rows >= 0] = self.segments[rows[rows >= 0]]
        old, new = self._centres(users, labels, n_clusters)
        if (before >= 0).sum() < COMMON_MIN:
            known = np.flatnonzero(~np.isnan(old).any(axis=1))
            found = numbers_by_centres(old[known], np.nan_to_num(new))
            is_old = found < len(known)
            fresh = self.next_number_ + np.arange(n_clusters)
            numbers = np.where(is_old, known[np.where(is_old, found, 0)], -1)
            numbers[~is_old] = fresh[: int((~is_old).sum())]
            return numbers
        numbers = numbers_by_overlap(before, labels, self.next_number_, nearness(old, new))
        first = max(self.next_number_, int(numbers.max(initial=-1)) + 1)
        return np.concatenate([numbers, first + np.arange(n_clusters - len(numbers))])

    def _centres(
        self, users: UserTable, labels: Labels, n_clusters: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means of logarithms by segment, in spreads of the new users: old ones and new ones."""
        now = np.log1p(np.stack([users.column(name) for name in FEATURES], axis=1))
        spread = np.nanstd(now, axis=0)
        spread[~(spread > 0)] = 1.0
        then = np.log1p(self.features)
        return (
            _means(then / spread, self.segments, self.next_number_),
            _means(now / spread, labels, n_clusters),
        )


def _means(values: NDArray[np.float64], labels: Labels, n: int) -> NDArray[np.float64]:
    """By label, shape (n, n_columns); NaN where a label has nobody."""
    found = np.full((n, values.shape[1]), np.nan)
    known = labels >= 0
    counts = np.bincount(labels[known], minlength=n)
    for place in range(values.shape[1]):
        column = np.nan_to_num(values[known, place])
        sums = np.bincount(labels[known], column, minlength=n)
        found[:, place] = np.divide(sums, counts, out=np.full(n, np.nan), where=counts > 0)
    return found


def read_earlier(path: Path) -> tuple[EarlierProfile | None, tuple[str, ...]]:
    """The profile at a path, None when there is none; and what is to be told of it."""
    if not path.exists():
        return None, ()
    asked = [Column("user_id", "id"), Column("user_cluster", "number", lowest=-1)]
    asked += [Column(name, "number", required=False) for name in FEATURES]
    try:
        table = read_table(path, asked, "drop")
    except AppError:
        told = f"{path.name} of an earlier run cannot be read: segment numbers begin anew"
        return None, (told,)
    data = table.data
    features = np.stack(
        [
            data[name].to_numpy() if name in data.column_names else np.full(len(table), np.nan)
            for name in FEATURES
        ],
        axis=1,
    )
    segments = data["user_cluster"].to_numpy().astype(np.int32)
    profile = EarlierProfile(plain_ids(data["user_id"]), segments, features.astype(np.float64))
    return profile, ()
