"""`livelore insight analyze`: columns stay and seven come; what cannot be read is one line."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from livelore.intelligence.insight.chain.whole import COLUMNS
from livelore.intelligence.insight.moderation.offence import WEIGHTS
from tests.cli.conftest import Cli

SAID = (
    "老师讲得真好，太喜欢了",
    "垃圾直播，卡死了",
    "什么是复利？",
    "",
    "😀👍",
    "z\u0334\u0335a\u0336",
    "\u200b",
)


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_input_stays_and_the_columns_of_the_contract_come(cli: Cli, tmp_path: Path) -> None:
    lines = ["n,chat_content,more"] + [f'{n},"{text}",x' for n, text in enumerate(SAID)]
    (tmp_path / "chat.csv").write_text("\n".join(lines) + "\n", "utf-8")
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv")
    assert (result.status, result.err) == (0, "")
    assert "Wrote 7 messages to out.csv" in result.out
    assert "什么是复利？ (1)" in result.out
    assert "too few messages" in result.out
    rows = written(tmp_path / "out.csv")
    assert list(rows[0]) == ["n", "chat_content", "more", *COLUMNS]
    assert [row["chat_content"] for row in rows] == list(SAID)
    assert [row["sentiment"] for row in rows[:4]] == [
        "positive",
        "negative",
        "ambiguous",
        "ambiguous",
    ]
    assert [
        float(row["sentiment_score"]) for row in rows if not row["chat_content"].strip("\u200b")
    ] == [0, 0]
    assert [row["is_question"] for row in rows[1:4]] == ["false", "true", "false"]
    assert all(0.0 <= float(row["sentiment_confidence"]) <= 1.0 for row in rows)


def test_times_say_the_order_and_stay_as_they_were_written(cli: Cli, tmp_path: Path) -> None:
    n = 60
    said = [f"{1_767_225_600 + n - row},u{row % 9},张老师讲一下量子纠缠" for row in range(n)]
    (tmp_path / "chat.csv").write_text("\n".join(["at,user,danmaku", *said]) + "\n", "utf-8")
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv")
    assert (result.status, result.err) == (0, "")
    rows = written(tmp_path / "out.csv")
    assert [f"{row['at']},{row['user']},{row['danmaku']}" for row in rows] == said
    known = [bool(row["topic_id"]) for row in rows]
    assert known == sorted(known, reverse=True), "in time, a topic is not there from the start"
    assert any(known)
    assert rows[0]["entities"] == "person:张老师"
    assert "张老师 (60)" in result.out


def test_other_formats_and_a_named_column(cli: Cli, tmp_path: Path) -> None:
    table = pa.table({"topic_id": ["old", "old"], "words": ["你好", "好" * 100_000]})
    pq.write_table(table, tmp_path / "chat.parquet")
    result = cli("insight", "analyze", "chat.parquet", "-o", "out.jsonl", "--text-col", "words")
    assert (result.status, result.err) == (0, "")
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(each) for each in lines]
    assert list(rows[0]) == ["words", *COLUMNS]
    assert [row["words"] for row in rows] == table["words"].to_pylist()
    assert rows[0]["topic_id"] is None


def test_a_line_in_another_encoding_is_kept_apart(cli: Cli, tmp_path: Path) -> None:
    lines = ["text", *["老师讲得真好"] * 30]
    data = "\n".join(lines).encode() + b"\n" + "讲得好".encode("gbk") + b"\n"
    (tmp_path / "chat.csv").write_bytes(data)
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv")
    assert result.status == 0
    assert "Wrote 30 messages to out.csv; 1 rows left out, see out.csv.rejects.jsonl" in result.out
    assert len((tmp_path / "out.csv.rejects.jsonl").read_text("utf-8").splitlines()) == 1


def test_some_times_missing_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "chat.csv").write_text("text,time\n一,2026-01-01\n二,\n", "utf-8")
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv")
    assert result.status == 0
    assert "1 messages have no time: all are read in the order of the file" in result.out


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("text\n讲得好\n第二行\n".encode("gbk"), (), "iconv -f gb18030"),
        (b"text\n", (), "no rows"),
        (b"a,b\n1,2\n", (), "name it by --text-col"),
        (b"text\nhi\n", ("--text-col", "nix"), "no column 'nix'"),
        (b"text\nhi\n", ("--time-col", "nix"), "no column 'nix'"),
        (b"text\nhi\n", ("--model", "chat.csv"), "is no model of reading the room"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    content: bytes, more: tuple[str, ...], words: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "chat.csv").write_bytes(content)
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv", *more)
    assert result.status == 2
    assert words in result.line
    assert not (tmp_path / "out.csv").exists()


def test_an_output_of_no_format_and_another_model_are_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "chat.csv").write_text("text\nhi\n", "utf-8")
    result = cli("insight", "analyze", "chat.csv", "-o", "out.txt")
    assert result.status == 2
    assert "format" in result.line
    result = cli("insight", "analyze", "chat.csv", "-o", "out.csv", "--model", str(WEIGHTS))
    assert result.status == 2
    assert "holds no model of sentiment" in result.line
