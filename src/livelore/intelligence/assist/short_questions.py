"""Short Chinese questions of two words of a sentence, for a judge that learns from longer ones.

People who had the passage before them wrote long ones; a learner types six characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import rjieba

from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.text.words import sentences

SHAPES = (
    "什么是{0}？",
    "{0}有什么{1}？",
    "{0}的{1}是什么？",
    "{0}会{1}吗？",
    "{0}怎么{1}？",
    "什么叫{0}？",
    "{0}和{1}有什么关系？",
    "{0}什么时候{1}？",
)
EACH = 2
"""Questions a passage."""
CHOSEN_AMONG = 4
"""The second word is one of the rarest of its sentence, so many; the first is the rarest."""


@dataclass(frozen=True)
class Short:
    """A question, the number of its passage, and the words it is made of."""

    question: str
    passage: int
    words: tuple[str, ...]


def short_questions(texts: Sequence[str], rarity: Rarity) -> list[Short]:
    """At most `EACH` of every passage; shapes and sentences take turns."""
    found: list[Short] = []
    for number, text in enumerate(texts):
        choices = [
            words
            for begin, end in sentences(text)
            if len(words := _words(text[begin:end], rarity)) > 1
        ]
        for turn in range(EACH if choices else 0):
            words = choices[(7 * number + 3 * turn) % len(choices)]
            shape = SHAPES[(EACH * number + turn) % len(SHAPES)]
            second = words[1 + number % (min(len(words), CHOSEN_AMONG) - 1)]
            used = (words[0], second) if "{1}" in shape else (words[0],)
            found.append(Short(shape.format(words[0], second), number, used))
    return found


def _words(sentence: str, rarity: Rarity) -> list[str]:
    """Words of two Chinese characters or more, the rarest first."""
    words = {
        word
        for word in rjieba.cut(sentence)
        if len(word) > 1 and all("\u4e00" <= each <= "\u9fff" for each in word)
    }
    return sorted(words, key=lambda word: (-rarity.of(word), word))
