"""What is asked of a column, and the meaning of one value of each kind."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec

Kind = Literal["id", "number", "text", "time", "labels"]
LABEL_SEPARATOR = "|"
MILLISECONDS_FROM = 1e11
"""Epoch numbers below are seconds (up to the year 5138), from here on milliseconds."""
MICROSECONDS_FROM = 1e14
TIMES_BELOW = 1e17
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = {"nan", "inf", "infinity"}
_SHOWN = 60


@dataclass(frozen=True)
class Column:
    """One column that is asked for.

    Attributes:
        name: As in the file.
        kind: See the package.
        required: The file must have it and every row a value; else an empty cell is null.
        lowest: Of a number, inclusive.
        highest: The same.
        keeps_writing: The cells are also given as they were written, in the column
            `writing_of(name)`: for outputs that repeat their input.
    """

    name: str
    kind: Kind
    required: bool = True
    lowest: float | None = None
    highest: float | None = None
    keeps_writing: bool = False


def writing_of(name: str) -> str:
    """The column that holds the cells of another as they were written."""
    return f"{name} as written"


class ValueRefused(Exception):
    """A value is none of its kind; the text is the reason."""


@dataclass(frozen=True)
class Moment:
    """A time and what it was written as."""

    us: int
    written_as: str


def value_of(column: Column, value: Any) -> Any:
    """One cell as its kind, None when there is none.

    Raises:
        ValueRefused: It is none, or missing and required.
    """
    found = _READERS[column.kind](column, value) if not is_missing(value) else None
    if found is None and column.required:
        raise ValueRefused("missing")
    return found


def is_missing(value: Any) -> bool:
    """Null, or an empty cell."""
    return value is None or (isinstance(value, str) and not value)


def _id_of(column: Column, value: Any) -> int | str | None:
    del column
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueRefused(f"{shown(value)} is no id: text or a whole number is needed")


def _number_of(column: Column, value: Any) -> float:
    number = _float_of(value)
    if not math.isfinite(number):
        raise ValueRefused("NaN" if math.isnan(number) else "infinite")
    if column.lowest is not None and number < column.lowest:
        raise ValueRefused(f"{shown(value)} is below {column.lowest:g}")
    if column.highest is not None and number > column.highest:
        raise ValueRefused(f"{shown(value)} is above {column.highest:g}")
    return number


def _float_of(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text) or text.lstrip("+-").lower() in _NOT_FINITE:
            return float(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    raise ValueRefused(f"{shown(value)} is no number")


def _text_of(column: Column, value: Any) -> str:
    del column
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueRefused(f"{shown(value)} is no text")


def _labels_of(column: Column, value: Any) -> list[str] | None:
    """Without blanks and repetitions, in their order; null when none is left."""
    parts = value.split(LABEL_SEPARATOR) if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(each, str) for each in parts):
        raise ValueRefused(f"{shown(value)} is no list of labels")
    found = dict.fromkeys(each.strip() for each in parts)
    found.pop("", None)
    return list(found) or ([] if not column.required else None)


def _time_of(column: Column, value: Any) -> Moment:
    del column
    if isinstance(value, datetime | date):
        return _moment(value, "times")
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return _iso(text)
    return epoch(_float_of(value), value)


def _iso(text: str) -> Moment:
    try:
        return _moment(datetime.fromisoformat(text), "ISO 8601")
    except ValueError:
        raise ValueRefused(f"{shown(text)} is no time: ISO 8601 or epoch seconds") from None


def _moment(given: datetime | date, written_as: str) -> Moment:
    if not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day, tzinfo=UTC)
    elif given.tzinfo is None:
        given = given.replace(tzinfo=UTC)
    since = given - datetime(1970, 1, 1, tzinfo=UTC)
    us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if us < 0:
        raise ValueRefused(f"{given.isoformat()} is before 1970")
    return Moment(us, written_as)


def epoch(number: float, value: Any) -> Moment:
    """A time of a number since 1970, its unit told by its size."""
    if not math.isfinite(number):
        raise ValueRefused("NaN" if math.isnan(number) else "infinite")
    if number < 0:
        raise ValueRefused(f"{shown(value)} is negative")
    if number >= TIMES_BELOW:
        raise ValueRefused(f"{shown(value)} is too large for a time")
    if number < MILLISECONDS_FROM:
        return Moment(round(number * 1e6), "epoch seconds")
    if number < MICROSECONDS_FROM:
        return Moment(round(number * 1e3), "epoch milliseconds")
    return Moment(round(number), "epoch microseconds")


def shown(value: Any) -> str:
    """A value in a reason: short, on one line."""
    text = repr(value) if isinstance(value, str) else plain_json(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def plain_json(value: Any) -> str:
    """Any value of a file as JSON; what JSON has no form for, as text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


_READERS = {
    "id": _id_of,
    "number": _number_of,
    "text": _text_of,
    "labels": _labels_of,
    "time": _time_of,
}
