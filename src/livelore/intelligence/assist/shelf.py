"""All passages of a course as columns, so that they are kept in a few arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.material import Passage, Sentence


@dataclass(frozen=True)
class Shelf:
    """Passages one after the other.

    Attributes:
        sources: File of each passage, an object array of text.
        texts, headings: The same.
        pages: From 1; 0 where there are none, int32.
        seconds: NaN where nothing is said aloud.
        offsets: Characters before the passage in its file, int64.
        bounds: First sentence of each passage, shape (n_passages + 1,).
        begins, ends: Of each sentence in its passage's text, int32.
        sentence_seconds: NaN where nothing is said aloud.
    """

    sources: NDArray[Any]
    texts: NDArray[Any]
    headings: NDArray[Any]
    pages: NDArray[np.int32]
    seconds: NDArray[np.float64]
    offsets: NDArray[np.int64]
    bounds: NDArray[np.int64]
    begins: NDArray[np.int32]
    ends: NDArray[np.int32]
    sentence_seconds: NDArray[np.float64]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Self:
        """Columns of passages."""
        flat = [each for passage in passages for each in passage.sentences]
        sizes = [len(passage.sentences) for passage in passages]
        return cls(
            _texts([each.source for each in passages]),
            _texts([each.text for each in passages]),
            _texts([each.heading for each in passages]),
            np.array([each.page or 0 for each in passages], np.int32),
            np.array([_or_nan(each.second) for each in passages], np.float64),
            np.array([each.offset for each in passages], np.int64),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.array([each.begin for each in flat], np.int32),
            np.array([each.end for each in flat], np.int32),
            np.array([_or_nan(each.second) for each in flat], np.float64),
        )

    @cached_property
    def files(self) -> NDArray[np.int64]:
        """Number of each passage's file, so that loops can tell where one ends."""
        return np.unique(self.sources.astype(str), return_inverse=True)[1].astype(np.int64)

    def __len__(self) -> int:
        return len(self.texts)

    def passage(self, row: int) -> Passage:
        """One, as it was."""
        of_it = slice(self.bounds[row], self.bounds[row + 1])
        triples = zip(
            self.begins[of_it].tolist(),
            self.ends[of_it].tolist(),
            self.sentence_seconds[of_it].tolist(),
            strict=True,
        )
        return Passage(
            str(self.sources[row]),
            str(self.texts[row]),
            tuple(Sentence(begin, end, _or_none(second)) for begin, end, second in triples),
            str(self.headings[row]),
            int(self.pages[row]) or None,
            _or_none(float(self.seconds[row])),
            int(self.offsets[row]),
        )

    def sentence_texts(self) -> list[str]:
        """The words of every sentence, in order."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.bounds)).tolist()
        spans = zip(rows, self.begins.tolist(), self.ends.tolist(), strict=True)
        return [self.texts[row][begin:end] for row, begin, end in spans]


def _texts(values: list[str]) -> NDArray[Any]:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _or_nan(second: float | None) -> float:
    return float("nan") if second is None else second


def _or_none(second: float) -> float | None:
    return None if second != second else second  # noqa: PLR0124  NaN is not itself
