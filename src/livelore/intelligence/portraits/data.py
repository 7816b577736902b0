"""What portraits are computed from: logged events, or a table with one row a user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.portraits.errors import DataInvalid

Ids = NDArray[Any]  # Any: whole numbers or text, whichever the caller has
Codes = NDArray[np.int32]
Numbers = NDArray[Any]  # Any: float32 or float64, whichever the caller has

KINDS = (
    "other",
    "watch",
    "danmaku",
    "question",
    "gift",
    "super_chat",
    "purchase",
    "co_stream",
    "click",
)
"""Types of events that features know; any other is "other": it counts as activity only."""
KIND_CODES: Mapping[str, int] = {name: code for code, name in enumerate(KINDS)}


@dataclass(frozen=True)
class Events:
    """Who did what with which item, when: one row an event, in any order.

    Attributes:
        users: Codes, shape (n_events,).
        kinds: Positions in `KINDS`, shape (n_events,).
        at: Seconds since 1970 UTC, shape (n_events,).
        user_ids: The caller's ids by code, shape (n_users,).
        items: Codes, shape (n_events,); -1: no item; None: no items are known.
        item_ids: By code.
        amounts: Money of gifts, super chats and purchases in one unit (minor units of one
            currency), at least 0; 0 for other types.
        watch_s: Seconds watched, at least 0; 0 for other types.
        notes: What was filled in, one sentence each.
    """

    users: Codes
    kinds: NDArray[np.uint8]
    at: NDArray[np.float64]
    user_ids: Ids
    items: Codes | None = None
    item_ids: Ids | None = None
    amounts: Numbers | None = None
    watch_s: Numbers | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.users)

    @classmethod
    def of(
        cls,
        columns: Mapping[str, ArrayLike],
        *,
        user_ids: ArrayLike | None = None,
        item_ids: ArrayLike | None = None,
    ) -> Self:
        """From columns ``user``, ``type``, ``time`` and, where known, ``item amount watch_s``.

        A missing amount or watch time counts as 0 and is noted; an unknown type is "other".

        Args:
            columns: Ids are whole numbers or text; types are words of `KINDS`; times are seconds or
                datetime64.
            user_ids: The known users by code; an event of another is refused. Left out: those that
                occur, sorted.
            item_ids: The same of items; an event may have no item (None).

        Raises:
            DataInvalid: A column is missing or of another length; an id or a time is missing; a
                time, an amount or a watch time is negative or infinite.
        """
        for name in ("user", "type", "time"):
            if name not in columns:
                raise DataInvalid(column=name, detail=f"missing; there are {sorted(columns)}")
        users, known_users = coded(columns["user"], "user", user_ids)
        n_events = len(users)
        notes: list[str] = []
        kinds = _kinds(columns["type"], n_events, notes)
        items, known_items = None, None
        if "item" in columns:
            items, known_items = coded(columns["item"], "item", item_ids, may_miss=True)
            _same_length("item", len(items), n_events)
        return cls(
            users,
            kinds,
            _seconds(columns["time"], n_events),
            known_users,
            items,
            known_items,
            _amounts(columns, "amount", n_events, notes),
            _amounts(columns, "watch_s", n_events, notes),
            tuple(notes),
        )


@dataclass(frozen=True)
class UserTable:
    """Users by features.

    Attributes:
        ids: Shape (n_users,).
        values: Shape (n_users, n_features); NaN: not known.
        names: Of the columns, each once.
        notes: What was filled in, one sentence each.
    """

    ids: Ids
    values: Numbers
    names: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, ids: ArrayLike, columns: Mapping[str, ArrayLike]) -> Self:
        """From one column of ids and columns of numbers.

        Raises:
            DataInvalid: No column, another length, text where numbers belong, an infinity.
        """
        known = np.asarray(ids)
        if not columns:
            raise DataInvalid(column="*", detail="no column of numbers")
        values = np.empty((len(known), len(columns)))
        for place, (name, column) in enumerate(columns.items()):
            values[:, place] = numbers(column, name, len(known))
        return cls(known, values, tuple(columns))

    def column(self, name: str) -> Numbers:
        """One feature, shape (n_users,).

        Raises:
            DataInvalid: There is none of that name.
        """
        if name not in self.names:
            raise DataInvalid(column=name, detail=f"missing; there are {list(self.names)}")
        found: Numbers = self.values[:, self.names.index(name)]
        return found


def numbers(values: ArrayLike, column: str, n_rows: int) -> NDArray[np.float64]:
    """A column of numbers; NaN is a missing one.

    Raises:
        DataInvalid: Another length, text, an infinity.
    """
    try:
        given = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataInvalid(column=column, detail=f"a value is no number: {error}") from error
    if given.ndim != 1:
        raise DataInvalid(column=column, detail=f"one column is needed, not shape {given.shape}")
    _same_length(column, len(given), n_rows)
    bad = np.flatnonzero(np.isinf(given))
    if len(bad):
        raise DataInvalid(column=column, row=int(bad[0]), detail="infinite")
    return given


def coded(
    values: ArrayLike, column: str, known: ArrayLike | None = None, *, may_miss: bool = False
) -> tuple[Codes, Ids]:
    """Row numbers for ids.

    Args:
        values: Whole numbers or text, shape (n_rows,).
        column: For errors.
        known: Ids by code; left out: those that occur, sorted.
        may_miss: None becomes -1 instead of an error.

    Raises:
        DataInvalid: An id is missing, a fraction, or not among the known.
    """
    given = _ids(values, column)
    if given.null_count and not may_miss:
        row = int(np.flatnonzero(given.is_null().to_numpy(zero_copy_only=False))[0])
        raise DataInvalid(column=column, row=row, detail="an id is missing")
    encoded = given.dictionary_encode()
    ids = encoded.dictionary.to_numpy(zero_copy_only=False)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if known is None:
        order = np.argsort(ids, kind="stable")
        rank = np.full(len(ids) + 1, -1, np.int32)
        rank[order] = np.arange(len(ids), dtype=np.int32)
        return rank[codes], ids[order]
    wanted = np.asarray(known)
    places = {each: place for place, each in enumerate(wanted.tolist())}
    rank = np.array([places.get(each, -2) for each in ids.tolist()] + [-1], np.int32)
    found = rank[codes]
    if (found == -2).any():
        row = int(np.argmax(found == -2))
        raise DataInvalid(column=column, row=row, detail=f"{given[row]} is not a known id")
    return found, wanted


def _ids(values: ArrayLike, column: str) -> Any:  # Any: pyarrow has no types
    given = np.asarray(values)
    if given.ndim != 1:
        raise DataInvalid(column=column, detail=f"one column is needed, not shape {given.shape}")
    if given.dtype.kind in "iuU":
        return pa.array(given)
    if given.dtype.kind == "f":
        missing = np.isnan(given)
        if not (missing | (given == np.floor(given))).all() or np.isinf(given).any():
            raise DataInvalid(column=column, detail="ids are whole numbers or text, no fractions")
        return pa.array(np.where(missing, 0, given).astype(np.int64), mask=missing)
    listed = [None if _is_missing(each) else each for each in given.tolist()]
    if all(each is None or type(each) is int for each in listed):
        return pa.array(listed, pa.int64())
    return pa.array([None if each is None else str(each) for each in listed], pa.string())


def _is_missing(value: object) -> bool:
    return value is None or value != value  # NaN differs from itself  # noqa: PLR0124


def _kinds(values: ArrayLike, n_events: int, notes: list[str]) -> NDArray[np.uint8]:
    given = np.asarray(values)
    _same_length("type", len(given), n_events)
    if given.dtype.kind in "iu":
        if len(given) and (given.min() < 0 or given.max() >= len(KINDS)):
            raise DataInvalid(column="type", detail=f"a code is outside 0 to {len(KINDS) - 1}")
        return given.astype(np.uint8)
    encoded = pa.array([str(each) for each in given.tolist()]).dictionary_encode()
    words: Sequence[str] = encoded.dictionary.to_pylist()
    table = np.array([KIND_CODES.get(word, 0) for word in words] or [0], np.uint8)
    unknown = sorted(word for word in words if word not in KIND_CODES)
    if unknown:
        notes.append(f"type: {', '.join(unknown[:5])} count as other activity")
    return table[encoded.indices.to_numpy(zero_copy_only=False)] if n_events else table[:0]


def _seconds(values: ArrayLike, n_events: int) -> NDArray[np.float64]:
    given = np.asarray(values)
    if given.dtype.kind == "M":
        missing = np.isnat(given)
        given = given.astype("datetime64[us]").astype(np.int64) / 1e6
        given[missing] = np.nan
    found = numbers(given, "time", n_events)
    bad = np.flatnonzero(np.isnan(found) | (found < 0))
    if len(bad):
        raise DataInvalid(column="time", row=int(bad[0]), detail="missing or negative")
    return found


def _amounts(
    columns: Mapping[str, ArrayLike], name: str, n_events: int, notes: list[str]
) -> Numbers | None:
    if name not in columns:
        return None
    found = numbers(columns[name], name, n_events)
    negative = np.flatnonzero(found < 0)
    if len(negative):
        row = int(negative[0])
        raise DataInvalid(column=name, row=row, detail=f"{found[row]:g} is negative")
    missing = np.isnan(found)
    if missing.any():
        notes.append(f"{name}: {int(missing.sum())} missing values count as 0")
        return np.where(missing, 0.0, found)
    return found


def _same_length(column: str, n_rows: int, n_wanted: int) -> None:
    if n_rows != n_wanted:
        raise DataInvalid(column=column, detail=f"{n_rows} rows beside {n_wanted}")
