"""What of a Chinese question stands in a passage, and what of it is missing there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
    "run",
    "second_run",
    "in_long_runs",
    "in_no_run",
    "begin_in_runs",
    "run_begins_sentence",
    "run_times",
)
"""Weights are rarities in the language; early: in the first third of the question; a run is the
longest piece of the question that stands there as it is."""
LOOKED_AT = 120
"""Characters of a question that are compared."""
LONG_RUN = 3
BEGIN = 6
_EARLY = 0.34
_NUMBER = re.compile(r"[0-9a-z]|^[一二三四五六七八九十百千万]+$")


@dataclass(frozen=True)
class _Word:
    text: str
    place: float
    weight: float
    stands: tuple[bool, ...]


def matches(question: str, passages: Sequence[str], rarity: Rarity) -> NDArray[np.float64]:
    """Numbers in the order of `MATCHES`.

    Args:
        question: As it was asked.
        passages: Texts, best first; the first is compared, the others only tell what is missing
            everywhere.
        rarity: Of the language.
    """
    whole = folded_text(question)[:LOOKED_AT]
    plain = whole.encode("utf-8", "replace").decode()  # lone surrogates
    texts = [folded_text(each).replace(" ", "") for each in passages]
    spans = asking_spans(plain)
    words = _of_words(_words(plain, spans, texts, rarity))
    return np.array([*words, *_of_runs(_without(plain, spans), texts[0], rarity)])


def _words(
    plain: str, spans: Sequence[tuple[int, int]], texts: Sequence[str], rarity: Rarity
) -> list[_Word]:
    found: list[_Word] = []
    begin = 0
    for word in rjieba.cut(plain):
        end = begin + len(word)
        asks = any(first < end and begin < last for first, last in spans)
        if not asks and any(each.isalnum() for each in word):
            stands = tuple(word in each for each in texts)
            found.append(_Word(word, begin / len(plain), rarity.of(word), stands))
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
        _sum([each for each in missing if each.place < _EARLY]),
        _sum([each for each in words[:1] if not each.stands[0]]),
        _sum([each for each in missing if not any(each.stands)]),
        float(bool(words) and words[0].stands[0]),
        _sum([each for each in standing if each.place < _EARLY]),
        max((each.weight for each in standing), default=0.0),
        lost[1],
        float(sum(bool(_NUMBER.search(each.text)) for each in missing)),
    ]


def _sum(words: Sequence[_Word]) -> float:
    return sum(each.weight for each in words)


def _without(plain: str, spans: Sequence[tuple[int, int]]) -> str:
    kept = list(plain)
    for begin, end in spans:
        kept[begin:end] = " " * (end - begin)
    return "".join(kept).replace("的", " ")


def _of_runs(text: str, passage: str, rarity: Rarity) -> list[float]:
    weighed: list[tuple[float, str]] = []
    covered = np.zeros(len(text), np.int64)
    reached = 0
    for begin in range(len(text)):
        run = _run(text, begin, passage)
        if len(run) < 2:
            continue
        covered[begin : begin + len(run)] = np.maximum(covered[begin : begin + len(run)], len(run))
        if begin >= reached:
            reached = begin + len(run)
            weighed.append((_weight(run, rarity), run))
    weighed.sort(reverse=True)
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
    ]


def _run(text: str, begin: int, passage: str) -> str:
    """The longest piece from here on without a blank that stands in the passage."""
    end = begin
    while end < len(text) and text[end] != " " and text[begin : end + 1] in passage:
        end += 1
    return text[begin:end]


def _weight(run: str, rarity: Rarity) -> float:
    return sum(rarity.of(run[at : at + 2]) for at in range(len(run) - 1))


def _begins(run: str, passage: str) -> bool:
    """Whether a sentence begins with it, or with up to two characters and it."""
    at = passage.find(run)
    while at >= 0:
        if at <= 2 or any(each in "。！？!?；;" for each in passage[at - 3 : at]):
            return True
        at = passage.find(run, at + 1)
    return False
