"""Interactions and labels for the re-ranking bench: MovieLens-1M, or a small made set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.data import Histories, Interactions, Items
from livelore.intelligence.recommend.metrics.accuracy import Accuracy, accuracy
from livelore.intelligence.recommend.metrics.exposure import tail_of, tail_share
from livelore.intelligence.recommend.metrics.variety import mean_distance
from livelore.intelligence.recommend.splits import random_holdout

NEW_SHARE = 0.05
"""Of the items, drawn from the less popular half: their hosts count as new."""
USERS_MIN = 5
"""Of an item, to count as warm."""
K = 20


@dataclass(frozen=True)
class Side:
    """Users who judge together: the pool of each, and what they did in the test part."""

    items: Any
    scores: Any
    histories: Histories
    test: Any
    catalogue: Items
    counts: Any
    new: Any
    new_scores: Any

    def with_new(self) -> tuple[Any, Any]:
        """The pools and behind them what new hosts have to offer, best first for each user."""
        there = (self.items[:, :, None] == self.new).any(axis=1)
        offered = np.where(there, -np.inf, self.new_scores)
        order = np.argsort(-offered, axis=1, kind="stable")
        scores = np.take_along_axis(offered, order, axis=1)
        items = np.where(np.isneginf(scores), -1, self.new[order])
        return np.hstack([self.items, items]), np.hstack([self.scores, scores])

    def judged(self, lists: Any) -> Accuracy:
        """Recall, nDCG and the others at 20."""
        return accuracy(lists, self.test, K)

    def figures(self, lists: Any) -> dict[str, float]:
        """Ranking quality, distance within lists, share of the long tail."""
        return {
            "ndcg": self.judged(lists).means["ndcg"],
            "ild": mean_distance(lists, self.catalogue.labels),
            "tail": tail_share(lists, tail_of(self.counts)),
        }


def interactions_of(folder: Path) -> tuple[str, Interactions, Items]:
    """MovieLens-1M with genres from a folder of Parquet files; a made set when it is not there."""
    if not (folder / "pairs_all.parquet").is_file():
        return ("made", *made(1))
    pairs = pq.read_table(folder / "pairs_all.parquet")
    users, movies = pairs["user"].to_numpy(), pairs["movie"].to_numpy()
    warm = np.bincount(movies)[movies] >= USERS_MIN
    found = Interactions.of(users[warm], movies[warm])
    table = pq.read_table(folder / "movies.parquet").to_pydict()
    genres = {
        movie: each.split("|") for movie, each in zip(table["movie"], table["genres"], strict=True)
    }
    names = sorted({name for each in genres.values() for name in each})
    labels = np.array(
        [[name in genres[int(movie)] for name in names] for movie in found.item_ids], np.float32
    )
    items = Items(found.item_ids, labels=sp.csr_matrix(labels), label_names=tuple(names))
    return "ml1m", found, items


def made(seed: int, n_users: int = 600, n_items: int = 300) -> tuple[Interactions, Items]:
    """Users with tastes for labels, items with popularity: enough to see every re-ranker work."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n_items, 8)) < 0.2).astype(np.float32)
    labels[np.arange(n_items), rng.integers(0, 8, n_items)] = 1
    taste = rng.normal(size=(n_users, 8))
    popularity = rng.normal(size=n_items)
    scores = (
        taste @ labels.T / labels.sum(axis=1) * 1.5
        + popularity
        + rng.gumbel(size=(n_users, n_items))
    )
    chosen = np.argsort(-scores, axis=1)[:, :30]
    users = np.repeat(np.arange(n_users), 30)
    ids = np.arange(n_items)
    found = Interactions.of(users, chosen.ravel(), item_ids=ids)
    return found, Items(ids, labels=sp.csr_matrix(labels))


def sides_of(
    interactions: Interactions, catalogue: Items, n_pool: int, seed: int
) -> tuple[Side, Side]:
    """Fit once on four fifths of every user, then part the users: validation and test.

    Half of the users chooses options by their held-out fifth, the others are the test. A
    validation part cut from every user's training would leave the test items as hidden hits among
    the candidates.
    """
    split = random_holdout(interactions, 0.2, seed)
    scorer = EASE().fit(split.train)
    n_pool = min(n_pool, interactions.n_items)
    counts = split.train.item_counts
    rng = np.random.default_rng(seed + 2)
    rare = np.argsort(counts, kind="stable")[: interactions.n_items // 2]
    new = np.sort(rng.permutation(rare)[: int(NEW_SHARE * interactions.n_items)])
    order = np.random.default_rng(seed + 1).permutation(interactions.n_users)
    n_validation = interactions.n_users // 2
    sides = []
    for rows in (np.sort(order[:n_validation]), np.sort(order[n_validation:])):
        histories = split.train.histories.take(rows)
        items, scores = scorer.top(histories, n_pool)
        test = split.test.matrix[rows]
        new_scores = scorer.scores(histories)[:, new]
        new_scores[histories.matrix[:, new].toarray() > 0] = -np.inf
        sides.append(Side(items, scores, histories, test, catalogue, counts, new, new_scores))
    return sides[0], sides[1]
