"""What portraits are computed from: logged events, or a table with one row a user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.column_checks import Codes, ColumnChecks, Ids
from livelore.intelligence.portraits.errors import DataInvalid

_checks = ColumnChecks(DataInvalid)
coded, numbers = _checks.coded, _checks.numbers
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
            _checks.seconds(columns["time"], n_events),
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
            values[:, place] = numbers(column, name, len(known), may_miss=True)
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


def _amounts(
    columns: Mapping[str, ArrayLike], name: str, n_events: int, notes: list[str]
) -> Numbers | None:
    if name not in columns:
        return None
    found = numbers(columns[name], name, n_events, may_miss=True)
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
