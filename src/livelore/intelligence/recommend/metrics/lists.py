"""Lists of recommendations and what was relevant, checked once and brought to one form."""

from typing import Any, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.data import Codes, Histories, Interactions, Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

Values = NDArray[np.float64]
Relevant = Histories | Interactions | Sparse
"""What users did in the test part, in any of the forms that it comes in."""


def checked(items: ArrayLike, n_items: int) -> Codes:
    """Lists of recommendations as codes.

    Args:
        items: Shape (n_users, k); -1 where a list ends early.
        n_items: Size of the catalogue.

    Raises:
        DataInvalid: Not a table of whole numbers, a code outside the catalogue, an item twice in a
            list, or an empty place before a filled one.
    """
    lists: NDArray[Any] = np.asarray(items)
    if lists.ndim != 2 or lists.dtype.kind not in "iu":
        detail = f"codes of shape (n_users, k) are needed, not {lists.dtype} {lists.shape}"
        raise DataInvalid(column="items", detail=detail)
    if lists.size == 0:
        return lists.astype(np.int32)
    if lists.min() < -1 or lists.max() >= n_items:
        row = int(np.argmax(((lists < -1) | (lists >= n_items)).any(axis=1)))
        raise DataInvalid(
            column="items", row=row, detail=f"a code is neither -1 nor 0 to {n_items - 1}"
        )
    empty = lists < 0
    _refuse((empty[:, :-1] & ~empty[:, 1:]).any(axis=1), "an empty place before a filled one")
    ordered = np.sort(lists, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    _refuse(twice.any(axis=1), "an item stands twice in the list")
    return lists.astype(np.int32, copy=False)


def _refuse(is_wrong: Any, detail: str) -> None:
    if is_wrong.any():
        raise DataInvalid(column="items", row=int(is_wrong.argmax()), detail=detail)


def relevant_matrix(test: Relevant, n_users: int) -> Sparse:
    """What is relevant to whom, as a sorted CSR matrix of ones, shape (n_users, n_items).

    Raises:
        DataInvalid: It has another number of users than there are lists.
    """
    found = test.matrix if isinstance(test, Histories | Interactions) else sp.csr_matrix(test)
    found = cast("Any", found)
    if found.shape[0] != n_users:
        detail = f"{found.shape[0]} users in the test part beside {n_users} lists"
        raise DataInvalid(column="test", detail=detail)
    found = cast("Any", sp.csr_matrix(found, copy=True))
    found.sum_duplicates()
    found.eliminate_zeros()
    found.data = np.ones(len(found.data), np.float32)
    return found


def hits_of(items: Codes, relevant: Sparse) -> NDArray[np.bool_]:
    """Which places hold a relevant item, shape (n_users, k)."""
    n_items = relevant.shape[1]
    rows = np.repeat(np.arange(relevant.shape[0], dtype=np.int64), np.diff(relevant.indptr))
    known = rows * n_items + relevant.indices
    asked = np.arange(len(items), dtype=np.int64)[:, None] * n_items + items
    if len(known) == 0:
        return np.zeros(items.shape, np.bool_)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: NDArray[np.bool_] = (known[place] == asked) & (items >= 0)
    return found


def discounts(k: int) -> Values:
    """Attention to each place, shape (k,): 1 / log2(place + 2), that of nDCG."""
    return 1 / np.log2(np.arange(2, k + 2, dtype=np.float64))


def cut(items: Codes, k: int) -> Codes:
    """The first k places.

    Raises:
        OptionInvalid: The lists are shorter, or k is below 1.
    """
    if not 1 <= k <= items.shape[1]:
        detail = f"{k} is not between 1 and the length of the lists, {items.shape[1]}"
        raise OptionInvalid(option="k", detail=detail)
    return items[:, :k]


def divided(top: Any, bottom: Any) -> Values:
    """Element by element; NaN where the lower is 0."""
    out = np.full(np.shape(bottom), np.nan)
    np.divide(top, bottom, out=out, where=np.asarray(bottom) != 0)
    return out


def mean_of(values: Values) -> float:
    """Over those that are not NaN; NaN when none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
