"""What every training here has: a budget, early stopping, and a part held out to stop by."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import best, hide

Weights = dict[str, NDArray[np.float32]]
"""Parameters by name."""


@dataclass(frozen=True)
class Progress:
    """After an epoch.

    Attributes:
        epoch: From 1.
        loss: Mean over the epoch.
        ndcg: At 20 on the part held out; None without one.
        cpu_s: Seconds since the start, of all threads.
    """

    epoch: int
    loss: float
    ndcg: float | None
    cpu_s: float


Listener = Callable[[Progress], None]


@dataclass(frozen=True)
class Budget:
    """When to stop.

    Attributes:
        epochs: At most.
        cpu_minutes: At most, looked at after each epoch; None: no limit. What is learnt within a
            time differs between machines: leave it None where a fit must be repeated exactly.
        patience: Epochs without a better figure on the part held out.
    """

    epochs: int
    cpu_minutes: float | None
    patience: int

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.patience < 1:
            raise OptionInvalid(option="epochs, patience", detail="at least 1")
        if self.cpu_minutes is not None and not self.cpu_minutes > 0:
            raise OptionInvalid(option="cpu_minutes", detail="must be above 0")


@dataclass(frozen=True)
class Trained:
    """The best weights, and the history of the training."""

    weights: Weights
    epochs: int
    history: list[Progress]

    @property
    def table(self) -> NDArray[np.float64]:
        """Epoch, loss, figure (NaN without one) and CPU seconds, a row an epoch."""
        rows = [(p.epoch, p.loss, p.ndcg, p.cpu_s) for p in self.history]
        return np.array(rows, dtype=np.float64)


def train(
    epoch: Callable[[], float],
    snapshot: Callable[[], Weights],
    check: Callable[[Weights], float] | None,
    budget: Budget,
    listener: Listener | None = None,
) -> Trained:
    """Run epochs until the budget or the patience ends.

    Args:
        epoch: Does one and gives its mean loss.
        snapshot: The weights as they are now.
        check: Figure on the part held out, the higher the better; None: the last weights count.
        budget: When to stop.
        listener: Told after each epoch.

    Raises:
        DataInvalid: The loss is not finite: the learning rate is too high for these data.
    """
    started = time.process_time()
    history: list[Progress] = []
    best_found = (-1.0, 0)
    kept: Weights = {}
    for number in range(1, budget.epochs + 1):
        loss = epoch()
        if not np.isfinite(loss):
            raise DataInvalid(column="loss", row=number, detail="not finite: lower learning_rate")
        weights = {} if check is None else snapshot()
        found = None if check is None else check(weights)
        cpu_s = time.process_time() - started
        history.append(Progress(number, float(loss), found, cpu_s))
        if listener is not None:
            listener(history[-1])
        if found is not None and found > best_found[0]:
            best_found, kept = (found, number), weights
        if found is not None and number - best_found[1] >= budget.patience:
            break
        if budget.cpu_minutes is not None and cpu_s > 60 * budget.cpu_minutes:
            break
    if check is None:
        return Trained(snapshot(), len(history), history)
    return Trained(kept, best_found[1], history)


def cut(
    histories: Histories, share: float, rng: np.random.Generator | None = None
) -> tuple[Histories, Histories]:
    """Take a part of every user's events away.

    Args:
        histories: Of all users.
        share: Of each user's events, rounded down; who has too few keeps all.
        rng: Which are taken is drawn from it; None: the last.

    Returns:
        What stays and what was taken, both with all users.
    """
    if not 0 <= share < 1:
        raise OptionInvalid(option="validation", detail="a share from 0 to below 1")
    sizes = np.diff(histories.indptr)
    order = np.arange(len(histories.items))
    rank = histories.positions
    if rng is not None:
        owner = np.repeat(np.arange(len(histories)), sizes)
        order = np.lexsort((rng.random(len(order)), owner))
        rank = np.empty_like(rank)
        rank[order] = histories.positions
    taken = rank < np.repeat((sizes * share).astype(np.int64), sizes)
    return _only(histories, ~taken), _only(histories, taken)


def _only(histories: Histories, which: NDArray[np.bool_]) -> Histories:
    counted = np.concatenate([[0], np.cumsum(which)])
    return Histories(
        counted[histories.indptr],
        histories.items[which],
        histories.weights[which],
        histories.n_items,
        None if histories.at is None else histories.at[which],
        histories.now,
        histories.users,
    )


def stop_figure(scores: Floats, seen: Histories, wanted: Histories, k: int = 20) -> float:
    """Mean nDCG at ``k`` over users who have something held out; ``scores`` is changed."""
    hide(scores, seen)
    items, _ = best(scores, k)
    hits = np.zeros(items.shape, dtype=bool)
    target = wanted.matrix.toarray() > 0
    rows = np.arange(len(items))[:, None]
    hits = target[rows, np.maximum(items, 0)] & (items >= 0)
    gains = 1 / np.log2(np.arange(k) + 2)
    n_wanted = np.minimum(target.sum(1), k)
    ideal = np.concatenate([[0], np.cumsum(gains)])[n_wanted]
    has = n_wanted > 0
    return float(((hits * gains).sum(1)[has] / ideal[has]).mean()) if has.any() else 0.0


def needed(histories: Histories) -> Histories:
    """The histories themselves.

    Raises:
        DataInvalid: There is no event to learn from, or fewer than two items.
    """
    if not len(histories.items):
        raise DataInvalid(column="item", detail="no event to learn from")
    if histories.n_items < 2:
        raise DataInvalid(column="item", detail="a single item cannot be ranked")
    return histories


def checked_users(histories: Histories, most: int, seed: int) -> NDArray[Any]:
    """Rows of at most ``most`` users, drawn, on whom the stop figure is taken."""
    rows = np.arange(len(histories))
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
