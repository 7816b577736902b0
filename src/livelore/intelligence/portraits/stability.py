"""Segments that keep their numbers from fit to fit, and an alarm when they move."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix
from livelore.intelligence.portraits.means import means_by

PSI_WATCH = 0.1
PSI_ALARM = 0.25
"""Population stability index: below 0.1 no change, above 0.25 another population.

Source: Siddiqi 2006, Credit Risk Scorecards.
"""
MOVE_ALARM = 0.5
"""Movement of a segment's centre, in spreads of its features (root mean square), that is told."""
_LEAST = 1e-4
"""Share that an empty bin counts as."""


def overlaps(before: Labels, after: Labels) -> NDArray[np.int64]:
    """Rows in each pair of old and new number, shape (n_before, n_after); noise (-1) left out."""
    known = (before >= 0) & (after >= 0)
    n_before, n_after = int(before.max(initial=-1)) + 1, int(after.max(initial=-1)) + 1
    cells = before[known].astype(np.int64) * n_after + after[known]
    return np.bincount(cells, minlength=n_before * n_after).reshape(n_before, n_after)


def numbers_by_overlap(
    before: Labels,
    after: Labels,
    first_free: int = 0,
    nearness: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """The number that each new cluster gets: that of the old one it shares most users with.

    Args:
        before: Old numbers of the same users, shape (n_users,); -1: none.
        after: New numbers, shape (n_users,).
        first_free: Numbers below were given once: a cluster without a partner gets none of them.
        nearness: Of each old and new cluster, 0 to 1, shape (n_before, n_after): weighs the users
            they share. When a segment of newcomers appears beside an old one, both share users with
            the old; nearness tells which of them it is.

    Returns:
        By new number: the old one, each at most once, so that as many users as possible keep
        theirs; a cluster without a partner gets the next number never used.

    Source: Kuhn 1955 (the assignment problem).
    """
    costs = -overlaps(before, after).astype(np.float64)
    if nearness is not None:
        costs *= nearness[: costs.shape[0], : costs.shape[1]]
    return _numbers(costs, max(first_free, len(costs)), needs_gain=True)


def numbers_by_centres(before: Matrix, after: Matrix) -> NDArray[np.int64]:
    """The same from centres of shape (k, n_features), where no common users are at hand."""
    off = before[:, None, :].astype(np.float64) - after[None, :, :]
    return _numbers(np.square(off).sum(axis=2), len(before), needs_gain=False)


def _numbers(costs: NDArray[np.float64], free: int, *, needs_gain: bool) -> NDArray[np.int64]:
    found = np.full(costs.shape[1], -1, np.int64)
    for old, new in zip(*linear_sum_assignment(costs), strict=True):
        if not needs_gain or costs[old, new] < 0:
            found[new] = old
    fresh = np.flatnonzero(found < 0)
    found[fresh] = free + np.arange(len(fresh))
    return found


def nearness(before: Matrix, after: Matrix) -> NDArray[np.float64]:
    """exp(-d²) with d the root mean square distance of centres in spreads; NaN centres: 0.

    Args:
        before: Shape (n_before, n_features), scaled.
        after: Shape (n_after, n_features), in the same scale.
    """
    off = before[:, None, :].astype(np.float64) - after[None, :, :]
    found: NDArray[np.float64] = np.nan_to_num(np.exp(-np.square(off).mean(axis=2)))
    return found


def renumbered(labels: Labels, numbers: NDArray[np.int64]) -> Labels:
    """Labels by their new numbers; noise stays -1."""
    found = np.full(len(labels), -1, np.int32)
    found[labels >= 0] = numbers[labels[labels >= 0]]
    return found


def kept_share(before: Labels, after: Labels) -> float:
    """Share of users whose number is the same; 1 of nobody."""
    return float(np.mean(before == after)) if len(before) else 1.0


def psi(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Population stability index of two counts by bin: Σ (q - p) ln(q / p), at least 0."""
    p = np.maximum(before / max(before.sum(), 1e-300), _LEAST)
    q = np.maximum(after / max(after.sum(), 1e-300), _LEAST)
    return float(((q - p) * np.log(q / p)).sum())


@dataclass(frozen=True)
class Snapshot:
    """What a fit remembers of its population, small enough to keep for ever.

    Attributes:
        names: Of features.
        centres: Mean of each segment's scaled features by segment number; NaN rows: not in use.
        shares: Share of users by segment number.
        borders: Deciles of each scaled feature, shape (n_features, 9).
        bins: Share of users between them, shape (n_features, 10).
    """

    names: tuple[str, ...]
    centres: Matrix
    shares: NDArray[np.float64]
    borders: NDArray[np.float64]
    bins: NDArray[np.float64]


def snapshot(names: tuple[str, ...], X: Matrix, labels: Labels, like: Snapshot | None) -> Snapshot:
    """Of scaled features of shape (n_users, n_features); binned as ``like`` when that is given."""
    n_segments = int(labels.max(initial=0)) + 1
    counts = np.bincount(labels[labels >= 0], minlength=n_segments).astype(np.float64)
    centres = np.full((n_segments, X.shape[1]), np.nan)
    found, _ = means_by(X, labels, n_segments)
    centres[counts > 0] = found[counts > 0]
    borders = like.borders if like is not None else _deciles(X)
    bins = np.stack([_binned(X[:, n], border) for n, border in enumerate(borders)])
    return Snapshot(names, centres, counts / max(len(labels), 1), borders, bins)


def _deciles(X: Matrix) -> NDArray[np.float64]:
    every = -(-len(X) // 100_000)
    found: NDArray[np.float64] = np.quantile(
        X[::every].astype(np.float64), np.arange(1, 10) / 10, axis=0
    ).T
    return found


def _binned(column: Matrix, borders: NDArray[np.float64]) -> NDArray[np.float64]:
    every = -(-len(column) // 100_000)
    places = np.searchsorted(borders, column[::every], side="left")
    return np.bincount(places, minlength=10) / max(len(places), 1)


@dataclass(frozen=True)
class Drift:
    """How far a population and its segments have moved between two snapshots.

    Attributes:
        share_psi: Of users by segment.
        feature_psi: By feature.
        moves: By segment number: root mean square movement of its centre, in spreads.
        appeared: Segments that were not there.
        vanished: Segments that are no longer.
        alarms: One sentence for each thing that passed its threshold; empty: all is as it was.
    """

    share_psi: float
    feature_psi: dict[str, float]
    moves: dict[int, float]
    appeared: tuple[int, ...] = ()
    vanished: tuple[int, ...] = ()
    alarms: tuple[str, ...] = field(default=())


def drift(before: Snapshot, after: Snapshot) -> Drift:
    """Compare two snapshots that were scaled and binned alike (``after`` made ``like=before``)."""
    n_segments = max(len(before.shares), len(after.shares))
    old, new = (np.pad(each.shares, (0, n_segments - len(each.shares))) for each in (before, after))
    both = [n for n in range(n_segments) if old[n] > 0 and new[n] > 0]
    moves = {
        n: float(np.sqrt(np.square(before.centres[n] - after.centres[n]).mean())) for n in both
    }
    features = {name: psi(before.bins[n], after.bins[n]) for n, name in enumerate(before.names)}
    appeared = tuple(n for n in range(n_segments) if old[n] == 0 < new[n])
    vanished = tuple(n for n in range(n_segments) if new[n] == 0 < old[n])
    share_psi = psi(old, new)
    alarms = [
        f"segment {n} moved by {move:.2f} spreads" for n, move in moves.items() if move > MOVE_ALARM
    ]
    alarms += [f"{name}: PSI {value:.2f}" for name, value in features.items() if value > PSI_ALARM]
    alarms += [f"shares of segments: PSI {share_psi:.2f}"] if share_psi > PSI_ALARM else []
    alarms += [f"segment {n} appeared" for n in appeared]
    alarms += [f"segment {n} vanished" for n in vanished]
    return Drift(share_psi, features, moves, appeared, vanished, tuple(alarms))
