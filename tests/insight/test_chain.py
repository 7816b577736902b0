"""The whole chain: what reaches which column, streams as batches, strange text, tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from benchmarks import insight_chain
from livelore.intelligence.insight.chain import whole
from livelore.intelligence.insight.chain.findings import MoodWindow
from livelore.intelligence.insight.chain.mood import WINDOWS_MAX, MoodCurve
from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.insight.chain.reader import RoomReader
from livelore.intelligence.insight.chain.table import Chat
from livelore.intelligence.insight.chain.whole import (
    COLUMNS,
    columns_of,
    entities_text,
    is_live,
    read_whole,
)
from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.mood import mood
from livelore.intelligence.insight.sentiment.result import Sentiments


class ByWords:
    """Feelings of a handful of words, where no model is needed to see what goes where."""

    def read(self, texts: Sequence[str]) -> Sentiments:
        sides = [("好" in each) - ("卡" in each) for each in texts]
        return Sentiments.of(np.eye(3)[np.array(sides, np.int64) + 1])


@dataclass(frozen=True)
class Name:
    text: str
    kind: str


PARTS = Parts(ByWords())
STRANGE = (
    "",
    " \n\t",
    "😀😀😀👍🏽",
    "z\u0334\u0335a\u0336l\u0337g\u0338o" + "\u0321" * 500,
    "\u200b\u200c\u200d\ufeff\u2060",
    "\ud800\udfff",
    "a" * 100_000,
    "好" * 100_000,
    "为什么?" * 25_000,
    "1 " * 50_000,
    "《" * 50_000 + "》" * 50_000,
    "\u202e加我微信abc12345",
    'a|b,"c"\r\nd',
)


def _nothing(_done: int, _all: int) -> None:
    pass


def room(n: int = 400) -> Messages:
    """A live of one message a second, a topic in its middle, a burst and an advertisement."""
    said = ["张老师讲得好", "画面卡了", "哈哈", "作业什么时候交？"]
    texts = [
        f"导数的定义第{row}遍" if n // 2 <= row < n // 2 + 40 else said[row % 4] for row in range(n)
    ]
    texts[n // 4] = "兼职刷单日结 加我微信abc12345"
    at = np.arange(n) * 1.0
    at[3 * n // 4 :] = at[3 * n // 4] + np.arange(n - 3 * n // 4) * 0.05
    return Messages.of(texts, at, np.arange(n) % 50)


def test_all_parts_reach_the_columns_and_the_findings() -> None:
    messages = room()
    columns, found = read_whole(messages, PARTS, _nothing)
    assert tuple(columns) == COLUMNS
    assert columns["sentiment_score"].to_pylist()[:3] == [1.0, -1.0, 0.0]
    assert columns["sentiment"].to_pylist()[:3] == ["positive", "negative", "ambiguous"]
    assert set(columns["sentiment_confidence"].to_pylist()) == {1.0}
    assert columns["entities"][0].as_py() == "person:张老师"
    assert columns["entities"][2].as_py() == ""
    asked = ["？" in each for each in messages.texts]
    assert columns["is_question"].to_pylist() == asked
    topical = [row for row, text in enumerate(messages.texts) if "导数" in text]
    labels = [columns["topic_label"][row].as_py() for row in topical]
    assert sum(each is not None and ("导数" in each or "定义" in each) for each in labels) > 30
    known = [each is not None for each in columns["topic_id"].to_pylist()]
    assert known == [each is not None for each in columns["topic_label"].to_pylist()]
    assert found.n_messages == 400
    assert (found.questions[0].text, found.questions[0].n) == ("作业什么时候交？", sum(asked))
    assert (found.names[0].text, found.names[0].kind) == ("张老师", "person")
    assert found.minded["advertising"] == 1
    numbers = [each for each in columns["topic_id"].to_pylist() if each is not None]
    assert {each.number: each.n for each in found.topics} == Counter(numbers)
    assert len(found.highlights) >= 1
    assert found.highlights[-1].peak_at == pytest.approx(300.0, abs=30.0)


def test_a_stream_in_any_cut_gives_what_the_batch_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = room()
    columns, found = read_whole(messages, PARTS, _nothing)
    monkeypatch.setattr(whole, "BATCH", 37)
    again, findings = read_whole(messages, PARTS, _nothing)
    assert findings == found
    assert {name: each.to_pylist() for name, each in again.items()} == {
        name: each.to_pylist() for name, each in columns.items()
    }
    reader = RoomReader(PARTS)
    cuts = [0, *sorted(np.random.default_rng(0).choice(400, 60, replace=False).tolist()), 400]
    parts = [columns_of(reader.add(messages.part(*each))) for each in pairwise(cuts)]
    assert reader.findings() == found
    for name in COLUMNS:
        said = [value for part in parts for value in part[name].to_pylist()]
        assert said == columns[name].to_pylist()


@pytest.mark.parametrize("step_s", [None, 3_600.0])
def test_without_times_or_far_apart_topics_are_read_in_order(step_s: float | None) -> None:
    texts = room(300).texts
    at = None if step_s is None else np.arange(300) * step_s
    messages = Messages.of(texts, at)
    assert not is_live(messages)
    columns, found = read_whole(messages, PARTS, _nothing)
    assert found.topics
    assert found.highlights == ()
    assert columns["is_question"].to_pylist() == ["？" in each for each in texts]
    assert found.mood[0].begin == 0.0
    assert found.mood[-1].end == (299 if step_s is None else 299 * step_s)


def test_strange_messages_get_a_row_like_all_others() -> None:
    columns, found = read_whole(Messages.of(STRANGE, np.arange(len(STRANGE))), PARTS, _nothing)
    assert found.n_messages == len(STRANGE)
    for name in COLUMNS:
        assert len(columns[name]) == len(STRANGE)
    asked = columns["is_question"].to_pylist()
    assert [STRANGE[row] for row in np.flatnonzero(asked)] == ["为什么?" * 25_000]
    assert columns["entities"].to_pylist()[:6] == [""] * 6


def test_nothing_and_too_little_are_answers_too() -> None:
    columns, found = read_whole(Messages.of([]), PARTS, _nothing)
    assert [len(columns[name]) for name in COLUMNS] == [0] * len(COLUMNS)
    assert (found.n_messages, found.mood, found.topics, found.highlights) == (0, (), (), ())
    assert not read_whole(Messages.of(["好"] * 19), PARTS, _nothing)[1].mood


def test_without_a_moderator_nothing_is_minded() -> None:
    _, found = read_whole(room(), replace(PARTS, moderator=None), _nothing)
    assert found.minded == {}


def test_times_that_go_back_are_refused() -> None:
    reader = RoomReader(PARTS)
    reader.add(Messages.of(["a"], [5.0]))
    with pytest.raises(MessagesInvalid):
        reader.add(Messages.of(["b"], [4.0]))


def test_a_live_of_more_than_a_week_has_no_highlights() -> None:
    reader = RoomReader(PARTS)
    for day in range(9):
        reader.add(Messages.of(["好"] * 30, np.arange(30) + day * 86_400.0))
    assert reader.findings().highlights == ()
    assert reader.findings().n_messages == 270


def test_bars_in_names_do_not_make_more_of_them() -> None:
    assert entities_text([Name("a|b", "work"), Name("c", "term")]) == "work:a b|term:c"


def _mood(
    scores: NDArray[np.float64], users: NDArray[np.int64] | None = None
) -> tuple[MoodWindow, ...]:
    curve = MoodCurve()
    curve.add(scores, np.arange(len(scores), dtype=np.float64), users)
    return curve.windows()


def test_mood_has_intervals_and_needs_people() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0.2, 0.3, 3_000)
    found = _mood(scores)
    assert WINDOWS_MAX // 2 <= len(found) <= WINDOWS_MAX
    assert sum(each.n for each in found) == 3_000
    covered = [each.low <= 0.2 <= each.high for each in found]
    assert 0.8 <= np.mean(covered) <= 1
    first = mood(scores[: found[0].n])
    assert (found[0].mean, found[0].low, found[0].high) == pytest.approx(
        (first.mean, first.low, first.high)
    )
    assert _mood(scores[:19]) == ()
    assert [each.n for each in _mood(scores[:45])] == [20, 25], "a short rest joins the last"


def test_stretches_of_few_people_are_joined_until_enough_have_spoken() -> None:
    rng = np.random.default_rng(0)
    scores, users = rng.normal(0.2, 0.3, 600), np.repeat(np.arange(60), 10)
    found = _mood(scores, users)
    assert [each.n for each in found] == [200, 200, 200]
    whole = mood(scores[:200], users[:200])
    assert (found[0].mean, found[0].low) == pytest.approx((whole.mean, whole.low))
    assert _mood(scores, np.arange(600) % 19) == ()


def test_mood_keeps_its_bound_and_does_not_hang_on_cuts() -> None:
    scores = np.random.default_rng(1).uniform(-1, 1, 50_000)
    curve = MoodCurve()
    for begin in range(0, 50_000, 777):
        part = scores[begin : begin + 777]
        curve.add(part, begin + np.arange(len(part), dtype=np.float64))
    assert curve.windows() == _mood(scores)
    assert len(curve.windows()) <= WINDOWS_MAX
    assert (curve.windows()[0].begin, curve.windows()[-1].end) == (0.0, 49_999.0)


def test_a_table_is_read_in_order_of_time_and_keeps_its_own() -> None:
    data = pa.table(
        {
            "said": ["后", None, "中"],
            "at": pa.array([3_000_000, 1_000_000, 2_000_000], pa.timestamp("us", "UTC")),
            "who": ["x", "y", None],
            "topic_id": ["of an earlier run", "", ""],
        }
    )
    chat = Chat.of(data, "said", "at", "who")
    assert chat.messages.texts == ("", "中", "后")
    assert chat.messages.at is not None
    assert chat.messages.at.tolist() == [1.0, 2.0, 3.0]
    assert chat.messages.users is not None
    assert chat.messages.users[1] == -1
    given = {name: pa.array(["a", "b", "c"]) for name in COLUMNS}
    table = chat.beside(data, given)
    assert table.column_names == ["said", "at", "who", *COLUMNS]
    assert table["topic_id"].to_pylist() == ["c", "a", "b"]
    assert Chat.of(data, "said").messages.at is None


def test_the_bench_runs_without_a_public_set() -> None:
    table, goals = insight_chain.run(Path("made"), quick=True)
    assert table["n_messages"] == 3_000
    assert all(each > 0 for each in table["parts_us_a_message"].values())
    assert {each["is_met"] for each in goals} == {None}
