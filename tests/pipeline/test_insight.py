"""The chat through the parts of `insight`: real topics, questions and highlights."""

from collections.abc import Callable, Sequence
from pathlib import Path

from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.pipeline.from_insight import InsightReader
from livelore.intelligence.pipeline.run import Options, run
from tests.assist.made import COURSE
from tests.cli.conftest import Result
from tests.insight.test_chain import ByWords, Name
from tests.pipeline.made import Folder, read


class Teachers:
    """Finds one name."""

    def find(self, texts: Sequence[str]) -> list[list[Name]]:
        return [[Name("张老师", "person")] if "张老师" in each else [] for each in texts]


READER = InsightReader(Parts(ByWords(), Teachers()))


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
    assert "90 % interval" in page


def test_the_command_reads_the_chat_with_what_ships(
    folder: Folder, pipeline: Callable[..., Result], tmp_path: Path
) -> None:
    folder.article()
    said = ["老师讲得太好了", "垃圾直播，卡死了", "复利怎么算？", "兼职刷单日结 加我微信abc12345"]
    rows = [f"{1_767_225_600 + n},{said[n % 4]}" for n in range(200)]
    folder.write("chat_messages.csv", ["timestamp,chat_content", *rows])
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    assert "chat_analysis.csv: 200 messages" in result.out
    found = read(tmp_path / "out/chat_analysis.csv")
    assert [row["sentiment"] for row in found[:2]] == ["positive", "negative"]
    page = (tmp_path / "out/report.html").read_text("utf-8")
    for words in ("复利怎么算？", "Mood over time", "Messages that a moderator should look at"):
        assert words in page


def test_what_the_room_asks_is_looked_up_in_the_materials(
    folder: Folder, pipeline: Callable[..., Result], tmp_path: Path
) -> None:
    folder.article()
    said = ["光合作用在哪里进行？", "好的", "食堂几点开门？", "哈哈"]
    folder.write("chat_messages.csv", ["chat_content", *(said[n % 4] for n in range(80))])
    course = tmp_path / "course"
    course.mkdir()
    (course / "plants.md").write_text(COURSE["plants.md"], "utf-8")
    result = pipeline("--materials", str(course))
    assert (result.status, result.err) == (0, "")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    row = {each: page.rsplit(f"<td>{each}</td>", 1)[1].split("</tr>")[0] for each in said[::2]}
    assert "plants.md" in row[said[0]]
    assert "not found" in row[said[2]]
    generated = (tmp_path / "out/generated_content.txt").read_text("utf-8")
    assert said[0] not in generated
