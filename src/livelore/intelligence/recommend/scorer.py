"""The one interface of everything that scores items, and what all of them can do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Mask, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.kernels import best_of_rows

CELLS_AT_ONCE = 32_000_000
"""Scores held at a time (128 MB), however many users are asked for."""


@dataclass
class Scorer(Component, ABC):
    """Gives every item a score for any history.

    ``fit`` learns from interactions (and from what is known of items and users, where the method
    uses it); ``scores`` answers for histories that the fit need not have seen. Scores of one user
    compare among themselves only; the higher the better.
    """

    @abstractmethod
    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn; the same data give the same state."""

    @abstractmethod
    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items), finite, items of the history included."""

    def top(
        self,
        histories: Histories,
        k: int,
        *,
        available: Mask | None = None,
        repeats: bool = False,
    ) -> tuple[NDArray[np.int32], Floats]:
        """The k best items of every user.

        Args:
            histories: Of whom.
            k: How many; at least 1.
            available: Which items may be given, shape (n_items,); None: all.
            repeats: Also what the history has already.

        Returns:
            Item codes and scores, both of shape (n_users, k), best first; ties by lower code. Where
            fewer than k items are left: code -1, score ``-inf``.

        Raises:
            OptionInvalid: ``k`` is below 1.
            DataInvalid: ``available`` is no mask over the catalogue.
        """
        if k < 1:
            raise OptionInvalid(option="k", detail=f"{k} is below 1")
        _check_mask(available, histories.n_items)
        items = np.empty((len(histories), k), np.int32)
        found = np.empty((len(histories), k), np.float32)
        for begin, part in in_batches(histories):
            scores = self.scores(part)
            hide(scores, part, available=available, repeats=repeats)
            end = begin + len(part)
            items[begin:end], found[begin:end] = best(scores, k)
        return items, found


def _check_mask(available: Mask | None, n_items: int) -> None:
    if available is None:
        return
    if available.dtype != np.bool_ or available.shape != (n_items,):
        detail = f"a mask of shape ({n_items},) is needed, not {available.dtype} {available.shape}"
        raise DataInvalid(column="available", detail=detail)


def in_batches(histories: Histories) -> Iterator[tuple[int, Histories]]:
    """Users in parts small enough that their scores fit `CELLS_AT_ONCE`; with the first's row."""
    size = max(1, CELLS_AT_ONCE // max(1, histories.n_items))
    for begin in range(0, len(histories), size):
        yield begin, histories.part(begin, min(begin + size, len(histories)))


def hide(
    scores: Floats, histories: Histories, *, available: Mask | None = None, repeats: bool = False
) -> None:
    """Set to ``-inf``, in place, what may not be given."""
    if not repeats:
        rows = np.repeat(np.arange(len(histories)), np.diff(histories.indptr))
        scores[rows, histories.items] = -np.inf
    if available is not None:
        scores[:, ~available] = -np.inf


def best(scores: Floats, k: int) -> tuple[NDArray[np.int32], Floats]:
    """The k highest of each row, best first; ties by lower column; see `Scorer.top`."""
    items = np.empty((len(scores), k), np.int32)
    found = np.empty((len(scores), k), np.float32)
    best_of_rows(np.ascontiguousarray(scores, np.float32), k, items, found)
    return items, found
