"""A table with one row a user × content × time, added up to one row a user.

| column | becomes |
|---|---|
| one of `SUMMED` | its sum |
| one of `RATES`, per minute watched | its mean, each row by its time watched |
| any other | its mean |

and beside them `HABITS`, which are those of `features`: every row is an event. A missing value is
left out of its sum or mean; a user of whom none is known has NaN.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.column_checks import Codes, ColumnChecks, Ids
from livelore.intelligence.portraits.data import KIND_CODES, Events, UserTable
from livelore.intelligence.portraits.errors import DataInvalid
from livelore.intelligence.portraits.features import COUNTED, Behaviour

Floats = NDArray[np.float64]
WATCHED = ("watch_time", "watch_s", "watched_s")
"""What a column of seconds watched may be called; the first that is there weighs the rates."""
SUMMED = (*WATCHED, "purchase_amount", "tip_amount", "amount", "n_events", "n_sessions", *COUNTED)
RATES = ("interaction_freq", "danmaku_per_min")
HABITS = ("n_events", "n_sessions", "recency_s", "night_share", "weekend_share")
"""Added; without times only the first. A column of the same name is kept instead."""
_checks = ColumnChecks(DataInvalid)


def features_of_visits(
    users: ArrayLike,
    columns: Mapping[str, ArrayLike],
    at: ArrayLike | None = None,
    *,
    utc_offset_s: float = 0.0,
) -> UserTable:
    """One row a user, in the order of their ids.

    Args:
        users: Ids, shape (n_rows,).
        columns: Numbers by name, each of shape (n_rows,); NaN: not known.
        at: Seconds or datetime64, shape (n_rows,); None: not known.
        utc_offset_s: Local time minus UTC, for nights and weekends.

    Raises:
        DataInvalid: An id or a time is missing, lengths differ, a value is no finite number.
    """
    codes, ids = _checks.coded(users, "user")
    known = {
        name: _checks.numbers(column, name, len(codes), may_miss=True)
        for name, column in columns.items()
    }
    watched = next((known[name] for name in WATCHED if name in known), None)
    found = {
        name: _added_up(name, column, watched, codes, len(ids)) for name, column in known.items()
    }
    for name, column in _habits(codes, ids, at, utc_offset_s).items():
        found.setdefault(name, column)
    means = [name for name in known if name not in SUMMED and name not in RATES]
    notes = (f"means of a user's rows: {', '.join(means)}",) if means else ()
    return UserTable(ids, np.stack(list(found.values()), axis=1), tuple(found), notes)


def _added_up(name: str, column: Floats, watched: Floats | None, codes: Codes, n: int) -> Floats:
    is_known = ~np.isnan(column)
    values, owners = np.where(is_known, column, 0.0), codes[is_known]
    counts = np.bincount(owners, minlength=n)
    sums = np.bincount(codes, values, minlength=n)
    if name in SUMMED:
        return np.where(counts > 0, sums, np.nan)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    if name not in RATES or watched is None:
        return means
    weights = np.where(is_known & (watched > 0), watched, 0.0)
    whole = np.bincount(codes, weights, minlength=n)
    weighted = np.bincount(codes, weights * values, minlength=n)
    is_watched = whole > 0  # of whom nothing was watched: the plain mean
    return np.where(is_watched, weighted / np.where(is_watched, whole, 1.0), means)


def _habits(codes: Codes, ids: Ids, at: ArrayLike | None, utc_offset_s: float) -> dict[str, Floats]:
    if at is None:
        return {"n_events": np.bincount(codes, minlength=len(ids)).astype(np.float64)}
    kinds = np.full(len(codes), KIND_CODES["other"], np.uint8)
    events = Events(codes, kinds, _checks.seconds(at, len(codes)), ids)
    behaviour = Behaviour(events, utc_offset_s=utc_offset_s)
    return {name: behaviour.values(name) for name in HABITS}
