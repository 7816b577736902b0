"""What models are fitted on and asked with: interactions, histories, items, users."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.columns import (
    Codes,
    Floats,
    Ids,
    coded,
    item_codes,
    numbers,
    seconds,
    weights_of,
)
from livelore.intelligence.recommend.errors import DataInvalid

__all__ = [
    "Codes",
    "Floats",
    "Histories",
    "Ids",
    "Interactions",
    "Items",
    "Mask",
    "Sparse",
    "Users",
    "coded",
    "numbers",
    "seconds",
]

Mask = NDArray[np.bool_]
Sparse = Any  # a scipy.sparse.csr_matrix of float32: scipy has no types


@dataclass(frozen=True)
class Histories:
    """What some users did, oldest first: the question that a scorer answers.

    Attributes:
        indptr: Where the events of user ``n`` begin and end, shape (n_users + 1,).
        items: Item codes, shape (n_events,).
        weights: Above 0, shape (n_events,).
        n_items: Size of the catalogue.
        at: Seconds since any fixed point, shape (n_events,), or None when times are not known.
        now: The moment of the question, in the same seconds; None: right after the last event.
        users: Row of each in the fit's user table, shape (n_users,); -1 for an unseen user.
    """

    indptr: NDArray[np.int64]
    items: Codes
    weights: Floats
    n_items: int
    at: NDArray[np.float64] | None = None
    now: float | None = None
    users: Codes | None = None

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def of(
        cls,
        item_lists: Sequence[ArrayLike],
        n_items: int,
        weights: Sequence[ArrayLike] | None = None,
    ) -> Self:
        """From one list of item codes a user, oldest first."""
        lists = [item_codes(each, row, n_items) for row, each in enumerate(item_lists)]
        sizes = np.array([len(each) for each in lists], dtype=np.int64)
        given = [np.ones(size, np.float32) for size in sizes]
        if weights is not None:
            if len(weights) != len(lists):
                detail = f"{len(weights)} lists beside {len(lists)}"
                raise DataInvalid(column="weight", detail=detail)
            given = [weights_of(each, len(at)) for each, at in zip(weights, lists, strict=True)]
        items = np.concatenate([np.empty(0, np.int32), *lists])
        flat = np.concatenate([np.empty(0, np.float32), *given])
        return cls(np.concatenate([[0], np.cumsum(sizes)]), items, flat, n_items)

    @cached_property
    def matrix(self) -> Sparse:
        """Shape (n_users, n_items): weights, those of one item summed."""
        shape = (len(self), self.n_items)
        found = sp.csr_matrix((self.weights, self.items, self.indptr), shape=shape, copy=True)
        found.sum_duplicates()
        return found

    def part(self, begin: int, end: int) -> "Histories":
        """Users ``begin`` to ``end``, without copying."""
        return self.take(np.arange(begin, end))

    def take(self, rows: NDArray[np.integer[Any]]) -> "Histories":
        """These users, in this order."""
        sizes = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        where = np.repeat(self.indptr[rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
        return Histories(
            indptr,
            self.items[where],
            self.weights[where],
            self.n_items,
            None if self.at is None else self.at[where],
            self.now,
            None if self.users is None else self.users[rows],
        )

    def take_known(self, rows: NDArray[np.integer[Any]]) -> "Histories":
        """These users, in this order; -1 is one without a history."""
        if (rows >= 0).all():
            return self.take(rows)
        if not len(self):  # nobody is known
            nobody = [np.empty(0, np.int32)] * len(rows)
            return Histories.of(nobody, self.n_items)
        found = self.take(np.where(rows < 0, 0, rows))
        owners = np.repeat(np.arange(len(rows)), np.diff(found.indptr))
        kept = rows[owners] >= 0
        counts = np.bincount(owners[kept], minlength=len(rows))
        return Histories(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            found.items[kept],
            found.weights[kept],
            self.n_items,
            None if found.at is None else found.at[kept],
            self.now,
            None if found.users is None else np.where(rows < 0, -1, found.users).astype(np.int32),
        )

    def weighted(self, weights: Floats) -> "Histories":
        """The same events with other weights."""
        return Histories(
            self.indptr, self.items, weights, self.n_items, self.at, self.now, self.users
        )

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """How many events of the same user came later, shape (n_events,): 0 for the newest."""
        ends = np.repeat(self.indptr[1:], np.diff(self.indptr))
        return ends - 1 - np.arange(len(self.items))


@dataclass(frozen=True)
class Interactions:
    """Who did something with what, how much, when: one row an event.

    Attributes:
        users: Codes, shape (n_events,).
        items: Codes, shape (n_events,).
        weights: Above 0, shape (n_events,).
        user_ids: The caller's ids by code.
        item_ids: The same of items.
        at: Seconds, shape (n_events,); None when times are not known: then rows are in order.
    """

    users: Codes
    items: Codes
    weights: Floats
    user_ids: Ids
    item_ids: Ids
    at: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        weights: ArrayLike | None = None,
        at: ArrayLike | None = None,
        *,
        user_ids: Ids | None = None,
        item_ids: Ids | None = None,
    ) -> Self:
        """From columns.

        Args:
            users: Ids, whole numbers or text, shape (n_events,).
            items: The same.
            weights: How much each counts, above 0; 1 each when left out.
            at: Seconds (or datetime64), at least 0.
            user_ids: The known ids by code; an event of another id is refused. Left out: the
                ids that occur, in their order.
            item_ids: The same.

        Raises:
            DataInvalid: Lengths differ, an id is missing, a number is not finite or negative.
        """
        user_codes, known_users = coded(users, "user", user_ids)
        item_codes, known_items = coded(items, "item", item_ids)
        n_events = len(user_codes)
        if len(item_codes) != n_events:
            raise DataInvalid(column="item", detail=f"{len(item_codes)} rows beside {n_events}")
        given = np.ones(n_events, np.float32)
        if weights is not None:
            given = weights_of(weights, n_events)
        times = None if at is None else seconds(at, n_events)
        return cls(user_codes, item_codes, given, known_users, known_items, times)

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_users(self) -> int:
        """Users by id, with or without an event."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """The catalogue."""
        return len(self.item_ids)

    def take(self, which: NDArray[Any]) -> "Interactions":
        """These events (a mask or row numbers); users and items keep their codes."""
        return Interactions(
            self.users[which],
            self.items[which],
            self.weights[which],
            self.user_ids,
            self.item_ids,
            None if self.at is None else self.at[which],
        )

    @cached_property
    def matrix(self) -> Sparse:
        """Shape (n_users, n_items): 1 where a user did anything with an item."""
        ones = np.ones(len(self), np.float32)
        shape = (self.n_users, self.n_items)
        found = sp.coo_matrix((ones, (self.users, self.items)), shape=shape).tocsr()
        found.data[:] = 1
        return found

    @cached_property
    def histories(self) -> Histories:
        """Of every user, oldest first; rows of the same time keep their order."""
        order = np.argsort(self.users, kind="stable")
        if self.at is not None:
            order = np.lexsort((self.at, self.users))
        counts = np.bincount(self.users, minlength=self.n_users)
        return Histories(
            np.concatenate([[0], np.cumsum(counts)]),
            self.items[order],
            self.weights[order],
            self.n_items,
            None if self.at is None else self.at[order],
            None,
            np.arange(self.n_users, dtype=np.int32),
        )

    @cached_property
    def item_counts(self) -> NDArray[np.int64]:
        """Users of each item, shape (n_items,)."""
        return np.bincount(self.matrix.indices, minlength=self.n_items)


@dataclass(frozen=True)
class Items:
    """What is known about items without anybody having touched them; rows are item codes.

    Attributes:
        ids: Shape (n_items,).
        labels: Shape (n_items, n_labels), weights of labels, concepts, people; None: not known.
        label_names: By column of ``labels``.
        texts: Title and description, shape (n_items,), None: not known.
        hosts: Code of the host of each, shape (n_items,); -1: not known.
        starts_at: When each appears, seconds.
    """

    ids: Ids
    labels: Sparse | None = None
    label_names: tuple[str, ...] = ()
    texts: tuple[str, ...] | None = None
    hosts: Codes | None = None
    starts_at: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Users:
    """What is known about users beside their events: portraits; rows are user codes.

    Attributes:
        ids: Shape (n_users,).
        features: Shape (n_users, n_features).
        names: By column of ``features``.
    """

    ids: Ids
    features: Floats
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)
