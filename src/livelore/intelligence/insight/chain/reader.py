"""One room read by all parts, message by message or many at a time."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.chain.findings import Named, Question, RoomFindings, Topic
from livelore.intelligence.insight.chain.mood import WINDOW_MIN, MoodCurve
from livelore.intelligence.insight.chain.parts import NamedThing, Parts
from livelore.intelligence.insight.highlights import BIN_S, BINS_MAX, Highlight, HighlightCurve
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation.verdicts import Verdict
from livelore.intelligence.insight.questions.board import QuestionBoard
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.insight.topics.stream import NO_TOPIC, TopicStream

LONGEST_S = BIN_S * BINS_MAX
"""Of a live session with highlights."""
STANDS_OUT = 5.0
"""Energy of a highlight: of some thousand bins without one, chance alone lifts the highest to 4."""
SHOWN = 30
"""Topics, questions and names that are told."""
NAMES_MAX = 20_000
"""Names that are counted; beyond, the rarer half is forgotten."""


@dataclass(frozen=True)
class ReadMessages:
    """What the parts say of messages, in their order.

    Attributes:
        feelings: Scores, labels and how sure they are.
        names: What each names.
        topics: Number of the topic, `NO_TOPIC` where none, shape (n_messages,).
        labels: Of the topics; None where none.
        questions: Number of the question, `NO_QUESTION` where none, shape (n_messages,).
        verdicts: Of the moderator; numbers of messages count from the first of the room.
    """

    feelings: Sentiments
    names: Sequence[Sequence[NamedThing]]
    topics: NDArray[np.int64]
    labels: Sequence[str | None]
    questions: NDArray[np.int64]
    verdicts: Sequence[Verdict]


class RoomReader:
    """Reads one room.

    Args:
        parts: What reads.
        is_live: Messages follow each other as in a live session. Where they are far apart, topics
            are read in order alone, as fading by time would let none be born, and nothing is a
            highlight.
    """

    def __init__(self, parts: Parts, *, is_live: bool = True) -> None:
        self._parts, self._is_live = parts, is_live
        self.topics, self.board = TopicStream(), QuestionBoard(scorer=parts.scorer)
        self._moderator = None if parts.moderator is None else parts.moderator()
        self._curve: HighlightCurve | None = HighlightCurve() if is_live else None
        self._mood = MoodCurve()
        self._topic_sums = np.zeros((64, 2))
        self._names: Counter[tuple[str, str]] = Counter()
        self._minded: Counter[str] = Counter()
        self._n_seen = 0

    def add(self, messages: Messages) -> ReadMessages:
        """Read some messages.

        Args:
            messages: With times not before those of the last call, or all without times.

        Raises:
            MessagesInvalid: Times go back.
        """
        timed = messages
        if messages.at is None:  # a board needs a clock: a message a second
            places = self._n_seen + np.arange(len(messages), dtype=np.float64)
            timed = replace(messages, at=places)
        asked = self.board.add(timed)
        about = self.topics.add(messages if self._is_live else replace(messages, at=None))
        read = ReadMessages(
            self._parts.sentiment.read(messages.texts),
            self._parts.entities.find(messages.texts),
            about,
            self.topics.labels(about),
            asked,
            () if self._moderator is None else self._moderator.look(messages),
        )
        self._count(timed, read)
        self._highlight(messages)
        self._n_seen += len(messages)
        return read

    def _count(self, timed: Messages, read: ReadMessages) -> None:
        scores = read.feelings.scores
        if timed.at is not None:
            self._mood.add(scores, timed.at, timed.users)
        known = read.topics[read.topics != NO_TOPIC]
        if len(known):
            while known.max() >= len(self._topic_sums):
                self._topic_sums = np.concatenate([self._topic_sums, 0 * self._topic_sums])
            np.add.at(self._topic_sums[:, 0], known, 1)
            np.add.at(self._topic_sums[:, 1], known, scores[read.topics != NO_TOPIC])
        for names in read.names:
            for each in names:
                self._names[each.text, each.kind] += 1
                if len(self._names) > NAMES_MAX:
                    self._names = Counter(dict(self._names.most_common(NAMES_MAX // 2)))
        for _, kind in {(each.message, each.kind) for each in read.verdicts}:
            self._minded[kind] += 1

    def _highlight(self, messages: Messages) -> None:
        curve, at = self._curve, messages.at
        if curve is None or not len(messages):
            return
        if at is None or at[-1] - (at[0] if math.isnan(curve.began) else curve.began) >= LONGEST_S:
            self._curve = None
        else:
            curve.add(messages)

    def findings(self, shown: int = SHOWN) -> RoomFindings:
        """What the room is about so far.

        Args:
            shown: Topics, questions and names at most.
        """
        return RoomFindings(
            self._n_seen,
            self._mood.windows(),
            self._topics(shown),
            self._questions(shown),
            tuple(Named(*each, n) for each, n in self._names.most_common(shown)),
            self._highlights(),
            dict(self._minded),
        )

    def _topics(self, shown: int) -> tuple[Topic, ...]:
        order = sorted(self.topics.topics, key=lambda number: (-self._sum(number)[0], number))
        found: list[Topic] = []
        for number in order[:shown]:
            n, total = self._sum(number)
            topic, mood = self.topics.topics[number], total / n if n >= WINDOW_MIN else None
            if n:
                found.append(Topic(number, topic.label, int(n), mood, topic.example()))
        return tuple(found)

    def _sum(self, number: int) -> tuple[float, float]:
        """Messages of a topic, and the sum of their scores."""
        sums = self._topic_sums
        n, total = sums[number] if number < len(sums) else (0.0, 0.0)
        return float(n), float(total)

    def _questions(self, shown: int) -> tuple[Question, ...]:
        order = sorted(self.board.questions.values(), key=lambda each: (-each.n_asked, each.number))
        return tuple(
            Question(each.text, each.n_asked, None if each.answered_at is None else True)
            for each in order[:shown]
        )

    def _highlights(self) -> tuple[Highlight, ...]:
        found = [] if self._curve is None else self._curve.highlights()
        told = [each for each in found if each.energy >= STANDS_OUT]
        return tuple(sorted(told, key=lambda each: each.begin))
