"""`livelore assist cards`, `exercises` and `lines`: files, pages, and what is refused."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, cli

__all__ = ["cli"]
COURSE = (
    "复利是指利息也生利息的计算方法。\n\n单利是指只有本金产生利息的计算方法。\n\n"
    "本金是指最初存入或借出的钱。\n"
)


@pytest.fixture
def indexed(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "interest.md").write_text(COURSE, "utf-8")
    assert cli("assist", "index", "course").status == 0
    return cli


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_cards_are_printed_or_written_by_the_ending(indexed: Cli, tmp_path: Path) -> None:
    printed = indexed("assist", "cards").out
    assert "单利: 单利是指只有本金产生利息的计算方法。 (interest.md)" in printed
    assert printed.rstrip().endswith("请以原文为准")
    for name in ("cards.csv", "cards.jsonl", "cards.parquet", "cards.txt"):
        done = indexed("assist", "cards", "-o", name)
        assert done.out == f"Wrote 3 cards to {name}\n", done.err
    assert [row["term"] for row in rows_of(tmp_path / "cards.csv")] == ["复利", "单利", "本金"]
    assert (tmp_path / "cards.txt").read_text("utf-8").startswith("#separator:tab\n")
    first = json.loads((tmp_path / "cards.jsonl").read_text("utf-8").splitlines()[0])
    assert json.loads(first["aigc"])["ContentProducer"] == "livelore"


def test_exercises_come_from_the_course_or_are_reckoned(indexed: Cli, tmp_path: Path) -> None:
    gaps = indexed("assist", "exercises", "--seed", "3").out
    assert gaps.count("____") == 3
    assert gaps == indexed("assist", "exercises", "--seed", "3").out
    assert indexed("assist", "exercises", "-n", "2", "-o", "e.csv").status == 0
    assert len(rows_of(tmp_path / "e.csv")) == 2


def test_reckoned_exercises_need_no_course(cli: Cli) -> None:
    done = cli("assist", "exercises", "--kind", "computed", "-n", "3", "--language", "zh")
    assert done.status == 0
    assert done.out.rstrip().endswith("【AI生成】由程序计算得出")


def test_lines_speak_the_language_of_the_values(cli: Cli) -> None:
    done = cli("assist", "lines", "opening", "topic=梯度下降", "-n", "3")
    *said, label = done.out.splitlines()
    assert len(set(said)) == 3
    assert all("梯度下降" in each for each in said)
    assert label.startswith("【AI生成】")
    assert "derivatives" in cli("assist", "lines", "opening", "topic=derivatives").out
    english = cli("assist", "lines", "thanks", "name=小王", "--language", "en").out
    assert english.startswith("Thank you, 小王.")


def test_a_line_as_data(cli: Cli) -> None:
    done = cli("assist", "lines", "thanks", "name=小王", "gift=玫瑰", "-n", "2", "--json")
    first, second = map(json.loads, done.out.splitlines())
    assert first["line"] != second["line"]
    assert first["AIGC"]["Label"] == "1"


def test_a_sale_names_its_sources(cli: Cli) -> None:
    done = cli(
        *("assist", "lines", "sale", "product=导数入门", "price=¥99", "seats=7"),
        *("--fact", "12 节课 | 目录.md", "--fact", "附习题 | 大纲 | 第 2 页"),
    )
    assert done.status == 0, done.err
    assert "12 节课" in done.out
    assert "Source: 目录.md\nSource: 第 2 页\n" in done.out


def test_ones_own_patterns_come_first(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('opening = ["老铁们，{topic}走起！"]', "utf-8")
    done = cli("assist", "lines", "opening", "topic=积分", "--own", "own.toml")
    assert done.out.splitlines()[0] == "老铁们，积分走起！"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cards",), "run `livelore assist index`"),
        (("exercises", "-n", "0"), "-n: 0 is not from 1"),
        (("exercises", "--kind", "riddle"), '"riddle"'),
        (("lines", "opening"), "opening needs topic=…"),
        (("lines", "opening", "topic= "), "opening needs topic=…"),
        (("lines", "opening", "gift=rose"), "opening takes NAME=VALUE with count, course"),
        (("lines", "farewell"), '"farewell"'),
        (("lines", "thanks", "name=a", "--fact", "b | c"), "thanks is no sale"),
        (("lines", "sale", "product=a", "price=1"), "facts"),
        (("lines", "sale", "product=a", "price=1", "--fact", "b"), "no source"),
        (("lines", "sale", "product=a", "price=1", "--fact", "保录取 | c"), "detail: result"),
        (("lines", "sale", "product=a", "price=1", "seats=few", "--fact", "b | c"), "seats=few"),
        (("lines", "thanks", "name=a", "--own", "absent.toml"), "--own: absent.toml"),
        (("lines", "thanks", "name=a", "-n", "1000"), "-n: 1000"),
    ],
)
def test_what_is_wrong_is_one_line(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    done = cli("assist", *arguments)
    assert done.status == 2
    assert words in done.line


def test_wrong_own_patterns_are_one_line(cli: Cli, tmp_path: Path) -> None:
    for text, words in (
        ("opening = 3", "opening"),
        ("no toml", "cannot be read"),
        ('opening = ["{gift}"]', "gift"),
        ('party = ["hi"]', "party"),
    ):
        (tmp_path / "own.toml").write_text(text, "utf-8")
        done = cli("assist", "lines", "opening", "topic=a", "--own", "own.toml")
        assert done.status == 2
        assert words in done.line


def test_a_course_that_defines_nothing_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "a.txt").write_text("今天天气很好，我们出去走走吧。", "utf-8")
    assert cli("assist", "index", "course").status == 0
    assert "defines a term" in cli("assist", "cards").line
    assert "two terms" in cli("assist", "exercises").line


def test_an_ending_that_is_none_of_ours_is_refused(indexed: Cli, tmp_path: Path) -> None:
    for name in ("cards.docx", "no/where.csv", "no/where.txt"):
        done = indexed("assist", "cards", "-o", name)
        assert done.status == 2
        assert name in done.line
    assert not (tmp_path / "cards.docx").exists()
