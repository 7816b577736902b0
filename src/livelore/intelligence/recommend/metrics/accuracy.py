"""How well lists foretell what users do next: recall, precision, nDCG, MRR, hit rate, MAP."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.errors import DataInvalid
from livelore.intelligence.recommend.metrics.lists import (
    Relevant,
    Values,
    checked,
    cut,
    discounts,
    hits_of,
    mean_of,
    relevant_matrix,
)

NAMES = ("recall", "precision", "ndcg", "mrr", "hit_rate", "map")
"""What `Accuracy` holds, in this order in tables."""


@dataclass(frozen=True)
class Accuracy:
    """One value a user and measure; NaN for users without a test item, whom no mean counts.

    Attributes:
        k: Length of the lists that were judged.
        recall: Hits / test items of the user, shape (n_users,), 0 to 1; so are all others.
        precision: Hits / k, also where a list ends early.
        ndcg: Σ 1/log2(place + 1) over hits, divided by its value for a perfect list of
            min(k, test items) hits.
        mrr: 1 / place of the first hit, 0 without one.
        hit_rate: 1 with a hit, 0 without.
        map: Mean of the precision at each test item, 0 for those that were not found.
    """

    k: int
    recall: Values
    precision: Values
    ndcg: Values
    mrr: Values
    hit_rate: Values
    map: Values

    @property
    def n_users(self) -> int:
        """Those who have a test item."""
        return int((~np.isnan(self.recall)).sum())

    def of(self, name: str) -> Values:
        """The values of one measure by its name in `NAMES`."""
        values: Values = getattr(self, name)
        return values

    @property
    def means(self) -> dict[str, float]:
        """By name, over users with test items."""
        return {name: mean_of(self.of(name)) for name in NAMES}


def accuracy(items: ArrayLike, test: Relevant, k: int) -> Accuracy:
    """Judge the first k places of every list.

    Args:
        items: Recommended codes, shape (n_users, at least k); -1 where a list ends early.
        test: What the same users did afterwards, row by row; how often does not count.
        k: Places judged.

    Raises:
        DataInvalid: The lists are malformed, the users differ, or none has a test item.
        OptionInvalid: ``k`` is more than the lists hold.

    Source: Järvelin, Kekäläinen 2002 (nDCG); the definitions of trec_eval, which tests compare.
    """
    return accuracy_at(items, test, (k,))[k]


def accuracy_at(items: ArrayLike, test: Relevant, ks: Sequence[int]) -> dict[int, Accuracy]:
    """`accuracy` for several lengths at once."""
    relevant = relevant_matrix(test, len(np.asarray(items)))
    lists = checked(items, relevant.shape[1])
    n_relevant = np.diff(relevant.indptr).astype(np.float64)
    if not n_relevant.any():
        raise DataInvalid(column="test", detail="no user has a test item")
    hits = hits_of(lists, relevant)
    return {k: _judged(hits[:, : cut(lists, k).shape[1]], n_relevant) for k in ks}


def _judged(hits: NDArray[np.bool_], n_relevant: Values) -> Accuracy:
    n_users, k = hits.shape
    wanted = np.where(n_relevant > 0, n_relevant, np.nan)
    found = hits.cumsum(axis=1)
    n_found = found[:, -1] + 0 * wanted
    places = np.arange(1, k + 1)
    gains = discounts(k)
    best = gains.cumsum()[np.clip(n_relevant.astype(np.int64), 1, k) - 1] + 0 * wanted
    first = np.where(n_found > 0, 1 / (hits.argmax(axis=1) + 1), n_found)
    return Accuracy(
        k,
        recall=n_found / wanted,
        precision=n_found / k,
        ndcg=(hits @ gains if n_users else np.empty(0)) / best,
        mrr=first,
        hit_rate=np.where(np.isnan(n_found), np.nan, n_found > 0),
        map=(hits * found / places).sum(axis=1) / wanted,
    )
