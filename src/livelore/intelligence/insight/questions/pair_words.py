"""Words that one question has and the other has not: what stands against them, of what class."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.questions.pair_places import RARITY_BITS, WORD, place
from livelore.intelligence.insight.questions.word_classes import CLASSES, N_CLASSES

WORD_FEATURES = (
    "unmatched_weight_short",
    "unmatched_weight_long",
    "heaviest_unmatched_short",
    "heaviest_unmatched_long",
    "matched_short",
    "matched_long",
    "least_matched",
    *(f"both_left_{each}" for each in CLASSES),
    *(f"left_apart_{each}" for each in CLASSES),
)
_SHARES = 7
"""Of them that tell how far words are alike by their characters; then those by class."""
_N_CLASSES = N_CLASSES
_SCALE = 0.1
"""Of weights: rarity in natural logarithms comes to about 1 for a word seen once."""


@compiled
def _alike(left: Any, right: Any, a: Any, b: Any) -> float:
    """Share of characters that two words have in common, from 0 to 1 (Dice, as multisets)."""
    n_common = 0
    for at in range(a[0], a[1]):
        rank, n_there = 0, 0
        for each in range(a[0], at + 1):
            rank += left[each] == left[at]
        for each in range(b[0], b[1]):
            n_there += right[each] == left[at]
        n_common += rank <= n_there
    return 2.0 * n_common / (a[1] - a[0] + b[1] - b[0])


@compiled
def _matches(first: Any, second: Any, of_a: Any, of_b: Any) -> Any:
    """How alike each unshared word is to the likest unshared one of the other."""
    codes_a, _, _, marks_a = first
    codes_b, _, _, marks_b = second
    best_a, best_b = np.zeros(len(of_a)), np.zeros(len(of_b))
    for a in range(len(of_a)):
        for b in range(len(of_b)):
            if of_a[a] and of_b[b]:
                alike = _alike(codes_a, codes_b, marks_a[a], marks_b[b])
                best_a[a] = max(best_a[a], alike)
                best_b[b] = max(best_b[b], alike)
    return best_a, best_b


@compiled
def _side(question: Any, is_left: Any, best: Any, weights: Any, out: Any) -> Any:
    """Weight unmatched, heaviest, share matched, into every second place; the least match."""
    _, words, _, _ = question
    matched, whole, least = 0.0, 0.0, 1.0
    for each in range(len(words)):
        if is_left[each]:
            weight = _SCALE * weights[place(words[each], WORD, RARITY_BITS)]
            unmatched = weight * (1 - best[each])
            whole += weight
            matched += weight - unmatched
            out[0] += unmatched
            out[2] = max(out[2], unmatched)
            least = min(least, best[each])
    out[4] = matched / (whole + 0.1)
    return least


@compiled
def left_words(first: Any, second: Any, of_a: Any, of_b: Any, weights: Any, out: Any) -> None:
    """Fill ``out``, shape (len(WORD_FEATURES),), all 0 before; the shorter question is first.

    Args:
        first: As `Phrased.marked` gives it.
        second: The other.
        of_a: Which words of the first the second has not, as `unshared` tells.
        of_b: Which of the second.
        weights: How telling each hashed word is, shape (2 ** RARITY_BITS,).
        out: Is written.
    """
    best_a, best_b = _matches(first, second, of_a, of_b)
    least_a = _side(first, of_a, best_a, weights, out)
    least_b = _side(second, of_b, best_b, weights, out[1:])
    out[6] = min(least_a, least_b)
    counts = np.zeros((2, _N_CLASSES))
    for each in range(len(of_a)):
        counts[0, first[3][each, 2]] += of_a[each]
    for each in range(len(of_b)):
        counts[1, second[3][each, 2]] += of_b[each]
    for each in range(_N_CLASSES):
        out[_SHARES + each] = min(counts[0, each], counts[1, each])
        out[_SHARES + _N_CLASSES + each] = abs(counts[0, each] - counts[1, each])
