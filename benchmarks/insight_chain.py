"""The whole chain on one core: what a message costs, all together and by part, in one run.

Danmaku of a tournament with their times and senders (dense, bursty, 28 % of them repeats), in
their order, as `insight analyze` reads a file: sentiment, names, topics, questions, moderation,
highlights, and the columns that are written. CPU time of the process on one thread; the best of
`ROUNDS`, as other programs on the machine only ever add. Each part alone reads the same messages
anew. Calls of one and of a hundred messages are what a live room makes.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.insight.chain.reader import RoomReader
from livelore.intelligence.insight.chain.whole import columns_of, read_whole
from livelore.intelligence.insight.entities.recogniser import Recogniser
from livelore.intelligence.insight.highlights import HighlightCurve
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation.moderator import Moderator
from livelore.intelligence.insight.questions.board import QuestionBoard
from livelore.intelligence.insight.sentiment.shipped import shipped
from livelore.intelligence.insight.topics.stream import TopicStream
from tests.insight.evasions import ordinary

ROUNDS = 9
WARM = 2_000
"""Messages read before anything is timed: loops are compiled, tables made."""
A_SECOND = 50_000
CALLS = (1, 100)
N_SINGLE = 5_000


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Args:
        data: Folder of the public sets.
        quick: Made lines instead of these, once.
    """
    room = _made(3_000) if quick else _danmaku(data)
    rounds = 1 if quick else ROUNDS
    parts = {name: _us(each, room, rounds) for name, each in _parts().items()}
    whole = _us(lambda part: read_whole(part, Parts(shipped()), _unseen), room, rounds)
    single = room.part(0, N_SINGLE)
    table = {
        "n_messages": len(room),
        "characters_mean": round(sum(map(len, room.texts)) / len(room), 1),
        "repeated": round(1 - len(set(room.texts)) / len(room), 3),
        "whole": {
            "messages_a_second": round(1e6 / whole),
            "us_a_message": round(whole, 2),
            "cpu_s": round(whole * len(room) / 1e6, 3),
        },
        "parts_us_a_message": {name: round(each, 2) for name, each in parts.items()},
        "calls_us_a_message": {
            str(n): round(_us(partial(_by_calls, n=n), single, min(rounds, 3)), 1) for n in CALLS
        },
    }
    is_full = not quick
    goals = [
        goal(
            "whole chain on danmaku, one core",
            round(1e6 / whole),
            -A_SECOND if is_full else None,
            "messages/s",
        ),
        goal("whole chain, CPU time a message", round(whole, 2), None, "µs"),
    ]
    return table, goals


def _parts() -> dict[str, Callable[[Messages], Any]]:
    return {
        "folding": lambda room: room.folded,
        "sentiment": lambda room: shipped().read(room.texts),
        "entities": lambda room: Recogniser().find(room.texts),
        "topics": lambda room: TopicStream().add(room),
        "questions": lambda room: QuestionBoard().add(room),
        "moderation": lambda room: Moderator().look(room),
        "highlights": lambda room: HighlightCurve().add(room),
    }


def _us(work: Callable[[Messages], Any], room: Messages, rounds: int) -> float:
    """CPU time a message, the best of some rounds, nothing of the last kept."""
    work(room.part(0, WARM))
    spent = []
    for _ in range(rounds):
        fresh = room.part(0, len(room))  # what was folded for another part does not count
        began = time.process_time()
        work(fresh)
        spent.append(time.process_time() - began)
    return min(spent) / len(room) * 1e6


def _by_calls(room: Messages, n: int) -> None:
    reader = RoomReader(Parts(shipped()))
    for begin in range(0, len(room), n):
        columns_of(reader.add(room.part(begin, begin + n)))


def _unseen(_done: int, _total: int) -> None:
    pass


def _danmaku(data: Path) -> Messages:
    table = pq.read_table(data / "bilibili_lpl_danmaku" / "final_full.parquet")
    said = [each or "" for each in table["text"].to_pylist()]
    return Messages.of(said, table["t_video_s"].to_pylist(), table["sender"].to_pylist())


def _made(n: int) -> Messages:
    rng = np.random.default_rng(0)
    return Messages.of(
        ordinary(Random(0), n), np.cumsum(rng.exponential(0.5, n)), rng.integers(0, 300, n)
    )
