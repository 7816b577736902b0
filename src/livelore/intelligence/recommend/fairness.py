"""How far a measure differs between groups of users, and whether a change moved that."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.errors import DataInvalid

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure, and what a bootstrap over users says of it.

    Attributes:
        value: On all users.
        low: End of the interval.
        high: The other end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupReport:
    """A measure by group, before and after a change.

    Attributes:
        groups: Their names.
        n_users: Of each.
        before: Mean of each.
        after: The same; equal to ``before`` without a change.
        gap_before: Best group less worst group.
        gap_after: The same, of the same two groups in the same order.
        gap_change: ``gap_after`` less ``gap_before``; the users are resampled together, so what
            both have in common cancels.
        loss: Of each group, share of ``before`` that is gone.
    """

    groups: tuple[str, ...]
    n_users: tuple[int, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    gap_before: Interval
    gap_after: Interval
    gap_change: Interval
    loss: tuple[Interval, ...]

    def __str__(self) -> str:
        """As a table."""
        lines = ["group        users  before   after    loss %"]
        rows = zip(self.groups, self.n_users, self.before, self.after, self.loss, strict=True)
        lines += [
            f"{name:<12} {n:>5}  {before:.4f}  {after:.4f}  {_percent(loss)}"
            for name, n, before, after, loss in rows
        ]
        for name, gap in (("before", self.gap_before), ("after", self.gap_after)):
            lines.append(f"gap {name}: {gap.value:.4f} [{gap.low:.4f}, {gap.high:.4f}]")
        change = self.gap_change
        return "\n".join(
            [*lines, f"change: {change.value:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"]
        )


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def group_report(
    before: ArrayLike,
    groups: ArrayLike,
    after: ArrayLike | None = None,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> GroupReport:
    """Gap of a measure between groups of users, with bootstrap intervals (percentiles, 95 %).

    Args:
        before: Measure of each user, such as nDCG@20, shape (n_users,). Users without test items
            are left out by the caller or are NaN.
        groups: Name or number of the group of each user.
        after: The measure after a change, such as hiding the group; same users.
        rng: Draws the resamples.
        resamples: How many.

    Raises:
        DataInvalid: Lengths differ, or fewer than two groups have users.
    """
    first = np.asarray(before, np.float64)
    second = first if after is None else np.asarray(after, np.float64)
    names = np.asarray(groups)
    if not first.shape == second.shape == names.shape or first.ndim != 1:
        raise DataInvalid(column="groups", detail=f"shapes {first.shape}, {names.shape}")
    known = np.isfinite(first) & np.isfinite(second)
    labels, codes = np.unique(names[known], return_inverse=True)
    if len(labels) < 2:
        raise DataInvalid(column="groups", detail="two groups with users are needed")
    pair = np.stack([first[known], second[known]])
    means = np.stack([pair[:, codes == n].mean(1) for n in range(len(labels))])
    # a group is resampled within itself: its size is a fact, not a draw
    drawn = np.stack([_resampled(pair[:, codes == n], resamples, rng) for n in range(len(labels))])
    top, low = int(means[:, 0].argmax()), int(means[:, 0].argmin())
    gaps, gap_draws = means[top] - means[low], drawn[top] - drawn[low]
    return GroupReport(
        tuple(str(each) for each in labels),
        tuple(int(each) for each in np.bincount(codes)),
        tuple(float(each) for each in means[:, 0]),
        tuple(float(each) for each in means[:, 1]),
        _interval(gaps[0], gap_draws[0]),
        _interval(gaps[1], gap_draws[1]),
        _interval(gaps[1] - gaps[0], gap_draws[1] - gap_draws[0]),
        tuple(_interval(_lost(means[n]), _lost(drawn[n])) for n in range(len(labels))),
    )


def _lost(pair: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 - pair[1] / np.maximum(pair[0], 1e-12), np.float64)


def _resampled(
    pair: NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Means of users drawn again, shape (2, resamples)."""
    n_users = pair.shape[1]
    counts = np.empty((2, resamples))
    for n in range(resamples):
        counts[:, n] = pair[:, rng.integers(0, n_users, n_users)].mean(1)
    return counts


def _interval(value: float | NDArray[np.float64], draws: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), float(low), float(high))
