"""How rare a Chinese word or pair of characters is in the language, not in one small course."""

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.terms import terms_of

BITS = 17
STEP = 1 / 16
"""Of what is kept, in units of the natural logarithm."""
SEEN_OFTEN = 20
"""Texts that have a term before it is kept; all others are as rare as can be."""
_SECOND = 0x9E37


@dataclass(frozen=True)
class Rarity:
    """Logarithms of inverse shares of texts, by hash; a term has two places, the rarer one counts.

    Args:
        steps: uint8 in steps of `STEP`, shape (2 ** BITS,).
        most: Of a term that was hardly seen.
    """

    steps: NDArray[np.uint8]
    most: float

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Self:
        """Count words and characters, once a text."""
        counts: Counter[str] = Counter()
        n_texts = 0
        for text in texts:
            found = terms_of(text)
            counts.update({*found.words, *found.grams})
            n_texts += 1
        most = float(np.log((n_texts + 1) / (SEEN_OFTEN / 2)))
        steps = np.full(1 << BITS, round(most / STEP), np.uint8)
        for term, n in counts.items():
            if n >= SEEN_OFTEN:
                worth = round(float(np.log((n_texts + 1) / n)) / STEP)
                for place in _places(term):
                    steps[place] = min(steps[place], worth)
        return cls(steps, most)

    @cached_property
    def _values(self) -> list[float]:
        return (self.steps * STEP).tolist()

    def of(self, term: str) -> float:
        """From 0 to ``most``."""
        first, second = _places(term)
        return max(self._values[first], self._values[second])


def _places(term: str) -> tuple[int, int]:
    data = term.encode("utf-8", "surrogatepass")
    mask = (1 << BITS) - 1
    return zlib.crc32(data) & mask, zlib.crc32(data, _SECOND) & mask
