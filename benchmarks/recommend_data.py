"""Splits for the bench of recommendation: published ones from a folder, or a small made one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import DATA
from livelore.intelligence.recommend.data import Histories, Interactions
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import Scorer, best, hide

K = 20


@dataclass(frozen=True)
class Part:
    """What models are fitted on and judged by.

    Attributes:
        train: Events of the fit, whose histories are shown.
        test: What the same users did besides or afterwards.
    """

    train: Interactions
    test: Interactions

    @property
    def asked(self) -> Any:
        """Users with a test item."""
        return np.flatnonzero(np.diff(self.test.matrix.indptr) > 0)

    def sample(self, n_users: int, seed: int = 0) -> "Asked":
        """So many of them, drawn with a seed; all when there are no more."""
        users = self.asked
        if len(users) > n_users:
            chosen = np.random.default_rng(seed).choice(users, n_users, replace=False)
            users = np.sort(chosen)
        return Asked(self.train.histories.take(users), self.test.matrix[users])

    @property
    def whole(self) -> "Asked":
        """All of them."""
        return self.sample(len(self.asked))


@dataclass(frozen=True)
class Asked:
    """Histories of the users who judge, and what they did."""

    histories: Histories
    test: Any

    def of_scores(self, scores: Any) -> Any:
        """Accuracy at 20 of a matrix of scores, one row a user."""
        shown = np.array(scores, np.float32)
        hide(shown, self.histories)
        return accuracy(best(shown, K)[0], self.test, K)

    def of(self, scorer: Scorer) -> Any:
        """Accuracy at 20 of a fitted scorer."""
        return accuracy(scorer.top(self.histories, K)[0], self.test, K)


def columns(name: str, *more: str) -> list[Any]:
    """User, item and further columns of one Parquet file under the data folder."""
    table = pq.read_table(DATA / f"{name}.parquet")
    return [table[each].to_numpy() for each in ("user", "item", *more)]


def published(train: str, test: str) -> Part:
    """A split as published: two files with codes from 0."""
    first, second = columns(train), columns(test)
    return Part(*coded(first, second))


def coded(*parts: Any) -> list[Interactions]:
    """Parts with the same codes."""
    users = np.arange(max(part[0].max() for part in parts) + 1)
    items = np.arange(max(part[1].max() for part in parts) + 1)
    return [Interactions.of(part[0], part[1], user_ids=users, item_ids=items) for part in parts]


def ordered() -> dict[str, Any]:
    """ML-1M with order: (users, items) of the files train, test and valid, each in its order."""
    found = {}
    for name in ("train", "test", "valid"):
        users, items, order = columns(f"ml1m_ordered/{name}", "order")
        by = np.lexsort((order, users))
        found[name] = (users[by], items[by])
    return found


def after(first: Any, second: Any) -> Any:
    """Two parts as one, the second behind the first."""
    return tuple(np.concatenate(pair) for pair in zip(first, second, strict=True))


def held_out(train: Interactions, share: float = 0.1, seed: int = 0) -> Part:
    """A validation part: a random share of the events, cut from train."""
    held = np.random.default_rng(seed).random(len(train)) < share
    return Part(train.take(~held), train.take(held))


def ml100k() -> Interactions:
    """Ratings with their times, as implicit feedback."""
    table = pq.read_table(DATA / "ml100k" / "ratings.parquet")
    return Interactions.of(
        table["user_id"].to_numpy(), table["item_id"].to_numpy(), at=table["timestamp"].to_numpy()
    )


def between(events: Interactions, begin: float, end: float) -> Part:
    """Before a quantile of time, and from it to another, by users with a history."""
    cut, stop = np.quantile(events.at, [begin, end])
    times: Any = events.at
    train = events.take(times < cut)
    seen = np.bincount(train.users, minlength=events.n_users) > 0
    inside = (times >= cut) & (times <= stop)
    return Part(train, events.take(inside & seen[events.users]))


def made(seed: int = 0, n_users: int = 400, n_items: int = 120) -> Interactions:
    """A small set with six tastes and an order, for a run in seconds."""
    rng = np.random.default_rng(seed)
    tastes = rng.integers(0, 6, n_users)
    users = np.repeat(np.arange(n_users), 20)
    liked = rng.random(len(users)) < 0.8
    block = rng.integers(0, n_items // 6, len(users)) * 6 + tastes[users]
    items = np.where(liked, block, rng.integers(0, n_items, len(users)))
    at = np.sort(rng.uniform(0, 1e6, len(users)))
    known = np.arange(n_users), np.arange(n_items)
    return Interactions.of(users, items, at=at, user_ids=known[0], item_ids=known[1])
