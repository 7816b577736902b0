"""Whole columns as their kind: fast where all is well, value by value where something is not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from livelore.intelligence.tables.columns import (
    MICROSECONDS_FROM,
    MILLISECONDS_FROM,
    TIMES_BELOW,
    Column,
    Moment,
    ValueRefused,
    plain_json,
    value_of,
)

Array = Any  # a pyarrow.Array: pyarrow has no types
pc: Any = pyarrow.compute  # its functions are made when it is imported
TIME = pa.timestamp("us", tz="UTC")
LABELS = pa.list_(pa.string())
_SMALL = 256
_PIECES = 8


@dataclass
class Typed:
    """A column of some rows: ``values`` is null where ``refused`` has a reason."""

    values: Array
    refused: dict[int, str] = field(default_factory=dict)
    written_as: Counter[str] = field(default_factory=Counter)


def typed(column: Column, given: Any) -> Typed:
    """Cells (an Arrow array, or a list of values of JSON) as the kind of the column."""
    array = _arrow(given)
    return _slow(column, given) if array is None else _tried(column, array)


def _tried(column: Column, array: Array) -> Typed:
    """At once if all is well, else in ever smaller pieces: one bad value slows few others."""
    found = _fast(column, array)
    if found is not None:
        return found
    if len(array) <= _SMALL or column.kind == "labels":
        return _slow(column, array.to_pylist())
    step = -(-len(array) // _PIECES)
    parts = [_tried(column, array.slice(at, step)) for at in range(0, len(array), step)]
    whole = Typed(joined([each.values for each in parts]).combine_chunks())
    for number, part in enumerate(parts):
        whole.refused |= {number * step + at: why for at, why in part.refused.items()}
        whole.written_as.update(part.written_as)
    return whole


def _fast(column: Column, array: Array) -> Typed | None:
    if column.required and array.null_count:
        return None
    try:
        return _FAST[column.kind](column, array)
    except pa.ArrowException:
        return None  # something is no such value: find out which


def _arrow(given: Any) -> Array | None:
    if not isinstance(given, list):
        is_coded = pa.types.is_dictionary(given.type)
        return given.dictionary_decode() if is_coded else given
    try:
        return pa.array(given)
    except (pa.ArrowException, OverflowError):
        return None


def _slow(column: Column, values: list[Any]) -> Typed:
    found: list[Any] = []
    result = Typed(None)
    for number, value in enumerate(values):
        try:
            found.append(value_of(column, value))
        except ValueRefused as refused:
            result.refused[number] = str(refused)
            found.append(None)
    if column.kind == "time":
        result.written_as.update(each.written_as for each in found if isinstance(each, Moment))
        found = [None if each is None else each.us for each in found]
    result.values = _built(column, found)
    return result


def _built(column: Column, values: list[Any]) -> Array:
    if column.kind == "id":
        return _ids_built(values)
    if column.kind == "time":
        return pa.array(values, pa.int64()).cast(TIME)
    kinds = {"number": pa.float64(), "text": pa.string(), "labels": LABELS}
    return pa.array(values, kinds[column.kind])


def _ids_built(values: list[Any]) -> Array:
    if all(isinstance(each, int) for each in values if each is not None):
        try:
            return pa.array(values, pa.int64())
        except (OverflowError, pa.ArrowException):
            pass  # beyond 64 bits: digits are text then
    return whole_or_text(pa.array([None if v is None else str(v) for v in values], pa.string()))


def whole_or_text(array: Array) -> Array:
    """Text as int64 where each is exactly what int64 would be written as; else unchanged."""
    try:
        numbers = array.cast(pa.int64())
    except pa.ArrowException:
        return array
    return numbers if numbers.cast(array.type).equals(array) else array


def _is_text(array: Array) -> bool:
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def _fast_id(column: Column, array: Array) -> Typed | None:
    del column
    if pa.types.is_integer(array.type):
        return Typed(array.cast(pa.int64()))
    if not _is_text(array):
        return None
    found = whole_or_text(array)
    if found is array and pc.any(pc.equal(pc.utf8_trim_whitespace(array), "")).as_py():
        return None
    return Typed(found if found is not array else array.cast(pa.string()))


def _is_number(array: Array) -> bool:
    return bool(pa.types.is_integer(array.type) or pa.types.is_floating(array.type))


def _floats(array: Array) -> Array | None:
    """As float64, all finite; None when not."""
    if not (_is_text(array) or _is_number(array)):
        return None
    found = array.cast(pa.float64(), safe=False)
    return found if pc.all(pc.is_finite(found), min_count=0).as_py() else None


def _fast_number(column: Column, array: Array) -> Typed | None:
    found = _floats(array)
    if found is None or len(found) == found.null_count:
        return None
    least, most = pc.min_max(found).as_py().values()
    if column.lowest is not None and least < column.lowest:
        return None
    if column.highest is not None and most > column.highest:
        return None
    return Typed(found)


def _fast_text(column: Column, array: Array) -> Typed | None:
    del column
    if not _is_text(array) or pc.any(pc.equal(array, "")).as_py():
        return None
    return Typed(array.cast(pa.string()))


def _fast_time(column: Column, array: Array) -> Typed | None:
    del column
    if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
        return _since_1970(_in_utc(array), "times")
    if _is_text(array) and not _looks_like_number(array):
        has_zone = pc.match_substring_regex(array, r"(?i)(z|[+-]\d\d(:?\d\d)?)$")
        has_clock = pc.match_substring(array, ":")
        if pc.all(pc.and_(has_zone, has_clock)).as_py():
            return _since_1970(array.cast(TIME), "ISO 8601")
        return _since_1970(_in_utc(array.cast(pa.timestamp("us"))), "ISO 8601")
    numbers = _floats(array)
    return None if numbers is None else _epochs(numbers)


def _looks_like_number(array: Array) -> bool:
    first = next((each.as_py() for each in array if each.is_valid), "")
    return first.strip().lstrip("+-").replace(".", "", 1)[:11].isdigit() and "-" not in first[1:]


def _in_utc(array: Array) -> Array:
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        return array.cast(TIME, safe=False)
    return array.cast(pa.timestamp("us"), safe=False).cast(TIME)


def _since_1970(array: Array, written_as: str) -> Typed | None:
    n_values = len(array) - array.null_count
    if n_values and pc.min(array.cast(pa.int64())).as_py() < 0:
        return None
    return Typed(array, written_as=Counter({written_as: n_values}))


def _epochs(numbers: Array) -> Typed | None:
    values = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    if len(values) and not (values.min() >= 0 and values.max() < TIMES_BELOW):
        return None
    is_second, is_micro = values < MILLISECONDS_FROM, values >= MICROSECONDS_FROM
    scale = np.where(is_second, 1e6, np.where(is_micro, 1.0, 1e3))
    us = np.rint(values * scale).astype(np.int64)
    absent = numbers.is_null().to_numpy(zero_copy_only=False)
    counts = {
        "epoch seconds": int((is_second & ~absent).sum()),
        "epoch milliseconds": int((~is_second & ~is_micro).sum()),
        "epoch microseconds": int(is_micro.sum()),
    }
    array = pa.array(us, pa.int64(), mask=absent).cast(TIME)
    return Typed(array, written_as=Counter({name: n for name, n in counts.items() if n}))


def _fast_labels(column: Column, array: Array) -> Typed | None:
    del column, array
    return None  # each row is cut and cleaned anyway


_FAST = {
    "id": _fast_id,
    "number": _fast_number,
    "text": _fast_text,
    "time": _fast_time,
    "labels": _fast_labels,
}


def as_they_are(given: Any, *, is_text: bool) -> Array:
    """A column that nobody asked for: of CSV whole numbers or text, else with its own type."""
    if not isinstance(given, list):
        return whole_or_text(given) if is_text else given
    try:
        return pa.array(given)
    except (pa.ArrowException, OverflowError):
        return texts(given)


def texts(values: list[Any]) -> Array:
    """Values of several kinds in one column: text as it is, the others as JSON."""
    as_text = [v if v is None or isinstance(v, str) else plain_json(v) for v in values]
    return pa.array(as_text, pa.string())


def joined(parts: list[Array]) -> Any:
    """Pieces of one column in one type: a chunked array."""
    kind = _common({each.type for each in parts} - {pa.null()})
    return pa.chunked_array([_as(each, kind) for each in parts], kind)


def _common(kinds: set[Any]) -> Any:
    if len(kinds) <= 1:
        return next(iter(kinds), pa.null())
    return pa.float64() if kinds == {pa.int64(), pa.float64()} else pa.string()


def _as(array: Array, kind: Any) -> Array:
    if array.type == kind:
        return array
    if pa.types.is_string(kind) and not pa.types.is_integer(array.type):
        return texts(array.to_pylist())
    return array.cast(kind, safe=False)
