"""A chat read by `insight`: feelings, names, topics, questions and highlights put together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from livelore.intelligence.insight.highlights import BIN_S, BINS_MAX, HighlightCurve
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.board import NO_QUESTION, QuestionBoard
from livelore.intelligence.insight.topics.stream import TopicStream
from livelore.intelligence.pipeline.protocols import (
    ChatFindings,
    Highlight,
    MoodWindow,
    Named,
    Question,
    Step,
    Topic,
)

WINDOWS_MAX = 60
WINDOW_MIN = 20
"""Messages in a stretch of the mood curve, and of a topic for its mood to be told."""
SPARSE_S = 10.0
"""Seconds from message to message, in the mean, above which a chat is no live: topics are then read
in order alone, as fading by time would let none be born."""
SHOWN = 30
BATCH = 20_000
SURE = 1.96
"""Standard errors on either side of a mean: 95 % of a normal one."""


class Feelings(Protocol):
    """What a reader of sentiment says of messages: see `insight.sentiment`."""

    @property
    def scores(self) -> NDArray[np.float32]:
        """From -1 to 1."""
        ...

    @property
    def confidences(self) -> NDArray[np.float32]:
        """From 0 to 1."""
        ...

    def names(self) -> list[str]:
        """Labels as words."""
        ...


class FeelingReader(Protocol):
    """A reader of sentiment."""

    def read(self, texts: Sequence[str]) -> Feelings:
        """Of each text."""
        ...


class NamedThing(Protocol):
    """An entity: see `insight.entities`."""

    @property
    def text(self) -> str:
        """What stands there."""
        ...

    @property
    def kind(self) -> str:
        """What it names."""
        ...


class NameFinder(Protocol):
    """A recogniser of entities."""

    def find(self, texts: Sequence[str]) -> Sequence[Sequence[NamedThing]]:
        """What each text names."""
        ...


@dataclass(frozen=True)
class InsightReader:
    """A `ChatReader` of the parts of `insight`.

    Args:
        sentiment: Reads feelings.
        entities: Finds names.
    """

    sentiment: FeelingReader
    entities: NameFinder

    def read(self, messages: Messages, step: Step) -> ChatFindings:
        """See `ChatReader.read`."""
        n_messages = len(messages)
        timed = messages
        if messages.at is None:  # boards need a clock: a message a second
            timed = replace(messages, at=np.arange(n_messages, dtype=np.float64))
        board, topics, parts = QuestionBoard(), TopicStream(), _Parts()
        flowing = timed if _is_live(messages) else replace(messages, at=None)
        for begin in range(0, n_messages, BATCH):
            end = min(begin + BATCH, n_messages)
            feelings = self.sentiment.read(messages.texts[begin:end])
            parts.scores.append(feelings.scores)
            parts.confidences.append(feelings.confidences)
            parts.sentiments.append(pa.array(feelings.names()).dictionary_encode())
            parts.names += self.entities.find(messages.texts[begin:end])
            parts.topics.append(topics.add(flowing.part(begin, end)))
            parts.asked.append(board.add(timed.part(begin, end)))
            step(end, n_messages)
        return _findings(messages, parts, topics, board)


class _Parts:
    """What batches gave, to be joined."""

    def __init__(self) -> None:
        self.scores: list[NDArray[np.float32]] = []
        self.confidences: list[NDArray[np.float32]] = []
        self.sentiments: list[Any] = []  # Any: pyarrow has no types
        self.names: list[Sequence[NamedThing]] = []
        self.topics: list[NDArray[np.int64]] = []
        self.asked: list[NDArray[np.int64]] = []


def _is_live(messages: Messages) -> bool:
    at = messages.at
    return at is not None and float(at[-1] - at[0]) <= SPARSE_S * len(at)


def _findings(
    messages: Messages, parts: _Parts, topics: TopicStream, board: QuestionBoard
) -> ChatFindings:
    scores = np.concatenate(parts.scores).astype(np.float64)
    found, asked = np.concatenate(parts.topics), np.concatenate(parts.asked)
    sentiments = pa.chunked_array(parts.sentiments).cast(pa.string()).combine_chunks()
    is_known = found >= 0
    columns = {
        "sentiment_score": pa.array(np.round(scores, 4)),
        "sentiment": sentiments,
        "sentiment_confidence": pa.array(
            np.round(np.concatenate(parts.confidences).astype(np.float64), 4)
        ),
        "entities": pa.array([entities_text(each) for each in parts.names], pa.string()),
        "topic_id": pa.array(np.where(is_known, found, 0), mask=~is_known),
        "topic_label": pa.array(topics.labels(found), pa.string()),
        "is_question": pa.array(asked != NO_QUESTION),
    }
    return ChatFindings(
        columns,
        mood_windows(scores, messages.at),
        _topics(topics, found, scores),
        _questions(board, asked),
        _names(parts.names),
        *_highlights(messages),
    )


def entities_text(found: Sequence[NamedThing]) -> str:
    """Names of one message as ``kind:text`` joined by ``|``; a bar in a name becomes a space."""
    return "|".join(f"{each.kind}:{each.text.replace('|', ' ')}" for each in found)


def mood_windows(
    scores: NDArray[np.float64], at: NDArray[np.float64] | None
) -> tuple[MoodWindow, ...]:
    """Stretches of as many messages each, at least `WINDOW_MIN`; none of fewer in all."""
    n_windows = min(WINDOWS_MAX, len(scores) // WINDOW_MIN)
    if not n_windows:
        return ()
    found = []
    for rows in np.array_split(np.arange(len(scores)), n_windows):
        part = scores[rows]
        mean, off = float(part.mean()), SURE * float(part.std(ddof=1)) / np.sqrt(len(part))
        ends = rows[[0, -1]] if at is None else at[rows[[0, -1]]]
        low, high = max(-1.0, mean - off), min(1.0, mean + off)
        found.append(MoodWindow(float(ends[0]), float(ends[1]), len(rows), mean, low, high))
    return tuple(found)


def _topics(
    topics: TopicStream, found: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[Topic, ...]:
    known = found >= 0
    counts = np.bincount(found[known])
    sums = np.bincount(found[known], scores[known])
    told = []
    for number in np.argsort(-counts, kind="stable")[:SHOWN].tolist():
        topic, n = topics.topics.get(number), int(counts[number])
        if topic is None or not n:
            continue
        mood = float(sums[number] / n) if n >= WINDOW_MIN else None
        told.append(Topic(number, topic.label, n, mood, topic.texts[0] if topic.texts else ""))
    return tuple(told)


def _questions(board: QuestionBoard, asked: NDArray[np.int64]) -> tuple[Question, ...]:
    counts = np.bincount(asked[asked != NO_QUESTION], minlength=1)
    order = [int(n) for n in np.argsort(-counts, kind="stable") if int(n) in board.questions]
    return tuple(
        Question(board.questions[number].text, int(counts[number])) for number in order[:SHOWN]
    )


def _names(found: Sequence[Sequence[NamedThing]]) -> tuple[Named, ...]:
    counts = Counter((each.text, each.kind) for names in found for each in names)
    return tuple(Named(text, kind, n) for (text, kind), n in counts.most_common(SHOWN))


def _highlights(messages: Messages) -> tuple[tuple[Highlight, ...], tuple[tuple[str, str], ...]]:
    """Moments that stand out, and how each part was found."""
    method = [
        (
            "情绪曲线：每段消息数相同，带子是均值的 95% 区间。",
            "Mood: stretches of as many messages each; the band is the 95 % interval of the mean.",
        ),
        (
            "话题：短时间内频繁出现的词；提问按句式识别，问同一件事的合并。",
            "Topics: terms that come up often within a short time. Questions are found by their "
            "form, and those that ask the same are merged.",
        ),
    ]
    at = messages.at
    if at is None or not len(at) or (at[-1] - at[0]) / BIN_S >= BINS_MAX or not _is_live(messages):
        return (), tuple(method)
    curve = HighlightCurve()
    curve.add(messages)
    told = []
    for each in sorted(curve.highlights(), key=lambda each: each.begin):
        texts = "、".join(each.texts), ", ".join(each.texts)
        words = (f"消息骤增：{texts[0]}", f"many at once: {texts[1]}")
        told.append(Highlight(each.peak_at, words, each.n_messages))
    return tuple(told), tuple(method)
