"""LightGCN: factors smoothed over the graph of users and items; answers by one matrix product."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.deep.options import DeepScorer
from livelore.intelligence.recommend.deep.training import Listener, needed

LOSSES = ("softmax", "bpr")


@dataclass
class LightGCN(DeepScorer):
    """Graph convolution without weights or non-linearities.

    A user's vector is their own, and the sum of what the layers bring from the items of their
    history. The second part is linear in the history, so that fresh events and unseen users need
    no training; to an unseen user their own part is missing.

    Args:
        n_factors: Width.
        n_layers: Of the convolution, at least 1.
        loss: ``softmax`` of cosines over all items for each user, or ``bpr``, the paper's.
        temperature: By which cosines are divided (softmax).
        batch: Users in a step of ``softmax``; pairs in a step of ``bpr``.
        regularization: L2 of the factors before the convolution.

    The others are of `DeepScorer`; the events held out are drawn.

    Source: He et al. 2020, "LightGCN: simplifying and powering graph convolution network"; the
    softmax: Wu et al. 2024, "On the effectiveness of sampled softmax loss for item recommendation".
    """

    n_factors: int = 64
    n_layers: int = 2
    loss: str = "softmax"
    temperature: float = 0.15
    batch: int = 1024
    learning_rate: float = 1e-2
    regularization: float = 1e-4
    epochs: int = 100
    item_factors_: Floats | None = field(default=None, init=False)
    fold_in_: Floats | None = field(default=None, init=False)
    user_factors_: Floats | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._check_training()
        self._need_one_of(LOSSES, "loss")
        self._need_above(0, "temperature")
        self._need_at_least(1, "n_factors", "n_layers")
        self._need_at_least(0, "regularization")

    def fit(
        self,
        interactions: Interactions,
        items: Items | None = None,
        users: Users | None = None,
        *,
        listener: Listener | None = None,
    ) -> Self:
        """Learn from who touched what; ``items`` and ``users`` are not used."""
        del items, users
        histories = needed(interactions.histories)
        weights = self._learn("lightgcn_torch", histories, listener)
        self.item_factors_ = weights["items"]
        self.fold_in_ = weights["fold_in"]
        self.user_factors_ = weights["users"]
        return self

    def user_vectors(self, histories: Histories) -> Floats:
        """Shape (n_users, n_factors); zeros for an unseen user without a history."""
        own = self.learnt("user_factors_")
        found = gathered(self.learnt("fold_in_"), histories)
        if histories.users is not None:
            known = histories.users >= 0
            found[known] += own[histories.users[known]]
        return found

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        return np.asarray(self.user_vectors(histories) @ self.learnt("item_factors_").T, np.float32)


def gathered(fold_in: Floats, histories: Histories) -> Floats:
    """Sum of the vectors of each history over the root of its weight, (n_users, n_factors)."""
    matrix = histories.matrix
    sums = np.maximum(np.asarray(matrix.sum(1)).ravel(), 1e-9)
    return np.asarray((matrix @ fold_in) / np.sqrt(sums)[:, None], np.float32)
