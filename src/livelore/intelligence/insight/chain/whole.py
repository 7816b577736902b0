"""A chat that is there as a whole: read in batches, as columns."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from livelore.intelligence.insight.chain.findings import RoomFindings
from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.insight.chain.reader import ReadMessages, RoomReader
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.board import NO_QUESTION
from livelore.intelligence.insight.topics.stream import NO_TOPIC

COLUMNS = (
    "sentiment_score",
    "sentiment",
    "sentiment_confidence",
    "entities",
    "topic_id",
    "topic_label",
    "is_question",
)
"""What is added to a table of messages, in this order."""
SPARSE_S = 10.0
"""Seconds from message to message, in the mean, above which a chat is no live session."""
BATCH = 20_000
Step = Callable[[int, int], None]
"""Takes how much is done and how much there is."""


def is_live(messages: Messages) -> bool:
    """Whether messages have times and follow each other as in a live session."""
    at = messages.at
    return at is not None and len(at) > 0 and float(at[-1] - at[0]) <= SPARSE_S * len(at)


def read_whole(messages: Messages, parts: Parts, step: Step) -> tuple[dict[str, Any], RoomFindings]:
    """Arrow arrays of `COLUMNS`, in the order of the messages, and what the room was about.

    Args:
        messages: All of one room.
        parts: What reads.
        step: Is told how far it is.
    """
    reader = RoomReader(parts, is_live=is_live(messages))
    found = []
    for begin in range(0, max(len(messages), 1), BATCH):
        part = messages.part(begin, begin + BATCH)
        found.append(columns_of(reader.add(part)))
        step(begin + len(part), len(messages))
    columns = {
        name: pa.chunked_array([each[name] for each in found]).combine_chunks() for name in COLUMNS
    }
    return columns, reader.findings()


def columns_of(read: ReadMessages) -> dict[str, Any]:
    """Arrow arrays of `COLUMNS` for messages that a `RoomReader` has read."""
    feelings = read.feelings
    has_none = read.topics == NO_TOPIC
    return {
        "sentiment_score": pa.array(np.round(feelings.scores.astype(np.float64), 4)),
        "sentiment": pa.array(feelings.names(), pa.string()),
        "sentiment_confidence": pa.array(np.round(feelings.confidences.astype(np.float64), 4)),
        "entities": pa.array([entities_text(each) for each in read.names], pa.string()),
        "topic_id": pa.array(np.where(has_none, 0, read.topics), mask=has_none),
        "topic_label": pa.array(read.labels, pa.string()),
        "is_question": pa.array(read.questions != NO_QUESTION),
    }


def entities_text(found: Any) -> str:
    """Names of one message as ``kind:text`` joined by ``|``; a bar in a name becomes a space."""
    if not found:
        return ""
    return "|".join(f"{each.kind}:{each.text.replace('|', ' ')}" for each in found)
