"""What the chain looks at: columns of codes per character, and templates over them."""

import zlib
from collections.abc import Sequence
from functools import cache
from itertools import chain

import numpy as np
import rjieba
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.entities.chain import Template
from livelore.intelligence.text.codepoints import PLANES_END, Codepoints, folding

CODE, SHAPE, BRACKET, POSITION, CLASS, WORD, BEFORE, AFTER, NAMED, COARSE, FINE = range(11)
"""Columns; from `POSITION` on only where words are looked at, `NAMED` where a first
chain is, the last two where `WordClusters` are."""
MARKED, SEEN, LISTED = range(11, 14)
"""Further columns: what a chain over words and clusters marks, and the two of `NamesSeen`."""
_NUMERALS, _CALENDAR = "零一二三四五六七八九十百千万亿两", "年月日时点分秒"
_QUOTES, _DOTS = "《》「」“”‘’", "·•・"


def _codes(*offsets: int) -> Template:
    return tuple((CODE, each) for each in offsets)


CHARACTERS: tuple[Template, ...] = (
    *(_codes(each) for each in range(-3, 4)),
    *(_codes(each, each + 1) for each in range(-2, 2)),
    _codes(-1, 1),
    *(_codes(each, each + 1, each + 2) for each in range(-3, 2)),
    *(_codes(each, each + 1, each + 2, each + 3) for each in (-3, -2, -1, 0)),
    tuple((SHAPE, each) for each in (-1, 0, 1)),
    tuple((SHAPE, each) for each in (-2, -1, 0, 1, 2)),
    ((BRACKET, 0),),
    ((BRACKET, -1), (BRACKET, 0), (SHAPE, 0)),
    ((BRACKET, 0), (CODE, 0)),
)
WORDS: tuple[Template, ...] = (
    ((POSITION, -1), (POSITION, 0), (POSITION, 1)),
    ((CLASS, 0),),
    ((CLASS, -1), (CLASS, 0)),
    ((CLASS, 0), (CLASS, 1)),
    ((WORD, -1),),
    ((WORD, 0),),
    ((WORD, 1),),
    ((BEFORE, 0), (POSITION, 0)),
    ((AFTER, 0), (POSITION, 0)),
    ((WORD, 0), (BEFORE, 0)),
    ((WORD, 0), (AFTER, 0)),
)


def _marks(column: int) -> tuple[Template, ...]:
    return (
        ((column, -1), (column, 0), (column, 1)),
        ((column, 0),),
        ((column, 0), (CODE, 0)),
        ((column, 0), (POSITION, 0)),
    )


NAMES: tuple[Template, ...] = _marks(NAMED)
"""Over what another chain, learnt from other texts, marks."""
CLUSTERS: tuple[Template, ...] = tuple(
    ((column, offset), (POSITION, 0)) for column in (COARSE, FINE) for offset in (0, -1, 1)
)
"""Over clusters of words."""
SEEN_NAMES: tuple[Template, ...] = (
    *_marks(MARKED),
    *(((SEEN, offset), (POSITION, 0)) for offset in (-1, 0, 1)),
    *_marks(LISTED),
)
"""Over what a second other chain marks, here and in many other texts."""


@cache
def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    shapes = np.array([_shape(chr(each)) for each in range(PLANES_END)], np.int64)
    return np.maximum(folding(), 0).astype(np.int64), shapes


def _shape(character: str) -> int:
    tests = (
        "0" <= character <= "9",
        "a" <= character <= "z",
        "A" <= character <= "Z",
        character in _NUMERALS,
        character in _CALENDAR,
        "\u3400" <= character < "\ua000",
        character < "\x80",
        character in _QUOTES,
        character in _DOTS,
    )
    return 1 + (tests.index(True) if True in tests else len(tests))


def character_columns(texts: Codepoints) -> NDArray[np.int64]:
    """Folded code, shape and bracket of each character as it was written, shape (n, 3)."""
    folded, shapes = _tables()
    found = np.empty((len(texts.codes), 3), np.int64)
    _fill(texts.codes, texts.bounds, folded, shapes, found)
    return found


@compiled
def _fill(codes, bounds, folded, shapes, found) -> None:  # type: ignore[no-untyped-def]  # compiled
    for text in range(len(bounds) - 1):
        inside = 0
        for at in range(bounds[text], bounds[text + 1]):
            code = np.int64(codes[at])
            is_low = code < len(folded)
            if code == 0x300A:
                inside = 1
            elif code in (0x201C, 0x300C, 0x300E):
                inside = 2
            found[at, 0] = folded[code] if is_low else code
            found[at, 1] = shapes[code] if is_low else 10
            found[at, 2] = inside
            if code in (0x300B, 0x201D, 0x300D, 0x300F):
                inside = 0


def word_columns(texts: Sequence[str]) -> NDArray[np.int64]:
    """Of each character: place in its word, class, word, word before and after, shape (n, 5)."""
    return np.fromiter(
        chain.from_iterable(chain.from_iterable(map(_of_words, texts))), np.int64
    ).reshape(-1, 5)


def _of_words(text: str) -> list[tuple[int, int, int, int, int]]:
    tagged = rjieba.tag(text)
    hashes = [1, *(_hash(word) for word, _ in tagged), 2]
    found: list[tuple[int, int, int, int, int]] = []
    for n, (word, kind) in enumerate(tagged):
        last = len(word) - 1
        for at in range(len(word)):
            place = 3 if last == 0 else 0 if at == 0 else 2 if at == last else 1
            own = (place, _hash(kind) * 4 + place, hashes[n + 1] * 4 + place)
            found.append((*own, hashes[n], hashes[n + 2]))
    return found


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
