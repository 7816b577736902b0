"""An answer that is the course's own words with their sources, or a refusal."""

from dataclasses import dataclass

from livelore.intelligence.assist.errors import QuestionEmpty
from livelore.intelligence.assist.known import probability
from livelore.intelligence.assist.label import Label, label
from livelore.intelligence.assist.retrieve import Hit, Retriever
from livelore.intelligence.assist.terms import terms_of
from livelore.intelligence.text.words import chinese_share

SENTENCES_MAX = 3
NEAR = 1.5
"""A further sentence is given when the trees' vote is within this of the first."""
BORDER = 0.5
REFUSALS = {
    "zh": "课程资料中没有找到这个问题的答案。",
    "en": "The course has no answer to this question.",
}


@dataclass(frozen=True)
class Citation:
    """A source that an answer names.

    Attributes:
        number: From 1, as in the answer.
        source: The file.
        place: "page 3", "12:34", a heading, or None.
        second: Of the recording, to jump to; None where there is none.
        text: The passage, so that a reader sees the sentence among its neighbours.
    """

    number: int
    source: str
    place: str | None
    second: float | None
    text: str


@dataclass(frozen=True)
class Answer:
    """What is said to a question.

    Attributes:
        question: As asked.
        sentences: Of the course, word for word; none: refused.
        citations: One for each sentence, in order; sentences of one place share a number.
        probability: That the course knows, from 0 to 1.
        language: ``zh`` or ``en``: of the question.
        label: That a program made this.
    """

    question: str
    sentences: tuple[Hit, ...]
    citations: tuple[Citation, ...]
    probability: float
    language: str
    label: Label

    @property
    def is_refused(self) -> bool:
        """Whether the course has no answer."""
        return not self.sentences

    @property
    def text(self) -> str:
        """Sentences with their numbers, or the refusal."""
        return _text(self.sentences, self.citations, self.language)


def answer(retriever: Retriever, question: str, border: float = BORDER) -> Answer:
    """Answer from a course.

    Args:
        retriever: Of the course.
        question: In Chinese or English.
        border: Probability from which on an answer is given.

    Raises:
        QuestionEmpty: There is no word in it.
    """
    if not terms_of(question[:2_000]).words:
        raise QuestionEmpty(where="the question has no word")
    language = language_of(question)
    found = retriever.found(question)
    chance = probability(retriever, found, language)
    sentences = _chosen(retriever.hits(found, 8)) if chance >= border else ()
    citations = cited(sentences)
    words = _text(sentences, citations, language)
    origin = "quoted" if sentences else "made"
    made = label(words, language, origin=origin)
    return Answer(question, sentences, citations, chance, language, made)


def language_of(text: str) -> str:
    """``zh`` where a fifth of the letters or more are Chinese, else ``en``."""
    return "zh" if chinese_share(text[:2_000]) >= 0.2 else "en"


def _chosen(hits: list[Hit]) -> tuple[Hit, ...]:
    """The first, and what is nearly as good from its passage or says it elsewhere; in order."""
    chosen: list[Hit] = []
    for hit in hits:
        is_near = not chosen or hit.score >= chosen[0].score - NEAR
        if is_near and all(hit.text != other.text for other in chosen):
            chosen.append(hit)
        if len(chosen) == SENTENCES_MAX:
            break
    rows = list(dict.fromkeys(hit.row for hit in chosen))
    return tuple(sorted(chosen, key=lambda hit: (rows.index(hit.row), hit.sentence)))


def cited(sentences: tuple[Hit, ...]) -> tuple[Citation, ...]:
    """Sources of sentences; one number a source and place."""
    numbers: dict[tuple[str, str | None, int], int] = {}
    found: list[Citation] = []
    for hit in sentences:
        key = (hit.passage.source, hit.place, hit.row)
        number = numbers.setdefault(key, len(numbers) + 1)
        second = hit.passage.sentences[hit.sentence or 0].second
        found.append(Citation(number, hit.passage.source, hit.place, second, hit.passage.text))
    return tuple(found)


def _text(sentences: tuple[Hit, ...], citations: tuple[Citation, ...], language: str) -> str:
    if not sentences:
        return REFUSALS[language]
    parts = [
        f"{hit.text} [{citation.number}]"
        for hit, citation in zip(sentences, citations, strict=True)
    ]
    return " ".join(parts)
