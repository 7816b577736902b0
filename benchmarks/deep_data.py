"""Data of the bench `deep`: MovieLens-1M where it lies beside the repository, else made."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.common import DATA
from livelore.intelligence.recommend.adversarial import item_weights
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Users
from livelore.intelligence.recommend.metrics.accuracy import Accuracy, accuracy
from livelore.intelligence.recommend.scorer import best, hide

CUT = 20


@dataclass(frozen=True)
class Task:
    """Interactions to learn from, and per user those to be found again."""

    train: Interactions
    test: Interactions


@dataclass(frozen=True)
class Ordered:
    """Three parts of each user's history, one after the other in time."""

    train: Interactions
    valid: Interactions
    both: Interactions
    test: Interactions


@dataclass(frozen=True)
class Grouped:
    """Interactions with the gender of each user: 0 men, 1 women."""

    train: Interactions
    valid: Interactions
    test: Interactions
    users: Users


def is_there() -> bool:
    """Whether MovieLens-1M lies beside the repository."""
    return (DATA / "ml1m" / "pairs_all.parquet").is_file()


def _columns(name: str, *wanted: str) -> list[NDArray[Any]]:
    table = pq.read_table(DATA / name)
    return [table[each].to_numpy() for each in wanted]


def ultragcn() -> Task:
    """The split of UltraGCN and SimpleX."""
    parts = [
        _columns(f"ml1m/ultragcn_{name}.parquet", "user", "item") for name in ("train", "test")
    ]
    return _task(parts)


def _task(parts: list[list[NDArray[Any]]]) -> Task:
    n_users, n_items = (1 + max(int(each[n].max()) for each in parts) for n in (0, 1))
    ids = {"user_ids": np.arange(n_users), "item_ids": np.arange(n_items)}
    train, test = (Interactions.of(each[0], each[1], **ids) for each in parts)
    return Task(train, test)


def ordered() -> Ordered:
    """DiffRec's clean split: each user's history 7:1:2 in time.

    The file called ``test`` holds the tenth that follows train, ``valid`` the fifth after it: how
    often one item follows another in train says so (mean log ratio .38 from the last of train to
    the first of ``test`` and .39 from there to ``valid``, as within each; -.41 and -.75 the other
    way round). So the file ``test`` is the validation part here and ``valid`` is the test. Who
    takes the names at their word predicts the middle of a history from its end.
    """
    names = ("train", "test", "valid")
    parts = [_columns(f"ml1m_ordered/{name}.parquet", "user", "item", "order") for name in names]
    return _ordered(parts)


def _ordered(parts: list[list[NDArray[Any]]]) -> Ordered:
    users, items = (np.concatenate([each[n] for each in parts]) for n in (0, 1))
    part = np.repeat(np.arange(3), [len(each[0]) for each in parts])
    at = np.concatenate([each[2].astype(np.float64) for each in parts]) + 1e6 * part
    whole = Interactions.of(
        users,
        items,
        at=at,
        user_ids=np.arange(users.max() + 1),
        item_ids=np.arange(items.max() + 1),
    )
    train, valid, test = (whole.take(part == n) for n in range(3))
    return Ordered(train, valid, whole.take(part < 2), test)


def grouped() -> Grouped:
    """All pairs of MovieLens-1M, cut 8:1:1 at random, with each user's gender."""
    users, items = _columns("ml1m/pairs_all.parquet", "user", "movie")
    ids, gender = _columns("ml1m/users.parquet", "user", "gender")
    whole = Interactions.of(users, items, user_ids=np.sort(ids))
    female = (gender[np.argsort(ids)] == "F").astype(np.float32)
    return _grouped(whole, female)


def _grouped(whole: Interactions, gender: Floats) -> Grouped:
    drawn = np.random.default_rng(0).random(len(whole))
    masks = (drawn < 0.8, (drawn >= 0.8) & (drawn < 0.9), drawn >= 0.9)
    train, valid, test = (whole.take(mask) for mask in masks)
    return Grouped(train, valid, test, Users(whole.user_ids, gender[:, None], ("gender",)))


def made() -> tuple[Task, Ordered, Grouped]:
    """The same three tasks on made data: users walk along a circle of items, in steps of 1 to 3."""
    rng = np.random.default_rng(0)
    n_users, length, n_items = 240, 20, 120
    steps = rng.integers(1, 4, (n_users, length)).cumsum(1)
    gender = rng.integers(0, 2, n_users)
    starts = rng.integers(0, n_items // 2, n_users) + gender * n_items // 3
    items = (starts[:, None] + steps) % n_items
    columns = [
        np.repeat(np.arange(n_users), length),
        items.ravel(),
        np.tile(np.arange(length), n_users),
    ]
    place = columns[2]
    parts = [
        [each[m] for each in columns]
        for m in (place < 14, (place >= 14) & (place < 16), place >= 16)
    ]
    history = _ordered(parts)
    whole = Interactions.of(*columns[:2], item_ids=np.arange(n_items))
    return Task(history.both, history.test), history, _grouped(whole, gender.astype(np.float32))


def measured(scores: Floats, seen: Histories, test: Interactions) -> Accuracy:
    """At 20, of each user; ``scores`` is changed."""
    hide(scores, seen)
    return accuracy(best(scores, CUT)[0], test.matrix, CUT)


def figure(scores: Floats, seen: Histories, test: Interactions) -> tuple[float, float]:
    """Recall and nDCG at 20, means over users with test items."""
    means = measured(scores, seen, test).means
    return round(means["recall"], 4), round(means["ndcg"], 4)


def item_item(train: Interactions) -> Floats:
    """EDLAE's weights, the closed form that stands beside the trained models (RESEARCH A2)."""
    return item_weights(train, 300.0, 0.5).astype(np.float32)


def standard(scores: Floats) -> Floats:
    """Of each user: mean 0, spread 1."""
    spread = np.maximum(scores.std(1, keepdims=True), 1e-9)
    return np.asarray((scores - scores.mean(1, keepdims=True)) / spread, np.float32)
