"""Names of segments, made of facts that can be looked up: 数学爱好者 · 夜间 · 高打赏."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelore.intelligence.portraits.clusterers.lloyd import Labels, Matrix
from livelore.intelligence.portraits.means import means_by
from livelore.intelligence.portraits.words import (
    BLOCKS,
    EVERYBODY,
    TYPICAL,
    Block,
    Pair,
    feature_words,
)

EFFECT_MIN = 0.5
"""Spreads between a segment and everybody from which a feature is worth a word: half a standard
deviation, "medium" by Cohen 1988."""
PARTS_MAX = 3
_SEPARATOR = " · "


@dataclass(frozen=True)
class Fact:
    """One feature in which a segment differs from everybody.

    Attributes:
        feature: Name of the column.
        block: What part of a portrait it is.
        words: Chinese and English.
        value: Mean of the segment, in the column's own unit.
        everybody: Mean of all users.
        effect: Difference of the scaled means, in spreads; below 0: the segment has less.
    """

    feature: str
    block: Block
    words: Pair
    value: float
    everybody: float
    effect: float

    def __str__(self) -> str:
        """One line in English, for reports."""
        return (
            f"{self.words[1]}: {self.feature} {self.value:.4g}, all users {self.everybody:.4g}"
            f" ({self.effect:+.1f} spreads)"
        )


@dataclass(frozen=True)
class Name:
    """What a segment is called, and why.

    Attributes:
        zh: Chinese.
        en: English.
        facts: Behind the words, in their order; empty: nothing sets the segment apart.
    """

    zh: str
    en: str
    facts: tuple[Fact, ...] = ()


def names_of(
    columns: Sequence[str], values: Matrix, scaled: Matrix, kept: Sequence[int], labels: Labels
) -> list[Name]:
    """A name for each segment, no two alike.

    A fact is a feature whose scaled mean is at least `EFFECT_MIN` spreads from everybody's.
    The strongest of each block speaks, at most `PARTS_MAX` in all, in the order of the blocks.
    What the segment has more of comes before what it lacks. Segments that would be called the same
    get their next facts, and a number when these are used up.

    Args:
        columns: Names of all columns of ``values``.
        values: In their own units, shape (n_users, n_columns); NaN is left out.
        scaled: Shape (n_users, n_kept).
        kept: Which column each of ``scaled`` is.
        labels: Segment of each user from 0, shape (n_users,); -1 is no segment.
    """
    n_segments = int(labels.max(initial=-1)) + 1
    if n_segments == 1 and (labels == 0).all():
        return [Name(*EVERYBODY)]
    own, everybody = means_by(np.ascontiguousarray(values), labels, n_segments)
    scaled_own, scaled_all = means_by(np.ascontiguousarray(scaled), labels, n_segments)
    found = []
    for segment in range(n_segments):
        facts = []
        for place, column in enumerate(kept):
            effect = float(scaled_own[segment, place] - scaled_all[place])
            words = feature_words(columns[column])
            chosen = words.high if effect > 0 else words.low
            if chosen is not None and abs(effect) >= EFFECT_MIN:
                told = float(own[segment, column]), float(everybody[column])
                facts.append(Fact(columns[column], words.block, chosen, *told, effect))
        found.append(_in_order_of_weight(facts))
    return _distinct([_picked(facts, PARTS_MAX) for facts in found], found)


def _in_order_of_weight(facts: list[Fact]) -> list[Fact]:
    """The strongest of each block first, what there is more of before what is lacking."""
    by_weight = sorted(facts, key=lambda fact: (fact.effect < 0, -abs(fact.effect)))
    firsts: list[Fact] = []
    rest: list[Fact] = []
    seen: set[Block] = set()
    for fact in by_weight:
        (rest if fact.block in seen else firsts).append(fact)
        seen.add(fact.block)
    return firsts + rest


def _picked(facts: list[Fact], n_parts: int) -> Name:
    n_blocks = len({fact.block for fact in facts})
    taken = facts[: min(n_parts, n_blocks) if n_parts <= PARTS_MAX else n_parts]
    if not taken:
        return Name(*TYPICAL)
    taken = sorted(taken, key=lambda fact: BLOCKS.index(fact.block))
    english = _SEPARATOR.join(fact.words[1] for fact in taken)
    chinese = _SEPARATOR.join(fact.words[0] for fact in taken)
    return Name(chinese, english[:1].upper() + english[1:], tuple(taken))


def _distinct(names: list[Name], facts: list[list[Fact]]) -> list[Name]:
    for n_parts in range(PARTS_MAX + 1, PARTS_MAX + 4):
        again = _repeated(names)
        names = [
            _picked(facts[place], n_parts) if place in again else name
            for place, name in enumerate(names)
        ]
    again = _repeated(names)
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if place in again:
            seen[name.en] = seen.get(name.en, 0) + 1
            number = seen[name.en]
            names[place] = Name(f"{name.zh} {number}", f"{name.en} {number}", name.facts)
    return names


def _repeated(names: list[Name]) -> set[int]:
    texts = [name.en for name in names]
    return {place for place, text in enumerate(texts) if texts.count(text) > 1}
