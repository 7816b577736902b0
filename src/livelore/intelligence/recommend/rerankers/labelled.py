"""Lists that mirror the interests of a user in their shares: calibrated, and xQuAD."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.metrics.variety import SMOOTHING, label_shares
from livelore.intelligence.recommend.rerankers.kernels import compiled, sizes_of
from livelore.intelligence.recommend.rerankers.reranker import (
    Places,
    Pool,
    Reranker,
    check_share,
    no_places,
)


@dataclass
class Calibrated(Reranker):
    """Labels of the list in the shares of the history.

    Each place takes the item that makes ``relevance · Σ gain - (1 - relevance) · KL`` of the list
    so far greatest; the gain is the score stretched to 0…1 within the pool and KL that of
    `miscalibration`. A user whose history has no label keeps their list.

    Args:
        relevance: 1 leaves the list as it is, 0 heeds only the labels.
        smoothing: Of the list's distribution, between 0 and 1.

    Source: Steck 2018, "Calibrated recommendations", equation 4.
    """

    relevance: float = 0.5
    smoothing: float = SMOOTHING

    def _check(self) -> None:
        check_share("relevance", self.relevance)
        if not 0 < self.smoothing < 1:
            raise OptionInvalid(option="smoothing", detail=f"{self.smoothing} is not in (0, 1)")

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        wanted = label_shares(pool.histories.matrix, pool.labels)
        options = (float(self.relevance), float(self.smoothing))
        _calibrated(pool.items, pool.gains, wanted, pool.shares, options, places)
        return places


@dataclass
class XQuAD(Reranker):
    """Every interest of the user gets its turn: aspects are labels.

    Each place takes the item with the greatest
    ``relevance · gain + (1 - relevance) · Σ p(a|user) p(a|item) Π (1 - p(a|chosen))``.

    Args:
        relevance: 1 leaves the list as it is, 0 heeds only the interests.

    Source: Santos, Macdonald, Ounis 2010; Vargas, Castells 2011 (aspects from the history).
    """

    relevance: float = 0.7

    def _check(self) -> None:
        check_share("relevance", self.relevance)

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        wanted = label_shares(pool.histories.matrix, pool.labels)
        _aspects(pool.items, pool.gains, wanted, pool.shares, float(self.relevance), places)
        return places


@compiled
def _divergence(wanted: Any, shown: Any, total: float, smoothing: float) -> float:
    """KL of the history's labels against those of the list, whose weights sum to ``total``."""
    far = 0.0
    for label in range(len(wanted)):
        p = wanted[label]
        if p > 0:
            q = shown[label] / total if total > 0 else 0.0
            far += p * np.log(p / ((1 - smoothing) * q + smoothing * p))
    return far


@compiled
def _add(item: int, shares: Any, shown: Any, sign: float) -> float:
    """Add the labels of an item; gives their sum."""
    indptr, indices, data, _ = shares
    total = 0.0
    for at in range(indptr[item], indptr[item + 1]):
        shown[indices[at]] += sign * data[at]
        total += data[at]
    return total


@compiled
def _calibrated(
    items: Any, gains: Any, wanted: Any, shares: Any, options: Any, chosen: Any
) -> None:
    """Fills places of the pool in ``chosen``, shape (n_users, k)."""
    weight, smoothing = options
    sizes = sizes_of(items)
    for user in range(items.shape[0]):
        n = sizes[user]
        shown = np.zeros(shares[3])
        total = 0.0
        taken = np.zeros(n, np.bool_)
        for place in range(min(chosen.shape[1], n)):
            first, highest = -1, -np.inf
            for each in range(n):
                if taken[each]:
                    continue
                mass = total + _add(items[user, each], shares, shown, 1.0)
                far = _divergence(wanted[user], shown, mass, smoothing)
                _add(items[user, each], shares, shown, -1.0)
                value = weight * gains[user, each] - (1 - weight) * far
                if value > highest:
                    first, highest = each, value
            taken[first] = True
            chosen[user, place] = first
            total += _add(items[user, first], shares, shown, 1.0)


@compiled
def _aspects(items: Any, gains: Any, wanted: Any, shares: Any, weight: float, chosen: Any) -> None:
    """Fills places of the pool in ``chosen``, shape (n_users, k)."""
    indptr, indices, data, _ = shares
    sizes = sizes_of(items)
    for user in range(items.shape[0]):
        n = sizes[user]
        unmet = wanted[user].copy()
        taken = np.zeros(n, np.bool_)
        for place in range(min(chosen.shape[1], n)):
            first, highest = -1, -np.inf
            for each in range(n):
                if taken[each]:
                    continue
                met = 0.0
                for at in range(indptr[items[user, each]], indptr[items[user, each] + 1]):
                    met += unmet[indices[at]] * data[at]
                value = weight * gains[user, each] + (1 - weight) * met
                if value > highest:
                    first, highest = each, value
            taken[first] = True
            chosen[user, place] = first
            for at in range(indptr[items[user, first]], indptr[items[user, first] + 1]):
                unmet[indices[at]] *= 1 - data[at]
