"""Which of two rankers people prefer: both in one list (team draft), or one a person (A/B)."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, chisquare, t

from livelore.intelligence.recommend.data import Codes
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid


@dataclass(frozen=True)
class Interleaved:
    """One list of two rankers.

    Attributes:
        items: Codes, shape (at most k,), none twice.
        teams: Whose pick each is: 0 of the first ranker, 1 of the second; the same shape.
    """

    items: Codes
    teams: NDArray[np.int8]


def team_draft(
    first: ArrayLike, second: ArrayLike, k: int, rng: np.random.Generator
) -> Interleaved:
    """Rankers pick in turns, like captains; who picks first is drawn anew in each round.

    Args:
        first: Codes of one ranker, best first; -1 ends a list.
        second: Of the other.
        k: Length of the list.
        rng: Of the draws.

    Returns:
        Shorter than k when both have nothing left. Over many lists each place belongs to either
        equally often, so that attention to the top favours nobody.

    Source: Radlinski, Kurup, Joachims 2008.
    """
    if k < 1:
        raise OptionInvalid(option="k", detail=f"{k} is below 1")
    queues = [[int(each) for each in np.asarray(given) if each >= 0] for given in (first, second)]
    picked: dict[int, int] = {}
    while len(picked) < k:
        starter = int(rng.integers(2))
        before = len(picked)
        for team in (starter, 1 - starter):
            left = [item for item in queues[team] if item not in picked]
            if left and len(picked) < k:
                picked[left[0]] = team
        if len(picked) == before:
            break
    return Interleaved(np.array(list(picked), np.int32), np.array(list(picked.values()), np.int8))


def credit(shown: Interleaved, chosen: ArrayLike) -> int:
    """Who won a list: 1 the first ranker, -1 the second, 0 neither.

    Args:
        shown: The list.
        chosen: Codes of what was clicked (watched, bought); each counts once, others not at all.
    """
    hit = np.isin(shown.items, np.asarray(chosen))
    return int(np.sign((shown.teams[hit] == 0).sum() - (shown.teams[hit] == 1).sum()))


@dataclass(frozen=True)
class Preference:
    """How a contest of two rankers stands.

    Attributes:
        first: Lists that the first won.
        second: Lists that the second won.
        ties: Neither; they say nothing.
        share: Of the first among decided lists, 0 to 1; NaN when none is decided.
        low: Lower end of the interval of the share (Clopper-Pearson).
        high: Upper end.
        p_value: Of so uneven a score if both were alike (two-sided sign test).
    """

    first: int
    second: int
    ties: int
    share: float
    low: float
    high: float
    p_value: float


def preference(credits_of_lists: ArrayLike, level: float = 0.95) -> Preference:
    """Sum up many lists.

    Args:
        credits_of_lists: Of `credit`, one a list (or one a user, the sign of their sum: then lists
            of one user are not taken for independent).
        level: Confidence of the interval.
    """
    given = np.asarray(credits_of_lists)
    if not 0 < level < 1:
        raise OptionInvalid(option="level", detail=f"{level} is not in (0, 1)")
    if given.ndim != 1 or not np.isin(given, (-1, 0, 1)).all():
        raise DataInvalid(column="credits", detail="each must be -1, 0 or 1")
    first, second = int((given == 1).sum()), int((given == -1).sum())
    ties = len(given) - first - second
    if first + second == 0:
        return Preference(0, 0, ties, float("nan"), 0.0, 1.0, 1.0)
    test = binomtest(first, first + second)
    ends = test.proportion_ci(confidence_level=level)
    share = first / (first + second)
    return Preference(
        first, second, ties, share, float(ends.low), float(ends.high), float(test.pvalue)
    )


def arm_of(user_id: str, experiment: str, shares: tuple[float, ...]) -> int:
    """Which arm of an experiment a user is in: always the same, and independent between two.

    Args:
        user_id: Of the user, as text.
        experiment: Its name.
        shares: Of the arms, at least 0, sum 1.

    Raises:
        OptionInvalid: They are no shares.
    """
    if min(shares, default=-1.0) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise OptionInvalid(option="shares", detail="shares of arms must be at least 0, sum 1")
    digest = blake2b(f"{experiment}\0{user_id}".encode(), digest_size=8).digest()
    point = int.from_bytes(digest, "big") / 2**64
    arm = int(np.searchsorted(np.cumsum(shares), point, side="right"))
    return min(arm, max(n for n, share in enumerate(shares) if share > 0))


@dataclass(frozen=True)
class Comparison:
    """Two arms of an A/B test.

    Attributes:
        difference: Mean of the second arm less mean of the first.
        low: Lower end of its interval.
        high: Upper end.
        p_value: Two-sided, Welch.
        mismatch_p: Of group sizes as far from the planned shares as these (χ²); below .001 the
            assignment or the logging is broken and nothing else here counts.
    """

    difference: float
    low: float
    high: float
    p_value: float
    mismatch_p: float


def compare(
    first: ArrayLike, second: ArrayLike, *, first_share: float = 0.5, level: float = 0.95
) -> Comparison:
    """Compare a measure, one value a user, between two arms.

    Args:
        first: Values of the users of the first arm.
        second: Of the second.
        first_share: Planned share of the first arm among both.
        level: Confidence of the interval.

    Raises:
        DataInvalid: An arm has fewer than two users or a value is not finite.

    Source: Welch 1947; Fabijan et al. 2019 (sample ratio mismatch).
    """
    if not (0 < level < 1 and 0 < first_share < 1):
        raise OptionInvalid(option="level", detail="level and first_share are in (0, 1)")
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    for name, values in (("first", a), ("second", b)):
        if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
            raise DataInvalid(column=name, detail="at least two finite values are needed")
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    error = float(np.sqrt(parts.sum()))
    difference = float(b.mean() - a.mean())
    expected = np.array([first_share, 1 - first_share]) * (len(a) + len(b))
    mismatch = float(chisquare([len(a), len(b)], expected).pvalue)
    if error == 0:
        alike = 1.0 if difference == 0 else 0.0
        return Comparison(difference, difference, difference, alike, mismatch)
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([len(a), len(b)]) - 1)).sum()
    reach = float(t.ppf((1 + level) / 2, freedom)) * error
    p_value = float(2 * t.sf(abs(difference) / error, freedom))
    return Comparison(difference, difference - reach, difference + reach, p_value, mismatch)
