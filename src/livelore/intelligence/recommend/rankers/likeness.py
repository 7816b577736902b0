"""How strongly candidates hang together with the single events of a history."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.recommend.data import Floats, Histories

NEAREST = 3


def strongest(
    matrix: Any, histories: Histories, users: NDArray[np.int64], items: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """The strongest link from an event of the history, and the mean of the `NEAREST` strongest.

    A sum over the history, which a linear scorer gives, cannot tell one close event from many
    distant ones; trees can, from these two. A link below 0 and one that is not there count as 0.

    Args:
        matrix: Items by items, dense or CSR; rows are the history's.
        histories: Of some users.
        users: Row in ``histories`` of each pair, ascending, shape (n_pairs,).
        items: Item code of each, once a user.

    Returns:
        Both of shape (n_pairs,).
    """
    found = np.zeros((len(items), NEAREST), np.float32)
    bounds = np.searchsorted(users, np.arange(len(histories) + 1))
    asked = (bounds, items, histories.indptr, histories.items)
    if sp.issparse(matrix):
        places = np.full(histories.n_items, -1, np.int64)
        _of_rows_kept((matrix.indptr, matrix.indices, matrix.data), asked, places, found)
    else:
        _of_whole_rows(np.asarray(matrix), asked, found)
    return found[:, 0].copy(), found.mean(axis=1)


@compiled
def _enter(best: Any, value: Any) -> None:
    """Keep a value among the highest, which stand in descending order."""
    for place in range(len(best)):
        if value > best[place]:
            best[place], value = value, best[place]


@compiled
def _of_whole_rows(matrix: Any, asked: Any, found: Any) -> None:
    bounds, items, indptr, events = asked
    for user in range(len(indptr) - 1):
        for event in range(indptr[user], indptr[user + 1]):
            row = matrix[events[event]]
            for pair in range(bounds[user], bounds[user + 1]):
                if row[items[pair]] > found[pair, -1]:
                    _enter(found[pair], row[items[pair]])


@compiled
def _of_rows_kept(links: Any, asked: Any, places: Any, found: Any) -> None:
    """``places``: all -1, one an item; left so."""
    starts, columns, values = links
    bounds, items, indptr, events = asked
    for user in range(len(indptr) - 1):
        for pair in range(bounds[user], bounds[user + 1]):
            places[items[pair]] = pair
        for event in range(indptr[user], indptr[user + 1]):
            for at in range(starts[events[event]], starts[events[event] + 1]):
                pair = places[columns[at]]
                if pair >= 0 and values[at] > found[pair, -1]:
                    _enter(found[pair], values[at])
        for pair in range(bounds[user], bounds[user + 1]):
            places[items[pair]] = -1
