"""How far a mean over users is to be trusted: bootstrap intervals, alone and of a difference."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import Values

N_RESAMPLES = 2000
_CELLS_AT_ONCE = 4_000_000
_USERS_MIN = 2


@dataclass(frozen=True)
class Interval:
    """A mean and where the true one lies with this confidence.

    Attributes:
        mean: Of the values given.
        low: Lower end.
        high: Upper end.
        level: Confidence, as 0.95.
        n_users: Values that were not NaN.
    """

    mean: float
    low: float
    high: float
    level: float
    n_users: int

    @property
    def excludes_zero(self) -> bool:
        """For a difference: it is not by chance, at this level."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """As in ``.2704 [.2681, .2727]``."""
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


def mean_interval(
    values: ArrayLike,
    seed: int,
    *,
    level: float = 0.95,
    method: str = "bca",
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Interval of a mean by drawing users with replacement.

    Args:
        values: One a user, of `accuracy` or any measure; NaN is left out.
        seed: Of the draws; the same seed gives the same interval.
        level: Confidence, between 0 and 1.
        method: ``"bca"`` (corrected for bias and skew) or ``"percentile"``.
        n_resamples: Draws.

    Raises:
        DataInvalid: Fewer than two users, or an infinite value.
        OptionInvalid: An option is out of range.

    Source: Efron 1987, "Better bootstrap confidence intervals"; the acceleration of a mean is
    Σd³ / 6(Σd²)^1.5.
    """
    _check_options(level, method, n_resamples)
    known = _known(values)
    means = np.sort(_resampled(known, seed, n_resamples))
    low, high = (1 - level) / 2, (1 + level) / 2
    if method == "bca":
        low, high = (_corrected(known, means, share) for share in (low, high))
    ends = np.quantile(means, [low, high])
    return Interval(float(known.mean()), float(ends[0]), float(ends[1]), level, len(known))


def difference_interval(
    first: ArrayLike,
    second: ArrayLike,
    seed: int,
    *,
    level: float = 0.95,
    method: str = "bca",
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Interval of the mean of ``first - second``, paired by user.

    The same users answer for both models, so what makes a user easy or hard falls away and the
    interval is far narrower than those of the two means suggest. Users whom either lacks (NaN) are
    left out. Arguments and errors as `mean_interval`.
    """
    ours, theirs = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if ours.shape != theirs.shape:
        raise DataInvalid(column="values", detail=f"shape {ours.shape} beside {theirs.shape}")
    return mean_interval(ours - theirs, seed, level=level, method=method, n_resamples=n_resamples)


def _check_options(level: float, method: str, n_resamples: int) -> None:
    if not 0 < level < 1:
        raise OptionInvalid(option="level", detail=f"{level} is not in (0, 1)")
    if method not in {"bca", "percentile"}:
        raise OptionInvalid(option="method", detail=f"{method!r} is neither bca nor percentile")
    if n_resamples < 100:
        raise OptionInvalid(option="n_resamples", detail=f"{n_resamples} is below 100")


def _known(values: ArrayLike) -> Values:
    given = np.asarray(values, dtype=np.float64)
    known = given[~np.isnan(given)] if given.ndim == 1 else np.empty(0)
    if len(known) < _USERS_MIN or not np.isfinite(known).all():
        raise DataInvalid(column="values", detail="at least two finite values of users are needed")
    return known


def _resampled(values: Values, seed: int, n_resamples: int) -> Values:
    rng = np.random.default_rng(seed)
    means = np.empty(n_resamples)
    size = max(1, _CELLS_AT_ONCE // len(values))
    for begin in range(0, n_resamples, size):
        end = min(begin + size, n_resamples)
        drawn: NDArray[np.int64] = rng.integers(0, len(values), (end - begin, len(values)))
        means[begin:end] = values[drawn].mean(axis=1)
    return means


def _corrected(values: Values, means: Values, share: float) -> float:
    """The quantile of the draws that stands for ``share``."""
    middle = values.mean()
    below = (np.count_nonzero(means < middle) + np.count_nonzero(means <= middle)) / 2
    if below in {0, len(means)}:
        return share
    far = values - middle
    spread = (far**2).sum()
    speed = (far**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    bias = ndtri(below / len(means))
    at = bias + ndtri(share)
    return float(ndtr(bias + at / (1 - speed * at)))
