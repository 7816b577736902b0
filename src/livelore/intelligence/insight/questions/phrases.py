"""Phrases with weights, all looked for in one pass over a batch of texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.text.codepoints import Codepoints, folded_text
from livelore.intelligence.text.hashed import is_of_word

EDGE = 1
"""Stands for the begin or the end of a clause."""
EDGES = "。，、！？；：…~～,.!?;:()（）[]【】《》<>\"“”'‘’—-|/\\"
"""Characters that end a clause; an apostrophe only where no letter follows."""
MOST = (1 << 16) - 1
"""Code points from here on share a place where it is asked what begins a phrase."""
_STEP = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(40)


@dataclass(frozen=True)
class Phrases:
    """A trie of phrases as arrays.

    Attributes:
        keys: Node and character of each branch, open addressing, 0: none, shape (2 ** n,).
        children: Where a branch leads, same shape.
        weights: Of the phrase that ends at a node; NaN: none ends there.
        edges: Whether a code point below 65,536 ends a clause.
        heads: Whether one begins a phrase; the last stands for all above.
    """

    keys: NDArray[np.uint64]
    children: NDArray[np.int32]
    weights: NDArray[np.float32]
    edges: NDArray[np.bool_]
    heads: NDArray[np.bool_]

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Self:
        """Of phrases; ``^`` and ``$`` stand for the begin and the end of a clause.

        A phrase that begins or ends with a Latin letter begins or ends there with a word.
        """
        branches: dict[tuple[int, int], int] = {}
        ends: dict[int, float] = {}
        n_nodes = 1
        for phrase, weight in weights.items():
            node = 0
            for code in _coded(phrase):
                if (node, code) not in branches:
                    branches[node, code] = n_nodes
                    n_nodes += 1
                node = branches[node, code]
            ends[node] = weight
        size = 1 << (4 * len(branches) + 2).bit_length()
        keys, children = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        for (node, code), child in branches.items():
            at = _first(keys, node, code)
            keys[at], children[at] = _key(node, code), child
        held = np.full(n_nodes, np.nan, np.float32)
        held[list(ends)] = list(ends.values())
        heads = np.zeros(MOST + 1, np.bool_)
        heads[[min(code, MOST) for node, code in branches if node == 0]] = True
        return cls(keys, children, held, _edges(), heads)

    def sums(self, texts: Codepoints) -> NDArray[np.float32]:
        """Weights of the phrases in each text: leftmost, longest, without overlap.

        Args:
            texts: Folded.

        Returns:
            Shape (n_texts,).
        """
        found = np.zeros(len(texts), np.float32)
        _sums(texts.codes, texts.bounds, self.tables, found)
        return found

    @property
    def tables(self) -> tuple[NDArray[Any], ...]:
        """What `matched` reads."""
        return self.keys, self.children, self.weights, self.edges, self.heads


def weighed(lists: Sequence[tuple[float, str]]) -> dict[str, float]:
    """Weights by phrase, of lists of phrases parted by ``|``."""
    return {
        " ".join(phrase.split()): weight for weight, all_ in lists for phrase in all_.split("|")
    }


def _coded(phrase: str) -> list[int]:
    head, tail = phrase.startswith("^"), phrase.endswith("$")
    middle = folded_text(phrase.removeprefix("^").removesuffix("$"))
    return [EDGE] * head + [ord(each) for each in middle] + [EDGE] * tail


def _edges() -> NDArray[np.bool_]:
    found = np.zeros(MOST + 1, np.bool_)
    found[[ord(folded_text(each)) for each in EDGES if folded_text(each)]] = True
    found[EDGE] = True
    return found


@compiled
def _key(node: int, code: int) -> Any:
    return (np.uint64(node) << np.uint64(22)) + np.uint64(code) + np.uint64(1)


@compiled
def _first(keys: Any, node: int, code: int) -> Any:
    """Where a branch is, or the empty place where it would be."""
    key = _key(node, code)
    at = np.int64((key * _STEP) >> _SHIFT) & (len(keys) - 1)
    while keys[at] not in (key, np.uint64(0)):
        at = (at + 1) & (len(keys) - 1)
    return at


@compiled
def _is_chinese(code: Any) -> bool:
    return 0x3400 <= code <= 0x9FFF


@compiled
def _code(codes: Any, at: int, begin: int, end: int, edges: Any) -> Any:
    """The character at a place as a trie sees it."""
    if at < begin or at >= end:
        return EDGE
    code = np.int64(codes[at])
    if code == 39:  # an apostrophe inside a word is none of its ends
        is_inside = begin < at < end - 1 and is_of_word(codes[at - 1]) and is_of_word(codes[at + 1])
        return code if is_inside else EDGE
    if code == 32:
        # a blank beside Chinese parts clauses, one between Latin words does not
        is_apart = at == begin or at == end - 1
        is_apart = is_apart or _is_chinese(codes[at - 1]) or _is_chinese(codes[at + 1])
        return EDGE if is_apart else code
    return EDGE if code < len(edges) and edges[code] else code


@compiled
def _is_cut(codes: Any, at: int, begin: int, end: int) -> bool:
    """Whether a place lies inside a Latin word."""
    if at <= begin or at >= end:
        return False
    return is_of_word(codes[at - 1]) and is_of_word(codes[at])


@compiled
def _longest(codes: Any, at: int, begin: int, end: int, tables: Any) -> Any:
    """Weight and end of the longest phrase from a place on; the end is -1 if there is none."""
    keys, children, weights, edges, _ = tables
    node, weight, stop = 0, np.float32(0), -1
    last = at
    while last <= end:
        code = _code(codes, last, begin, end, edges)
        place = _first(keys, node, code)
        if keys[place] == np.uint64(0):
            break
        node = children[place]
        last += 1
        held = weights[node]
        if not np.isnan(held) and not _is_cut(codes, last, begin, end):
            # what ends a clause may begin the next
            weight, stop = held, last - 1 if code == EDGE else last
    return weight, stop


@compiled
def matched(codes: Any, begin: int, end: int, tables: Any) -> Any:
    """Sum of the weights of the phrases in one span: leftmost, longest, without overlap."""
    total = np.float32(0)
    at = begin - 1
    while at < end:
        code = _code(codes, at, begin, end, tables[3])
        # most characters begin no phrase
        if not tables[4][min(code, MOST)] or _is_cut(codes, at, begin, end):
            at += 1
            continue
        weight, stop = _longest(codes, at, begin, end, tables)
        if code == EDGE and at + 1 < end and not _is_cut(codes, at + 1, begin, end):
            # a longer phrase that does not name the edge goes before a shorter one that does
            other, further = _longest(codes, at + 1, begin, end, tables)
            if further > stop:
                weight, stop = other, further
        if stop >= 0:
            total += weight
        at = max(at + 1, stop)
    return total


@compiled
def _sums(codes: Any, bounds: Any, tables: Any, found: Any) -> None:
    for text in range(len(bounds) - 1):
        found[text] = matched(codes, bounds[text], bounds[text + 1], tables)
