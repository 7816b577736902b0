"""Columns of a table, as callers have them, to arrays: ids, weights, numbers, times."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.errors import DataInvalid

Ids = NDArray[Any]  # Any: ids are whole numbers or text, whichever the caller has
Codes = NDArray[np.int32]
Floats = NDArray[np.float32]
WEIGHT_MAX = 1e30
"""Above it sums of weights leave single precision."""


def coded(values: ArrayLike, column: str, known: Ids | None = None) -> tuple[Codes, Ids]:
    """Row numbers for ids, whole numbers or text (also as a pyarrow array).

    Returns:
        Codes, and the ids by code: ``known``, else those that occur, sorted.

    Raises:
        DataInvalid: An id is missing or, with ``known``, not among them.
    """
    given = _ids(values, column)
    if given.null_count:
        row = int(np.flatnonzero(given.is_null().to_numpy(zero_copy_only=False))[0])
        raise DataInvalid(column=column, row=row, detail="an id is missing")
    if known is not None:
        listed = _ids(known, column)
        if listed.null_count or len(listed.unique()) != len(listed):
            raise DataInvalid(column=column, detail="a known id is missing or stands there twice")
        ids = listed.to_numpy(zero_copy_only=False)
        if given.type != listed.type:  # as text: 7 is "7", and "007" another
            given, listed = given.cast(pa.string()), listed.cast(pa.string())
        found = pc.call_function("index_in", [given], pc.SetLookupOptions(listed))
        if found.null_count:
            row = int(np.flatnonzero(found.is_null().to_numpy(zero_copy_only=False))[0])
            raise DataInvalid(column=column, row=row, detail=f"{given[row]} is not a known id")
        return found.to_numpy(zero_copy_only=False).astype(np.int32), ids
    encoded = given.dictionary_encode()
    ids = encoded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(ids, kind="stable")
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    return rank[encoded.indices.to_numpy(zero_copy_only=False)], ids[order]


def _ids(values: Any, column: str) -> Any:  # Any: pyarrow has no types
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        if pa.types.is_integer(values.type) or pa.types.is_string(values.type):
            return values
        values = values.to_numpy(zero_copy_only=False)
    given = np.asarray(values)
    if given.ndim != 1:
        raise DataInvalid(column=column, detail=f"one column is needed, not shape {given.shape}")
    if given.dtype.kind in "iuU":
        return pa.array(given)
    if given.dtype.kind not in "fO":
        raise DataInvalid(column=column, detail=f"{_WANTED}, not {given.dtype}")
    return _from_objects(given.tolist(), column)


_WANTED = "ids are whole numbers or text"


def _from_objects(values: list[Any], column: str) -> Any:
    """Whole numbers if all are, else text; what is missing stays so."""
    known = [None if _is_missing(each) else each for each in values]
    for row, each in enumerate(known):
        fraction = isinstance(each, float) and not each.is_integer()
        if fraction or isinstance(each, bool | bytes):
            raise DataInvalid(column=column, row=row, detail=f"{_WANTED}, not {each!r}")
    known = [int(each) if isinstance(each, float) else each for each in known]
    if all(each is None or isinstance(each, int) for each in known):
        try:
            return pa.array(known, pa.int64())
        except (OverflowError, pa.ArrowInvalid):  # longer than 64 bits: as text they are exact
            pass
    return pa.array([None if each is None else str(each) for each in known], pa.string())


def _is_missing(value: object) -> bool:
    return value is None or value != value  # NaN differs from itself  # noqa: PLR0124


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


def numbers(values: ArrayLike, column: str, n_rows: int) -> NDArray[np.float64]:
    """A column of finite numbers.

    Raises:
        DataInvalid: Another length, text, NaN or an infinity.
    """
    try:
        given = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        row = _first_no_number(values)
        detail = f"a value is no number: {error}"
        raise DataInvalid(column=column, row=row, detail=detail) from error
    if given.shape != (n_rows,):
        raise DataInvalid(column=column, detail=f"shape {given.shape} beside {n_rows} rows")
    bad = np.flatnonzero(~np.isfinite(given))
    if len(bad):
        raise DataInvalid(column=column, row=int(bad[0]), detail="NaN or infinite")
    return given


def _first_no_number(values: Any) -> int | None:
    for row, each in enumerate(values if hasattr(values, "__iter__") else ()):
        try:
            float(each)
        except (TypeError, ValueError):
            return row
    return None


def seconds(values: ArrayLike, n_rows: int) -> NDArray[np.float64]:
    """A column of times: seconds, or datetime64.

    Raises:
        DataInvalid: As `numbers`, or below 0.
    """
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise DataInvalid(column="time", detail=str(error)) from error
    if given.dtype.kind == "m":
        raise DataInvalid(column="time", detail="a length of time is no moment")
    if given.dtype.kind == "M":
        whole = given.astype("datetime64[us]").astype(np.int64)
        if np.isnat(given).any():
            raise DataInvalid(column="time", row=int(np.argmax(np.isnat(given))), detail="missing")
        given = whole / 1e6
    times = numbers(given, "time", n_rows)
    if n_rows and times.min() < 0:
        raise DataInvalid(column="time", row=int(times.argmin()), detail="a time is negative")
    return times
