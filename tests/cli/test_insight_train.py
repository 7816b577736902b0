"""`livelore insight train` and `losses`: labelled files teach; what has no label is kept apart."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

GOOD = ("好棒的课", "讲得好棒", "好棒好棒", "太好棒了吧", "这题好棒")
BAD = ("真糟糕啊", "糟糕的声音", "太糟糕了", "糟糕糟糕", "又糟糕了")
NEITHER = ("几点开始", "第几页", "讲义在哪", "今天第几章", "作业几号交")


def labelled(path: Path, n: int = 4, extra: tuple[str, ...] = (), neither: bool = True) -> None:
    rows = [
        f"{text}{k},{label}" for k in range(n) for label, texts in _kinds(neither) for text in texts
    ]
    path.write_text("\n".join(["text,label", *rows, *extra]) + "\n", "utf-8")


def _kinds(neither: bool) -> list[tuple[str, tuple[str, ...]]]:
    kinds: list[tuple[str, tuple[str, ...]]] = [("positive", GOOD), ("消极", BAD)]
    return [*kinds, ("neutral", NEITHER)] if neither else kinds


@pytest.mark.parametrize("start", ["shipped", "nothing"])
def test_labelled_rows_teach_and_the_model_reads(cli: Cli, tmp_path: Path, start: str) -> None:
    labelled(tmp_path / "room.csv", extra=("怎么办,unsure",))
    result = cli("insight", "train", "room.csv", "-o", "room.model", "--start", start)
    assert (result.status, result.err) == (0, "")
    assert "Wrote a model of 60 texts to room.model; 1 rows left out" in result.out
    assert "20 negative, 20 ambiguous, 20 positive" in result.out
    assert "held back 12: 100.0% right" in result.out
    reject = json.loads((tmp_path / "room.model.rejects.jsonl").read_text("utf-8"))
    assert (reject["row"], reject["column"]) == (62, "label")
    (tmp_path / "chat.csv").write_text("text\n好棒呀\n糟糕呀\n", "utf-8")
    read = cli("insight", "analyze", "chat.csv", "-o", "out.csv", "--model", "room.model")
    assert read.status == 0
    rows = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["positive", "negative"]


def test_reviews_teach_the_sides_and_the_rest_is_said(cli: Cli, tmp_path: Path) -> None:
    labelled(tmp_path / "reviews.csv", neither=False)
    result = cli("insight", "train", "reviews.csv", "-o", "r.model")
    assert result.status == 0
    assert "no ambiguous text" in result.err


def test_losses_are_shown_side_by_side(cli: Cli, tmp_path: Path) -> None:
    labelled(tmp_path / "room.csv")
    result = cli("insight", "losses", "room.csv")
    assert (result.status, result.err) == (0, "")
    assert "60 texts; a fifth measures" in result.out
    outside = next(line for line in result.out.splitlines() if "outside 0 to 1" in line)
    squares, softmax = (float(each.rstrip("%")) for each in outside.split()[-2:])
    assert squares > 0 == softmax


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("text,label\n好,positive\n", "each side needs 10"),
        ("text,label\n好,yes\n", "no row has a label of a feeling"),
        ("text,label\na,0\nb,1\nc,2\n", "write negative, ambiguous, positive"),
        ("text,mark\n好,1\n", "label"),
    ],
)
def test_what_cannot_teach_is_one_line(cli: Cli, tmp_path: Path, content: str, line: str) -> None:
    (tmp_path / "room.csv").write_text(content, "utf-8")
    result = cli("insight", "train", "room.csv", "-o", "room.model")
    assert result.status == 2
    assert line in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "room.model").exists()
