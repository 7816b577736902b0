"""A concept explained from the course, for three kinds of learners; every sentence is cited."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from livelore.intelligence.assist.answer import REFUSALS, Citation, cited, language_of
from livelore.intelligence.assist.asking import QUESTION_MAX
from livelore.intelligence.assist.errors import QuestionEmpty
from livelore.intelligence.assist.known import probability
from livelore.intelligence.assist.label import Label, label
from livelore.intelligence.assist.retrieve import Hit, Retriever
from livelore.intelligence.assist.support import content_words
from livelore.intelligence.assist.terms import terms_of

LEVELS = {"beginner": 3, "intermediate": 5, "advanced": 8}
"""Sentences at most, by level."""
PASSAGES = 8
_DEFINES = re.compile(
    r"^[^，,。]{1,30}(?:是|指|即|称为|叫做)|定义|意思是"
    r"|\b(?:is|are) (?:a|an|the|called|defined|when)\b|\bmeans?\b|\brefers? to\b|\bdefin"
    r"|\b(?:is|are) \w+ (?:that|which|of|on)\b",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"例如|比如|譬如|举例|举个例子|好比|就像|\bfor example\b|\bfor instance\b|\be\.g\.|\bsuch as\b"
    r"|\bimagine\b|\bsuppose\b",
    re.IGNORECASE,
)
_HARD = re.compile(r"[=∑∫√≤≥∂λθ]|\d+\s*[+*/^-]\s*\d+|证明|推导|定理|\bproof\b|\btheorem\b|\bderiv")
ORDER = {
    "beginner": ("definition", "example", "detail"),
    "intermediate": ("definition", "example", "detail", "hard"),
    "advanced": ("definition", "hard", "detail", "example"),
}
"""Which kinds of sentences a level gets, in which order."""


@dataclass(frozen=True)
class Explanation:
    """What the course says on a concept.

    Attributes:
        concept, level: As read.
        sentences: Of the course, word for word; none: the course does not have it.
        kinds: Of each: definition, example, detail or hard.
        citations: One for each sentence.
        label: That a program made this.
    """

    concept: str
    level: str
    sentences: tuple[Hit, ...]
    kinds: tuple[str, ...]
    citations: tuple[Citation, ...]
    label: Label

    @property
    def text(self) -> str:
        """Sentences with their numbers, or the refusal."""
        return _text(self.concept, self.sentences, self.citations)


def explain(retriever: Retriever, concept: str, level: str = "beginner") -> Explanation:
    """Explain from a course.

    Args:
        retriever: Of the course.
        concept: A word or some words, `QUESTION_MAX` characters of them; a question is read as its
            matter.
        level: One of `LEVELS`.

    Raises:
        QuestionEmpty: There is no word in it.
    """
    concept = concept[:QUESTION_MAX]
    if not terms_of(concept).words:
        raise QuestionEmpty(where="the concept has no word")
    found = retriever.found(concept, PASSAGES)
    chance = probability(retriever, found, language_of(concept))
    hits = [] if chance < 0.5 else retriever.hits(found, 60)
    by_kind: dict[str, list[Hit]] = {}
    seen: set[str] = set()
    for hit in _of_it(hits, concept):
        if len(hit.text) > len(concept) + 2 and hit.text not in seen:
            seen.add(hit.text)
            by_kind.setdefault(kind_of(hit.text), []).append(hit)
    pairs = _dealt(by_kind, level)
    sentences = tuple(hit for _, hit in pairs)
    citations = cited(sentences)
    words = _text(concept, sentences, citations)
    kinds = tuple(kind for kind, _ in pairs)
    made = label(words, language_of(concept), origin="quoted" if sentences else "made")
    return Explanation(concept, level, sentences, kinds, citations, made)


def _of_it(hits: Sequence[Hit], concept: str) -> list[Hit]:
    """Sentences with a word of the concept; examples and what is hard also where they belong to it.

    They do when they come right behind such a sentence, or under a heading that is the concept.
    """
    wanted = content_words(concept)
    named = {(hit.row, hit.sentence) for hit in hits if wanted & content_words(hit.text)}
    return [
        hit
        for hit in hits
        if (hit.row, hit.sentence) in named
        or (
            kind_of(hit.text) in ("example", "hard")
            and (
                (hit.row, (hit.sentence or 0) - 1) in named
                or wanted <= content_words(hit.passage.heading)
            )
        )
    ]


def kind_of(sentence: str) -> str:
    """Example, hard, definition or detail; an example with a formula is an example."""
    if _EXAMPLE.search(sentence):
        return "example"
    if _HARD.search(sentence):
        return "hard"
    return "definition" if _DEFINES.search(sentence) else "detail"


def _dealt(by_kind: dict[str, list[Hit]], level: str) -> list[tuple[str, Hit]]:
    """Kinds take turns until the level is full, then stand in the level's order."""
    order = ORDER[level]
    chosen: list[tuple[str, Hit]] = []
    queues = {kind: list(by_kind.get(kind, ())) for kind in order}
    while len(chosen) < LEVELS[level] and any(queues.values()):
        for kind in order:
            if queues[kind] and len(chosen) < LEVELS[level]:
                chosen.append((kind, queues[kind].pop(0)))
    return sorted(chosen, key=lambda pair: order.index(pair[0]))


def _text(concept: str, sentences: tuple[Hit, ...], citations: tuple[Citation, ...]) -> str:
    if not sentences:
        return REFUSALS[language_of(concept)]
    pairs = zip(sentences, citations, strict=True)
    return "\n".join(f"{hit.text} [{citation.number}]" for hit, citation in pairs)
