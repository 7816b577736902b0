"""What two questions share and where they differ, as numbers."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.questions.pair_crosses import unshared, worth_of
from livelore.intelligence.insight.questions.pair_places import (
    RARITY_BITS,
    WORD,
    grams,
    ordered,
    place,
)
from livelore.intelligence.insight.questions.pair_words import WORD_FEATURES, left_words

FEATURES = (
    "common_characters",
    "contained_characters",
    "common_pairs",
    "contained_pairs",
    "common_triples",
    "common_words",
    "contained_words",
    "weighed_characters",
    "weighed_pairs",
    "weighed_words",
    "contained_weight",
    "subsequence",
    "subsequence_contained",
    "substring",
    "substring_contained",
    "edits",
    "prefix",
    "suffix",
    "left_short",
    "left_long",
    "left_weight_short",
    "left_weight_long",
    "heaviest_left_short",
    "heaviest_left_long",
    "kinds_differ",
    "kinds_same",
    "negations_differ",
    "numbers_differ",
    "inversions",
    *WORD_FEATURES,
    "learnt",
)
N_FEATURES = len(FEATURES)
_WORDS = N_FEATURES - 1 - len(WORD_FEATURES)


@compiled
def _overlap(left: Any, right: Any, weights: Any, kind: int) -> Any:
    """Of two sorted multisets: n common, weight common, weight of left, of right."""
    bits = RARITY_BITS
    n_common, common, of_left, of_right = 0, 0.0, 0.0, 0.0
    a, b = 0, 0
    while a < len(left) or b < len(right):
        if b >= len(right) or (a < len(left) and left[a] < right[b]):
            of_left += weights[place(left[a], kind, bits)]
            a += 1
        elif a >= len(left) or right[b] < left[a]:
            of_right += weights[place(right[b], kind, bits)]
            b += 1
        else:
            weight = weights[place(left[a], kind, bits)]
            n_common += 1
            common += weight
            of_left += weight
            of_right += weight
            a += 1
            b += 1
    return n_common, common, of_left, of_right


@compiled
def _n_common(left: Any, right: Any) -> int:
    """How many two sorted multisets share."""
    found, a, b = 0, 0, 0
    while a < len(left) and b < len(right):
        found += left[a] == right[b]
        a, b = a + (left[a] <= right[b]), b + (right[b] <= left[a])
    return found


@compiled
def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


@compiled
def _sequences(left: Any, right: Any) -> Any:
    """Longest common subsequence, longest common substring, edit distance."""
    n, m = len(left), len(right)
    common = np.zeros(m + 1, np.int32)
    run = np.zeros(m + 1, np.int32)
    edits = np.arange(m + 1).astype(np.int32)
    longest = 0
    for a in range(n):
        diagonal, before, last_edit = 0, 0, edits[0]
        edits[0] = a + 1
        for b in range(m):
            is_same = left[a] == right[b]
            above = common[b + 1]
            common[b + 1] = diagonal + 1 if is_same else max(above, common[b])
            diagonal = above
            kept = run[b + 1]
            run[b + 1] = before + 1 if is_same else 0
            before = kept
            longest = max(longest, run[b + 1])
            kept = edits[b + 1]
            edits[b + 1] = min(last_edit + (0 if is_same else 1), kept + 1, edits[b] + 1)
            last_edit = kept
    return common[m], longest, edits[m]


@compiled
def _subsequence(left: Any, right: Any) -> int:
    """The longest common subsequence alone."""
    common = np.zeros(len(right) + 1, np.int32)
    for a in range(len(left)):
        diagonal = 0
        for b in range(len(right)):
            above = common[b + 1]
            longer = max(above, common[b])
            common[b + 1] = diagonal + 1 if left[a] == right[b] else longer
            diagonal = above
    return common[len(right)]


@compiled
def _ends(left: Any, right: Any) -> Any:
    n = min(len(left), len(right))
    prefix = 0
    while prefix < n and left[prefix] == right[prefix]:
        prefix += 1
    suffix = 0
    while suffix < n and left[len(left) - 1 - suffix] == right[len(right) - 1 - suffix]:
        suffix += 1
    return prefix, suffix


@compiled
def _inversions(left: Any, right: Any) -> float:
    """Of the characters that both have once: the share of pairs in another order."""
    places = np.empty(len(left), np.int64)
    n = 0
    for a in range(len(left)):
        for b in range(len(right)):
            if left[a] == right[b]:
                places[n] = b
                n += 1
                break
    wrong = 0
    for a in range(n):
        for b in range(a + 1, n):
            wrong += places[a] > places[b]
    return _ratio(2.0 * wrong, n * (n - 1.0))


@compiled
def _shared(first: Any, second: Any, weights: Any, wanted: Any, out: Any) -> None:
    """Overlaps of characters, pairs, triples and words, plain and weighed."""
    codes_a, words_a, _, _ = first
    codes_b, words_b, _, _ = second
    is_weighed = wanted[7:11].any()
    common, of_left, of_right = 0.0, 0.0, 0.0
    at = 0
    for length in range(1, 4):
        if length == 3 and not wanted[4]:
            continue
        left, right = grams(codes_a, length), grams(codes_b, length)
        if is_weighed:
            n, common, of_left, of_right = _overlap(left, right, weights, length)
        else:
            n = _n_common(left, right)
        out[at] = _ratio(2.0 * n, len(left) + len(right))
        at += 1
        if length < 3:
            out[at] = _ratio(n, min(len(left), len(right)))
            at += 1
            out[6 + length] = _ratio(common, np.sqrt(of_left * of_right) + 1e-9)
        if length == 2:
            out[10] = _ratio(common, min(of_left, of_right))
    left, right = ordered(words_a), ordered(words_b)
    if is_weighed:
        n, common, of_left, of_right = _overlap(left, right, weights, WORD)
    else:
        n = _n_common(left, right)
    out[5] = _ratio(2.0 * n, len(words_a) + len(words_b))
    out[6] = _ratio(n, min(len(words_a), len(words_b)))
    out[9] = _ratio(common, np.sqrt(of_left * of_right) + 1e-9)


@compiled
def _left(words: Any, is_left: Any, weights: Any, out: Any) -> None:
    """How many words are left, their weight, and the heaviest."""
    for each in range(len(words)):
        if is_left[each]:
            weight = weights[place(words[each], WORD, RARITY_BITS)]
            out[0] += 1
            out[2] += weight
            out[4] = max(out[4], weight)


@compiled
def _asking(held_a: Any, held_b: Any, out: Any) -> None:
    """Kinds of asking, negations, numbers."""
    kinds_a, kinds_b = np.int64(held_a[0]), np.int64(held_b[0])
    if kinds_a not in (kinds_b, 0) and kinds_b != 0:
        out[0] = 1.0
    if kinds_a & kinds_b != 0:
        out[1] = 1.0
    out[2] = abs(held_a[1] - held_b[1])
    if held_a[2] != held_b[2]:
        out[3] = 2.0 if min(held_a[3], held_b[3]) > 0 else 1.0


@compiled
def pair_features(first: Any, second: Any, weights: Any, cross: Any, wanted: Any, out: Any) -> None:
    """Fill ``out``, shape (N_FEATURES,), for two questions as `Phrased.marked` gives them.

    Args:
        first: Code points, words, counts, marks; of `Phrased.arrays` where no feature of
            `WORD_FEATURES` is wanted.
        second: Of the other.
        weights: How telling each hashed gram or word is, shape (2 ** RARITY_BITS,).
        cross: What a difference is worth, learnt, shape (2 ** CROSS_BITS,); empty: no
            difference is looked at.
        wanted: Which features are, shape (N_FEATURES,); others may be left at 0.
        out: Is written.
    """
    if len(second[0]) < len(first[0]):
        first, second = second, first
    codes_a, words_a, held_a, _ = first
    codes_b, words_b, held_b, _ = second
    n_short, n_long = float(len(codes_a)), float(len(codes_b))
    out[:] = 0
    _shared(first, second, weights, wanted, out)
    substring, edits = 0, 0
    if wanted[13:16].any():
        subsequence, substring, edits = _sequences(codes_a, codes_b)
    else:
        subsequence = _subsequence(codes_a, codes_b)
    out[11], out[12] = _ratio(2.0 * subsequence, n_short + n_long), _ratio(subsequence, n_short)
    out[13], out[14] = _ratio(2.0 * substring, n_short + n_long), _ratio(substring, n_short)
    out[15] = _ratio(edits, n_long)
    prefix, suffix = _ends(codes_a, codes_b)
    out[16], out[17] = _ratio(prefix, n_short), _ratio(suffix, n_short)
    of_a, of_b = unshared(words_a, words_b)
    _left(words_a, of_a, weights, out[18:23])
    _left(words_b, of_b, weights, out[19:24])
    _asking(held_a, held_b, out[24:28])
    out[28] = _inversions(codes_a, codes_b)
    if wanted[_WORDS : N_FEATURES - 1].any():
        left_words(first, second, of_a, of_b, weights, out[_WORDS : N_FEATURES - 1])
    if wanted[N_FEATURES - 1] and len(cross) > 0:
        out[N_FEATURES - 1] = worth_of(first, second, cross)
