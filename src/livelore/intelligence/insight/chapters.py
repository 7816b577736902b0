"""Chapters of a lecture from what was said, shown and written, with title words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.report import word_cloud, words_by_segment
from livelore.intelligence.text.words import WordsOf, words_of

UNIT_S = 20.0
"""What is not cut."""
UNITS_MAX = 1_500
"""Of a lecture; in a longer one units are longer."""
REACTION_S = 6.0
"""From what was said to what is written about it."""
COMMON = 0.6
"""A word in more than this share of the units tells nothing."""
TITLE_WORDS = 4
SHORTEST_S, LONGEST_S = 90.0, 1_200.0
STEMS = ("ings", "ing", "edly", "ed", "ies", "es", "ly", "s")
"""Endings taken off words of six letters or more; of four, a plural s."""


@dataclass(frozen=True)
class Spoken:
    """A transcript.

    Attributes:
        texts: Lines, in order of time.
        at: Seconds at which each begins, ascending, shape (n_lines,).
    """

    texts: tuple[str, ...]
    at: NDArray[np.float64]

    @classmethod
    def of(cls, texts: Sequence[str], at: ArrayLike) -> "Spoken":
        """Check and bring into order of time.

        Raises:
            MessagesInvalid: Not one finite time a line.
        """
        checked = Messages.of(texts, at)
        return cls(checked.texts, np.asarray(checked.at, np.float64))


@dataclass(frozen=True)
class Chapter:
    """One chapter.

    Attributes:
        begin, end: Seconds.
        title: The words that tell it from the others, joined.
        words: The same apart, most telling first.
    """

    begin: float
    end: float
    title: str
    words: tuple[str, ...]


@dataclass
class Chapters:
    """Segmentation by lexical cohesion: each chapter has words of its own.

    A chapter's words are taken as drawn from one distribution, which is integrated out (Dirichlet
    prior); the best cuts of all are found by dynamic programming. Changes of slides make a cut
    there likelier. Messages of the room count as words of what they react to.

    Args:
        prior: Of each word's count, above 0: small: chapters share few words.
        cost: Of one more chapter, in units of log likelihood for each thousand words; above 0.
        slide: What a change of slides near a cut is worth, in log likelihood.
        n_chapters: How many; None: as many as pay.
        shortest_s: No chapter is shorter, unless the lecture is.
        longest_s: Where the number is not given, no chapter is longer; None: any length. A lecture
            on one thing has few words that change, and its viewers want places to jump to.
        unit_s: What is not cut.
        words: Of each text, for the cuts; `adapters.nltk.words_by` makes one of a tokenizer.

    Source: Eisenstein and Barzilay, EMNLP 2008, "Bayesian unsupervised topic segmentation";
    Utiyama and Isahara, ACL 2001.
    """

    prior: float = 0.2
    cost: float = 6.0
    slide: float = 12.0
    n_chapters: int | None = None
    shortest_s: float = SHORTEST_S
    longest_s: float | None = LONGEST_S
    unit_s: float = UNIT_S
    words: WordsOf = words_of
    cuts_: tuple[float, ...] = field(default=(), init=False)

    def of(
        self, spoken: Spoken, slides: ArrayLike = (), messages: Messages | None = None
    ) -> list[Chapter]:
        """Chapters in order of time, from the first line to the last; none of nothing.

        Args:
            spoken: What was said.
            slides: Seconds at which another slide was shown.
            messages: What was written meanwhile, with times.
        """
        if not spoken.texts:
            return []
        units = _Units.of(spoken, messages, self.unit_s)
        changes = np.sort(np.asarray(slides, np.float64).ravel())
        gains = self.slide * units.near(changes)
        words, bounds, n_words = units.numbered(self.words)
        cuts = self._cuts(words, bounds, n_words, gains, units.unit_s)
        self.cuts_ = tuple(float(units.begins[each]) for each in cuts)
        return _titled(units, [0, *cuts, len(units)], changes)

    def _cuts(self, words: Any, bounds: Any, n_words: int, gains: Any, unit_s: float) -> list[int]:
        fits = _fits(words, bounds, n_words, self.prior)
        shortest = max(1, round(self.shortest_s / unit_s))
        cost = self.cost * np.log(max(len(words), 2))
        if self.n_chapters is None:
            longest = len(fits)
            if self.longest_s is not None:
                # at least twice the shortest, so that every length can be made up
                longest = max(2 * shortest, round(self.longest_s / unit_s))
            return [int(each) for each in _best(fits, gains - cost, shortest, longest)]
        # a known number: the cost that gives it is found by halving
        low, high = -10.0 * cost, 100.0 * cost
        cuts: list[int] = []
        for _ in range(40):
            middle = (low + high) / 2
            cuts = [int(each) for each in _best(fits, gains - middle, shortest, len(fits))]
            if len(cuts) + 1 == self.n_chapters:
                break
            low, high = (middle, high) if len(cuts) + 1 > self.n_chapters else (low, middle)
        return cuts


@dataclass(frozen=True)
class _Units:
    """Equal parts of a lecture."""

    texts: list[str]
    written: list[str]
    begins: NDArray[np.float64]
    end: float
    unit_s: float

    @classmethod
    def of(cls, spoken: Spoken, messages: Messages | None, unit_s: float) -> "_Units":
        first, last = float(spoken.at[0]), float(spoken.at[-1])
        unit_s = max(unit_s, (last - first) / UNITS_MAX)
        places = ((spoken.at - first) / unit_s).astype(np.int64)
        n = int(places[-1]) + 1
        begins: NDArray[np.float64] = first + unit_s * np.arange(n, dtype=np.float64)
        # a unit begins with its first line, so that a cut falls between lines
        heads = np.flatnonzero(np.diff(places, prepend=-1))
        begins[places[heads]] = spoken.at[heads]
        texts = _joined(spoken.texts, places, n)
        written = [""] * n
        if messages is not None and messages.at is not None:
            at = ((messages.at - REACTION_S - first) / unit_s).astype(np.int64).clip(0, n - 1)
            written = _joined(messages.texts, at, n)
        return cls(texts, written, begins, last, unit_s)

    def __len__(self) -> int:
        return len(self.texts)

    def near(self, changes: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 where a slide changes within half a unit of a unit's begin, else 0."""
        found = np.zeros(len(self))
        for each in changes.tolist():
            place = int(np.abs(self.begins - each).argmin())
            if abs(self.begins[place] - each) <= self.unit_s:
                found[place] = 1.0
        return found

    def numbered(self, of: WordsOf) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
        """Words of all units as numbers, where each unit begins, and how many words there are."""
        said, written = of(self.texts), of(self.written)
        held = [[stem(w) for w in a + b if len(w) > 1] for a, b in zip(said, written, strict=True)]
        in_units = Counter(word for each in held for word in set(each))
        most = max(COMMON * len(held), 2)
        known = {word: n for n, word in enumerate(w for w, m in in_units.items() if 1 < m <= most)}
        kept = [[known[word] for word in each if word in known] for each in held]
        bounds = np.cumsum([0, *map(len, kept)])
        return np.array([n for each in kept for n in each], np.int32), bounds, max(len(known), 1)


def _joined(texts: Sequence[str], places: NDArray[np.int64], n: int) -> list[str]:
    parts: list[list[str]] = [[] for _ in range(n)]
    for text, place in zip(texts, places.tolist(), strict=True):
        parts[place].append(text)
    return [" ".join(each) for each in parts]


def stem(word: str) -> str:
    """A word without its ending, so that forms of one count as one; Chinese stays."""
    if not word.isascii() or len(word) < 4:
        return word
    for ending in STEMS if len(word) > 5 else ("s",):
        if word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


@compiled
def _fits(words: Any, bounds: Any, n_words: int, prior: float) -> Any:
    """Log likelihood of every run of units as one chapter, shape (n_units, n_units + 1)."""
    n = len(bounds) - 1
    found = np.zeros((n, n + 1), np.float64)
    counts = np.zeros(n_words, np.float64)
    logs = np.log(np.arange(len(words) + 1) + prior)
    totals = np.log(np.arange(len(words) + 1) + prior * n_words)
    for first in range(n):
        counts[:] = 0
        fit, seen = 0.0, 0
        for last in range(first, n):
            for at in range(bounds[last], bounds[last + 1]):
                word = words[at]
                fit += logs[int(counts[word])] - totals[seen]
                counts[word] += 1
                seen += 1
            found[first, last + 1] = fit
    return found


@compiled
def _best(fits: Any, gains: Any, shortest: int, longest: int) -> Any:
    """The cuts with the highest sum of fits and of gains at the cuts."""
    n = len(fits)
    best = np.full(n + 1, -np.inf)
    source = np.zeros(n + 1, np.int64)
    best[0] = 0.0
    for last in range(1, n + 1):
        for first in range(last):
            is_short = last - first < shortest and not (first == 0 and last == n)
            if is_short or last - first > longest:
                continue
            value = best[first] + fits[first, last]
            if first > 0:
                value += gains[first]
            if value > best[last]:
                best[last], source[last] = value, first
    cuts = np.empty(n, np.int64)
    n_cuts, at = 0, n
    while at > 0:
        at = source[at]
        if at > 0:
            cuts[n_cuts] = at
            n_cuts += 1
    return cuts[:n_cuts][::-1].copy()


def _titled(units: _Units, cuts: list[int], changes: NDArray[np.float64]) -> list[Chapter]:
    segments = np.repeat(np.arange(len(cuts) - 1), np.diff(cuts)).tolist()
    texts = [f"{a} {b}" for a, b in zip(units.texts, units.written, strict=True)]
    told = words_by_segment(Messages.of(texts), segments, TITLE_WORDS)
    if len(cuts) == 2:  # nothing to tell it from
        told = {0: word_cloud(Messages.of(texts), TITLE_WORDS)}
    begins = [_snapped(float(units.begins[each]), changes, units.unit_s) for each in cuts[:-1]]
    begins[0] = float(units.begins[0])
    ends = [*begins[1:], units.end]
    found: list[Chapter] = []
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        words = tuple(each.word for each in told.get(number, []))
        found.append(Chapter(begin, end, " · ".join(words[:3]), words))
    return found


def _snapped(begin: float, changes: NDArray[np.float64], within: float) -> float:
    """A cut near a change of slides is that change."""
    if not len(changes):
        return begin
    near = float(changes[np.abs(changes - begin).argmin()])
    return near if abs(near - begin) <= within else begin


def window_errors(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Pk and WindowDiff of two segmentations; 0 is best.

    Args:
        found: Whether a segment begins at each unit, shape (n_units,); the first is ignored.
        wanted: The same, the truth.

    Source: Beeferman, Berger, Lafferty 1999; Pevzner and Hearst, CL 2002. The window is half
    of the mean length of the true segments.
    """
    n = len(wanted)
    ours, theirs = (np.cumsum(np.append(False, each[1:])) for each in (found, wanted))
    width = max(1, round(n / (theirs[-1] + 1) / 2))
    if n <= width:
        return 0.0, 0.0
    left, right = (each[width:] - each[:-width] for each in (ours, theirs))
    return float(((left == 0) != (right == 0)).mean()), float((left != right).mean())
