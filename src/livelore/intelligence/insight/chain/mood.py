"""The mood of a room over its messages, with intervals, in bounded memory."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.chain.findings import MoodWindow

WINDOW_MIN = 20
"""Messages of a stretch, at least: of fewer no mood is told."""
WINDOWS_MAX = 120
"""Stretches that are kept; when they are full, each two become one."""
SURE = 1.96
"""Standard errors on either side of a mean: 95 % of a normal one."""
_BEGIN, _END, _N, _SUM, _SQUARES = range(5)


class MoodCurve:
    """Takes scores in order of time, many or one at a time, with the same result."""

    def __init__(self) -> None:
        self._blocks = np.zeros((WINDOWS_MAX, 5))
        self._state = np.array([0, WINDOW_MIN], np.int64)  # blocks begun, messages of a full one

    def add(self, scores: NDArray[Any], at: NDArray[np.float64]) -> None:
        """Count.

        Args:
            scores: From -1 to 1, shape (n_messages,).
            at: Seconds or places, ascending, shape (n_messages,).
        """
        _fill(scores.astype(np.float64), at, self._blocks, self._state)

    def windows(self) -> tuple[MoodWindow, ...]:
        """Stretches of as many messages each, the last of fewer; none where there are too few."""
        blocks = self._blocks[: self._state[0]].copy()
        if len(blocks) > 1 and blocks[-1, _N] < WINDOW_MIN:
            blocks[-2, _END] = blocks[-1, _END]
            blocks[-2, _N:] += blocks[-1, _N:]
            blocks = blocks[:-1]
        return tuple(_window(*each) for each in blocks.tolist() if each[_N] >= WINDOW_MIN)


def _window(begin: float, end: float, n: float, total: float, squares: float) -> MoodWindow:
    mean = total / n
    off = SURE * math.sqrt(max(squares - n * mean * mean, 0.0) / (n - 1) / n)
    return MoodWindow(begin, end, int(n), mean, max(-1.0, mean - off), min(1.0, mean + off))


@compiled
def _fill(scores: Any, at: Any, blocks: Any, state: Any) -> None:
    for row in range(len(scores)):
        if state[0] == 0 or blocks[state[0] - 1, _N] >= state[1]:
            if state[0] == len(blocks):
                _halve(blocks)
                state[0] //= 2
                state[1] *= 2
            blocks[state[0]] = 0.0
            blocks[state[0], _BEGIN] = at[row]
            state[0] += 1
        block = blocks[state[0] - 1]
        block[_END] = at[row]
        block[_N] += 1
        block[_SUM] += scores[row]
        block[_SQUARES] += scores[row] * scores[row]


@compiled
def _halve(blocks: Any) -> None:
    for each in range(len(blocks) // 2):
        left, right = blocks[2 * each].copy(), blocks[2 * each + 1].copy()
        blocks[each, _BEGIN], blocks[each, _END] = left[_BEGIN], right[_END]
        blocks[each, _N:] = left[_N:] + right[_N:]
