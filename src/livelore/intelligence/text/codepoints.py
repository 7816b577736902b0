"""A batch of texts as one array of code points, folded to one form."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled

PLANES_END = 0x30000
"""Code points from here on are taken as they are: no letters, no emoji."""
REPEATS_MAX = 3
"""A longer run of one character is cut: 哈哈哈哈哈 and 哈哈哈 say the same."""
DROPPED = -1
_TONES = range(0x1F3FB, 0x1F400)
"""Skin tones of emoji."""
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_MARKS = (
    range(0x0300, 0x0370),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
)
"""Combining marks that pile up on Latin letters; those that other scripts need are kept."""


@dataclass(frozen=True)
class Codepoints:
    """Texts one after the other.

    Attributes:
        codes: Unicode code points, shape (n_characters,).
        bounds: Where each text begins and the last ends, shape (n_texts + 1,).
    """

    codes: NDArray[np.uint32]
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """As they are; lone surrogates stay what they are."""
        whole = "".join(texts).encode("utf-32-le", "surrogatepass")
        bounds = np.fromiter(accumulate(map(len, texts), initial=0), np.int64, count=len(texts) + 1)
        return cls(np.frombuffer(whole, np.uint32), bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def texts(self) -> list[str]:
        """Back as strings."""
        whole = self.codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        return [whole[a:b] for a, b in zip(self.bounds, self.bounds[1:], strict=False)]

    def text(self, number: int) -> str:
        """One of them as a string."""
        part = self.codes[self.bounds[number] : self.bounds[number + 1]]
        return part.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def folded(self) -> "Codepoints":
        """Compatibility forms, width and case made one, what is not seen dropped, runs cut.

        Per code point (NFKC and lower case where the result is one code point), so that it runs at
        memory speed; see `folding`.
        """
        codes = np.empty(len(self.codes), np.uint32)
        bounds = np.empty(len(self.bounds), np.int64)
        n_kept = _fold(self.codes, self.bounds, folding(), codes, bounds)
        return Codepoints(codes[:n_kept], bounds)


def folded_text(text: str) -> str:
    """One text, as `Codepoints.folded` folds it."""
    return Codepoints.of((text,)).folded().texts()[0]


@cache
def folding() -> NDArray[np.int32]:
    """What each code point below `PLANES_END` becomes; `DROPPED`: nothing."""
    table = np.arange(PLANES_END, dtype=np.int32)
    for code in range(PLANES_END):
        table[code] = _folded(code)
    table.flags.writeable = False
    return table


def _folded(code: int) -> int:
    character = chr(code)
    if character in "\t\n\r":
        return 32
    if unicodedata.category(character) in ("Cc", "Cf") or any(
        code in each for each in (_TONES, *_SELECTORS, *_MARKS)
    ):
        return DROPPED
    plain = unicodedata.normalize("NFKC", character).lower()
    return ord(plain) if len(plain) == 1 else code


@compiled
def longest_of(bounds: Any) -> int:
    """Characters of the longest text."""
    longest = 0
    for text in range(len(bounds) - 1):
        longest = max(longest, bounds[text + 1] - bounds[text])
    return longest


@compiled
def fold_one(codes: Any, begin: int, end: int, table: Any, kept: Any) -> int:
    """Fold one text to the beginning of ``kept``; gives how many code points it has then."""
    n_kept, n_same, last = 0, 0, DROPPED
    for at in range(begin, end):
        code: Any = np.int64(codes[at])
        if code < len(table):
            code = np.int64(table[code])
        if code == DROPPED:
            continue
        n_same = n_same + 1 if code == last else 1
        last = code
        if n_same <= REPEATS_MAX:
            kept[n_kept] = code
            n_kept += 1
    return n_kept


@compiled
def _fold(codes: Any, bounds: Any, table: Any, kept: Any, kept_bounds: Any) -> int:
    n_kept = 0
    kept_bounds[0] = 0
    for text in range(len(bounds) - 1):
        n_kept += fold_one(codes, bounds[text], bounds[text + 1], table, kept[n_kept:])
        kept_bounds[text + 1] = n_kept
    return n_kept
