"""Whether recommendations grow alike over months: a meter a period, and an alarm before it hurts.

A recommender that learns from what it has shown may feed the popular until little else is seen
(内容同质化). The alarm watches coverage, corrected for how much was shown, and rings well before it
has fallen by the loss that must not happen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from livelore.intelligence.recommend.data import Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.exposure import exposure, gini
from livelore.intelligence.recommend.metrics.lists import checked, mean_of
from livelore.intelligence.recommend.metrics.variety import intra_list_distance

LOSS_MAX = 0.2
"""Of coverage: what must never happen unannounced."""
N_BASELINE = 4
"""Periods that say what is normal."""


@dataclass(frozen=True)
class Period:
    """What was shown in one period (a day, a week).

    Attributes:
        n_impressions: Filled places.
        coverage: Items expected among ``n_drawn`` impressions drawn from the period, as a share of
            the catalogue: comparable between busy and quiet periods.
        gini: Of impressions over the catalogue, 0 to 1.
        overlap: Chance that an item of one user's list is in that of another, 0 to 1.
        distance: Mean intra-list distance; NaN when no labels were handed in.
    """

    n_impressions: int
    coverage: float
    gini: float
    overlap: float
    distance: float


def period_of(items: ArrayLike, n_items: int, n_drawn: int, labels: Sparse | None = None) -> Period:
    """Measure one period.

    Args:
        items: Codes shown, shape (n_lists, k), -1 behind the end.
        n_items: Size of the catalogue; the same in every period that is compared.
        n_drawn: Impressions that coverage is brought to; no more than any period has.
        labels: Of items, for the distance within lists.

    Raises:
        DataInvalid: Fewer impressions than ``n_drawn``.
    """
    lists = checked(items, n_items)
    received = exposure(lists, n_items)
    total = int(received.sum())
    if not 1 <= n_drawn <= total:
        detail = f"{total} impressions, fewer than the {n_drawn} to be drawn"
        raise DataInvalid(column="items", detail=detail)
    far = float("nan") if labels is None else mean_of(intra_list_distance(lists, labels))
    return Period(
        total,
        rarefied(received, n_drawn) / n_items,
        gini(received),
        _overlap(lists, received),
        far,
    )


def rarefied(received: ArrayLike, n_drawn: int) -> float:
    """Different items expected among ``n_drawn`` impressions drawn without replacement.

    Args:
        received: Impressions of each item, whole numbers, shape (n_items,).
        n_drawn: At most their sum.

    Source: Hurlbert 1971, equation 12.
    """
    counts = np.asarray(received, dtype=np.float64)
    counts = counts[counts > 0]
    total = counts.sum()
    rest = total - counts
    possible = rest >= n_drawn
    # ln of C(total - count, n) / C(total, n): the chance that an item is missed
    missed = (
        gammaln(rest[possible] + 1)
        - gammaln(rest[possible] - n_drawn + 1)
        - gammaln(total + 1)
        + gammaln(total - n_drawn + 1)
    )
    return float(len(counts) - np.exp(missed).sum())


def _overlap(lists: NDArray[np.int32], received: NDArray[np.float64]) -> float:
    n_lists = len(lists)
    if n_lists < 2:
        return float("nan")
    # of an impression's item, how many other lists have it
    return float((received * (received - 1)).sum() / received.sum() / (n_lists - 1))


@dataclass(frozen=True)
class Alarm:
    """The alarm rang.

    Attributes:
        period: Number of the period, from 0.
        loss: Share of coverage lost against the baseline then.
        reason: ``"trend"``: small losses have added up beyond chance, and a quarter of what must
            not be lost is lost; ``"level"``: half of it is.
    """

    period: int
    loss: float
    reason: str


@dataclass(frozen=True)
class Monitor:
    """Rings once, at the first period that gives cause.

    The first periods say what coverage is normal and how much it varies. After them a one-sided
    CUSUM adds up how far ln(coverage) falls short, in standard deviations, less ``slack``; beyond
    ``limit`` the fall is no chance. It rings once the last two periods have lost a quarter of
    ``loss_max`` on average too, since what is sure may still be too small to matter; in any case
    half of ``loss_max`` rings.

    Args:
        n_baseline: Periods that say what is normal, at least 2.
        loss_max: Share of coverage that must not be lost without an alarm, between 0 and 1.
        slack: In standard deviations; a fall of twice that is found soonest.
        limit: In standard deviations.
        deviation_min: Least standard deviation assumed of ln(coverage), as four periods may agree
            by chance.

    Source: Page 1954 (CUSUM).
    """

    n_baseline: int = N_BASELINE
    loss_max: float = LOSS_MAX
    slack: float = 1.0
    limit: float = 8.0
    deviation_min: float = 0.005

    def __post_init__(self) -> None:
        if self.n_baseline < 2:
            raise OptionInvalid(option="n_baseline", detail=f"{self.n_baseline} is below 2")
        if not 0 < self.loss_max < 1:
            raise OptionInvalid(option="loss_max", detail=f"{self.loss_max} is not in (0, 1)")
        for option in ("slack", "limit", "deviation_min"):
            if not 0 < getattr(self, option) < np.inf:
                raise OptionInvalid(option=option, detail="it must be above 0 and finite")

    def watch(self, coverages: ArrayLike) -> Alarm | None:
        """The alarm in a row of coverages, oldest first; None while all is well.

        Args:
            coverages: Of `Period`, above 0, all with the same ``n_drawn``.

        Raises:
            DataInvalid: One is not above 0.
        """
        values = np.asarray(coverages, dtype=np.float64)
        if values.ndim != 1 or not (np.isfinite(values) & (values > 0)).all():
            raise DataInvalid(column="coverage", detail="every coverage must be above 0")
        if len(values) <= self.n_baseline:
            return None
        logs = np.log(values)
        normal = logs[: self.n_baseline]
        deviation = max(float(normal.std(ddof=1)), self.deviation_min)
        added = before = 0.0
        for period in range(self.n_baseline, len(values)):
            short = float(normal.mean() - logs[period])
            added = max(0.0, added + short / deviation - self.slack)
            loss = 1 - float(np.exp(-short))
            if loss >= self.loss_max / 2:
                return Alarm(period, loss, "level")
            recent = 1 - float(np.exp(-(short + before) / 2))
            if added > self.limit and recent >= self.loss_max / 4:
                return Alarm(period, loss, "trend")
            before = short
        return None
