"""The chat through the parts of `insight`: real topics, questions and highlights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.pipeline.from_insight import InsightReader, mood_windows
from livelore.intelligence.pipeline.run import Options, run
from tests.pipeline.made import Folder, read


@dataclass(frozen=True)
class ByWords:
    """Feelings of a handful of words, where no model is needed to see what goes where."""

    texts: tuple[str, ...] = ()

    def read(self, texts: Sequence[str]) -> "ByWords":
        return ByWords(tuple(texts))

    @property
    def scores(self) -> NDArray[np.float32]:
        signs = [("好" in each) - (1.0 * ("卡" in each)) for each in self.texts]
        return np.array(signs, np.float32)

    @property
    def confidences(self) -> NDArray[np.float32]:
        return np.full(len(self.texts), 0.75, np.float32)

    def names(self) -> list[str]:
        words = {1.0: "positive", 0.0: "ambiguous", -1.0: "negative"}
        return [words[float(each)] for each in self.scores]


@dataclass(frozen=True)
class Name:
    text: str
    kind: str


class Teachers:
    """Finds one name."""

    def find(self, texts: Sequence[str]) -> list[list[Name]]:
        return [[Name("张老师", "person")] if "张老师" in each else [] for each in texts]


READER = InsightReader(ByWords(), Teachers())


def chat(n: int) -> list[str]:
    """A live of one message a second, a topic in its middle."""
    said = ["张老师讲得好", "画面卡了", "哈哈", "作业什么时候交？"]
    return [
        f"导数的定义第{row}遍" if n // 2 <= row < n // 2 + 40 else said[row % 4] for row in range(n)
    ]


def test_everything_reaches_its_column_and_the_report(folder: Folder, tmp_path: Path) -> None:
    folder.article()
    texts = chat(400)
    rows = [f"{1_767_225_600 + n},{text}" for n, text in enumerate(texts)]
    folder.write("chat_messages.csv", ["timestamp,chat_content", *reversed(rows)])
    results = run(folder.path, tmp_path / "out", Options(reader=READER))
    found = read(tmp_path / "out/chat_analysis.csv")
    assert [row["chat_content"] for row in found] == texts[::-1]
    for row in found:
        text = row["chat_content"]
        assert float(row["sentiment_score"]) == ("好" in text) - ("卡" in text)
        assert (row["entities"] == "person:张老师") == ("张老师" in text)
        assert row["is_question"] == str("？" in text).lower()
    topical = [row for row in found if "导数" in row["chat_content"]]
    labels = [row["topic_label"] for row in topical if row["topic_id"]]
    assert len(labels) > 30
    assert any("导数" in each or "定义" in each for each in labels)
    assert results.chat is not None
    assert results.chat.questions[0].text == "作业什么时候交？"
    assert results.chat.questions[0].n == 90
    assert results.chat.names[0] == type(results.chat.names[0])("张老师", "person", 90)
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "作业什么时候交？" in page
    assert "95 % interval" in page


@pytest.mark.parametrize("step_s", [None, 3_600.0])
def test_without_times_or_far_apart_topics_are_read_in_order(step_s: float | None) -> None:
    texts = chat(300)
    at = None if step_s is None else np.arange(300) * step_s
    found = READER.read(Messages.of(texts, at), lambda _done, _all: None)
    assert found.topics
    assert found.highlights == ()
    assert found.columns["is_question"].to_pylist() == ["？" in each for each in texts]


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = Messages.of(chat(400), np.arange(400.0))
    whole = READER.read(messages, lambda _done, _all: None)
    monkeypatch.setattr("livelore.intelligence.pipeline.from_insight.BATCH", 37)
    parts = READER.read(messages, lambda _done, _all: None)
    assert {name: each.to_pylist() for name, each in parts.columns.items()} == {
        name: each.to_pylist() for name, each in whole.columns.items()
    }
    assert parts.questions == whole.questions
    assert parts.topics == whole.topics


def test_mood_has_intervals_and_needs_messages() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0.2, 0.3, 3_000)
    found = mood_windows(scores, None)
    assert len(found) == 60
    assert sum(each.n for each in found) == 3_000
    covered = [each.low <= 0.2 <= each.high for each in found]
    assert np.mean(covered) >= 0.85
    assert mood_windows(scores[:19], None) == ()
