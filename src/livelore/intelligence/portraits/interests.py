"""What a user is interested in, by label: recent acts count more, few acts prove little."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.column_checks import Ids
from livelore.intelligence.compiled import compiled
from livelore.intelligence.portraits.data import KIND_CODES, KINDS, UserTable
from livelore.intelligence.portraits.errors import DataInvalid, OptionInvalid
from livelore.intelligence.portraits.features import Behaviour, Sources

PREFIX = "interest:"
"""Of the columns that hold interests: ``interest:maths``."""
HALF_LIFE_S = 30 * 86_400.0
WEIGHTS: Mapping[str, float] = {
    "watch": 1.0,  # a minute watched
    "click": 0.5,
    "danmaku": 0.5,
    "question": 2.0,
    "co_stream": 5.0,
    "gift": 5.0,
    "super_chat": 5.0,
    "purchase": 20.0,
}
"""What an act counts as, in minutes watched."""
MINUTES_MAX = 120.0
"""Of one watch event: a tab left open is not a passion."""
PRIOR = 10.0
"""Weight of everybody's interests in each user's, in minutes watched."""


@dataclass(frozen=True)
class ItemLabels:
    """Labels of items, in compressed rows.

    Attributes:
        indptr: Item ``n`` has the labels from ``indptr[n]`` to ``indptr[n + 1]``; shape
            (n_items + 1,).
        labels: Codes.
        names: By code.
    """

    indptr: NDArray[np.int64]
    labels: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, item_ids: Ids, labels: Mapping[Any, Any]) -> Self:
        """From each item's labels, a list or text joined by ``|``; other items have none."""
        found: list[list[str]] = []
        for item in item_ids.tolist():
            given = labels.get(item, ())
            words = given.split("|") if isinstance(given, str) else list(given)
            found.append(sorted({str(word).strip() for word in words} - {""}))
        names = tuple(sorted({word for words in found for word in words}))
        codes = {name: code for code, name in enumerate(names)}
        flat = np.array([codes[word] for words in found for word in words], np.int32)
        sizes = np.array([len(words) for words in found], np.int64)
        return cls(np.concatenate([[0], np.cumsum(sizes)]), flat, names)


@dataclass(frozen=True)
class Interests:
    """Share of each label in what a user did, decayed by age and drawn to everybody's.

    ``value = (own + PRIOR · everybody's share) / (all own + PRIOR)``, where ``own`` is the sum of
    ``weight · 0.5 ** (age / half_life_s)`` over the events with that label; an event with several
    labels counts for each in equal parts. A user's values sum to 1 (without labels: none).

    Args:
        behaviour: The events, and what "now" is.
        labels: Of the items.
        half_life_s: After so long an act counts half, above 0.

    Raises:
        OptionInvalid: The half-life is not above 0.
        DataInvalid: The events have no items, or labels are of other items.
    """

    behaviour: Behaviour
    labels: ItemLabels
    half_life_s: float = HALF_LIFE_S

    def __post_init__(self) -> None:
        if not self.half_life_s > 0:
            raise OptionInvalid(option="half_life_s", detail=f"{self.half_life_s!r}: not above 0")
        events = self.behaviour.events
        if events.items is None or events.item_ids is None:
            raise DataInvalid(column="item", detail="interests need the items of events")
        if len(self.labels.indptr) != len(events.item_ids) + 1:
            raise DataInvalid(
                column="label",
                detail=f"{len(self.labels.indptr) - 1} items with labels,"
                f" {len(events.item_ids)} in all",
            )

    @cached_property
    def _sums(self) -> NDArray[np.float64]:
        events = self.behaviour.events
        sums = np.zeros((len(events.user_ids), len(self.labels.names)))
        _gather(
            (events.users, events.items, events.kinds, events.at),
            np.zeros(0) if events.watch_s is None else events.watch_s,
            (self.labels.indptr, self.labels.labels),
            _kind_weights(),
            (self.behaviour.moment, self.half_life_s),
            sums,
        )
        return sums

    @cached_property
    def everybody(self) -> NDArray[np.float64]:
        """Share of each label in what all did, shape (n_labels,); sums to 1 if anybody did."""
        total = self._sums.sum(axis=0)
        found: NDArray[np.float64] = total / max(float(total.sum()), 1e-300)
        return found

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape (n_users, n_labels)."""
        wholes = self._sums.sum(axis=1, keepdims=True) + PRIOR
        found: NDArray[np.float64] = (self._sums + PRIOR * self.everybody) / wholes
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns of `values`."""
        return tuple(PREFIX + label for label in self.labels.names)

    @cached_property
    def table(self) -> UserTable:
        """Behaviour and interests side by side."""
        base = self.behaviour.table
        values = np.concatenate([base.values, self.values], axis=1)
        return UserTable(base.ids, values, base.names + self.names, base.notes)

    def sources(self, user: int, name: str) -> Sources:
        """The events behind a value of `table`, of either kind; see `Behaviour.sources`."""
        if not name.startswith(PREFIX):
            return self.behaviour.sources(user, name)
        label = name.removeprefix(PREFIX)
        if label not in self.labels.names:
            raise DataInvalid(column=name, detail="no such label")
        if not 0 <= user < len(self._sums):
            raise DataInvalid(column="user", detail=f"no user {user}")
        code = self.labels.names.index(label)
        rows = self.behaviour.rows_of(user)
        parts = np.array([self._part(int(row), code) for row in rows])
        whole = float(self._sums[user].sum()) + PRIOR
        counts = parts != 0
        rest = PRIOR * float(self.everybody[code]) / whole
        return Sources(rows[counts], parts[counts] / whole, rest)

    def _part(self, row: int, code: int) -> float:
        events, labels = self.behaviour.events, self.labels
        item = -1 if events.items is None else int(events.items[row])
        if item < 0:
            return 0.0
        own = labels.labels[labels.indptr[item] : labels.indptr[item + 1]]
        if code not in own:
            return 0.0
        weight = WEIGHTS.get(KINDS[events.kinds[row]], 0.0)
        if events.kinds[row] == KIND_CODES["watch"]:
            watched = 0.0 if events.watch_s is None else float(events.watch_s[row])
            weight *= min(watched / 60, MINUTES_MAX)
        age = self.behaviour.moment - float(events.at[row])
        return float(weight * 0.5 ** (age / self.half_life_s) / len(own))


def _kind_weights() -> NDArray[np.float64]:
    return np.array([WEIGHTS.get(kind, 0.0) for kind in KINDS])


_WATCH = KIND_CODES["watch"]


@compiled
def _gather(
    columns: tuple[Any, Any, Any, Any],
    watch_s: NDArray[Any],
    item_labels: tuple[Any, Any],
    kind_weights: NDArray[np.float64],
    time: tuple[float, float],
    sums: NDArray[np.float64],
) -> None:
    """One pass over all events; see `Interests`."""
    users, items, kinds, at = columns
    indptr, labels = item_labels
    now, half_life_s = time
    rate = np.log(2.0) / half_life_s
    for row in range(len(users)):
        item, kind = items[row], kinds[row]
        weight = kind_weights[kind]
        if item < 0 or weight == 0.0:
            continue
        begin, end = indptr[item], indptr[item + 1]
        if begin == end:
            continue
        if kind == _WATCH:
            watched = watch_s[row] if len(watch_s) else 0.0
            weight *= min(watched / 60, MINUTES_MAX)
        weight *= np.exp(-rate * (now - at[row])) / (end - begin)
        for place in range(begin, end):
            sums[users[row], labels[place]] += weight
