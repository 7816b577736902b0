"""What is known of a user and an item beside any scorer: features of the learned ranker."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

DAY_S = 86_400.0
Columns = dict[str, NDArray[Any]]


@dataclass
class Facts(Component):
    """Popularity, age, and how well labels fit.

    ``popularity`` always; ``popularity.0.1`` over the newest tenth of the time, ``age_days``
    since an item's first event or start, where times are known; ``label_affinity`` between the
    labels of the history and the item's, where items have labels; ``portrait_affinity`` between a
    portrait and the item's labels, where the portrait's columns are called like labels;
    ``n_events`` of the history.

    Args:
        windows: Shares of the time span.
    """

    windows: tuple[float, ...] = (0.02, 0.1)
    columns_: dict[str, Floats] | None = field(default=None, init=False)
    labels_: Sparse | None = field(default=None, init=False)
    portraits_: Floats | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if any(not 0 < each <= 1 for each in self.windows):
            raise OptionInvalid(option="windows", detail="shares above 0, at most 1")

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Count; the moment of all ages is the last event."""
        columns = {"popularity": np.log1p(interactions.item_counts).astype(np.float32)}
        if interactions.at is not None and len(interactions):
            columns |= self._timed(interactions, interactions.at, items)
        self.columns_ = columns
        self.labels_ = self.portraits_ = None
        if items is not None and items.labels is not None:
            if items.labels.shape[0] != interactions.n_items:
                raise DataInvalid(column="items", detail="labels have other rows than the items")
            self.labels_ = _unit_rows(items.labels)
            self.portraits_ = _portraits(items, users)
        return self

    def _timed(
        self, interactions: Interactions, at: NDArray[np.float64], items: Items | None
    ) -> dict[str, Floats]:
        first, last = float(at.min()), float(at.max())
        found: dict[str, Floats] = {}
        for share in self.windows:
            recent = interactions.items[at >= last - share * (last - first)]
            counts = np.bincount(recent, minlength=interactions.n_items)
            found[f"popularity.{share:g}"] = np.log1p(counts).astype(np.float32)
        begun = np.full(interactions.n_items, last)
        np.minimum.at(begun, interactions.items, at)
        if items is not None and items.starts_at is not None:
            begun = np.where(np.isfinite(items.starts_at), items.starts_at, begun)
        found["age_days"] = np.maximum((last - begun) / DAY_S, 0).astype(np.float32)
        return found

    def of(
        self, histories: Histories, users: NDArray[np.int64], items: NDArray[np.int64]
    ) -> Columns:
        """Features of pairs.

        Args:
            histories: Of some users.
            users: Row in ``histories`` of each pair, shape (n_pairs,).
            items: Item code of each.
        """
        found: Columns = {name: each[items] for name, each in self.learnt("columns_").items()}
        sizes = np.diff(histories.indptr)
        found["n_events"] = np.log1p(sizes)[users].astype(np.float32)
        if self.labels_ is not None:
            likes = _unit_rows(histories.matrix @ self.labels_)
            found["label_affinity"] = _products(likes, self.labels_, users, items)
        if self.labels_ is not None and self.portraits_ is not None:
            rows = np.full(len(histories), -1) if histories.users is None else histories.users
            portraits = np.where((rows >= 0)[:, None], self.portraits_[rows], np.float32(np.nan))
            affinity = np.asarray(portraits @ self.labels_.T)
            found["portrait_affinity"] = affinity[users, items].astype(np.float32)
        return found


def _portraits(items: Items, users: Users | None) -> Floats | None:
    if users is None or not set(users.names) & set(items.label_names):
        return None
    column = {name: n for n, name in enumerate(users.names)}
    found = np.zeros((len(users), len(items.label_names)), np.float32)
    for n, name in enumerate(items.label_names):
        if name in column:
            found[:, n] = users.features[:, column[name]]
    return found


def _unit_rows(matrix: Sparse) -> Sparse:
    found = matrix.tocsr().astype(np.float32).copy()
    lengths = np.sqrt(np.asarray(found.multiply(found).sum(1)).ravel())
    found.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(found.indptr)).astype(np.float32)
    return found


def _products(left: Sparse, right: Sparse, users: Any, items: Any) -> Floats:
    """Inner products of pairs of rows; users many times, so the product once over all items."""
    return np.asarray((left @ right.T).toarray()[users, items], np.float32)
