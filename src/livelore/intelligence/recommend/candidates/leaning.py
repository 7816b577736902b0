"""What a history has more of than everybody's: taste, what is liked by all left out."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.content import unit_rows
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class Leaning(Scorer):
    """``(labels of the history − labels of all events) · labels of the item``: a member of blends.

    Beside `ContentScorer`: what everybody likes does not count for anybody, and who is broad in
    what they like leans little. An empty history leans nowhere.
    """

    labels_: Sparse | None = field(default=None, init=False, repr=False)
    usual_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Take the labels of the items and see how common each is among the events.

        Raises:
            DataInvalid: The labels of the items are not given, or are of another catalogue.
        """
        if items is None or items.labels is None:
            raise DataInvalid(column="label", detail="this scorer needs the labels of the items")
        if items.labels.shape[0] != interactions.n_items:
            detail = f"{items.labels.shape[0]} rows beside {interactions.n_items} items"
            raise DataInvalid(column="label", detail=detail)
        labels = sp.csr_matrix(items.labels, dtype=np.float32)
        counts = interactions.item_counts
        self.labels_ = labels
        self.usual_ = ((labels.T @ counts) / max(int(counts.sum()), 1)).astype(np.float32)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        labels = self.learnt("labels_")
        matrix = histories.matrix
        total = np.asarray(matrix.sum(axis=1), np.float32).reshape(-1, 1)
        shares = np.asarray((matrix @ labels).toarray(), np.float32) / np.maximum(total, 1e-9)
        leaning = np.where(total > 0, shares - self.learnt("usual_"), 0)
        return np.asarray((unit_rows(labels) @ leaning.T).T, np.float32)
