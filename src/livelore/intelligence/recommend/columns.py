"""Columns of a table, as callers have them, to arrays: ids, weights, numbers, times."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.column_checks import Codes, ColumnChecks, Ids
from livelore.intelligence.recommend.errors import DataInvalid

__all__ = ["Codes", "Floats", "Ids", "coded", "item_codes", "numbers", "seconds", "weights_of"]

Floats = NDArray[np.float32]
WEIGHT_MAX = 1e30
"""Above it sums of weights leave single precision."""
_checks = ColumnChecks(DataInvalid)
coded, numbers, seconds = _checks.coded, _checks.numbers, _checks.seconds


def item_codes(values: ArrayLike, row: int, n_items: int) -> Codes:
    """One history as codes.

    Raises:
        DataInvalid: It is no list of whole numbers of the catalogue.
    """
    given = np.asarray(values)
    if given.ndim != 1 or (len(given) and given.dtype.kind not in "iu"):
        detail = f"one list of whole codes is needed, not {given.dtype} {given.shape}"
        raise DataInvalid(column="item", row=row, detail=detail)
    if len(given) and (given.min() < 0 or given.max() >= n_items):
        raise DataInvalid(column="item", row=row, detail=f"a code is outside 0 to {n_items - 1}")
    return given.astype(np.int32)


def weights_of(values: ArrayLike, n_rows: int) -> Floats:
    """A column of weights.

    Raises:
        DataInvalid: As `numbers`, or one that is not above 0 in single precision, or too large.
    """
    given = numbers(values, "weight", n_rows)
    wrong = np.flatnonzero((given < np.finfo(np.float32).tiny) | (given > WEIGHT_MAX))
    if len(wrong):
        detail = f"{given[wrong[0]]} is not above 0 and at most {WEIGHT_MAX:g}"
        raise DataInvalid(column="weight", row=int(wrong[0]), detail=detail)
    return given.astype(np.float32)
