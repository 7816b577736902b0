"""The one training loop: seeded batches, a budget, early stopping by a part held out."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import best, hide

Weights = dict[str, NDArray[np.float32]]
"""Parameters by name."""
CHECKED_MAX = 1500
"""Users on whom the stop figure is taken; more cost time and move it little."""


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
Check = Callable[[Weights], float]


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
        """Epoch, loss and figure (NaN without one), a row an epoch; no seconds, which differ."""
        rows = [(p.epoch, p.loss, p.ndcg) for p in self.history]
        return np.array(rows, dtype=np.float64)


class Trainer(ABC):
    """Draws and steps of one model; what needs PyTorch is in `trainer_torch` and below it."""

    rows_min = 1
    """A batch of fewer is left out."""

    def __init__(self, batch: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self._batch = batch

    @abstractmethod
    def begin(self) -> int:
        """Prepare an epoch; how many rows it has."""

    @abstractmethod
    def step(self, rows: NDArray[np.int64]) -> float:
        """Learn from some rows of the epoch; their mean loss."""

    @abstractmethod
    def snapshot(self) -> Weights:
        """A copy of the weights as they are now."""

    def epoch(self) -> float:
        """Every row once, in a drawn order; the mean loss, 0 where there is nothing to learn."""
        n_rows = self.begin()
        order = self.rng.permutation(n_rows)
        parts = np.split(order, range(self._batch, n_rows, self._batch))
        losses = [self.step(rows) for rows in parts if len(rows) >= self.rows_min]
        return float(np.mean(losses)) if losses else 0.0


def train(
    trainer: Trainer,
    budget: Budget,
    listener: Listener | None = None,
    check: Check | None = None,
) -> Trained:
    """Run epochs until the budget or the patience ends; the best weights are given back.

    Args:
        trainer: Does an epoch.
        budget: When to stop.
        listener: Told after each epoch.
        check: Figure on the part held out, the higher the better; None: the last weights count.

    Raises:
        DataInvalid: Loss or weights are not finite: the learning rate is too high for these data.
    """
    started = time.process_time()
    history: list[Progress] = []
    best_found = (-1.0, 0)
    kept: Weights = {}
    for number in range(1, budget.epochs + 1):
        loss = _finite(trainer.epoch(), "loss", number)
        found = None
        if check is not None:
            weights = _finite_weights(trainer.snapshot(), number)
            found = check(weights)
            if found > best_found[0]:
                best_found, kept = (found, number), weights
        cpu_s = time.process_time() - started
        history.append(Progress(number, loss, found, cpu_s))
        if listener is not None:
            listener(history[-1])
        if found is not None and number - best_found[1] >= budget.patience:
            break
        if budget.cpu_minutes is not None and cpu_s > 60 * budget.cpu_minutes:
            break
    if check is None:
        n_done = len(history)
        best_found, kept = (0.0, n_done), _finite_weights(trainer.snapshot(), n_done)
    return Trained(kept, best_found[1], history)


def _finite(value: float, what: str, epoch: int) -> float:
    if not np.isfinite(value):
        raise DataInvalid(column=what, row=epoch, detail="not finite: lower learning_rate")
    return value


def _finite_weights(weights: Weights, epoch: int) -> Weights:
    for name, each in weights.items():
        _finite(float(np.abs(each).max(initial=0)), f"weights {name}", epoch)
    return weights


@dataclass(frozen=True)
class HeldOut:
    """Users on whom the stop figure is taken.

    Attributes:
        rows: Which, of all users.
        seen: What their model may look at.
        wanted: What it should find.
    """

    rows: NDArray[np.int64]
    seen: Histories
    wanted: Histories

    def by(self, scores_of: Callable[[Weights, "HeldOut"], Floats]) -> Check:
        """The check of `train`, for a model that scores these users from weights."""
        return lambda weights: stop_figure(scores_of(weights, self), self.seen, self.wanted)


def held_out(
    histories: Histories,
    share: float,
    seed: int,
    *,
    is_drawn: bool = False,
    users_max: int = CHECKED_MAX,
) -> tuple[Histories, HeldOut | None]:
    """Part histories into what is learnt from and what is held out to stop by.

    Args:
        histories: Of all users.
        share: See `cut`.
        seed: Of the draws.
        is_drawn: Events are drawn; else each user's last.
        users_max: On whom the figure is taken, drawn.

    Returns:
        The first with all users; None for the second where nothing is held out.
    """
    kept, held = cut(histories, share, np.random.default_rng(seed) if is_drawn else None)
    if not len(held.items):
        return histories, None
    rows = checked_users(held, users_max, seed)
    return kept, HeldOut(rows, kept.take(rows), held.take(rows))


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
    if not len(wanted.items):
        return 0.0
    hide(scores, seen)
    items, _ = best(scores, k)
    return accuracy(items, wanted.matrix, k).means["ndcg"]


def needed(histories: Histories) -> Histories:
    """The histories themselves.

    Raises:
        DataInvalid: There is no event to learn from.
    """
    if not len(histories.items):
        raise DataInvalid(column="item", detail="no event to learn from")
    return histories


def checked_users(histories: Histories, most: int, seed: int) -> NDArray[Any]:
    """Rows of at most ``most`` users, drawn, on whom the stop figure is taken."""
    rows = np.arange(len(histories))
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
