"""Compiled inner loops of the re-rankers: likeness within a pool, greedy choice, swaps.

All work on one user's pool at a time: candidates best first, ``n`` of them filled. Features come
as the three arrays of a CSR matrix whose rows have length 1, so that a dot product is a cosine.
"""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled

SWAPS_MAX = 200
"""Of one list; each must pay, so that the path ends by itself far earlier."""
_LEAST_LOSS = 1e-6
_LEAST_GAIN = 1e-9


@compiled
def likeness(codes: Any, n: int, features: Any, row: Any, out: Any) -> None:
    """Cosine of every two candidates, into ``out[:n, :n]``; ``row`` is a buffer of zeros."""
    indptr, indices, data, _ = features
    for a in range(n):
        begin, end = indptr[codes[a]], indptr[codes[a] + 1]
        for place in range(begin, end):
            row[indices[place]] = data[place]
        out[a, a] = 1
        for b in range(a):
            total = 0.0
            for place in range(indptr[codes[b]], indptr[codes[b] + 1]):
                total += row[indices[place]] * data[place]
            out[a, b] = total
            out[b, a] = total
        for place in range(begin, end):
            row[indices[place]] = 0


@compiled
def sizes_of(items: Any) -> Any:
    """How many candidates each row has."""
    sizes = np.zeros(items.shape[0], np.int64)
    for user in range(items.shape[0]):
        while sizes[user] < items.shape[1] and items[user, sizes[user]] >= 0:
            sizes[user] += 1
    return sizes


@compiled
def marginal(items: Any, gains: Any, features: Any, weight: float, chosen: Any) -> None:
    """Maximal marginal relevance; fills places of the pool in ``chosen``, shape (n_users, k)."""
    row = np.zeros(features[3], np.float64)
    like = np.empty((items.shape[1], items.shape[1]))
    sizes = sizes_of(items)
    k = chosen.shape[1]
    for user in range(items.shape[0]):
        n = sizes[user]
        likeness(items[user], n, features, row, like)
        nearest = np.zeros(n)
        taken = np.zeros(n, np.bool_)
        for place in range(min(k, n)):
            first, highest = -1, -np.inf
            for each in range(n):
                value = weight * gains[user, each] - (1 - weight) * nearest[each]
                if not taken[each] and value > highest:
                    first, highest = each, value
            taken[first] = True
            chosen[user, place] = first
            for each in range(n):
                nearest[each] = max(nearest[each], like[first, each])


@compiled
def determinantal(items: Any, quality: Any, features: Any, chosen: Any) -> None:
    """Greedy MAP of a determinantal point process (Chen, Zhang, Zhou 2018, algorithm 1).

    The kernel is ``q_i q_j cos(i, j)``; once no candidate adds volume, the rest follow in order.
    """
    row = np.zeros(features[3], np.float64)
    like = np.empty((items.shape[1], items.shape[1]))
    sizes = sizes_of(items)
    k = chosen.shape[1]
    for user in range(items.shape[0]):
        n = sizes[user]
        likeness(items[user], n, features, row, like)
        factors = np.zeros((min(k, n), n))
        volume = np.empty(n)
        for each in range(n):
            volume[each] = quality[user, each] ** 2
        taken = np.zeros(n, np.bool_)
        for place in range(min(k, n)):
            first, highest = -1, 1e-9
            for each in range(n):
                if not taken[each] and volume[each] > highest:
                    first, highest = each, volume[each]
            if first < 0:
                fill(taken, chosen[user], place, min(k, n))
                break
            taken[first] = True
            chosen[user, place] = first
            _project(place, first, quality[user], like, factors, volume)


@compiled
def _project(place: int, first: int, quality: Any, like: Any, factors: Any, volume: Any) -> None:
    """What the newest member leaves of the volume that each candidate can add."""
    root = np.sqrt(volume[first])
    for each in range(len(volume)):
        total = quality[first] * quality[each] * like[first, each]
        for past in range(place):
            total -= factors[past, first] * factors[past, each]
        factors[place, each] = total / root
        volume[each] -= factors[place, each] ** 2


@compiled
def fill(taken: Any, chosen: Any, begin: int, end: int) -> None:
    """The untaken in their order, into places ``begin`` to ``end``."""
    each = 0
    for place in range(begin, end):
        while taken[each]:
            each += 1
        taken[each] = True
        chosen[place] = each


@compiled
def swapped(items: Any, rates: Any, features: Any, price: float, weights: Any, chosen: Any) -> None:
    """Swap candidates into the top k as long as distance is bought at ``price`` or better.

    Each step makes the swap with the most distance (mean over pairs) per expected nDCG lost. Which
    swap is next does not depend on the price: a lower price only walks further along the same path,
    and each step adds distance.

    Args:
        items: Pools, shape (n_users, n_pool), best first.
        rates: Chance of each candidate to be a hit, not rising, over the ideal DCG of the user.
        features: CSR arrays and number of columns.
        price: Least distance for one unit of nDCG.
        weights: Attention to each place, shape (k,).
        chosen: Filled: places of the pool, rising.
    """
    row = np.zeros(features[3], np.float64)
    like = np.empty((items.shape[1], items.shape[1]))
    sizes = sizes_of(items)
    k = chosen.shape[1]
    for user in range(items.shape[0]):
        n = sizes[user]
        length = min(k, n)
        members = chosen[user, :length]
        _count_up(members)
        if n <= k or k < 2:
            continue
        likeness(items[user], n, features, row, like)
        is_in = np.zeros(n, np.bool_)
        near = np.zeros(n)
        for place in range(k):
            is_in[place] = True
            for each in range(n):
                near[each] += like[each, place]
        for _ in range(SWAPS_MAX):
            worth, out, into = _best_swap(members, is_in, near, like, rates[user], weights)
            if out < 0 or worth * 2 / (k * (k - 1)) < price:
                break
            gone = members[out]
            is_in[gone] = False
            is_in[into] = True
            for each in range(n):
                near[each] += like[each, into] - like[each, gone]
            _insert(members, out, into)


@compiled
def _count_up(members: Any) -> None:
    for place in range(len(members)):
        members[place] = place


@compiled
def _best_swap(members: Any, is_in: Any, near: Any, like: Any, rates: Any, weights: Any) -> Any:
    """The swap with most likeness removed per DCG lost: worth, place of the list, candidate."""
    k = len(members)
    highest, out, into = 0.0, -1, -1
    shifted = 0.0
    last = weights[k - 1]
    for place in range(k - 1, -1, -1):
        here = members[place]
        # those below move up by one when it goes
        lost = rates[here] * weights[place] - shifted
        if place > 0:
            shifted += rates[here] * (weights[place - 1] - weights[place])
        for each in range(len(is_in)):
            gain = near[here] - near[each] + like[here, each] if not is_in[each] else 0.0
            # an item is wholly like itself, which counts for no pair
            gain -= like[here, here]
            if gain <= _LEAST_GAIN:
                continue
            worth = gain / max(lost - rates[each] * last, _LEAST_LOSS)
            if worth > highest:
                highest, out, into = worth, place, each
    return highest, out, into


@compiled
def _insert(members: Any, out: int, into: int) -> None:
    """Take one out, put another in, keep the order."""
    for place in range(out, len(members) - 1):
        members[place] = members[place + 1]
    place = len(members) - 1
    while place > 0 and members[place - 1] > into:
        members[place] = members[place - 1]
        place -= 1
    members[place] = into
