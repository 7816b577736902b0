"""The mood of a room over its messages, with intervals, in bounded memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.chain.findings import MoodWindow
from livelore.intelligence.insight.mood import Mood, mood_of_sums

WINDOW_MIN = 20
"""Messages of a stretch, at least: `insight.mood.PEOPLE_MIN` people cannot write fewer."""
WINDOWS_MAX = 120
"""Stretches that are kept; when they are full, each two become one."""
GROUPS = 256
"""People are put into so many groups at random, which stand for them in the interval: random groups
(Wolter, Introduction to Variance Estimation, 2007, chapter 2) keep the memory bounded."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(56)  # leaves 8 bits: GROUPS


class MoodCurve:
    """Takes scores in order of time, many or one at a time, with the same result."""

    def __init__(self) -> None:
        self._ends = np.zeros((WINDOWS_MAX, 2))
        self._counts = np.zeros((WINDOWS_MAX, GROUPS))
        self._sums = np.zeros((WINDOWS_MAX, GROUPS))
        self._state = np.array([0, WINDOW_MIN, 0, 0], np.int64)
        # blocks begun, messages of a full one, messages of the last one, messages of all

    def add(
        self,
        scores: NDArray[Any],
        at: NDArray[np.float64],
        users: NDArray[np.int64] | None = None,
    ) -> None:
        """Count.

        Args:
            scores: From -1 to 1, shape (n_messages,).
            at: Seconds or places, ascending, shape (n_messages,).
            users: Codes of writers that stay the same in every call, -1: not known; None: none is.
        """
        writers = np.full(len(scores), -1, np.int64) if users is None else users
        tables = self._ends, self._counts, self._sums
        _fill(scores.astype(np.float64), at, writers, tables, self._state)

    def windows(self) -> tuple[MoodWindow, ...]:
        """Stretches in order, each long enough that enough people spoke; none of too few in all."""
        found: list[_Stretch] = []
        open_one: _Stretch | None = None
        for row in range(int(self._state[0])):
            begin, end = self._ends[row].tolist()
            block = _Stretch(begin, end, self._counts[row], self._sums[row])
            open_one = block if open_one is None else open_one.with_next(block)
            if open_one.mood.is_known:
                found.append(open_one)
                open_one = None
        if open_one is not None and found:  # the rest joins the last
            found[-1] = found[-1].with_next(open_one)
        return tuple(window for each in found if (window := each.window()) is not None)


@dataclass(frozen=True)
class _Stretch:
    begin: float
    end: float
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]

    @cached_property
    def mood(self) -> Mood:
        return mood_of_sums(self.counts, self.sums)

    def with_next(self, other: "_Stretch") -> "_Stretch":
        return _Stretch(self.begin, other.end, self.counts + other.counts, self.sums + other.sums)

    def window(self) -> MoodWindow | None:
        told = self.mood
        if told.mean is None or told.low is None or told.high is None:
            return None
        return MoodWindow(self.begin, self.end, told.n_messages, told.mean, told.low, told.high)


@compiled
def _fill(scores: Any, at: Any, users: Any, tables: Any, state: Any) -> None:
    ends, counts, sums = tables
    for row in range(len(scores)):
        if state[0] == 0 or state[2] >= state[1]:
            if state[0] == len(ends):
                _halve(ends, counts, sums)
                state[0] //= 2
                state[1] *= 2
            ends[state[0], 0] = at[row]
            counts[state[0]] = 0.0
            sums[state[0]] = 0.0
            state[0] += 1
            state[2] = 0
        who = users[row] if users[row] >= 0 else state[3]
        group = np.int64(((np.uint64(who) + np.uint64(1)) * _MIX) >> _SHIFT)
        ends[state[0] - 1, 1] = at[row]
        counts[state[0] - 1, group] += 1
        sums[state[0] - 1, group] += scores[row]
        state[2] += 1
        state[3] += 1


@compiled
def _halve(ends: Any, counts: Any, sums: Any) -> None:
    for each in range(len(ends) // 2):
        ends[each, 0], ends[each, 1] = ends[2 * each, 0], ends[2 * each + 1, 1]
        counts[each] = counts[2 * each] + counts[2 * each + 1]
        sums[each] = sums[2 * each] + sums[2 * each + 1]
