"""Who is shown: coverage, inequality, popularity, and the shares that groups of items receive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.data import Codes, Mask
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import (
    Values,
    checked,
    discounts,
    divided,
    mean_of,
)

TAIL_SHARE = 0.8
"""Of the catalogue: the least popular four fifths are the long tail (Pareto's cut)."""


def exposure(items: ArrayLike, n_items: int, *, by_place: bool = False) -> Values:
    """What each item receives, shape (n_items,).

    Args:
        items: Recommended codes, shape (n_users, k); -1 where a list ends early.
        n_items: Size of the catalogue.
        by_place: Count a place by the attention it gets, 1 / log2(place + 1), as in Singh and
            Joachims 2018; else every place counts 1 (impressions).
    """
    lists = checked(items, n_items)
    weights = discounts(lists.shape[1]) if by_place else np.ones(lists.shape[1])
    shown = lists >= 0
    spread = np.broadcast_to(weights, lists.shape)[shown]
    return np.bincount(lists[shown], spread, minlength=n_items).astype(np.float64)


def coverage(items: ArrayLike, n_items: int) -> float:
    """Share of the catalogue that is in at least one list, 0 to 1."""
    return float((exposure(items, n_items) > 0).mean()) if n_items else float("nan")


def gini(received: ArrayLike) -> float:
    """Inequality of what items received: 0 all alike, towards 1 when one item has all.

    Args:
        received: At least 0, shape (n_items,): of `exposure`, items without any included.

    Raises:
        DataInvalid: A value is negative or not finite.
    """
    values = np.sort(np.asarray(received, dtype=np.float64))
    if len(values) and not (np.isfinite(values).all() and values[0] >= 0):
        raise DataInvalid(column="exposure", detail="a value is negative or not finite")
    total = values.sum()
    if total == 0:
        return float("nan")
    n = len(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ values / (n * total))


def average_popularity(items: ArrayLike, counts: ArrayLike) -> float:
    """ARP: mean over users of the mean popularity of what they are shown.

    Args:
        items: Recommended codes, shape (n_users, k).
        counts: Users (or events) of each item in training, shape (n_items,); the unit of the
            answer.

    Source: Yin et al. 2012; Abdollahpouri et al. 2019.
    """
    return mean_of(_mean_over_lists(items, np.asarray(counts, dtype=np.float64)))


def tail_of(counts: ArrayLike, share: float = TAIL_SHARE) -> Mask:
    """The long tail: the least popular ``share`` of the catalogue, shape (n_items,).

    Ties at the border fall to the tail by higher code.

    Raises:
        OptionInvalid: ``share`` is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise OptionInvalid(option="share", detail=f"{share} is not in [0, 1]")
    given = np.asarray(counts)
    n_head = len(given) - round(share * len(given))
    is_tail = np.ones(len(given), np.bool_)
    is_tail[np.argsort(-given, kind="stable")[:n_head]] = False
    return is_tail


def tail_share(items: ArrayLike, is_tail: Mask) -> float:
    """APLT: mean over users of the share of their list that is long tail, 0 to 1.

    Source: Abdollahpouri, Burke, Mobasher 2019.
    """
    return mean_of(_mean_over_lists(items, np.asarray(is_tail, dtype=np.float64)))


def _mean_over_lists(items: ArrayLike, values: Values) -> Values:
    lists = checked(items, len(values))
    shown = lists >= 0
    if len(values) == 0:
        return np.full(len(lists), np.nan)
    sums = np.where(shown, values[lists], 0).sum(axis=1)
    return divided(sums, shown.sum(axis=1))


@dataclass(frozen=True)
class GroupExposure:
    """How exposure is shared between groups of items (hosts, new against known, regions).

    Attributes:
        received: Share of all exposure by group, shape (n_groups,), sum 1.
        target: Share that would be fair, shape (n_groups,), sum 1.
    """

    received: Values
    target: Values

    @property
    def ratio(self) -> Values:
        """Received / target, shape (n_groups,): 1 is fair; NaN where the target is 0."""
        return divided(self.received, self.target)

    @property
    def gap(self) -> float:
        """Share of exposure that would have to move to be fair, 0 to 1 (total variation)."""
        return float(np.abs(self.received - self.target).sum() / 2)


def exposure_by_group(
    items: ArrayLike, groups: Codes, target: ArrayLike | None = None, *, by_place: bool = True
) -> GroupExposure:
    """Exposure of groups of items beside what would be fair.

    Args:
        items: Recommended codes, shape (n_users, k).
        groups: Group of each item, 0 and up, shape (n_items,).
        target: What each group deserves, at least 0, shape (n_groups,), in any unit (items, good
            classes, past watch time); None: its number of items.
        by_place: Places count by attention; else all alike.

    Raises:
        DataInvalid: A group is negative, or the target has another length or no positive part.
    """
    codes = np.asarray(groups)
    if len(codes) == 0 or codes.min() < 0:
        raise DataInvalid(column="groups", detail="one group a item is needed, 0 and up")
    n_groups = int(codes.max()) + 1
    wanted = np.bincount(codes).astype(np.float64)
    if target is not None:
        wanted = np.asarray(target, dtype=np.float64)
        if wanted.shape != (n_groups,) or not (wanted >= 0).all() or not wanted.sum() > 0:
            detail = f"{n_groups} numbers of at least 0 with a positive sum are needed"
            raise DataInvalid(column="target", detail=detail)
    given = exposure(items, len(codes), by_place=by_place)
    received = np.bincount(codes, given, minlength=n_groups)
    return GroupExposure(received / max(received.sum(), 1e-300), wanted / wanted.sum())


def gaps_between_users(values: Values, groups: Codes) -> tuple[Values, float]:
    """Mean of a measure by group of users, and the largest difference between two groups.

    Args:
        values: One a user, of `accuracy` or any measure; NaN is left out.
        groups: Group of each user, 0 and up, shape (n_users,).

    Returns:
        Means, shape (n_groups,), NaN for a group without a value; and the gap.
    """
    codes = np.asarray(groups)
    if codes.shape != values.shape or (len(codes) and codes.min() < 0):
        raise DataInvalid(column="groups", detail="one group a user is needed, 0 and up")
    known = ~np.isnan(values)
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    sizes: NDArray[np.int64] = np.bincount(codes[known], minlength=n_groups)
    sums = np.bincount(codes[known], values[known], minlength=n_groups)
    means = divided(sums, sizes)
    there = means[sizes > 0]
    return means, float(there.max() - there.min()) if len(there) else float("nan")
