"""Lists that mirror the interests of a user in their shares: calibrated, and xQuAD."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.metrics.variety import SMOOTHING, label_shares
from livelore.intelligence.recommend.rerankers.kernels import sizes_of
from livelore.intelligence.recommend.rerankers.reranker import (
    Places,
    Pool,
    Reranker,
    check_share,
    no_places,
    resorted,
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
        resort: Put the chosen items back in the order of the pool: the same labels at less loss of
            nDCG.

    Source: Steck 2018, "Calibrated recommendations", equation 4.
    """

    relevance: float = 0.5
    smoothing: float = SMOOTHING
    resort: bool = False

    def _check(self) -> None:
        check_share("relevance", self.relevance)
        if not 0 < self.smoothing < 1:
            raise OptionInvalid(option="smoothing", detail=f"{self.smoothing} is not in (0, 1)")

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        wanted = label_shares(pool.histories.matrix, pool.labels)
        options = (float(self.relevance), float(self.smoothing))
        _calibrated(pool.items, pool.gains, wanted, pool.shares, options, places)
        return resorted(places) if self.resort else places


@dataclass
class XQuAD(Reranker):
    """Every interest of the user gets its turn: aspects are labels.

    Each place takes the item with the greatest
    ``relevance · gain + (1 - relevance) · Σ p(a|user) p(a|item) Π (1 - p(a|chosen))``.

    Args:
        relevance: 1 leaves the list as it is, 0 heeds only the interests.
        resort: As of `Calibrated`.

    Source: Santos, Macdonald, Ounis 2010; Vargas, Castells 2011 (aspects from the history).
    """

    relevance: float = 0.7
    resort: bool = False

    def _check(self) -> None:
        check_share("relevance", self.relevance)

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        wanted = label_shares(pool.histories.matrix, pool.labels)
        _aspects(pool.items, pool.gains, wanted, pool.shares, float(self.relevance), places)
        return resorted(places) if self.resort else places


@compiled
def _fit(wanted: Any, shown: Any, total: float, smoothing: float, parts: Any) -> float:
    """``Σ p ln q`` of the list's labels, whose weights sum to ``total``; the terms into ``parts``.

    The higher the better: KL is the entropy of the history, which nothing changes, less this.
    """
    whole = 0.0
    for label in range(len(wanted)):
        p, parts[label] = wanted[label], 0.0
        if p > 0:
            q = shown[label] / total if total > 0 else 0.0
            parts[label] = p * np.log((1 - smoothing) * q + smoothing * p)
        whole += parts[label]
    return whole


@compiled
def _fit_with(item: int, shares: Any, wanted: Any, shown: Any, now: Any) -> float:
    """`_fit` with an item more: only the terms of its labels differ from those of ``now``."""
    indptr, indices, data, _ = shares
    whole, parts, total, smoothing = now
    for at in range(indptr[item], indptr[item + 1]):
        label = indices[at]
        p = wanted[label]
        if p > 0:
            q = (shown[label] + data[at]) / total
            whole += p * np.log((1 - smoothing) * q + smoothing * p) - parts[label]
    return whole


@compiled
def _calibrated(
    items: Any, gains: Any, wanted: Any, shares: Any, options: Any, chosen: Any
) -> None:
    """Fills places of the pool in ``chosen``, shape (n_users, k)."""
    indptr, indices, data, n_labels = shares
    weight, smoothing = options
    parts = np.zeros(n_labels)
    sizes = sizes_of(items)
    for user in range(items.shape[0]):
        n = sizes[user]
        shown = np.zeros(n_labels)
        total = 0.0
        taken = np.zeros(n, np.bool_)
        for place in range(min(chosen.shape[1], n)):
            without = _fit(wanted[user], shown, total, smoothing, parts)
            # labels of an item have the sum 1
            now = (
                _fit(wanted[user], shown, total + 1, smoothing, parts),
                parts,
                total + 1,
                smoothing,
            )
            first, highest = -1, -np.inf
            for each in range(n):
                if taken[each]:
                    continue
                item = items[user, each]
                fit = without
                if indptr[item] < indptr[item + 1]:
                    fit = _fit_with(item, shares, wanted[user], shown, now)
                value = weight * gains[user, each] + (1 - weight) * fit
                if value > highest:
                    first, highest = each, value
            taken[first] = True
            chosen[user, place] = first
            item = items[user, first]
            for at in range(indptr[item], indptr[item + 1]):
                shown[indices[at]] += data[at]
                total += data[at]


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
