# ruff: noqa: E501  # patterns and grammar read better whole
"""Flash cards and gap exercises from sentences of a course that define something."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251  the kind that is handed in

from livelore.intelligence.assist.answer import Citation, cited, language_of
from livelore.intelligence.assist.course import CourseIndex
from livelore.intelligence.assist.label import Label, label
from livelore.intelligence.assist.retrieve import Hit
from livelore.intelligence.assist.support import supported

_CHINESE = re.compile(
    r"^(?P<term>[\u3400-\u9fffA-Za-z0-9·\-]{2,16}?)(?P<link>是指|指的是|是一[种个类门项]|是|称为|叫做)"
    r"(?P<rest>[^？?]{6,160})[。.；;]?$"
)
_ENGLISH = re.compile(
    r"^(?:(?:An?|The)\s+)?(?P<term>[A-Za-z][A-Za-z0-9\- ]{2,40}?)\s+(?P<link>is|are|means|refers to)\s+"
    r"(?P<rest>(?:an?|the|when|any|one|[a-z]+ing|[a-z]+ (?:that|which))\b[^?]{8,200})[.;]?$"
)
_NO_TERM = re.compile(
    r"^(?:这|那|它|他|她|此|该|其|我|你|但|而|也|因(?:此|为|而)|所(?:以|谓|有|说|用)|如(?:果|此|何|今)"
    r"|就(?!业|近)|还(?!原|款)|都(?!市|城)|不(?:是|会|能|要|过|仅|但|同|只)|可(?:以|是|能|见)|于是"
    r"|[上下前后]面|[上下]一?[节课章次]|后者|前者|本[节章课文书题例次]|有(?:的|些|人|时|一|两))"
    r"|^(?:this|that|it|he|she|they|there|here|what|which|who|we|you|i|these|those|one|so|and|but)\b",
    re.IGNORECASE,
)
CHOICES = 4
GAP = "____"


@dataclass(frozen=True)
class Card:
    """Asks for a definition; the back is the course's sentence.

    Attributes:
        term: What is defined.
        front, back: Question, and the sentence word for word.
        citation: Where the sentence is.
        label: That a program made this.
    """

    term: str
    front: str
    back: str
    citation: Citation
    label: Label


@dataclass(frozen=True)
class Choice:
    """A sentence with a gap, and terms of which one is right.

    Attributes:
        question: The sentence, its term replaced by `GAP`.
        options: Different terms of the same course.
        key: Which of them, from 0.
        citation: Where the sentence is.
        label: That a program made this.
    """

    question: str
    options: tuple[str, ...]
    key: int
    citation: Citation
    label: Label


def cards(index: CourseIndex) -> list[Card]:
    """One for each term that a sentence of the course defines, in the order of the course."""
    found: dict[str, Card] = {}
    for term, hit in definitions(index):
        language = language_of(hit.text)
        front = f"怎样解释“{term}”？" if language == "zh" else f"What is meant by “{term}”?"
        (citation,) = cited((hit,))
        found.setdefault(
            term.lower(), Card(term, front, hit.text, citation, label(hit.text, language))
        )
    return list(found.values())


def choices(index: CourseIndex, n: int, rng: Random) -> list[Choice]:
    """Gap exercises, at most ``n``; none where the course defines fewer than two terms.

    The key is checked: the sentence holds its term once, and with any other option in the gap it is
    no sentence of the course.
    """
    known = cards(index)
    by_language = {
        each: [card for card in known if language_of(card.back) == each] for each in ("zh", "en")
    }
    corpus = set(index.shelf.sentence_texts())
    made: list[Choice] = []
    for card in rng.sample(known, len(known)):
        language = language_of(card.back)
        others = _others(card, by_language[language], corpus)
        if card.back.count(card.term) != 1 or not others or len(made) == n:
            continue
        options = [card.term, *rng.sample(others, min(CHOICES - 1, len(others)))]
        rng.shuffle(options)
        question = card.back.replace(card.term, GAP)
        made_of = label(question, language)
        made.append(
            Choice(question, tuple(options), options.index(card.term), card.citation, made_of)
        )
    return made


def _others(card: Card, known: list[Card], corpus: set[str]) -> list[str]:
    return [
        each.term
        for each in known
        if each.term.lower() not in card.back.lower()
        and card.back.replace(card.term, each.term) not in corpus
    ]


def definitions(index: CourseIndex) -> Iterator[tuple[str, Hit]]:
    """Terms and the sentences that define them."""
    for row in range(len(index.shelf)):
        passage = index.shelf.passage(row)
        for at in range(len(passage.sentences)):
            text = passage.sentence(at)
            match = _CHINESE.match(text) or _ENGLISH.match(text)
            if match is None or _NO_TERM.search(match["term"]) or not supported(text, passage.text):
                continue
            yield match["term"].strip(), Hit(passage, row, at, 0.0)
