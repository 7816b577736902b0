"""Terms of messages: runs of Chinese characters and words, as hashes, counted in bounded memory."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled
from livelore.intelligence.text.hashed import is_of_word

LONGEST = 4
"""Characters of a Chinese term, at most."""
TERMS_MAX = 64
"""Of one message; what comes later in it is not looked at."""
PROBES = 8
"""Places where a term may be; the least of them gives way."""
_STEP = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@compiled
def is_chinese(code: Any) -> bool:
    """Of the common ideographs."""
    return 0x3400 <= code <= 0x9FFF


@compiled
def terms(codes: Any, begin: int, end: int, dull: Any, found: Any, spans: Any) -> Any:
    """Fill in the terms of one message, no term twice; gives how many.

    Args:
        codes: Folded.
        begin: Where the message begins.
        end: Where it ends.
        dull: For each code point below 65,536 whether no term begins or ends with it; and the
            hashes of words that are no terms, sorted.
        found: Hashes, shape (TERMS_MAX,), written.
        spans: Where each begins and how long it is, shape (TERMS_MAX, 2), written.
    """
    n: Any = 0
    at = begin
    while at < end and n < TERMS_MAX:
        code = np.int64(codes[at])
        if is_chinese(code):
            n = _chinese(codes, at, end, dull[0], (found, spans), n)
            at += 1
        elif is_of_word(code):
            last, value, is_number = at, np.uint64(7), True
            while last < end and is_of_word(codes[last]):
                is_number = is_number and codes[last] < 58
                value = value * _STEP + np.uint64(codes[last])
                last += 1
            if last - at > 2 and not is_number and not is_in(value, dull[1]):
                n = _add(value, at, last - at, found, spans, n)
            at = last
        else:
            at += 1
    return n


@compiled
def _chinese(codes: Any, at: int, end: int, dull: Any, out: Any, n: int) -> int:
    if dull[codes[at]]:
        return n
    value = np.uint64(codes[at]) + np.uint64(11)
    is_one = True
    for length in range(2, LONGEST + 1):
        last = at + length - 1
        if last >= end or not is_chinese(codes[last]):
            break
        value = value * _STEP + np.uint64(codes[last])
        is_one = is_one and codes[last] == codes[at]
        # 哈哈 is no topic
        if not dull[codes[last]] and not is_one and n < TERMS_MAX:
            n = _add(value, at, length, out[0], out[1], n)
    return n


@compiled
def _add(value: Any, at: int, length: int, found: Any, spans: Any, n: int) -> int:
    for each in range(n):
        if found[each] == value:
            return n
    found[n] = value
    spans[n, 0], spans[n, 1] = at, length
    return n + 1


@compiled
def count(term: Any, at: float, fading: float, table: Any) -> Any:
    """Count a term now; gives its place in the table.

    A full neighbourhood gives the place of its least term to the new one, which begins with
    the count of the old as its error (SpaceSaving on sets of `PROBES` places).

    Args:
        term: Its hash.
        at: Seconds.
        fading: Share lost in a second, as a rate.
        table: Hashes, counts, errors, times of counts, times of first sight,
            all counts without fading, topics.

    Source: Metwally, Agrawal, El Abbadi, ICDT 2005, "Efficient computation of frequent and top-k
    elements in data streams"; forward decay: Cormode et al., ICDE 2009.
    """
    keys, counts, errors, lasts, firsts, totals, owners = table
    base = np.int64((term * _STEP) >> _SHIFT)
    least = np.inf
    place: Any = 0
    for probe in range(PROBES):
        here = (base + probe) & (len(keys) - 1)
        left = counts[here] * np.exp(-fading * (at - lasts[here])) if keys[here] else -1.0
        if keys[here] == term:
            counts[here] = left + 1
            errors[here] *= np.exp(-fading * (at - lasts[here]))
            lasts[here] = at
            totals[here] += 1
            return here
        if left < least:
            least, place = left, here
    keys[place] = term
    counts[place] = max(least, 0.0) + 1
    errors[place] = max(least, 0.0)
    lasts[place], firsts[place], totals[place], owners[place] = at, at, 1.0, -1
    return place


@compiled
def is_in(value: Any, held: Any) -> bool:
    """Whether a sorted array has it."""
    at: Any = np.searchsorted(held, value)
    return at < len(held) and held[at] == value


def word_term(word: str) -> int:
    """The hash that `terms` gives a word, or a run of Chinese characters."""
    value: int = 7
    rest = word
    if is_chinese(ord(word[0])):
        value, rest = ord(word[0]) + 11, word[1:]
    for letter in rest:
        value = (value * int(_STEP) + ord(letter)) & 0xFFFFFFFFFFFFFFFF
    return value
