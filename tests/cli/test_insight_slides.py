"""`livelore insight slides` on the demo's lecture."""

import csv
from pathlib import Path

from tests.cli.conftest import Cli

LECTURE = Path(__file__).parents[2] / "src" / "livelore" / "demo_media" / "lecture.flv"


def test_a_lectures_changes_of_slides_are_written(cli: Cli, tmp_path: Path) -> None:
    result = cli("insight", "slides", str(LECTURE), "-o", "slides.csv", "--sound")
    assert (result.status, result.err) == (0, "")
    rows = list(csv.DictReader((tmp_path / "slides.csv").read_text("utf-8").splitlines()))
    assert list(rows[0]) == ["at_s", "kind", "is_over", "level", "told_at_s", "words"]
    assert any(abs(float(row["at_s"]) - 67.2) < 1.5 for row in rows if row["kind"] == "slide")
    n_slides = sum(row["kind"] == "slide" for row in rows)
    assert result.out == f"Wrote slides.csv: {n_slides} changes of slides, no warning\n"


def test_wrong_input_is_refused_in_one_line(cli: Cli, tmp_path: Path) -> None:
    result = cli("insight", "slides", "none.mp4", "-o", "slides.csv")
    assert result.status == 2
    assert "none.mp4" in result.line
    assert "there is no such file" in result.line
    for output in ("slides.txt", "none/slides.csv"):
        result = cli("insight", "slides", str(LECTURE), "-o", output)
        assert result.status == 2
        assert "--output" in result.line
    assert not list(tmp_path.iterdir())
