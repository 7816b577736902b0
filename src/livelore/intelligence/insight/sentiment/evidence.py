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
"""The sum of sizes *m* becomes m / √(m² + SOFT), below 1, as sums of VADER do (Hutto and Gilbert,
ICWSM 2014); the sum *s* becomes s / √(m² + SOFT): as much praise as blame takes no side."""
_STEP = np.uint64(0x9E3779B97F4A7C15)
_CODE_BITS = np.uint64(21)
_SAYS = np.uint64(8)
_PAIRS, _FIRSTS = (1 << 16) // 64, 1 << 16
_SLOTS = _PAIRS + _FIRSTS
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
        self._trie = _trie(self.words, self.strengths)

    @property
    def trie(self) -> NDArray[np.uint64]:
        """What compiled loops take of it."""
        return self._trie

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
        _spot_all(texts.codes, texts.bounds, self._trie, found)
        return found


def _trie(words: tuple[str, ...], strengths: NDArray[np.int8]) -> NDArray[np.uint64]:
    """One array, since each costs a loop time at every message.

    A bit for each pair of characters that some word begins with; what each first character leads
    to; slots of a key, (node, character), and what it leads to. *What it leads to* is a node and,
    in its last 8 bits, what the word that ends there says. The pairs turn most places of a text
    away.
    """
    texts = Codepoints.of(words)
    n_slots = 1 << (2 * len(texts.codes) + 2).bit_length()
    trie = np.zeros(_SLOTS + 2 * n_slots, np.uint64)
    _grow(texts.codes, texts.bounds, strengths, trie)
    return trie


@compiled
def _slot(trie: Any, node: Any, code: Any) -> tuple[Any, Any]:
    """Where the edge is, or would be, and its key."""
    key = ((node << _CODE_BITS) | np.uint64(code)) + np.uint64(1)
    mask = np.uint64((len(trie) - _SLOTS) // 2 - 1)
    at = ((key * _STEP) >> np.uint64(32)) & mask
    while trie[_SLOTS + 2 * at] != 0 and trie[_SLOTS + 2 * at] != key:
        at = (at + np.uint64(1)) & mask
    return _SLOTS + np.int64(2 * at), key


@compiled
def _pair(first: Any, second: Any) -> tuple[Any, Any]:
    """Where the bit of two characters is: its row and its mask."""
    mixed = ((np.uint64(first) << _CODE_BITS) | np.uint64(second)) * _STEP
    bit = mixed >> np.uint64(48)
    return np.int64(bit >> np.uint64(6)), np.uint64(1) << (bit & np.uint64(63))


@compiled
def _grow(codes: Any, bounds: Any, strengths: Any, trie: Any) -> None:
    n_nodes = np.uint64(1)
    for word in range(len(bounds) - 1):
        node, at, begin, end = np.uint64(0), 0, bounds[word], bounds[word + 1]
        for place in range(begin, end):
            at, key = _slot(trie, node, codes[place])
            if trie[at] == 0:
                trie[at] = key
                trie[at + 1] = n_nodes << _SAYS
                n_nodes += np.uint64(1)
            node = trie[at + 1] >> _SAYS
        trie[at + 1] = (node << _SAYS) | np.uint64(strengths[word] - NO_WORD)
        if end > begin + 1:
            row, mask = _pair(codes[begin], codes[begin + 1])
            trie[row] |= mask
    for word in range(len(bounds) - 1):
        code = codes[bounds[word]]
        if code < _FIRSTS:
            at, _ = _slot(trie, np.uint64(0), code)
            trie[_PAIRS + code] = trie[at + 1]


@compiled
def _said(entry: Any) -> int:
    return int(entry & np.uint64(255)) + NO_WORD


@compiled
def _is_cut(codes: Any, place: int, end: int) -> bool:
    """Whether letters go on after this place: a word of letters ends where its letters end."""
    return place + 1 < end and is_of_word(codes[place]) and is_of_word(codes[place + 1])


@compiled
def _longest(codes: Any, begin: int, end: int, trie: Any) -> tuple[int, int]:
    """Where the longest word from here ends, and what it says."""
    node, found_end, found = np.uint64(0), begin, NO_WORD
    for place in range(begin, end):
        at, _ = _slot(trie, node, codes[place])
        if trie[at] == 0:
            break
        node = trie[at + 1] >> _SAYS
        value = _said(trie[at + 1])
        if value != NO_WORD and not _is_cut(codes, place, end):
            found_end, found = place + 1, value
    return found_end, found


@compiled
def _looks(codes: Any, at: int, end: int, trie: Any) -> tuple[Any, Any]:
    """What the character leads to, and whether some longer word begins with it and the next."""
    code, after = codes[at], codes[at + 1] if at + 1 < end else np.uint32(0)
    row, mask = _pair(code, after)
    return trie[_PAIRS + min(int(code), _FIRSTS - 1)], trie[row] & mask


@compiled
def _is_inside(codes: Any, begin: int, at: int) -> bool:
    """Whether letters come before this letter: no word begins here."""
    return at > begin and is_of_word(codes[at]) and is_of_word(codes[at - 1])


@compiled_loosely
def spot(codes: Any, begin: int, end: int, trie: Any) -> tuple[Any, Any]:
    """Which way and how much is felt in one text; see `Evidence.sums`."""
    way, much = np.float32(0), np.float32(0)
    reach, at = 0, begin
    while at < end:
        entry, pair = _looks(codes, at, end, trie)
        word_end, value = at, NO_WORD
        # nearly always none of the three, and foreseen to be none
        may_begin = (_said(entry) != NO_WORD) | (pair != 0) | (codes[at] >= _FIRSTS)
        if may_begin and not _is_inside(codes, begin, at):
            word_end, value = _longest(codes, at, end, trie)
        if value == NO_WORD:
            if reach > 0:
                reach = _reach_after(codes, begin, at, reach)
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
    whole = np.sqrt(much * much + SOFT)
    return way / whole, much / whole


@compiled
def _reach_after(codes: Any, begin: int, at: int, reach: int) -> int:
    """How far a denial reaches still after a character that begins no known word."""
    code = codes[at]
    if code == 32 or _is_inside(codes, begin, at):
        return reach
    for each in _ENDS:
        if code == each:
            return 0
    return reach - 1


@compiled_loosely
def _spot_all(codes: Any, bounds: Any, trie: Any, found: Any) -> None:
    for text in range(len(bounds) - 1):
        found[text, 0], found[text, 1] = spot(codes, bounds[text], bounds[text + 1], trie)
