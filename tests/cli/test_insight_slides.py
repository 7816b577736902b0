"""`livelore insight slides` on the demo's lecture."""

import csv
from pathlib import Path

import pytest
from cyclopts import App

from livelore.cli import insight_slides
from livelore.cli.errors import InputWrong, told
from livelore.intelligence.insight.errors import VideoUnreadable

LECTURE = Path(__file__).parents[2] / "src" / "livelore" / "demo_media" / "lecture.flv"


def run(*arguments: str) -> None:
    group = App(name="insight", result_action="return_value")
    insight_slides.add_to(group)
    group(["slides", *arguments], exit_on_error=False, print_error=False)


def test_a_lectures_changes_of_slides_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "slides.csv"
    run(str(LECTURE), "-o", str(output), "--sound")
    rows = list(csv.DictReader(output.read_text("utf-8").splitlines()))
    assert list(rows[0]) == ["at_s", "kind", "is_over", "level", "told_at_s", "words"]
    assert any(abs(float(row["at_s"]) - 67.2) < 1.5 for row in rows if row["kind"] == "slide")
    said = capsys.readouterr().out
    n_slides = sum(row["kind"] == "slide" for row in rows)
    assert said == f"Wrote {output}: {n_slides} changes of slides, no warning\n"


def test_wrong_input_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(VideoUnreadable) as refused:
        run(str(tmp_path / "none.mp4"), "-o", str(tmp_path / "slides.csv"))
    status, words = told(refused.value)
    assert status == 2
    assert "none.mp4" in words
    assert "there is no such file" in words
    for output in (tmp_path / "slides.txt", tmp_path / "none" / "slides.csv"):
        with pytest.raises(InputWrong, match="--output"):
            run(str(LECTURE), "-o", str(output))
    assert not list(tmp_path.iterdir())
