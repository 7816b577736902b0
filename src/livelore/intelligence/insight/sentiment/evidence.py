"""Words of feeling found whole in a text: how much is felt, and which way.

Unlike weights of n-grams this holds in any kind of room: a word that no labelled text had counts,
and a text without such a word tells nothing.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled, compiled_loosely
from livelore.intelligence.insight.sentiment.lexicon import DENIES, Word
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import is_of_word

NO_WORD = -128
DENIED = 64
"""Added to the strength of a word that denies those after it."""
REACH = 3
"""So many words, or Chinese characters, a denial reaches; punctuation ends it."""
TURNED = np.float32(-0.6)
"""What a denied word counts: not good is bad, but less than bad is."""
SOFT = np.float32(15)
"""Sums *x* become x / √(x² + SOFT), from -1 to 1: Hutto and Gilbert, ICWSM 2014 (VADER)."""
_STEP = np.uint64(0x9E3779B97F4A7C15)
_CODE_BITS = np.uint64(21)
_ENDS = np.array([ord(each) for each in ",.!?;:。、…"], np.uint32)


@dataclass
class Evidence:
    """A lexicon as a trie, searched for the longest word from each place.

    Args:
        words: Folded.
        strengths: From -3 to 3, `DENIED` more where a word denies, shape (n_words,).
    """

    words: tuple[str, ...] = ()
    strengths: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    def __post_init__(self) -> None:
        self._tables: Any = _tables(self.words, self.strengths)

    @property
    def tables(self) -> Any:
        """What compiled loops take of it."""
        return self._tables

    @classmethod
    def of(cls, words: tuple[Word, ...]) -> "Evidence":
        """Of hand-written words."""
        strengths = [each.strength + DENIED * (each.section == DENIES) for each in words]
        return cls(tuple(each.text for each in words), np.array(strengths, np.int8))

    def sums(self, texts: Codepoints) -> NDArray[np.float32]:
        """Which way and how much is felt, from -1 to 1 and from 0 to 1, shape (n_texts, 2).

        Args:
            texts: Folded.
        """
        found = np.zeros((len(texts), 2), np.float32)
        _spot_all(texts.codes, texts.bounds, self._tables, found)
        return found


def _tables(words: tuple[str, ...], strengths: NDArray[np.int8]) -> Any:
    """Slots of (node, character), the node that each leads to, and what a node says."""
    texts = Codepoints.of(words)
    n_nodes = len(texts.codes) + 1
    n_slots = 1 << (2 * n_nodes).bit_length()
    slots, nexts = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)
    values = np.full(n_nodes, NO_WORD, np.int8)
    _grow(texts.codes, texts.bounds, strengths, slots, nexts, values)
    return slots, nexts, values, _ENDS


@compiled
def _slot(slots: Any, node: int, code: Any) -> Any:
    """Where the edge is, or would be, and its key."""
    key = ((np.uint64(node) << _CODE_BITS) | np.uint64(code)) + np.uint64(1)
    mask = np.uint64(len(slots) - 1)
    at = ((key * _STEP) >> np.uint64(32)) & mask
    while slots[at] != 0 and slots[at] != key:
        at = (at + np.uint64(1)) & mask
    return at, key


@compiled
def _grow(codes: Any, bounds: Any, strengths: Any, slots: Any, nexts: Any, values: Any) -> None:
    n_nodes = 1
    for word in range(len(bounds) - 1):
        node = 0
        for place in range(bounds[word], bounds[word + 1]):
            at, key = _slot(slots, node, codes[place])
            if slots[at] == 0:
                slots[at] = key
                nexts[at] = n_nodes
                n_nodes += 1
            node = nexts[at]
        values[node] = strengths[word]


@compiled
def _longest(codes: Any, begin: int, end: int, tables: Any) -> tuple[int, int]:
    """Where the longest word from here ends and what it says; a word of letters ends with them."""
    slots, nexts, values, _ = tables
    node, found_end, found = 0, begin, NO_WORD
    for place in range(begin, end):
        at, _key = _slot(slots, node, codes[place])
        if slots[at] == 0:
            break
        node = nexts[at]
        if values[node] != NO_WORD:
            is_cut = place + 1 < end and is_of_word(codes[place]) and is_of_word(codes[place + 1])
            if not is_cut:
                found_end, found = place + 1, int(values[node])
    return found_end, found


@compiled_loosely
def _soft(value: Any) -> Any:
    return value / np.sqrt(value * value + SOFT)


@compiled_loosely
def spot(codes: Any, begin: int, end: int, tables: Any) -> tuple[Any, Any]:
    """Which way and how much is felt in one text; see `Evidence.sums`."""
    way, much = np.float32(0), np.float32(0)
    reach, at = 0, begin
    if len(tables[2]) == 1:
        return way, much
    while at < end:
        code = codes[at]
        if is_of_word(code) and at > begin and is_of_word(codes[at - 1]):
            at += 1
            continue
        word_end, value = _longest(codes, at, end, tables)
        if value == NO_WORD:
            reach = _reach_after(code, reach, tables[3])
            at += 1
            continue
        is_denial = value >= DENIED - 3
        strength = np.float32(value - DENIED if is_denial else value)
        if reach > 0 and not is_denial:
            strength *= TURNED
        way += strength
        much += abs(strength)
        reach = REACH if is_denial else max(reach - 1, 0) if value == 0 else 0
        at = word_end
    return _soft(way), _soft(much)


@compiled
def _reach_after(code: Any, reach: int, ends: Any) -> int:
    """How far a denial reaches still after a character that begins no known word."""
    if reach == 0 or code == 32:
        return reach
    for each in ends:
        if code == each:
            return 0
    return reach - 1


@compiled_loosely
def _spot_all(codes: Any, bounds: Any, tables: Any, found: Any) -> None:
    for text in range(len(bounds) - 1):
        found[text, 0], found[text, 1] = spot(codes, bounds[text], bounds[text + 1], tables)
