"""Hashed n-grams: of characters, and of words where a script has them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled, compiled_loosely
from livelore.intelligence.text.codepoints import Codepoints, longest_of

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_WORD = np.uint64(0x5851F42D4C957F2D)
_SHIFT = np.uint64(32)
EDGE = np.uint64(2)
"""Stands before the first and after the last character of a text."""


@dataclass(frozen=True)
class Grams:
    """Which n-grams are counted, and into how many places.

    Args:
        bits: 2 to this power places.
        shortest, longest: Characters of an n-gram; the edges of the text count as characters.
        words: 1: single words too (runs of letters and digits that are not Chinese), 2: pairs too.

    Source: Weinberger et al., ICML 2009, "Feature hashing for large scale multitask learning".
    """

    bits: int = 18
    shortest: int = 1
    longest: int = 3
    words: int = 0

    @property
    def n_places(self) -> int:
        """Columns of `matrix`."""
        return 1 << self.bits

    @property
    def key(self) -> tuple[Any, int, int, int]:
        """What compiled loops take of it: shift, shortest, longest, words."""
        return np.uint64(64 - self.bits), self.shortest, self.longest, self.words

    def matrix(self, texts: Codepoints) -> Any:
        """Counts divided by the root of their sum, CSR float32, shape (n_texts, n_places).

        Args:
            texts: Folded.
        """
        most = (self.longest - self.shortest + 1 + self.words) * (len(texts.codes) + 2 * len(texts))
        places = np.empty(most, np.int32)
        values = np.empty(most, np.float32)
        indptr = np.empty(len(texts) + 1, np.int64)
        n_kept = _places(texts.codes, texts.bounds, self.key, places, values, indptr)
        shape = (len(texts), self.n_places)
        found = sp.csr_matrix((values[:n_kept], places[:n_kept], indptr), shape=shape)
        found.sum_duplicates()
        return found

    def sums(self, texts: Codepoints, weights: NDArray[Any]) -> NDArray[np.float32]:
        """The product of `matrix` and weights without the matrix, shape (n_texts, n_outputs).

        Args:
            texts: Folded.
            weights: Any number type, shape (n_places, n_outputs).
        """
        found = np.zeros((len(texts), weights.shape[1]), np.float32)
        if weights.shape[1] == 1:
            _sum_of_one(texts.codes, texts.bounds, self.key, weights[:, 0], found[:, 0])
        else:
            _sums(texts.codes, texts.bounds, self.key, weights, found)
        return found


@compiled
def is_of_word(code: Any) -> bool:
    """Letters and digits of scripts that write spaces; an apostrophe too."""
    if code < 128:
        return 48 <= code <= 57 or 97 <= code <= 122 or 65 <= code <= 90 or code == 39
    return 0xC0 <= code < 0x2000 and code not in (0xD7, 0xF7)


def text_hashes(texts: Codepoints) -> NDArray[np.uint64]:
    """64 bits of each text as a whole, shape (n_texts,): equal texts have equal ones."""
    found = np.empty(len(texts), np.uint64)
    _hash_texts(texts.codes, texts.bounds, found)
    return found


@compiled
def _hash_texts(codes: Any, bounds: Any, found: Any) -> None:
    for text in range(len(bounds) - 1):
        value = np.uint64(bounds[text + 1] - bounds[text]) + EDGE
        for at in range(bounds[text], bounds[text + 1]):
            value = (value ^ np.uint64(codes[at])) * _STEP
            value ^= value >> _SHIFT
        found[text] = value * _MIX


@compiled
def _place(value: Any, length: int, shift: Any) -> Any:
    mixed = (value ^ (np.uint64(length) * _MIX)) * _STEP
    mixed ^= mixed >> _SHIFT
    return np.int64((mixed * _MIX) >> shift)


@compiled
def gather(codes: Any, begin: int, end: int, key: Any, places: Any) -> int:
    """Places of all n-grams of one text, repeats included; gives how many."""
    shift, shortest, longest, n_words = key
    size = end - begin + 2
    n = 0
    for first in range(size):
        value = np.uint64(0)
        for length in range(1, min(longest, size - first) + 1):
            at = first + length - 1
            code = EDGE
            if 0 < at < size - 1:
                code = np.uint64(codes[begin + at - 1]) + np.uint64(3)
            value = value * _STEP + code
            # an edge alone says nothing
            if length >= shortest and not (length == 1 and code == EDGE):
                places[n] = _place(value, length, shift)
                n += 1
    if n_words:
        n = _gather_words(codes, begin, end, key, places, n)
    return n


@compiled
def _gather_words(codes: Any, begin: int, end: int, key: Any, places: Any, n: int) -> int:
    shift, _, _, n_words = key
    last, value, is_in = np.uint64(0), np.uint64(0), False
    for at in range(begin, end + 1):
        if at < end and is_of_word(codes[at]):
            value = value * _WORD + np.uint64(codes[at])
            is_in = True
        elif is_in:
            places[n] = _place(value, 31, shift)
            n += 1
            if n_words > 1:
                places[n] = _place(last * _WORD + value, 32, shift)
                n += 1
            last, value, is_in = value, np.uint64(0), False
    return n


@compiled
def n_most(size: int, key: Any) -> int:
    """N-grams of a text of so many characters, at most."""
    _, shortest, longest, n_words = key
    return (longest - shortest + 1 + n_words) * (size + 2)


@compiled
def _places(codes: Any, bounds: Any, key: Any, places: Any, values: Any, indptr: Any) -> int:
    n_kept = 0
    indptr[0] = 0
    for text in range(len(bounds) - 1):
        n = gather(codes, bounds[text], bounds[text + 1], key, places[n_kept:])
        value = np.float32(1 / np.sqrt(max(n, 1)))
        values[n_kept : n_kept + n] = value
        n_kept += n
        indptr[text + 1] = n_kept
    return n_kept


@compiled_loosely
def _sum_of_one(codes: Any, bounds: Any, key: Any, weights: Any, found: Any) -> None:
    places = np.empty(n_most(longest_of(bounds), key), np.int32)
    for text in range(len(bounds) - 1):
        n = gather(codes, bounds[text], bounds[text + 1], key, places)
        total = np.float32(0)
        for at in range(n):
            total += np.float32(weights[places[at]])
        found[text] = total / np.float32(np.sqrt(max(n, 1)))


@compiled_loosely
def _sums(codes: Any, bounds: Any, key: Any, weights: Any, found: Any) -> None:
    places = np.empty(n_most(longest_of(bounds), key), np.int32)
    for text in range(len(bounds) - 1):
        n = gather(codes, bounds[text], bounds[text + 1], key, places)
        for at in range(n):
            for output in range(weights.shape[1]):
                found[text, output] += np.float32(weights[places[at], output])
        for output in range(weights.shape[1]):
            found[text, output] /= np.float32(np.sqrt(max(n, 1)))
