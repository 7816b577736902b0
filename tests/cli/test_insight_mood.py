"""`livelore insight mood`: by minutes and by slides; few people are no mood."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

GOOD, BAD = "讲得真好，太棒了", "听不懂，太差了"


def chat(path: Path, begin: float = 0.0, n: int = 200) -> None:
    """One message a second by as many people; the second half is unhappy."""
    lines = [f"{begin + k},u{k},{GOOD if k < n // 2 else BAD}" for k in range(n)]
    path.write_text("\n".join(["timestamp,user_id,text", *lines]) + "\n", "utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("begin", [0.0, 1_767_225_600.0])
def test_minutes_count_from_the_first_message_of_a_clock(
    cli: Cli, tmp_path: Path, begin: float
) -> None:
    chat(tmp_path / "chat.csv", begin)
    result = cli("insight", "mood", "chat.csv", "-o", "mood.csv", "--every", "50")
    assert (result.status, result.err) == (0, "")
    assert "4 stretches, in 4 of them enough people spoke" in result.out
    found = rows(tmp_path / "mood.csv")
    assert [float(row["begin_s"]) for row in found] == [0, 50, 100, 150]
    assert [row["messages"] for row in found] == ["50"] * 4
    assert float(found[1]["mood_low"]) > 0 > float(found[2]["mood_high"])


def test_slides_cut_the_time_and_few_people_are_no_mood(cli: Cli, tmp_path: Path) -> None:
    chat(tmp_path / "chat.csv")
    marks = ["at_s,kind,is_over,level,told_at_s,words", "100,slide,false,note,101,", "7,black,,,,"]
    (tmp_path / "slides.csv").write_text("\n".join([*marks, "190,slide,,,,"]) + "\n", "utf-8")
    result = cli("insight", "mood", "chat.csv", "-o", "mood.csv", "--slides", "slides.csv")
    assert (result.status, result.err) == (0, "")
    found = rows(tmp_path / "mood.csv")
    assert [float(row["begin_s"]) for row in found] == [0, 100, 190]
    assert [row["people"] for row in found] == ["100", "90", "10"]
    assert float(found[0]["mood"]) > 0 > float(found[1]["mood"])
    assert (found[2]["mood"], found[2]["mood_low"]) == ("", "")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--every", "0"), "--every: 0 is no length"),
        (("--every", "0.001"), "stretches are too many"),
        (("--slides", "none.csv"), "there is no such file"),
        (("--slides", "empty.csv"), "no slide is in it"),
        (("--time-col", "user_id"), "named for two things"),
    ],
)
def test_what_cannot_be_cut_is_one_line(
    cli: Cli, tmp_path: Path, more: tuple[str, ...], line: str
) -> None:
    chat(tmp_path / "chat.csv")
    (tmp_path / "empty.csv").write_text("at_s,kind\n3,black\n", "utf-8")
    result = cli("insight", "mood", "chat.csv", "-o", "mood.csv", *more)
    assert result.status == 2
    assert line in result.err
    assert not (tmp_path / "mood.csv").exists()
