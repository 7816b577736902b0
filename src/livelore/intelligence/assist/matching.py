"""What of a Chinese question stands in a passage, and what of it is missing there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray

from livelore.intelligence.assist.asking import asking_spans
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.text.codepoints import folded_text

MATCHES = (
    "words_share",
    "missing",
    "missing_most",
    "missing_early",
    "missing_first",
    "missing_everywhere",
    "first_stands",
    "stand_early",
    "stands_most",
    "missing_second",
    "numbers_missing",
    "rare_share",
    "run",
    "second_run",
    "in_long_runs",
    "in_no_run",
    "begin_in_runs",
    "run_begins_sentence",
    "run_times",
    "runs_share",
    "pairs_share",
)
"""Weights are rarities in the language; early: in the first third of the question; rare: what is
above `RARE`; a run is the longest piece of the question that stands there as it is; pairs are of
neighbouring characters."""
LOOKED_AT = 120
"""Characters of a question that are compared."""
LONG_RUN = 3
BEGIN = 6
RARE = 3.0
EARLY = 0.34
_NUMBER = re.compile(r"[0-9a-z]|^[一二三四五六七八九十百千万]+$")


@dataclass(frozen=True)
class _Word:
    text: str
    place: float
    weight: float
    stands: tuple[bool, ...]


@dataclass(frozen=True)
class Compared:
    """A question as it is laid beside passages.

    Attributes:
        plain: Folded, `LOOKED_AT` characters of it.
        spans: Where in it words stand that only ask.
        matter: The same characters with blanks in place of these.
    """

    plain: str
    spans: tuple[tuple[int, int], ...]
    matter: str


def compared(question: str) -> Compared:
    """Make one ready."""
    whole = folded_text(question)[:LOOKED_AT]
    plain = whole.encode("utf-8", "replace").decode()  # lone surrogates
    spans = tuple(asking_spans(plain))
    kept = list(plain)
    for begin, end in spans:
        kept[begin:end] = " " * (end - begin)
    return Compared(plain, spans, "".join(kept).replace("的", " "))


def laid_open(passage: str) -> str:
    """A passage as a question is laid beside it."""
    return folded_text(passage).replace(" ", "")


def matches(question: Compared, texts: Sequence[str], rarity: Rarity) -> NDArray[np.float64]:
    """Numbers in the order of `MATCHES`.

    Args:
        question: As `compared` gives it.
        texts: Of passages as `laid_open` gives them, best first; the first is compared, the others
            only tell what is missing everywhere.
        rarity: Of the language.
    """
    words = _of_words(_words(question, texts, rarity))
    return np.array([*words, *_of_runs(question.matter, texts[0], rarity)])


def share_of_words(question: Compared, text: str, rarity: Rarity) -> float:
    """Share of the question's words that stands in a text, by rarity."""
    words = _words(question, [text], rarity)
    return _sum([each for each in words if each.stands[0]]) / (_sum(words) + 1e-9)


def _words(question: Compared, texts: Sequence[str], rarity: Rarity) -> list[_Word]:
    found: list[_Word] = []
    begin = 0
    for word in rjieba.cut(question.plain):
        end = begin + len(word)
        asks = any(first < end and begin < last for first, last in question.spans)
        if not asks and any(each.isalnum() for each in word):
            stands = tuple(word in each for each in texts)
            found.append(_Word(word, begin / len(question.plain), rarity.of(word), stands))
        begin = end
    return found


def _of_words(words: Sequence[_Word]) -> list[float]:
    standing = [each for each in words if each.stands[0]]
    missing = [each for each in words if not each.stands[0]]
    lost = [*sorted((each.weight for each in missing), reverse=True), 0.0, 0.0]
    return [
        _sum(standing) / (_sum(words) + 1e-9),
        sum(lost),
        lost[0],
        _sum([each for each in missing if each.place < EARLY]),
        _sum([each for each in words[:1] if not each.stands[0]]),
        _sum([each for each in missing if not any(each.stands)]),
        float(bool(words) and words[0].stands[0]),
        _sum([each for each in standing if each.place < EARLY]),
        max((each.weight for each in standing), default=0.0),
        lost[1],
        float(sum(bool(_NUMBER.search(each.text)) for each in missing)),
        _above(standing) / (_above(words) + 1e-9),
    ]


def _sum(words: Sequence[_Word]) -> float:
    return sum(each.weight for each in words)


def _above(words: Sequence[_Word]) -> float:
    return sum(max(each.weight - RARE, 0.0) for each in words)


def _of_runs(text: str, passage: str, rarity: Rarity) -> list[float]:
    weighed: list[tuple[float, str]] = []
    covered = np.zeros(len(text), np.int64)
    reached = 0
    for begin in range(len(text)):
        run = run_of(text, begin, passage)
        if len(run) < 2:
            continue
        covered[begin : begin + len(run)] = np.maximum(covered[begin : begin + len(run)], len(run))
        if begin >= reached:
            reached = begin + len(run)
            weighed.append((weight_of(run, rarity), run))
    weighed.sort(reverse=True)
    pairs = [(rarity.of(pair), pair) for pair in map("".join, pairwise(text)) if " " not in pair]
    whole = sum(each for each, _ in pairs) + 1e-9
    (first, run), (second, _) = [*weighed, (0.0, ""), (0.0, "")][:2]
    counts: Any = covered[[at for at, each in enumerate(text) if each.isalnum()]]
    if not len(counts):
        counts = np.zeros(1)
    return [
        first,
        second,
        float((counts >= LONG_RUN).mean()),
        float((counts == 0).mean()),
        float(counts[:BEGIN].mean()),
        float(bool(run) and _begins(run, passage)),
        float(np.log1p(passage.count(run))) if run else 0.0,
        sum(each for each, _ in weighed) / whole,
        sum(each for each, pair in pairs if pair in passage) / whole,
    ]


def run_of(text: str, begin: int, passage: str) -> str:
    """The longest piece from here on without a blank that stands in the passage, maybe empty."""
    end = begin
    while end < len(text) and text[end] != " " and text[begin : end + 1] in passage:
        end += 1
    return text[begin:end]


def weight_of(run: str, rarity: Rarity) -> float:
    """Of a piece by its pairs of characters."""
    return sum(rarity.of(run[at : at + 2]) for at in range(len(run) - 1))


def _begins(run: str, passage: str) -> bool:
    """Whether a sentence begins with it, or with up to two characters and it."""
    at = passage.find(run)
    while at >= 0:
        if at <= 2 or any(each in "。！？!?；;" for each in passage[at - 3 : at]):
            return True
        at = passage.find(run, at + 1)
    return False
