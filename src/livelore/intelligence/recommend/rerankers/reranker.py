"""The one interface of everything that changes a list after it was ranked."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import Codes, Floats, Histories, Items, Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import checked
from livelore.intelligence.recommend.metrics.variety import share_rows, unit_rows

Places = NDArray[np.int32]
"""Columns of a pool, shape (n_users, k), -1 behind the end of a list."""


@dataclass(frozen=True)
class Pool:
    """Candidates of some users, in order of preference.

    Attributes:
        items: Codes, shape (n_users, n_pool), best first, -1 behind the end.
        scores: The same shape, finite where there is an item, ``-inf`` elsewhere.
        histories: Of the same users, row by row.
        catalogue: What is known of items; None when the re-ranker needs nothing of it.
    """

    items: Codes
    scores: Floats
    histories: Histories
    catalogue: Items | None = None

    @classmethod
    def of(
        cls,
        items: ArrayLike,
        scores: ArrayLike,
        histories: Histories,
        catalogue: Items | None = None,
    ) -> "Pool":
        """Check what is handed in.

        Raises:
            DataInvalid: Shapes differ, a list is malformed, a score is not finite.
        """
        lists = checked(items, histories.n_items)
        given = np.asarray(scores, dtype=np.float32)
        if given.shape != lists.shape:
            raise DataInvalid(column="scores", detail=f"{given.shape} beside {lists.shape}")
        if len(histories) != len(lists):
            detail = f"{len(histories)} histories beside {len(lists)} lists"
            raise DataInvalid(column="histories", detail=detail)
        bad = ~np.isfinite(given) & (lists >= 0)
        if bad.any():
            row = int(bad.any(axis=1).argmax())
            raise DataInvalid(column="scores", row=row, detail="a score is NaN or infinite")
        if catalogue is not None and len(catalogue) != histories.n_items:
            detail = f"{len(catalogue)} items beside a catalogue of {histories.n_items}"
            raise DataInvalid(column="catalogue", detail=detail)
        return cls(np.ascontiguousarray(lists), given, histories, catalogue)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def is_filled(self) -> NDArray[np.bool_]:
        """Where there is a candidate, shape (n_users, n_pool)."""
        return self.items >= 0

    @property
    def labels(self) -> Sparse:
        """Of the catalogue, shape (n_items, n_labels).

        Raises:
            DataInvalid: They are not known.
        """
        if self.catalogue is None or self.catalogue.labels is None:
            raise DataInvalid(column="labels", detail="this re-ranker needs labels of items")
        return self.catalogue.labels

    @cached_property
    def unit(self) -> tuple[Any, Any, Any, int]:
        """Labels of length 1 for the kernels: arrays of a CSR matrix and its columns."""
        rows = unit_rows(self.labels)
        return rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data, rows.shape[1]

    @cached_property
    def shares(self) -> tuple[Any, Any, Any, int]:
        """Labels of sum 1 for the kernels."""
        rows = share_rows(self.labels)
        return rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data, rows.shape[1]

    @cached_property
    def gains(self) -> NDArray[np.float64]:
        """Scores of each pool stretched to 0 (its worst) … 1 (its best); 1 where all are alike."""
        filled = self.is_filled
        if not filled.size:
            return np.zeros(filled.shape)
        high = np.where(filled, self.scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
        low = np.where(filled, self.scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
        values = np.where(filled, self.scores, 0.0).astype(np.float64)
        width = np.where(high > low, high - low, 1).astype(np.float64)
        return np.where(filled, np.where(high > low, (values - low) / width, 1.0), 0.0)


@dataclass
class Reranker(Component, ABC):
    """Chooses k of a pool and their order; never invents an item and never shows one twice.

    The order of the pool is the order of preference. A re-ranker may read the scores as well; each
    says so.
    """

    def rerank(
        self,
        items: ArrayLike,
        scores: ArrayLike,
        k: int,
        histories: Histories,
        catalogue: Items | None = None,
    ) -> tuple[Codes, Floats]:
        """Lists of k.

        Args:
            items: Candidate codes, shape (n_users, n_pool), best first, -1 behind the end.
            scores: The same shape.
            k: Length of the answers, at least 1; a pool with fewer candidates gives a shorter list.
            histories: Of the same users, row by row.
            catalogue: What is known of items, where the method uses it.

        Returns:
            Codes and scores, both of shape (n_users, k): -1 and ``-inf`` behind the end of a list.
            Scores are those that the candidates came with, so they need not fall.

        Raises:
            DataInvalid: The pool is malformed, or what the method needs is not known.
            OptionInvalid: An option or ``k`` is out of range.
        """
        if k < 1:
            raise OptionInvalid(option="k", detail=f"{k} is below 1")
        self._check()
        pool = Pool.of(items, scores, histories, catalogue)
        return taken(pool, self._chosen(pool, k))

    def _check(self) -> None:
        """Refuse options that are out of range."""

    @abstractmethod
    def _chosen(self, pool: Pool, k: int) -> Places:
        """Columns of the pool, shape (n_users, k), best first."""


def taken(pool: Pool, places: Places) -> tuple[Codes, Floats]:
    """Codes and scores at these columns of the pool."""
    if pool.items.shape[1] == 0:
        return np.full(places.shape, -1, np.int32), np.full(places.shape, -np.inf, np.float32)
    items = np.where(places >= 0, np.take_along_axis(pool.items, places, axis=1), -1)
    scores = np.where(places >= 0, np.take_along_axis(pool.scores, places, axis=1), -np.inf)
    scores[items < 0] = -np.inf
    return items.astype(np.int32), scores.astype(np.float32)


def no_places(pool: Pool, k: int) -> Places:
    """To be filled by a kernel."""
    return np.full((len(pool), k), -1, np.int32)


def first_places(pool: Pool, k: int) -> Places:
    """The lists as they are, cut at k."""
    places = no_places(pool, k)
    n = min(k, pool.items.shape[1])
    places[:, :n] = np.where(pool.is_filled[:, :n], np.arange(n), -1)
    return places


def ordered_places(pool: Pool, values: NDArray[Any], k: int) -> Places:
    """The k highest values of each pool, ties by its order."""
    order = np.argsort(np.where(pool.is_filled, -values, np.inf), axis=1, kind="stable")
    n = min(k, pool.items.shape[1])
    places = no_places(pool, k)
    places[:, :n] = order[:, :n]
    places[:, :n][~np.take_along_axis(pool.is_filled, order[:, :n], axis=1)] = -1
    return places


def resorted(places: Places) -> Places:
    """The same places in the order of the pool."""
    last = np.iinfo(np.int32).max
    found = np.sort(np.where(places < 0, last, places), axis=1)
    return np.where(found == last, -1, found).astype(np.int32)


def check_share(option: str, value: float) -> None:
    """Refuse what is not between 0 and 1.

    Raises:
        OptionInvalid: It is not.
    """
    if not 0 <= value <= 1:
        raise OptionInvalid(option=option, detail=f"{value} is not in [0, 1]")


@dataclass
class Chain(Reranker):
    """Re-rankers one behind the other; the order that one gives is the preference of the next.

    Args:
        steps: In order, at least one.
        spare: How many more than asked for each step but the last hands on, so that a later one
            has a choice.
    """

    steps: tuple[Reranker, ...] = field(default=())
    spare: int = 0

    def _check(self) -> None:
        if not self.steps:
            raise OptionInvalid(option="steps", detail="a chain needs at least one step")
        if self.spare < 0:
            raise OptionInvalid(option="spare", detail=f"{self.spare} is below 0")
        for step in self.steps:
            step._check()

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = first_places(pool, pool.items.shape[1])
        for number, step in enumerate(self.steps):
            is_last = number == len(self.steps) - 1
            items, scores = taken(pool, places)
            now = Pool(items, scores, pool.histories, pool.catalogue)
            found = step._chosen(now, k if is_last else k + self.spare)
            if places.shape[1] == 0:
                return found
            places = np.where(found >= 0, np.take_along_axis(places, found, axis=1), -1)
        return places
