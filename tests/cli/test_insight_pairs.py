"""`livelore insight train-pairs`: pairs in, a scorer out that `analyze` asks; refusals."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.insight.test_pair_learning import a_word_apart


def write(path: Path, lines: list[tuple[str, str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("first", "second", "same"), *lines])


@pytest.fixture
def labelled(cli: Cli, tmp_path: Path) -> Cli:
    pairs, same = a_word_apart(200, 0)
    rows: list[tuple[str, str, object]] = [
        (a, b, int(s)) for (a, b), s in zip(pairs, same, strict=True)
    ]
    write(tmp_path / "pairs.csv", [*rows, ("a", "b", "maybe"), ("", "b", 1)])
    return cli


def test_pairs_teach_which_questions_are_the_same(labelled: Cli, tmp_path: Path) -> None:
    done = labelled("insight", "train-pairs", "pairs.csv", "-o", "pairs.model")
    assert done.status == 0, done.err
    read, verdict, wrote = done.out.splitlines()
    assert read == (
        "Read 200 pairs of pairs.csv, 50% the same; 2 left out, see pairs.model.rejects.jsonl"
    )
    assert verdict.startswith("accuracy on unseen pairs ")
    assert "no better" not in verdict
    assert wrote == "Wrote pairs.model"
    rejects = (tmp_path / "pairs.model.rejects.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["row"] for line in rejects] == [202, 203]


def test_analyze_asks_the_learnt_scorer(labelled: Cli, tmp_path: Path) -> None:
    assert labelled("insight", "train-pairs", "pairs.csv", "-o", "pairs.model").status == 0
    said = ["at,chat_content", "1,红色的导数题目选什么？", "2,红色的矩阵题目选什么？"]
    (tmp_path / "chat.csv").write_text("\n".join([*said, "3,蓝色的矩阵题目选什么？"]), "utf-8")
    by_hand = labelled("insight", "analyze", "chat.csv", "-o", "out.csv").out
    learnt = labelled(
        *("insight", "analyze", "chat.csv", "-o", "out.csv", "--pairs", "pairs.model")
    ).out
    assert "红色的矩阵题目选什么？ (2), 红色的导数题目选什么？ (1)" in learnt
    assert "红色的矩阵题目选什么？ (2), 红色的导数题目选什么？ (1)" not in by_hand


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.csv", "-o", "m"), "absent.csv"),
        (("few.csv", "-o", "m"), "50"),
        (("few.csv", "-o", "m", "--same-col", "alike"), "alike"),
        (("few.csv", "-o", "no/where"), "no folder no"),
        (("pairs.csv", "-o", "m", "--background", "absent.txt"), "--background: absent.txt"),
        (("pairs.csv",), "--output"),
    ],
)
def test_what_is_wrong_is_one_line(
    labelled: Cli, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    write(tmp_path / "few.csv", [("什么是熵", "熵是什么", 1)] * 3)
    done = labelled("insight", "train-pairs", *arguments)
    assert done.status == 2
    assert words in done.line
    assert not (tmp_path / "m").exists()


def test_a_file_that_is_no_scorer_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "chat.csv").write_text("chat_content\n你好\n", "utf-8")
    (tmp_path / "pairs.model").write_bytes(b"PK broken")
    done = cli("insight", "analyze", "chat.csv", "-o", "out.csv", "--pairs", "pairs.model")
    assert done.status == 2
    assert "pairs.model" in done.line
    assert not (tmp_path / "out.csv").exists()
