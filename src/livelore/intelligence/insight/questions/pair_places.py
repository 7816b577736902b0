"""Where n-grams and words of a question stand in hashed tables."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled

CROSS_BITS = 18
RARITY_BITS = 16
"""Of the tables of differences and of rarity. A larger one of rarity takes words that were never
seen for far rarer than those seen once, and LCQMC test falls by .007."""
WORD = 9
"""Kind of words in the table of rarity; n-grams have their length."""
STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


@compiled
def place(value: Any, kind: int, bits: int) -> Any:
    """Of a 64-bit value among 2 ** bits, another for each kind."""
    mixed = (value ^ (np.uint64(kind) * _MIX)) * STEP
    mixed ^= mixed >> _SHIFT
    return np.int64((mixed * _MIX) >> np.uint64(64 - bits))


@compiled
def grams(codes: Any, length: int) -> Any:
    """The n-grams of a text as 64-bit values, sorted."""
    n = max(len(codes) - length + 1, 0)
    found = np.empty(n, np.uint64)
    for at in range(n):
        value = np.uint64(length)
        for each in range(length):
            value = value * STEP + np.uint64(codes[at + each])
        _insert(value, at, found)
    return found


@compiled
def _insert(value: Any, n: int, found: Any) -> None:
    """Put a value among n sorted ones: questions are short, where this beats a general sort."""
    at = n
    while at > 0 and found[at - 1] > value:
        found[at] = found[at - 1]
        at -= 1
    found[at] = value


@compiled
def ordered(values: Any) -> Any:
    """A copy, sorted."""
    found = np.empty_like(values)
    for at in range(len(values)):
        _insert(values[at], at, found)
    return found
