"""Lists whose items are unlike each other: MMR, DPP, and a slider that buys distance cheaply."""

from dataclasses import dataclass, field

import numpy as np

from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.metrics.lists import discounts
from livelore.intelligence.recommend.rerankers.hit_rates import HitRates
from livelore.intelligence.recommend.rerankers.kernels import determinantal, marginal, swapped
from livelore.intelligence.recommend.rerankers.reranker import (
    Places,
    Pool,
    Reranker,
    check_share,
    no_places,
    resorted,
)

PRICE = 10.0
"""Distance per nDCG at the middle of the slider."""


@dataclass
class MMR(Reranker):
    """Maximal marginal relevance: each place takes the best of relevance less likeness.

    ``relevance · gain - (1 - relevance) · (cosine to the nearest item already chosen)``, the gain
    being the score stretched to 0…1 within the pool.

    Args:
        relevance: 1 leaves the list as it is, 0 heeds only the distance.
        resort: Put the chosen items back in the order of the pool: the same distance within the
            list at less loss of nDCG.

    Source: Carbonell, Goldstein 1998.
    """

    relevance: float = 0.7
    resort: bool = False

    def _check(self) -> None:
        check_share("relevance", self.relevance)

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        marginal(pool.items, pool.gains, pool.unit, float(self.relevance), places)
        return resorted(places) if self.resort else places


@dataclass
class DPP(Reranker):
    """Determinantal point process: the list of greatest volume, found greedily.

    Quality of a candidate is ``exp(relevance / (2 (1 - relevance)) · gain)``.

    Args:
        relevance: 0 heeds only the volume, towards 1 only the score; below 1.

    Source: Chen, Zhang, Zhou 2018, "Fast greedy MAP inference for determinantal point process".
    """

    relevance: float = 0.8

    def _check(self) -> None:
        if not 0 <= self.relevance < 1:
            raise OptionInvalid(option="relevance", detail=f"{self.relevance} is not in [0, 1)")

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        # no further than float64 squares can go
        strength = min(self.relevance / (2 * (1 - self.relevance)), 300.0)
        determinantal(pool.items, np.exp(strength * pool.gains), pool.unit, places)
        return places


@dataclass
class Slider(Reranker):
    """A control from 0 (as ranked) to 1 (as varied as swaps make it), whose distance never falls.

    Items of the list are swapped for candidates, each time the pair that gives the most mean
    distance per expected nDCG lost, until the next would cost more than the slider allows. A higher
    setting only walks further on the same path, so the intra-list distance of every single list
    rises with the slider. What is left stands in the order of the pool, because distance does not
    depend on the order and nDCG does.

    Args:
        variety: 0 to 1. The least distance for one unit of nDCG is
            ``price · (1 - variety) / variety``.
        price: Of the middle.
        rates: What a candidate's score is worth; fitted on a validation part where there is one.
        test_share: How many hits a user can have, per event of their history: a loss weighs more
            for those with few (their ideal DCG is small).
    """

    variety: float = 0.3
    price: float = PRICE
    rates: HitRates = field(default_factory=HitRates)
    test_share: float = 0.25

    def _check(self) -> None:
        check_share("variety", self.variety)
        for option in ("price", "test_share"):
            if not 0 < getattr(self, option) < np.inf:
                raise OptionInvalid(option=option, detail="it must be above 0 and finite")

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        least = np.inf if self.variety == 0 else self.price * (1 - self.variety) / self.variety
        rates = self.rates.rates(pool.items, pool.scores, pool.histories)
        # in the order of the pool, so that no swap up the list counts as a gain
        rates = np.minimum.accumulate(rates, axis=1) / ideal_dcg(pool, k, self.test_share)[:, None]
        swapped(pool.items, rates, pool.unit, float(least), discounts(k), places)
        return places


def ideal_dcg(
    pool: Pool, k: int, test_share: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """DCG of a perfect list, from the hits that a history this long lets expect; (n_users,)."""
    wanted = np.rint(np.diff(pool.histories.indptr) * test_share).astype(np.int64)
    return discounts(k).cumsum()[np.clip(wanted, 1, k) - 1]
