"""Two towers: users and items each to one vector, from ids and from what is known of them."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.deep.options import DeepScorer
from livelore.intelligence.recommend.deep.training import Listener, Weights, needed
from livelore.intelligence.recommend.errors import DataInvalid

TEXT_BUCKETS = 256
"""Words and pairs of characters are hashed to so many columns; measured enough for titles."""


@dataclass
class TwoTower(DeepScorer):
    """Inner product of a user's and an item's vector, both made by a small network.

    The user's tower reads the weighted mean of the newest ``max_length`` events and the user's
    features; the item's tower its id, labels and words, so that an item without an event has a
    vector too (a share of ids is hidden while training, so that the tower learns to do without).

    Args:
        n_factors: Of the vectors.
        n_hidden: Of the layer between.
        max_length: Events that are looked at, the newest.
        temperature: By which cosines are divided.
        hidden_ids: Share of item ids left out while training.
        batch: Events in a step; the others' items are the negatives.

    The others are of `DeepScorer`; the events held out are each user's last.

    Source: Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item
    recommendations": the softmax within a batch with the correction by log popularity.
    """

    n_factors: int = 64
    n_hidden: int = 128
    max_length: int = 50
    temperature: float = 0.1
    hidden_ids: float = 0.2
    learning_rate: float = 2e-3
    batch: int = 1024
    epochs: int = 20
    patience: int = 3
    weights_: Weights | None = field(default=None, init=False)
    item_vectors_: Floats | None = field(default=None, init=False)
    user_features_: Floats | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._check_training()
        self._need_at_least(1, "n_factors", "n_hidden", "max_length")
        self._need_at_least(2, "batch")
        self._need_above(0, "temperature")
        self._need_share("hidden_ids")

    def fit(
        self,
        interactions: Interactions,
        items: Items | None = None,
        users: Users | None = None,
        *,
        listener: Listener | None = None,
    ) -> Self:
        """Learn from events and from labels, texts and features where there are any.

        Raises:
            DataInvalid: ``items`` or ``users`` have other rows than the interactions.
        """
        histories = needed(interactions.histories)
        content = item_features(items, interactions.n_items)
        features = user_features(users, interactions.n_users)
        weights = self._learn("two_tower_torch", histories, content, features, listener)
        self.weights_ = weights
        has_id = (interactions.item_counts > 0).astype(np.float32)
        self.item_vectors_ = item_tower(weights, content, has_id)
        self.user_features_ = features
        return self

    def user_vectors(self, histories: Histories) -> Floats:
        """Shape (n_users, n_factors), of length 1."""
        features = of_users(self.learnt("user_features_"), histories)
        return user_tower(self.learnt("weights_"), means(histories, self.max_length), features)

    def scores(self, histories: Histories) -> Floats:
        """Cosines, shape (n_users, n_items)."""
        return np.asarray(self.user_vectors(histories) @ self.learnt("item_vectors_").T, np.float32)


def item_features(items: Items | None, n_items: int) -> Floats:
    """Labels and hashed words side by side, rows of length 1 or 0, shape (n_items, n_features)."""
    if items is None:
        return np.zeros((n_items, 0), np.float32)
    if len(items) != n_items:
        raise DataInvalid(column="items", detail=f"{len(items)} rows beside {n_items} items")
    parts = [np.zeros((n_items, 0), np.float32)]
    if items.labels is not None:
        parts.append(_unit(np.asarray(items.labels.toarray(), np.float32)))
    if items.texts is not None:
        parts.append(_unit(_hashed(items.texts)))
    return np.concatenate(parts, 1)


def _hashed(texts: tuple[str, ...]) -> Floats:
    # Any: scikit-learn has no types; loaded here because texts are rare and loading it is slow
    text: Any = import_module("sklearn.feature_extraction.text")
    words = text.HashingVectorizer(n_features=TEXT_BUCKETS, alternate_sign=False, norm=None)
    pairs = text.HashingVectorizer(
        n_features=TEXT_BUCKETS, analyzer="char", ngram_range=(2, 2), norm=None
    )
    both = words.transform(texts) + pairs.transform(texts)
    return np.asarray(both.toarray(), np.float32)


def user_features(users: Users | None, n_users: int) -> Floats:
    """Standardised portraits, shape (n_users, n_features); no column without users."""
    if users is None:
        return np.zeros((n_users, 0), np.float32)
    if len(users) != n_users or len(users.features) != n_users:
        raise DataInvalid(column="users", detail=f"{len(users)} rows beside {n_users} users")
    given = np.asarray(users.features, np.float32)
    if not np.isfinite(given).all():
        row = int(np.argwhere(~np.isfinite(given))[0, 0])
        raise DataInvalid(column="users", row=row, detail="a feature is NaN or infinite")
    return np.asarray((given - given.mean(0)) / np.maximum(given.std(0), 1e-6), np.float32)


def of_users(known: Floats, histories: Histories) -> Floats:
    """Rows of ``known`` for those who are asked about, zeros for the unseen."""
    found = np.zeros((len(histories), known.shape[1]), np.float32)
    if histories.users is not None:
        seen = histories.users >= 0
        found[seen] = known[histories.users[seen]]
    return found


def means(histories: Histories, length: int) -> Any:  # Any: a sparse matrix
    """Each row: the shares of the newest events, summing to 1, or nothing."""
    recent = histories.weighted(
        np.where(histories.positions < length, histories.weights, 0).astype(np.float32)
    ).matrix
    sums = np.maximum(np.asarray(recent.sum(1)).ravel(), 1e-9)
    recent.data /= np.repeat(sums, np.diff(recent.indptr)).astype(np.float32)
    return recent


def user_tower(weights: Weights, shares: Any, features: Floats) -> Floats:
    """Vectors of length 1, shape (n_users, n_factors)."""
    given = np.concatenate([shares @ weights["events"], features], 1)
    return _tower(weights, "user", given)


def item_tower(weights: Weights, content: Floats, has_id: Floats) -> Floats:
    """The same of items; ``has_id`` is 0 for an item whose id nothing was learnt of."""
    return _tower(weights, "item", np.concatenate([weights["ids"] * has_id[:, None], content], 1))


def _tower(weights: Weights, side: str, given: Floats) -> Floats:
    hidden = np.maximum(given @ weights[f"{side}.in"] + weights[f"{side}.shift"], 0)
    found = hidden @ weights[f"{side}.out"] + given @ weights[f"{side}.past"]
    return _unit(np.asarray(found, np.float32))


def _unit(values: Floats) -> Floats:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(lengths, 1e-6), np.float32)
