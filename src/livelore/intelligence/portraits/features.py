"""Features of users from their events: spending, social behaviour, habits; each with its sources.

Names are those of the same features computed by SQL over Parquet files:

| column | is |
|---|---|
| ``n_events`` | events of any type |
| ``watch_s`` | seconds watched |
| ``n_sessions`` | visits: an event more than 30 minutes after the one before begins another |
| ``n_danmaku`` · ``n_questions`` · ``n_gifts`` · ``co_streams`` | events of that type |
| ``danmaku_per_min`` | danmaku per minute watched, drawn to the rate of all users (see below) |
| ``tip_amount`` · ``n_tips`` | sum and number of gifts and super chats |
| ``purchase_amount`` · ``n_purchases`` | sum and number of purchases: never mixed with tips |
| ``recency_s`` | seconds from the last event to ``now`` |
| ``night_share`` | share of events from 22:00 to 06:00, drawn to that of all users |
| ``weekend_share`` | share of events on Saturday and Sunday, drawn likewise |

A share of few events says little. It is drawn to that of all users as if each had `PRIOR_EVENTS`
more events (for the rate: `PRIOR_MINUTES` more minutes) like everybody's: an empirical Bayes
estimate with a fixed weight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.portraits.data import KIND_CODES, Events, UserTable
from livelore.intelligence.portraits.errors import DataInvalid, OptionInvalid

SESSION_GAP_S = 1_800.0
NIGHT_FROM_H, NIGHT_TO_H = 22, 6
PRIOR_EVENTS = 10.0
PRIOR_MINUTES = 30.0
DAY_S, HOUR_S = 86_400.0, 3_600.0
_WEEKDAY_OF_1970 = 3  # 1970-01-01 was a Thursday, Monday being 0

COUNTED = {
    "n_danmaku": ("danmaku",),
    "n_questions": ("question",),
    "n_gifts": ("gift",),
    "n_tips": ("gift", "super_chat"),
    "n_purchases": ("purchase",),
    "co_streams": ("co_stream",),
}
SUMMED = {"tip_amount": ("gift", "super_chat"), "purchase_amount": ("purchase",)}
NAMES = (
    "n_events",
    "watch_s",
    "n_sessions",
    "n_danmaku",
    "danmaku_per_min",
    "n_questions",
    "n_gifts",
    "co_streams",
    "tip_amount",
    "n_tips",
    "purchase_amount",
    "n_purchases",
    "recency_s",
    "night_share",
    "weekend_share",
)
_RAW = (
    "n_events",
    "watch_s",
    "n_sessions",
    "last_at",
    "n_night",
    "n_weekend",
    "tip_amount",
    "purchase_amount",
)


@dataclass(frozen=True)
class Sources:
    """The events behind one value of one user.

    Attributes:
        rows: Event rows, oldest first, shape (n_sources,).
        parts: What each contributes, shape (n_sources,).
        rest: What comes from no event of this user: the part of everybody's habits in a share.
            ``parts.sum() + rest`` is the value.
    """

    rows: NDArray[np.int64]
    parts: NDArray[np.float64]
    rest: float = 0.0


@dataclass(frozen=True)
class Behaviour:
    """Features of all users of some events.

    Args:
        events: Whose and what.
        now: The moment that recency counts to; None: that of the last event.
        utc_offset_s: Local time minus UTC, for nights and weekends.

    Raises:
        DataInvalid: An event is after ``now``.
        OptionInvalid: The offset is beyond a day.
    """

    events: Events
    now: float | None = None
    utc_offset_s: float = 0.0

    def __post_init__(self) -> None:
        if abs(self.utc_offset_s) > DAY_S:
            raise OptionInvalid(option="utc_offset_s", detail=f"{self.utc_offset_s}: above a day")
        if self.now is not None and len(self.events) and self.events.at.max() > self.now:
            row = int(self.events.at.argmax())
            raise DataInvalid(column="time", row=row, detail=f"after now, {self.now:g}")

    @property
    def moment(self) -> float:
        """What ``now`` is."""
        return self.now if self.now is not None else float(self.events.at.max(initial=0.0))

    @cached_property
    def order(self) -> NDArray[np.int64] | None:
        """Event rows by time; None: they are so already."""
        at = self.events.at
        if len(at) < 2 or bool((at[1:] >= at[:-1]).all()):
            return None
        return np.argsort(at, kind="stable")

    @cached_property
    def _passed(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Sums by user, shape (n_users, len(_RAW)), and events by user and type."""
        events = self.events
        none = np.zeros(0)
        sums = np.zeros((len(events.user_ids), len(_RAW)))
        counts = np.zeros((len(events.user_ids), len(KIND_CODES)), np.int32)
        _pass(
            (events.users, events.kinds, events.at),
            none if events.amounts is None else events.amounts,
            none if events.watch_s is None else events.watch_s,
            np.zeros(0, np.int64) if self.order is None else self.order,
            self.utc_offset_s,
            (sums, counts),
        )
        return sums, counts

    @cached_property
    def table(self) -> UserTable:
        """All of `NAMES`, one row a user (also one without events: zeros, recency NaN)."""
        found = np.empty((len(self.events.user_ids), len(NAMES)))
        for place, name in enumerate(NAMES):
            found[:, place] = self.values(name)
        return UserTable(self.events.user_ids, found, NAMES, self.events.notes)

    def values(self, name: str) -> NDArray[np.float64]:
        """One feature of all users, shape (n_users,).

        Raises:
            DataInvalid: There is none of that name.
        """
        sums, counts = self._passed
        if name in COUNTED:
            kinds = [KIND_CODES[kind] for kind in COUNTED[name]]
            return np.asarray(counts[:, kinds].sum(axis=1), dtype=np.float64)
        if name == "recency_s":
            return np.where(sums[:, 0] > 0, self.moment - sums[:, _RAW.index("last_at")], np.nan)
        if name in self._shares:
            part, whole, prior, weight = self._shares[name]
            drawn: NDArray[np.float64] = (part + prior * weight) / (whole + weight)
            return drawn
        if name not in NAMES:
            raise DataInvalid(column=name, detail=f"no such feature; there are {list(NAMES)}")
        return sums[:, _RAW.index(name)].copy()

    @cached_property
    def _shares(self) -> dict[str, tuple[Any, Any, float, float]]:
        """By name: numerator, denominator, everybody's share and its weight."""
        sums, counts = self._passed
        n_events, minutes = sums[:, 0], sums[:, 1] / 60
        danmaku = counts[:, KIND_CODES["danmaku"]].astype(np.float64)
        parts = {
            "night_share": (sums[:, 4], n_events, PRIOR_EVENTS),
            "weekend_share": (sums[:, 5], n_events, PRIOR_EVENTS),
            "danmaku_per_min": (danmaku, minutes, PRIOR_MINUTES),
        }
        return {
            name: (part, whole, float(part.sum() / max(whole.sum(), 1e-9)), weight)
            for name, (part, whole, weight) in parts.items()
        }

    @cached_property
    def by_user(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Event rows grouped by user, each user's oldest first, and where each user begins."""
        order = np.arange(len(self.events)) if self.order is None else self.order
        grouped = order[np.argsort(self.events.users[order], kind="stable")]
        counts = np.bincount(self.events.users, minlength=len(self.events.user_ids))
        return grouped, np.concatenate([[0], np.cumsum(counts)])

    def rows_of(self, user: int) -> NDArray[np.int64]:
        """Event rows of the user with this code, oldest first."""
        grouped, begins = self.by_user
        return grouped[begins[user] : begins[user + 1]]

    def sources(self, user: int, name: str) -> Sources:
        """The events behind a value; what they contribute adds up to it.

        Args:
            user: Code: the row in `table`.
            name: One of `NAMES`.

        Raises:
            DataInvalid: There is no such feature or user.
        """
        if not 0 <= user < len(self.events.user_ids):
            raise DataInvalid(column="user", detail=f"no user {user}")
        rows = self.rows_of(user)
        value = float(self.values(name)[user])
        if name in self._shares:
            _, whole, prior, weight = self._shares[name]
            parts = self._told(rows, name) / (whole[user] + weight)
            rest = prior * weight / (whole[user] + weight)
        else:
            parts, rest = self._told(rows, name), 0.0
        counts = parts != 0
        if name == "recency_s":  # the last event says it all, also when it was just now
            counts = np.arange(len(rows)) == len(rows) - 1
            parts = np.where(counts, value, 0.0)
        return Sources(rows[counts], parts[counts], float(rest))

    def _told(self, rows: NDArray[np.int64], name: str) -> NDArray[np.float64]:
        """What each event adds to a feature before any division."""
        events = self.events
        kinds, at = events.kinds[rows], events.at[rows]
        local = at + self.utc_offset_s
        ones = np.ones(len(rows))
        if name in COUNTED or name in SUMMED:
            wanted = [KIND_CODES[kind] for kind in (COUNTED | SUMMED)[name]]
            given = ones if name in COUNTED else _zeros_if_none(events.amounts, rows)
            return np.where(np.isin(kinds, wanted), given, 0.0)
        ways: dict[str, Callable[[], NDArray[Any]]] = {
            "n_events": lambda: ones,
            "watch_s": lambda: (
                _zeros_if_none(events.watch_s, rows) * (kinds == KIND_CODES["watch"])
            ),
            "n_sessions": lambda: np.diff(at, prepend=-np.inf) > SESSION_GAP_S,
            "danmaku_per_min": lambda: kinds == KIND_CODES["danmaku"],
            "night_share": lambda: _is_night(local),
            "weekend_share": lambda: _is_weekend(local),
            "recency_s": lambda: ones,
        }
        return np.asarray(ways[name](), dtype=np.float64)


def _zeros_if_none(values: Any, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.zeros(len(rows)) if values is None else values[rows].astype(np.float64)


def _is_night(local: NDArray[np.float64]) -> NDArray[np.bool_]:
    hour = (local % DAY_S) / HOUR_S
    return (hour >= NIGHT_FROM_H) | (hour < NIGHT_TO_H)


def _is_weekend(local: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (np.floor(local / DAY_S) + _WEEKDAY_OF_1970) % 7 >= 5


_WATCH, _GIFT, _SUPER_CHAT, _PURCHASE = (
    KIND_CODES[kind] for kind in ("watch", "gift", "super_chat", "purchase")
)


@compiled
def _pass(
    columns: tuple[Any, Any, Any],
    amounts: NDArray[Any],
    watch_s: NDArray[Any],
    order: NDArray[np.int64],
    utc_offset_s: float,
    into: tuple[Any, Any],
) -> None:
    """One pass over all events by time; columns of the sums are `_RAW`."""
    users, kinds, at = columns
    sums, counts = into
    for place in range(len(users)):
        row = order[place] if len(order) else place
        user, kind, now = users[row], kinds[row], at[row]
        own = sums[user]
        if own[0] == 0 or now - own[3] > SESSION_GAP_S:
            own[2] += 1
        own[0] += 1
        own[3] = now
        counts[user, kind] += 1
        days = np.floor((now + utc_offset_s) / DAY_S)
        hour = (now + utc_offset_s - days * DAY_S) / HOUR_S
        if hour >= NIGHT_FROM_H or hour < NIGHT_TO_H:
            own[4] += 1
        if (days + _WEEKDAY_OF_1970) % 7 >= 5:
            own[5] += 1
        if kind == _WATCH and len(watch_s):
            own[1] += watch_s[row]
        elif kind in (_GIFT, _SUPER_CHAT) and len(amounts):
            own[6] += amounts[row]
        elif kind == _PURCHASE and len(amounts):
            own[7] += amounts[row]
