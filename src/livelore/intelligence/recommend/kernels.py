"""Compiled inner loops: choosing the best, adding up rows. Numba caches each."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled, compiled_loosely

LOWEST = np.float32(3e38)
"""Scores of what may not be given, where infinities are not allowed (fastmath)."""


@compiled
def is_worse(score: Any, item: Any, than_score: Any, than_item: Any) -> Any:
    """Whether one comes after another: by score, ties by higher column."""
    return score < than_score or (score == than_score and item > than_item)


@compiled
def sink(scores: Any, items: Any, place: int, size: int) -> None:
    """Let an element of a heap, whose top is the worst, go down to where it belongs."""
    while True:
        low = 2 * place + 1
        if low >= size:
            return
        right = low + 1
        if right < size and is_worse(scores[right], items[right], scores[low], items[low]):
            low = right
        if not is_worse(scores[low], items[low], scores[place], items[place]):
            return
        scores[low], scores[place] = scores[place], scores[low]
        items[low], items[place] = items[place], items[low]
        place = low


@compiled
def offer(scores: Any, items: Any, n_kept: int, score: Any, item: Any) -> int:
    """Add to a heap of the best; gives how many it holds then."""
    k = len(scores)
    if n_kept < k:
        scores[n_kept], items[n_kept] = score, item
        if n_kept + 1 == k:
            for place in range(k // 2 - 1, -1, -1):
                sink(scores, items, place, k)
        return n_kept + 1
    if is_worse(scores[0], items[0], score, item):
        scores[0], items[0] = score, item
        sink(scores, items, 0, k)
    return n_kept


@compiled
def in_order(scores: Any, items: Any, n_kept: int) -> None:
    """Turn a heap of the best into a list, best first; -1 and ``-inf`` behind its end."""
    for place in range(n_kept // 2 - 1, -1, -1):
        sink(scores, items, place, n_kept)
    for size in range(n_kept - 1, 0, -1):
        scores[0], scores[size] = scores[size], scores[0]
        items[0], items[size] = items[size], items[0]
        sink(scores, items, 0, size)
    for place in range(n_kept, len(scores)):
        scores[place], items[place] = -np.inf, -1


@compiled
def best_of_rows(scores: Any, k: int, items: Any, found: Any) -> None:
    """The k highest of each row, best first, ties by lower column.

    Args:
        scores: Shape (n, n_items); what is ``-inf`` is never given.
        k: Columns of the two outputs.
        items: Filled: columns chosen, shape (n, k); -1 where too few are left.
        found: Filled: their scores, shape (n, k).
    """
    for row in range(scores.shape[0]):
        n_kept = 0
        for column in range(scores.shape[1]):
            value = scores[row, column]
            if value != -np.inf and (n_kept < k or value > found[row, 0]):
                n_kept = offer(found[row], items[row], n_kept, value, column)
        in_order(found[row], items[row], n_kept)


@compiled
def are_below(codes: Any, n_items: int) -> bool:
    """Whether each code is from 0 to below n_items."""
    n_outside = 0
    for code in codes:
        n_outside += code < 0 or code >= n_items
    return n_outside == 0


@compiled_loosely
def add_rows(matrix: Any, history: Any, weights: Any, sums: Any) -> None:
    """Weighted sum of rows, four at a time: the sums are read and written a quarter as often.

    Args:
        matrix: Numbers of any type, shape (n_items, n_items).
        history: Rows, shape (n_events,); may repeat.
        weights: Of the rows, float32.
        sums: Filled: float32, shape (n_items,).
    """
    sums[:] = 0
    n_paired = len(history) - len(history) % 4
    for at in range(0, n_paired, 4):
        a, b, c, d = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
        first, second = matrix[history[at]], matrix[history[at + 1]]
        third, fourth = matrix[history[at + 2]], matrix[history[at + 3]]
        for column in range(len(sums)):
            pair = a * first[column] + b * second[column]
            sums[column] += pair + (c * third[column] + d * fourth[column])
    for at in range(n_paired, len(history)):
        row, weight = matrix[history[at]], weights[at]
        for column in range(len(sums)):
            sums[column] += weight * row[column]


@compiled_loosely
def ends(sums: Any) -> Any:
    """The lowest and highest of what is above -LOWEST; LOWEST and -LOWEST where nothing is."""
    low, high = LOWEST, -LOWEST
    for place in range(len(sums)):
        value = sums[place]
        low = min(low, value if value > -LOWEST else LOWEST)
        high = max(high, value)
    return low, high


@compiled
def floor_of_best(sums: Any, k: int, counts: Any) -> Any:
    """A bound that the k highest sums reach and few others: by counting in equal steps.

    Args:
        sums: Shape (n_items,); -LOWEST where one may not be given.
        k: Wanted; the lowest sum is the bound where there are no more.
        counts: Room for the counts, any number of steps.
    """
    low, high = ends(sums)
    n_steps = len(counts)
    if not low < high:
        return low
    counts[:] = 0
    scale = (n_steps - 1) / (high - low)
    for value in sums:
        if value >= low:
            step = int((value - low) * scale)
            counts[min(max(step, 0), n_steps - 1)] += 1
    n_above = 0
    for step in range(n_steps - 1, 0, -1):
        n_above += counts[step]
        if n_above >= k:
            return np.float32(low + (step - 0.5) / scale)  # half a step for rounding
    return low


@compiled
def top_dense(matrix: Any, history: Any, weights: Any, work: Any, items: Any, found: Any) -> None:
    """The best items for one history by a dense matrix; see `top_sparse`.

    A heap over all the sums costs more than the sums: what cannot be among the best is told by
    `floor_of_best` first. ``work`` is (sums, counts): room for n_items float32 and, int32, for the
    counts.
    """
    sums, counts = work
    add_rows(matrix, history, weights, sums)
    for item in history:
        sums[item] = -LOWEST
    floor = floor_of_best(sums, len(found), counts)
    n_kept = 0
    for column in range(len(sums)):
        value = sums[column]
        if value >= floor and (n_kept < len(found) or value > found[0]):
            n_kept = offer(found, items, n_kept, value, column)
    in_order(found, items, n_kept)


@compiled_loosely
def top_sparse(matrix: Any, history: Any, weights: Any, work: Any, items: Any, found: Any) -> None:
    """The best items for one history by a sparse matrix, without looking at items it never meets.

    Args:
        matrix: (indptr, indices, data) of the items-by-items matrix.
        history: Item codes, shape (n_events,).
        weights: Of the events.
        work: (sums, touched, is_touched): zeros of shape (n_items,) that are zeros again
            afterwards, room for n_items codes, and a mask that is False again afterwards.
        items: Filled with the best codes, shape (k,); the history's own are left out.
        found: Filled with their scores.
    """
    indptr, indices, data = matrix
    sums, touched, is_touched = work
    n_touched = 0
    for place in range(len(history)):
        weight = weights[place]
        for at in range(indptr[history[place]], indptr[history[place] + 1]):
            column = indices[at]
            if not is_touched[column]:  # a sum may be 0 again on its way
                is_touched[column] = True
                touched[n_touched] = column
                n_touched += 1
            sums[column] += weight * data[at]
    for place in range(len(history)):
        sums[history[place]] = 0
    n_kept = 0
    for place in range(n_touched):
        column = touched[place]
        value = sums[column]
        sums[column] = 0
        is_touched[column] = False
        if value != 0 and (n_kept < len(found) or value >= found[0]):
            n_kept = offer(found, items, n_kept, value, column)
    in_order(found, items, n_kept)


@compiled
def truncated(indptr: Any, indices: Any, data: Any, k: int) -> Any:
    """Mask over the entries of a CSR matrix: the k largest of each row; all of a shorter row."""
    kept = np.zeros(len(data), np.bool_)
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        if end - begin <= k:
            kept[begin:end] = True
            continue
        order = np.argsort(-data[begin:end])
        for place in order[:k]:
            kept[begin + place] = True
    return kept
