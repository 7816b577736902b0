"""What differs between two questions, as places of a linear model over words and characters."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.questions.pair_places import CROSS_BITS, STEP, grams, place

PLACES_MAX = 1_000
"""Of one pair."""
_LENGTH = 4.0


@compiled
def size(n_places: int) -> float:
    """Of each of a pair's places: all together have one length, however many there are.

    Without it long questions, which differ in much, are judged most surely.
    """
    return _LENGTH / np.sqrt(max(n_places, 1))


@compiled
def unshared(left: Any, right: Any) -> Any:
    """Which words of each the other has not, as masks."""
    of_left = np.ones(len(left), np.bool_)
    of_right = np.ones(len(right), np.bool_)
    for a in range(len(left)):
        for b in range(len(right)):
            if of_right[b] and left[a] == right[b]:
                of_left[a], of_right[b] = False, False
                break
    return of_left, of_right


@compiled
def _note(value: Any, kind: int, places: Any, n: int) -> Any:
    if n == len(places):
        return n
    places[n] = place(value, kind, CROSS_BITS)
    return n + 1


@compiled
def _one_side(words: Any, is_left: Any, is_alone: bool, places: Any, n: int) -> Any:
    """Words that one has, and that stand against nothing."""
    for each in range(len(words)):
        if is_left[each]:
            n = _note(words[each], 1, places, n)
            if is_alone:
                n = _note(words[each], 4, places, n)
    return n


@compiled
def crossed(first: Any, second: Any, places: Any) -> Any:
    """Places of what differs and of what stands against it, for a linear model; gives how many.

    Words and pairs of characters that one has and those that both have, characters that one has,
    and each word that the one has beside each that the other has.
    """
    codes_a, left, _, _ = first
    codes_b, right, _, _ = second
    of_left, of_right = unshared(left, right)
    n = _one_side(left, of_left, of_right.sum() == 0, places, 0)
    n = _one_side(right, of_right, of_left.sum() == 0, places, n)
    for each in range(len(left)):
        if not of_left[each]:
            n = _note(left[each], 2, places, n)
    n = _note_grams(grams(codes_a, 2), grams(codes_b, 2), 5, places, n)
    n = _note_grams(grams(codes_a, 1), grams(codes_b, 1), 7, places, n)
    for a in range(len(left)):
        for b in range(len(right)):
            if of_left[a] and of_right[b]:
                # the order of the two questions must not matter
                low, high = min(left[a], right[b]), max(left[a], right[b])
                n = _note(low * STEP + high, 3, places, n)
    return n


@compiled
def _note_grams(left: Any, right: Any, kind: int, places: Any, n: int) -> Any:
    """Of two sorted multisets: what one has; and, of pairs of characters, what both have."""
    a, b = 0, 0
    while a < len(left) or b < len(right):
        if b >= len(right) or (a < len(left) and left[a] < right[b]):
            n = _note(left[a], kind, places, n)
            a += 1
        elif a >= len(left) or right[b] < left[a]:
            n = _note(right[b], kind, places, n)
            b += 1
        else:
            if kind == 5:
                n = _note(left[a], 6, places, n)
            a += 1
            b += 1
    return n


@compiled
def worth_of(first: Any, second: Any, cross: Any) -> float:
    """What a linear model says of the differences; ``cross`` as `pair_features` takes it."""
    places = np.empty(PLACES_MAX, np.int64)
    n = crossed(first, second, places)
    total = 0.0
    for each in range(n):
        total += cross[places[each]]
    return total * size(n)
