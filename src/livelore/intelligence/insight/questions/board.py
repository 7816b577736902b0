"""The open questions of one room: like ones merged, ranked, marked when they are answered."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.detector import QuestionDetector
from livelore.intelligence.insight.questions.pair_scorer import PairScorer
from livelore.intelligence.insight.questions.phrased import Phrased
from livelore.kit.times import clock

NO_QUESTION = -1
OPEN_MAX = 256
"""Questions that a room keeps; the least worth gives way to a new one."""
ASKERS_MAX = 200
"""Writers whose code is kept for one question: beyond, each asking counts as another's."""
HEAP_MAX = 8 * OPEN_MAX
"""Notes of what questions are worth; those that no longer hold are then thrown away."""
COMPARED_MAX = 6
"""Kept questions, those with most in common, that a new one is compared with."""
HALF_LIFE_S = 300.0
"""After which an open question is worth half."""
PAID = 1000.0
ANSWERED = 0.1
"""What is left of the worth of an answered question."""


class Place(NamedTuple):
    """Where the course deals with a text: a place, and how well it fits, from 0 to 1.

    ``at_s`` is the time in this live session or in the recording; None where it has none.
    """

    name: str
    score: float
    at_s: float | None = None


Matcher = Callable[[str], Place | None]
"""Finds a text in the course's material; None: nowhere."""


@dataclass
class OpenQuestion:
    """One question with all who asked it.

    Attributes:
        number: Within the room, from 0, in order of first asking.
        text: As first asked.
        first_at, last_at: Seconds, as of the messages.
        n_asked: Messages.
        askers: Codes of writers.
        n_unknown: Askings by writers who are not known, or not kept.
        n_votes: Of viewers who did not write.
        paid_minor: Money paid to have it answered, all together.
        answered_at: Seconds; None: open.
        place: Where the course deals with it.
    """

    number: int
    text: str
    phrased: Phrased
    first_at: float
    last_at: float
    n_asked: int = 1
    askers: set[int] = field(default_factory=set)
    n_unknown: int = 0
    n_votes: int = 0
    paid_minor: int = 0
    answered_at: float | None = None
    place: Place | None = None

    @property
    def n_askers(self) -> int:
        """People who asked, as far as known."""
        return len(self.askers) + self.n_unknown

    def worth(self, now: float) -> float:
        """For the order: paid first, then by people and votes, the older the less."""
        people = math.log1p(self.n_askers) + 0.5 * math.log1p(self.n_votes)
        worth = people * 0.5 ** (max(now - self.last_at, 0) / HALF_LIFE_S)
        if self.paid_minor:
            worth += PAID + math.log1p(self.paid_minor)
        return worth * (ANSWERED if self.answered_at is not None else 1.0)

    @property
    def lasting(self) -> float:
        """Orders questions without money as `worth` does, whenever that is asked."""
        people = math.log1p(self.n_askers) + 0.5 * math.log1p(self.n_votes)
        people *= ANSWERED if self.answered_at is not None else 1.0
        return math.log2(people) + self.last_at / HALF_LIFE_S

    @property
    def answer_place(self) -> str | None:
        """Where the answer is: "already answered at 12:34", or the place in the material."""
        if self.answered_at is not None:
            return f"already answered at {clock(self.answered_at)}"
        if self.place is None:
            return None
        if self.place.at_s is None:
            return self.place.name
        return f"already answered at {clock(self.place.at_s)}"


@dataclass
class QuestionBoard:
    """Takes messages in order of time, many or one at a time, with the same result.

    Args:
        detector: Tells what is a question.
        scorer: Tells which are the same.
        same_from: Score from which two are.
        matcher: Finds a question in the course; asked once for each new question.
    """

    detector: QuestionDetector = field(default_factory=QuestionDetector)
    scorer: PairScorer = field(default_factory=PairScorer.by_hand)
    same_from: float = 0.5
    matcher: Matcher | None = None

    def __post_init__(self) -> None:
        self.questions: dict[int, OpenQuestion] = {}
        self._by_text: dict[str, int] = {}
        self._by_part: dict[str, set[int]] = {}
        self._unpaid: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []
        self._n_made = 0
        self._now = -math.inf

    def add(self, messages: Messages, paid_minor: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Which question each message asks, `NO_QUESTION` where none; shape (n_messages,).

        Args:
            messages: With times; not before those of the last call.
            paid_minor: Of each, 0: a free message; a paid message that asks nothing stays none.

        Raises:
            MessagesInvalid: There are no times, they go back, or one amount a message is missing.
        """
        found = np.full(len(messages), NO_QUESTION, np.int64)
        if not len(messages):
            return found
        at = messages.at
        if at is None or at[0] < self._now:
            raise MessagesInvalid(column="at", detail="times that go forward are needed")
        if paid_minor is not None and len(paid_minor) != len(messages):
            raise MessagesInvalid(column="paid_minor", detail=f"{len(paid_minor)} amounts")
        for row in np.flatnonzero(self.detector.are_questions(messages)).tolist():
            user = -1 if messages.users is None else int(messages.users[row])
            paid = 0 if paid_minor is None else paid_minor[row]
            phrased = Phrased.of_folded(messages.folded.text(row))
            found[row] = self._asked(messages.texts[row], phrased, float(at[row]), user, paid)
        self._now = float(at[-1])
        return found

    def _asked(self, text: str, phrased: Phrased, at: float, user: int, paid: int) -> int:
        number = self._by_text.get(phrased.text)
        if number is None:
            number = self._alike(phrased)
        if number is None:
            return self._new(text, phrased, at, user, paid)
        question = self.questions[number]
        question.n_asked += 1
        question.last_at = at
        question.paid_minor += paid
        _note_asker(question, user)
        self._weigh(question)
        return number

    def _alike(self, phrased: Phrased) -> int | None:
        """The kept question that surely asks the same."""
        held = (self._by_part.get(part, ()) for part in phrased.parts)
        shared = Counter(chain.from_iterable(held))
        best, best_score = None, self.same_from
        # of equals the older comes first, so that nothing hangs on the order of sets
        for _, number in sorted([(-n, number) for number, n in shared.items()])[:COMPARED_MAX]:
            score = self.scorer.score(self.questions[number].phrased, phrased)
            if score >= best_score:
                best, best_score = number, score
        return best

    def _new(self, text: str, phrased: Phrased, at: float, user: int, paid: int) -> int:
        if len(self.questions) >= OPEN_MAX:
            self._drop(self._least(at))
        number = self._n_made
        self._n_made += 1
        question = OpenQuestion(number, text, phrased, at, at, paid_minor=paid)
        question.place = self.matcher(text) if self.matcher else None
        _note_asker(question, user)
        self.questions[number] = question
        self._weigh(question)
        self._by_text[phrased.text] = number
        for part in phrased.parts:
            self._by_part.setdefault(part, set()).add(number)
        return number

    def _weigh(self, question: OpenQuestion) -> None:
        """Keep what tells which question gives way: to ask all for their worth takes long."""
        if question.paid_minor:
            self._unpaid.pop(question.number, None)
            return
        self._unpaid[question.number] = question.lasting
        heappush(self._heap, (question.lasting, question.number))
        if len(self._heap) > HEAP_MAX:
            self._heap = [(lasting, number) for number, lasting in self._unpaid.items()]
            heapify(self._heap)

    def _least(self, now: float) -> OpenQuestion:
        """The question least worth; one that somebody paid for only if all are."""
        while self._heap:
            lasting, number = self._heap[0]
            if self._unpaid.get(number) == lasting:
                return self.questions[number]
            heappop(self._heap)  # it was asked again since, or is gone
        return min(self.questions.values(), key=lambda each: each.worth(now))

    def _drop(self, question: OpenQuestion) -> None:
        del self.questions[question.number]
        self._unpaid.pop(question.number, None)
        del self._by_text[question.phrased.text]
        for part in question.phrased.parts:
            self._by_part[part].discard(question.number)
            if not self._by_part[part]:
                del self._by_part[part]

    def vote(self, number: int, n_votes: int = 1) -> None:
        """Viewers want this one answered; one that is gone is left alone."""
        if number in self.questions:
            self.questions[number].n_votes += n_votes
            self._weigh(self.questions[number])

    def answered(self, number: int, at: float) -> None:
        """The host has answered it; one that is gone is left alone."""
        if number in self.questions:
            self.questions[number].answered_at = at
            self._weigh(self.questions[number])

    def ranked(self, now: float, k: int = 20) -> list[OpenQuestion]:
        """The first ``k``: paid, then by who wants to know and how lately, answered ones last."""
        key = {number: each.worth(now) for number, each in self.questions.items()}
        order = sorted(
            self.questions.values(),
            key=lambda each: (each.answered_at is not None, -key[each.number], each.number),
        )
        return order[:k]


def _note_asker(question: OpenQuestion, user: int) -> None:
    if user in question.askers:
        return
    if user < 0 or len(question.askers) >= ASKERS_MAX:
        question.n_unknown += 1
    else:
        question.askers.add(user)
