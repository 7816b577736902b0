"""打散: like items never stand close together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.compiled import compiled
from livelore.intelligence.recommend.data import Codes, Items, Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.rerankers.kernels import sizes_of
from livelore.intelligence.recommend.rerankers.reranker import Places, Pool, Reranker, no_places


@dataclass
class Spread(Reranker):
    """At most ``n_max`` items of one host (or label) in any ``window`` places in a row.

    The first k of the pool are rearranged, each place taking the first of them that keeps the law
    and leaves the rest arrangeable. Only where that fails is an item of the list given up for the
    first of the pool that fits; only where the pool has none either, the law is broken at that
    place, and `broken` counts how often. Scores are not read.

    Args:
        window: Places in a row, at least 2.
        n_max: Items of one kind in them, at least 1.
        by: ``"host"`` or ``"label"`` (an item of several labels counts for each).

    Source: Interim administrative measures for internet information service algorithmic
    recommendations (China, 2022), article 12, names the duty; the algorithm is ours.
    """

    window: int = 3
    n_max: int = 1
    by: str = "host"

    def _check(self) -> None:
        if self.window < 2:
            raise OptionInvalid(option="window", detail=f"{self.window} is below 2")
        if self.n_max < 1:
            raise OptionInvalid(option="n_max", detail=f"{self.n_max} is below 1")
        if self.by not in {"host", "label"}:
            raise OptionInvalid(option="by", detail=f"{self.by!r} is neither host nor label")

    def _chosen(self, pool: Pool, k: int) -> Places:
        places = no_places(pool, k)
        _spread(pool.items, self._kinds(pool.catalogue), self.window, self.n_max, places)
        return places

    def _kinds(self, catalogue: Items | None) -> tuple[Any, Any, int]:
        kinds = kinds_of(catalogue, self.by)
        return kinds.indptr.astype(np.int64), kinds.indices.astype(np.int64), kinds.shape[1]

    def broken(self, items: Codes, catalogue: Items) -> int:
        """Windows of lists, of any origin, in which a kind stands more than ``n_max`` times.

        Args:
            items: Codes, shape (n_users, k), -1 behind the end.
            catalogue: With hosts or labels.
        """
        self._check()
        kinds = kinds_of(catalogue, self.by)
        width = min(self.window, int(items.shape[1]))
        n_broken = 0
        for begin in range(items.shape[1] - width + 1):
            seen = items[:, begin : begin + width]
            rows = np.repeat(np.arange(len(items)), (seen >= 0).sum(axis=1))
            flat = seen[seen >= 0]
            shown = sp.csr_matrix((np.ones(len(flat)), (rows, flat)), (len(items), kinds.shape[0]))
            counts: Any = sp.csr_matrix(shown @ kinds)
            over = counts.max(axis=1).toarray().ravel() > self.n_max if kinds.shape[1] else []
            n_broken += int(np.count_nonzero(over))
        return n_broken


def kinds_of(catalogue: Items | None, by: str) -> Sparse:
    """Which kinds an item is of, shape (n_items, n_kinds), ones.

    Raises:
        DataInvalid: They are not known. A host below 0 is no host and is never counted.
    """
    if by == "label":
        if catalogue is None or catalogue.labels is None:
            raise DataInvalid(column="labels", detail="spreading by label needs labels of items")
        kinds = sp.csr_matrix(catalogue.labels, dtype=np.float64, copy=True)
        kinds.eliminate_zeros()
        kinds.data[:] = 1
        return kinds
    if catalogue is None or catalogue.hosts is None:
        raise DataInvalid(column="hosts", detail="spreading by host needs hosts of items")
    hosts = np.asarray(catalogue.hosts)
    known = np.flatnonzero(hosts >= 0)
    n_hosts = int(hosts.max()) + 1 if len(known) else 0
    shape = (len(hosts), n_hosts)
    return sp.csr_matrix((np.ones(len(known)), (known, hosts[known])), shape=shape)


@compiled
def _spread(items: Any, kinds: Any, window: int, n_max: int, chosen: Any) -> None:
    """Fills places of the pool in ``chosen``, shape (n_users, k)."""
    sizes = sizes_of(items)
    for user in range(items.shape[0]):
        n = sizes[user]
        length = min(chosen.shape[1], n)
        # places of the newest n_max of each kind, oldest first; far back means never
        last = np.full((kinds[2], n_max), -window - n_max, np.int64)
        left = np.zeros(kinds[2], np.int64)  # of each kind, among those not yet placed
        state = np.zeros(n, np.int8)  # 0 outside the list, 1 in it, 2 placed or given up
        state[:length] = 1
        for each in range(length):
            _count(items[user, each], kinds, left, 1)
        for place in range(length):
            law = (window, place, length)
            first = _next(items[user], state, kinds, last, left, law)
            if state[first] == 0:
                gone = _surplus(items[user], state, kinds, last, left, law)
                state[gone] = 2
                _count(items[user, gone], kinds, left, -1)
            else:
                _count(items[user, first], kinds, left, -1)
            state[first] = 2
            chosen[user, place] = first
            _note(items[user, first], kinds, last, place)


@compiled
def _count(item: int, kinds: Any, counts: Any, step: int) -> None:
    indptr, indices, _ = kinds
    for at in range(indptr[item], indptr[item + 1]):
        counts[indices[at]] += step


@compiled
def _note(item: int, kinds: Any, last: Any, place: int) -> None:
    """Its kinds were seen at this place."""
    indptr, indices, _ = kinds
    for at in range(indptr[item], indptr[item + 1]):
        kind, n_kept = indices[at], last.shape[1]
        for newer in range(1, n_kept):
            last[kind, newer - 1] = last[kind, newer]
        last[kind, n_kept - 1] = place


@compiled
def _fits(item: int, kinds: Any, last: Any, law: Any) -> bool:
    """It may stand at this place."""
    indptr, indices, _ = kinds
    window, place, _ = law
    for at in range(indptr[item], indptr[item + 1]):
        if last[indices[at], 0] > place - window:
            return False
    return True


@compiled
def _room(kind: int, last: Any, law: Any) -> int:
    """How many of one kind can still stand from this place to the end."""
    window, place, end = law
    n = 0
    free = place - 1
    for newer in range(last.shape[1]):
        free = max(free + 1, last[kind, newer] + window)
        if free < end:
            n += 1 + (end - 1 - free) // window
    return n


@compiled
def _arrangeable(items: Any, state: Any, kinds: Any, last: Any, left: Any, law: Any) -> bool:
    """No kind of the list has more left than there is room for."""
    indptr, indices, _ = kinds
    for each in range(len(state)):
        if state[each] == 1:
            for at in range(indptr[items[each]], indptr[items[each] + 1]):
                if left[indices[at]] > _room(indices[at], last, law):
                    return False
    return True


@compiled
def _leaves_room(each: int, items: Any, state: Any, kinds: Any, counts: Any, law: Any) -> bool:
    """With this one here the others can still be arranged; overwrites ``counts``."""
    window, place, end = law
    last, left = counts
    _note(items[each], kinds, last, place)
    _count(items[each], kinds, left, -1)
    return _arrangeable(items, state, kinds, last, left, (window, place + 1, end))


@compiled
def _next(items: Any, state: Any, kinds: Any, last: Any, left: Any, law: Any) -> int:
    """Which candidate takes this place."""
    allowed, helper, first = -1, -1, -1
    for each in range(len(state)):
        if state[each] == 1 and first < 0:
            first = each
        if state[each] == 2 or not _fits(items[each], kinds, last, law):
            continue
        if state[each] == 0:
            helper = each
            break  # those of the list come before those outside it
        allowed = each if allowed < 0 else allowed
        state[each] = 2
        good = _leaves_room(each, items, state, kinds, (last.copy(), left.copy()), law)
        state[each] = 1
        if good:
            return each
    if allowed >= 0:
        return allowed
    return helper if helper >= 0 else first


@compiled
def _surplus(items: Any, state: Any, kinds: Any, last: Any, left: Any, law: Any) -> int:
    """The last of the list of a kind that has no room; else the last."""
    indptr, indices, _ = kinds
    gone = -1
    for each in range(len(state) - 1, -1, -1):
        if state[each] != 1:
            continue
        if gone < 0:
            gone = each
        for at in range(indptr[items[each]], indptr[items[each] + 1]):
            if left[indices[at]] > _room(indices[at], last, law):
                return each
    return gone
