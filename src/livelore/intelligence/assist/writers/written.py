"""Answers that a model writes and the course carries; else the course's own words."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from livelore.intelligence.assist.answer import BORDER, Answer, Citation, answer, cited
from livelore.intelligence.assist.errors import BudgetSpent, WriterDown
from livelore.intelligence.assist.label import Label, label
from livelore.intelligence.assist.retrieve import Hit, Retriever
from livelore.intelligence.assist.support import supported
from livelore.intelligence.assist.writers.budget import Budget, Kept, tokens_of
from livelore.intelligence.assist.writers.prompt import messages_of
from livelore.intelligence.assist.writers.writer import Message, Writer
from livelore.intelligence.text.words import sentences

PASSAGES = 4
TOKENS_MAX = 400
NOTHING = "NONE"
"""What a model is told to write where the passages have no answer."""
SECONDS = 8.0
_CITES = re.compile(r"\s*\[(\d{1,3})\]")
_NEGATIONS = re.compile(
    r"不|没|無|无|非|未|\b(?:not|no|never|none|without|cannot)\b|n't", re.IGNORECASE
)


@dataclass(frozen=True)
class Written:
    """An answer by a model, or why it is the course's own.

    Attributes:
        answer: As without a model: it decides whether the course knows, and is the way back.
        sentences: What the model wrote and a passage carries; none: use ``answer``.
        citations: One for each of these.
        left_out: Sentences that no cited passage carries.
        because: Why there are none: ``refused``, ``down``, ``budget``, ``unsupported``; or "".
        label: Of the text that is shown.
        detail: What the model or the budget refused with; "" otherwise.
    """

    answer: Answer
    sentences: tuple[str, ...]
    citations: tuple[Citation, ...]
    left_out: tuple[str, ...]
    because: str
    label: Label
    detail: str = ""

    @property
    def text(self) -> str:
        """Sentences with their numbers."""
        if not self.sentences:
            return self.answer.text
        pairs = zip(self.sentences, self.citations, strict=True)
        return " ".join(f"{sentence} [{citation.number}]" for sentence, citation in pairs)


@dataclass
class Assistant:
    """Asks a model within a budget, checks what it wrote.

    Args:
        retriever: Of the course.
        writer: The model.
        budget: Of tokens.
        seconds: That an answer may take.
        kept: Answers that were written before.
    """

    retriever: Retriever
    writer: Writer
    budget: Budget
    seconds: float = SECONDS
    kept: Kept = field(default_factory=Kept)

    def ask(self, question: str, border: float = BORDER) -> Written:
        """Answer a question.

        Raises:
            QuestionEmpty: There is no word in it.
        """
        own = answer(self.retriever, question, border)
        if own.is_refused:  # what the course does not know is not for a model to know
            return _own(own, "refused")
        passages = self.retriever.passages(question, PASSAGES)
        messages = messages_of(question, passages, own.language)
        try:
            text = self._text(messages)
        except WriterDown as error:
            return _own(own, "down", detail=f"{error.fields['model']}: {error.fields['detail']}")
        except BudgetSpent as error:
            return _own(own, "budget", detail=f"{error.fields['asked']} tokens are asked")
        return checked(own, text, passages)

    def _text(self, messages: Sequence[Message]) -> str:
        whole = "\0".join([self.writer.name, *(each.text for each in messages)])
        key = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
        if (known := self.kept.get(key)) is not None:
            return known
        self.budget.spend(sum(tokens_of(each.text) for each in messages) + TOKENS_MAX)
        text = self.writer.write(messages, TOKENS_MAX, self.seconds)
        self.kept.put(key, text)
        return text


def checked(own: Answer, text: str, passages: Sequence[Hit]) -> Written:
    """What of a model's text the passages carry.

    A sentence stays when all its content words and numbers stand in a passage that it cites, and it
    denies nothing that the passage does not deny.
    """
    kept: list[str] = []
    hits: list[Hit] = []
    left_out: list[str] = []
    for sentence, numbers in _split(text):
        carrier = next((passages[n - 1] for n in numbers if _carries(sentence, n, passages)), None)
        if carrier is None:
            left_out.append(sentence)
        else:
            kept.append(sentence)
            hits.append(carrier)
    if not kept:
        return _own(own, "unsupported", tuple(left_out))
    shown = label(" ".join(kept), own.language, origin="written")
    return Written(own, tuple(kept), cited(tuple(hits)), tuple(left_out), "", shown)


def _carries(sentence: str, number: int, passages: Sequence[Hit]) -> bool:
    if not 1 <= number <= len(passages):
        return False
    passage = passages[number - 1].passage.text
    if _NEGATIONS.search(sentence) and not _NEGATIONS.search(passage):
        return False
    return supported(sentence, passage)


def _split(text: str) -> list[tuple[str, list[int]]]:
    """Sentences without their marks, with the numbers that stand in or right behind them."""
    found: list[tuple[str, list[int]]] = []
    # a mark behind the full stop belongs to the sentence before it
    moved = re.sub(r"([。！？!?.…])((?:\s*\[\d{1,3}\])+)", r"\2\1", text)
    for begin, end in sentences(moved):
        part = moved[begin:end]
        plain = _CITES.sub("", part).strip()
        if plain and plain.rstrip(".。") != NOTHING:
            found.append((plain, [int(each) for each in _CITES.findall(part)]))
    return found


def _own(own: Answer, because: str, left_out: tuple[str, ...] = (), detail: str = "") -> Written:
    return Written(own, (), (), left_out, because, own.label, detail)
