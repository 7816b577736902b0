"""A guaranteed number of impressions for new hosts, given where it costs least, with the bill."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.recommend.data import Codes, Floats, Histories, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import discounts
from livelore.intelligence.recommend.rerankers.diverse import ideal_dcg
from livelore.intelligence.recommend.rerankers.hit_rates import HitRates
from livelore.intelligence.recommend.rerankers.reranker import (
    Places,
    Pool,
    Reranker,
    first_places,
    taken,
)


@dataclass(frozen=True)
class Guarantee:
    """What a batch of lists gave to the hosts it owed impressions, and what that cost.

    Attributes:
        hosts: Codes of those who were owed any, shape (n_hosts,).
        owed: Impressions owed before the batch, shape (n_hosts,).
        before: What they would have had anyway, shape (n_hosts,).
        given: What they have, shape (n_hosts,).
        still_owed: What is left for the next batch, shape (n_hosts,).
        ndcg_before: Expected nDCG of the lists as ranked: hit rates over the ideal DCG.
        ndcg_after: The same of the lists given.
    """

    hosts: Codes
    owed: NDArray[np.int64]
    before: NDArray[np.int64]
    given: NDArray[np.int64]
    still_owed: NDArray[np.int64]
    ndcg_before: float
    ndcg_after: float

    @property
    def cost(self) -> float:
        """Share of the expected nDCG that the guarantee takes; at least 0."""
        return 1 - self.ndcg_after / self.ndcg_before if self.ndcg_before > 0 else 0.0

    def __str__(self) -> str:
        """One line for the operator."""
        return (
            f"{len(self.hosts)} hosts were owed {self.owed.sum()} impressions: had"
            f" {self.before.sum()}, given {self.given.sum()}, still owed"
            f" {self.still_owed.sum()}; costs {self.cost:.2%} of expected nDCG"
        )


@dataclass
class ExposureFloor(Reranker):
    """New hosts get at least so many impressions in a batch of lists.

    What the lists show anyway counts first. The rest is given from the pools, cheapest first by
    expected nDCG, at the foot of lists: a candidate of an owed host replaces the last item that is
    not itself owed. Over many batches hand the ``still_owed`` of `report` to the next one.

    Args:
        owed: Impressions by host code, at least 0, shape (n_hosts,); the budget.
        places_max: How many places of one list may be given, at least 1.
        rates: What a candidate's score is worth.
        test_share: As of `Slider`.

    Source: Singh, Joachims 2018, "Fairness of exposure in rankings" (the aim); greedy by cost
    here, because a guarantee is for the batch and not for the single list.
    """

    owed: tuple[int, ...] = ()
    places_max: int = 1
    rates: HitRates = field(default_factory=HitRates)
    test_share: float = 0.25

    def _check(self) -> None:
        if self.places_max < 1:
            raise OptionInvalid(option="places_max", detail=f"{self.places_max} is below 1")
        if any(each < 0 for each in self.owed):
            raise OptionInvalid(option="owed", detail="a number of impressions is below 0")

    def _chosen(self, pool: Pool, k: int) -> Places:
        return self._given(pool, k)[0]

    def report(
        self,
        items: ArrayLike,
        scores: ArrayLike,
        k: int,
        histories: Histories,
        catalogue: Items | None = None,
    ) -> tuple[Codes, Floats, Guarantee]:
        """As `rerank`, with the bill."""
        if k < 1:
            raise OptionInvalid(option="k", detail=f"{k} is below 1")
        self._check()
        pool = Pool.of(items, scores, histories, catalogue)
        places, rates, owners = self._given(pool, k)
        lists, found = taken(pool, places)
        plain, _ = taken(pool, first_places(pool, k))
        owed = np.asarray(self.owed, np.int64)
        hosts = np.flatnonzero(owed > 0).astype(np.int32)
        before = self._impressions(plain, owners)[hosts]
        given = self._impressions(lists, owners)[hosts]
        return (
            lists,
            found,
            Guarantee(
                hosts,
                owed[hosts],
                before,
                given,
                np.maximum(owed[hosts] - given, 0),
                _expected(rates, first_places(pool, k)),
                _expected(rates, places),
            ),
        )

    def _given(self, pool: Pool, k: int) -> tuple[Places, NDArray[np.float64], Codes]:
        owners = self._owners(pool)
        rates = self.rates.rates(pool.items, pool.scores, pool.histories)
        rates = np.minimum.accumulate(rates, axis=1)
        rates = rates / ideal_dcg(pool, k, self.test_share)[:, None]
        places = first_places(pool, k)
        if pool.items.size == 0:
            return places, rates, owners
        owed = np.asarray(self.owed, np.int64)
        hosts = np.where(pool.is_filled, owners[np.maximum(pool.items, 0)], -1)
        wanted = owed - self._impressions(taken(pool, places)[0], owners)
        rows, columns = np.nonzero((hosts >= 0) & (np.arange(hosts.shape[1]) >= k))
        needed = wanted[hosts[rows, columns]] > 0
        rows, columns = rows[needed], columns[needed]
        length = (places >= 0).sum(axis=1)
        foot = places[rows, np.maximum(length[rows] - 1, 0)]
        cost = rates[rows, foot] - rates[rows, columns]
        order = np.lexsort((rows, columns, cost))
        protected = owed > 0
        _give((rows[order], columns[order]), hosts, wanted, protected, self.places_max, places)
        return places, rates, owners

    def _owners(self, pool: Pool) -> Codes:
        """Host of each item; -1 for a host beyond ``owed``, who is owed nothing."""
        if pool.catalogue is None or pool.catalogue.hosts is None:
            raise DataInvalid(column="hosts", detail="a guarantee to hosts needs hosts of items")
        hosts = np.asarray(pool.catalogue.hosts)
        return np.where(hosts < len(self.owed), hosts, -1).astype(np.int32)

    def _impressions(self, items: Codes, owners: Codes) -> NDArray[np.int64]:
        found = owners[items[items >= 0]]
        return np.bincount(found[found >= 0], minlength=len(self.owed)).astype(np.int64)


def _expected(rates: NDArray[np.float64], places: Places) -> float:
    """Mean over lists of Σ rate · attention."""
    if not places.size or not rates.size:
        return 0.0
    found = np.where(places >= 0, np.take_along_axis(rates, places, axis=1), 0.0)
    return float((found @ discounts(places.shape[1])).mean())


@compiled
def _give(
    offers: Any, hosts: Any, wanted: Any, protected: Any, places_max: int, places: Any
) -> None:
    """Take offers in order as long as their host is owed and their list has a place to give."""
    rows, columns = offers
    n_given = np.zeros(places.shape[0], np.int64)
    for number in range(len(rows)):
        row, column = rows[number], columns[number]
        host = hosts[row, column]
        if wanted[host] <= 0 or n_given[row] >= places_max:
            continue
        foot = places.shape[1] - 1
        while foot >= 0 and (
            places[row, foot] < 0
            or (hosts[row, places[row, foot]] >= 0 and protected[hosts[row, places[row, foot]]])
        ):
            foot -= 1
        if foot < 0:
            continue
        for place in range(foot, places.shape[1] - 1):  # the owed below move up
            if places[row, place + 1] < 0:
                break
            places[row, place] = places[row, place + 1]
            foot = place + 1
        places[row, foot] = column
        wanted[host] -= 1
        n_given[row] += 1
