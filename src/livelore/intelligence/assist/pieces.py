"""A Chinese question cut along a passage: pieces that stand there as they are, and what rests.

A name that no dictionary has is cut anywhere, often with the word behind it ("尚恩|有" becomes
"尚恩有"), and then seems missing. Here the passage tells where a name ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import rjieba

from livelore.intelligence.assist.matching import EARLY, Compared, run_of, weight_of
from livelore.intelligence.assist.rarity import Rarity

PIECES = ("rests", "rests_early", "rarest_rest", "rest_first", "piece_first")
"""Rarity of what rests in all, in the first third, of the rarest one; of the question's beginning,
as a rest and as a piece that stands."""


@dataclass(frozen=True)
class Piece:
    """A part of a question, where it begins, and whether it stands in the passage."""

    text: str
    begin: int
    stands: bool


def pieces(question: Compared, passage: str) -> list[Piece]:
    """In order: runs of two characters or more, the longest first; the rest in words.

    Args:
        question: As `matching.compared` gives it.
        passage: As `matching.laid_open` gives it.
    """
    matter = question.matter
    taken = np.zeros(len(matter), np.bool_)
    found = [Piece(matter[a:b], a, stands=True) for a, b in _standing(matter, passage, taken)]
    begin = 0
    while begin < len(matter):
        end = begin
        while end < len(matter) and not taken[end] and matter[end] != " ":
            end += 1
        for word in rjieba.cut(matter[begin:end]):
            if any(each.isalnum() for each in word):
                found.append(Piece(word, begin, stands=word in passage))
            begin += len(word)
        begin += end < len(matter)
    return sorted(found, key=lambda each: each.begin)


def _standing(matter: str, passage: str, taken: np.ndarray) -> list[tuple[int, int]]:
    runs = [(begin, begin + len(run_of(matter, begin, passage))) for begin in range(len(matter))]
    spans: list[tuple[int, int]] = []
    for begin, end in sorted(runs, key=lambda run: (run[0] - run[1], run[0])):
        free = end
        while free > begin and taken[free - 1]:
            free -= 1
        if free - begin > 1 and not taken[begin:free].any():
            taken[begin:free] = True
            spans.append((begin, free))
    return spans


def of_pieces(question: Compared, cut: Sequence[Piece], rarity: Rarity) -> list[float]:
    """Numbers in the order of `PIECES`."""
    rests = [(rarity.of(each.text), each) for each in cut if not each.stands]
    early = EARLY * max(len(question.plain), 1)
    return [
        sum(worth for worth, _ in rests),
        sum(worth for worth, each in rests if each.begin < early),
        max((worth for worth, _ in rests), default=0.0),
        *(
            _worth(cut[0].text, rarity) if cut and cut[0].stands is stands else 0.0
            for stands in (False, True)
        ),
    ]


def rarest_rest(cut: Sequence[Piece], lacks: Callable[[str], bool], rarity: Rarity) -> float:
    """Of those that also something else lacks; 0 for none."""
    worths = (rarity.of(each.text) for each in cut if not each.stands and lacks(each.text))
    return max(worths, default=0.0)


def _worth(text: str, rarity: Rarity) -> float:
    """As a word where it may be one, else the mean of its pairs of characters."""
    if len(text) <= 2:
        return rarity.of(text)
    mean = weight_of(text, rarity) / (len(text) - 1)
    return max(rarity.of(text), mean) if len(text) < 5 else mean
