"""What was marked as names in many texts, as columns for a chain that learns from few."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import rjieba
from numpy.typing import NDArray

from livelore.intelligence.text.errors import LabelsInvalid, TextNotLearnt

SHARES = (0.02, 0.1, 0.3, 0.6, 0.85)
"""Of a word's characters that are marked: where one column's value goes over to the next."""
OFTEN = (10, 100)
"""Times that a word is seen: the same."""
SEEN_MIN = 2
"""A word or a name seen less often says nothing."""
LISTED_MIN, LISTED_SURELY = 0.3, 0.7
"""Share of a name's occurrences that are marked, for it to be listed, and listed as a sure one."""
LONGEST = 12
Marks = Mapping[int, Sequence[tuple[int, int, int, float]]]
"""Of each text that names something: begin, end, number of the kind, confidence."""


@dataclass
class NamesSeen:
    """How often words are part of a name, and a list of names, from texts that a chain has marked.

    Args:
        n_kinds: Of names.

    Attributes:
        words_: Of each word from 1: kind that it is most often part of, how often, how often seen.
        names_: Of each name: twice its kind, and one more if it is nearly always marked.

    Source: gazetteers from texts marked by a model: Toral and Muñoz, NEW TEXT 2006; as features of
    a chain: Ratinov and Roth, CoNLL 2009.
    """

    n_kinds: int
    words_: dict[str, int] | None = field(default=None, init=False, repr=False)
    names_: dict[str, int] | None = field(default=None, init=False, repr=False)

    def fit(self, texts: Sequence[str], marks: Marks) -> Self:
        """Count.

        Args:
            texts: Any.
            marks: Of these, as `Chain.spans` gives them.

        Raises:
            LabelsInvalid: A mark is of no text, outside its text or of no kind.
        """
        for text, spans in marks.items():
            for begin, end, kind, _ in spans:
                size = len(texts[text]) if 0 <= text < len(texts) else 0
                if not (0 <= begin < end <= size and 0 <= kind < self.n_kinds):
                    raise LabelsInvalid(detail=f"text {text}: no span {begin}, {end}, {kind}")
        self.words_ = self._words(texts, marks)
        self.names_ = self._names(texts, marks)
        return self

    def _words(self, texts: Sequence[str], marks: Marks) -> dict[str, int]:
        seen: Counter[str] = Counter()
        named: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            spans = marks.get(number, ())
            kinds = {at: kind for begin, end, kind, _ in spans for at in range(begin, end)}
            begin = 0
            for word in _cut(text):
                seen[word] += 1
                if begin in kinds:
                    named.setdefault(word, [0] * self.n_kinds)[kinds[begin]] += 1
                begin += len(word)
        none = [0] * self.n_kinds
        return {
            word: _number(named.get(word, none), n) for word, n in seen.items() if n >= SEEN_MIN
        }

    def _names(self, texts: Sequence[str], marks: Marks) -> dict[str, int]:
        marked: dict[str, list[int]] = {}
        for number, spans in marks.items():
            for begin, end, kind, _ in spans:
                if 1 < end - begin <= LONGEST:
                    name = texts[number][begin:end]
                    marked.setdefault(name, [0] * self.n_kinds)[kind] += 1
        marked = {name: each for name, each in marked.items() if sum(each) >= SEEN_MIN}
        lengths, seen = _lengths(marked), Counter[str]()
        for text in texts:
            for at in range(len(text) - 1):
                for length in lengths.get(text[at : at + 2], ()):
                    name = text[at : at + length]
                    if len(name) == length and name in marked:
                        seen[name] += 1
        shares = {name: sum(each) / seen[name] for name, each in marked.items()}
        return {
            name: 2 * int(np.argmax(marked[name])) + (share > LISTED_SURELY)
            for name, share in shares.items()
            if share >= LISTED_MIN
        }

    def columns(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Of each character: what is known of its word, and its place in the longest listed name.

        Returns:
            Shape (n_characters, 2), 0 where nothing is known.

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.words_ is None or self.names_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        words = [self.words_.get(word, 0) for text in texts for word in _cut(text) for _ in word]
        lengths = _lengths(self.names_)
        places = [each for text in texts for each in _places(text, self.names_, lengths)]
        return np.array([words, places], np.int64).T.reshape(-1, 2)


def _number(named: Sequence[int], n_seen: int) -> int:
    kind = int(np.argmax(named))
    share = int(np.searchsorted(SHARES, named[kind] / n_seen))
    about = 0 if named[kind] == 0 else 1 + kind * (len(SHARES) + 1) + share
    return 1 + about * (len(OFTEN) + 1) + int(np.searchsorted(OFTEN, n_seen, side="right"))


def _lengths(names: Mapping[str, object]) -> dict[str, list[int]]:
    """Lengths of the names that begin with the same two characters, longest first."""
    found: dict[str, set[int]] = {}
    for name in names:
        found.setdefault(name[:2], set()).add(len(name))
    return {start: sorted(each, reverse=True) for start, each in found.items()}


def _places(text: str, names: Mapping[str, int], lengths: Mapping[str, list[int]]) -> list[int]:
    found, at = [0] * len(text), 0
    while at < len(text):
        for length in lengths.get(text[at : at + 2], ()):
            name = text[at : at + length]
            if len(name) == length and name in names:
                found[at : at + length] = [2 + 3 * names[name]] * length
                found[at], found[at + length - 1] = 1 + 3 * names[name], 3 + 3 * names[name]
                at += length - 1
                break
        at += 1
    return found


def _cut(text: str) -> list[str]:
    return rjieba.cut(text.encode("utf-8", "replace").decode())  # lone surrogates
