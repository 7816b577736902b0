"""Steps 4 and 5: what goes to the parts that read and answer, and what comes of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from livelore.intelligence.insight.chain.findings import MoodWindow, Question, Topic
from livelore.intelligence.insight.chain.whole import COLUMNS, Step
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.pipeline.protocols import Answer, Answers, ChatFindings, Citation
from livelore.intelligence.pipeline.run import Options, run
from tests.cli.conftest import Result
from tests.pipeline.made import Folder, read


class Lengths:
    """Scores each message by its length, to see what it was handed and where it goes."""

    messages: Messages

    def read(self, messages: Messages, step: Step) -> ChatFindings:
        self.messages = messages
        n = len(messages)
        step(n, n)
        sizes = np.array([len(each) for each in messages.texts], np.float64)
        columns = {
            name: pa.array([f"{name} {text}" for text in messages.texts]) for name in COLUMNS
        }
        columns["sentiment_score"] = pa.array(sizes / sizes.max())
        columns["sentiment"] = pa.array(["positive"] * n)
        columns["is_question"] = pa.array(["?" in each for each in messages.texts])
        at = [0.0] if messages.at is None else messages.at.tolist()
        mood = [MoodWindow(at[0], at[-1], n, 0.1, -0.1, 0.3)]
        topics = [Topic(0, "<复利>", 2, 0.1, "什么是复利？")]
        return ChatFindings(columns, mood, topics, [Question("什么是复利？", 2)])


class Echo:
    """Answers with the question, citing one line; refuses what has no question mark."""

    name = "echo"

    def answer(self, prompts: Sequence[str], materials: Path | None, step: Step) -> Answers:
        step(len(prompts), len(prompts))
        cited = [Citation("利息.md", "12:34", "A = P(1 + r)^n")]
        found = [
            Answer(f"{each} {materials and materials.name}", cited)
            if "?" in each or "？" in each
            else Answer("材料里没有。", is_refused=True)
            for each in prompts
        ]
        return Answers(tuple(found), ("materials: one file is left out",))


def test_a_chat_is_read_in_time_and_written_in_its_own_order(
    folder: Folder, tmp_path: Path
) -> None:
    folder.article()
    rows = ["2026-01-01 10:00:02,后,u1", '2026-01-01 10:00:00,"先, 对?",u2', "1767261601,中间,u1"]
    folder.write("chat_messages.csv", ["timestamp,chat_content,user_id", *rows])
    reader = Lengths()
    run(folder.path, tmp_path / "out", Options(reader=reader))
    assert reader.messages.texts == ("先, 对?", "中间", "后")
    assert reader.messages.at is not None
    assert np.diff(reader.messages.at).tolist() == [1.0, 1.0]
    assert reader.messages.users is not None
    assert reader.messages.users[1] == reader.messages.users[2] != reader.messages.users[0]
    found = read(tmp_path / "out/chat_analysis.csv")
    assert list(found[0]) == ["timestamp", "chat_content", "user_id", *COLUMNS]
    assert [row["timestamp"] for row in found] == [
        "2026-01-01 10:00:02",
        "2026-01-01 10:00:00",
        "1767261601",
    ], "times stay as they were written"
    for row in found:
        assert row["topic_label"] == f"topic_label {row['chat_content']}"


def test_a_chat_without_times_is_read_in_the_order_of_its_file(
    folder: Folder, tmp_path: Path
) -> None:
    folder.article()
    reader = Lengths()
    run(folder.path, tmp_path / "out", Options(reader=reader))
    assert reader.messages.at is None
    assert reader.messages.texts[1] == "没听懂，能再讲一遍吗?"
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "messages stand in the order of the file" in page
    assert "&lt;复利&gt;" in page


def test_answers_carry_their_label_their_sources_and_their_refusals(
    folder: Folder, tmp_path: Path
) -> None:
    folder.article()
    folder.write("prompts.txt", ["什么是复利？", "", "讲个笑话"])
    (tmp_path / "slides").mkdir()
    run(folder.path, tmp_path / "out", Options(materials=tmp_path / "slides", answerer=Echo()))
    text = (tmp_path / "out/generated_content.txt").read_text("utf-8")
    assert text.count("AI 生成 · AI-generated") == 3, "the file and each answer"
    assert "什么是复利？ slides" in text
    assert "[1] 利息.md, 12:34: A = P(1 + r)^n" in text
    assert "材料里没有。" in text
    assert "nothing in the materials answers it" in text
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert page.count('class="ai"') == 2
    assert "materials: one file is left out" in page


def test_the_command_computes_quotes_and_refuses(
    folder: Folder, pipeline: Callable[..., Result], tmp_path: Path
) -> None:
    folder.article()
    slides = tmp_path / "slides"
    slides.mkdir()
    (slides / "learning.md").write_text(
        "# Gradient descent\n\nGradient descent lowers the loss by small steps. "
        "The learning rate is the size of a step.\n\n"
        "# 复利\n\n复利是把利息加入本金再计算利息的方法。\n",
        "utf-8",
    )
    (slides / "broken.pdf").write_bytes(b"no pdf")
    compound = "What is the formula for calculating compound interest?"
    asked = [compound, "What is the learning rate?", "Who won the cup in 1954?"]
    folder.write("prompts.txt", asked)
    result = pipeline("--materials", str(slides))
    assert (result.status, result.err) == (0, "")
    text = (tmp_path / "out/generated_content.txt").read_text("utf-8")
    first, second, third = text.split("-" * 72)[1:]
    assert "computed exactly" in first
    assert "P" in first
    assert "The learning rate is the size of a step. [1]" in second
    assert "[1] learning.md" in second
    assert "nothing in the materials answers it" in third
    assert '"AIGC"' in first
    assert "3 answers, 1 of them refusals" in result.out
    assert "broken.pdf is left out" in result.out + (tmp_path / "out/report.html").read_text()
    assert not list(slides.glob(".*")), "nothing is left among the materials"


def test_without_materials_what_cannot_be_computed_is_refused(
    folder: Folder, pipeline: Callable[..., Result], tmp_path: Path
) -> None:
    folder.article()
    folder.write("prompts.txt", ["光合作用在哪里进行？", "???"])
    assert pipeline().status == 0
    text = (tmp_path / "out/generated_content.txt").read_text("utf-8")
    assert "没有给出材料" in text
    assert text.count("nothing in the materials answers it") == 2


def test_without_prompts_the_article_s_own_is_asked(folder: Folder, tmp_path: Path) -> None:
    folder.article()
    made = Options(answerer=Echo(), made_at=datetime(2026, 1, 2, tzinfo=UTC))
    results = run(folder.path, tmp_path / "out", made)
    assert results.inputs.prompts == ("What is the formula for calculating compound interest?",)
    text = (tmp_path / "out/generated_content.txt").read_text("utf-8")
    assert "[1] What is the formula for calculating compound interest?" in text
    assert "2026-01-02 00:00 UTC" in (tmp_path / "out/report.html").read_text("utf-8")
