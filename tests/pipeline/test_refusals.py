"""What is refused, what is left out and counted, and that nothing half-written stays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result
from tests.pipeline.made import Folder, read, rejects

Run = Callable[..., Result]


def test_bad_rows_stand_beside_the_output_they_are_missing_from(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    folder.add("user_behavior.csv", "a,abc,1,1", "b,-5,1,1", ",5,1,1", "c,,1,1")
    folder.add("content_labels.csv", ",音乐", "0,again")
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    bad = rejects(tmp_path / "out/user_profile.csv.rejects.jsonl")
    assert [each["row"] for each in bad] == [242, 243, 244]
    assert len(read(tmp_path / "out/user_profile.csv")) == 241, "a missing value is no bad row"
    assert len(rejects(tmp_path / "out/user_recommendations.csv.rejects.jsonl")) == 1
    assert "user_behavior.csv; 3 left out" in result.out
    assert "1 rows repeat an id; the first counts" in result.out
    report = (tmp_path / "out/report.html").read_text("utf-8")
    assert "user_profile.csv.rejects.jsonl" in report
    folder.article()
    assert pipeline().status == 0
    assert not list((tmp_path / "out").glob("*.rejects.jsonl")), "those of an earlier run are gone"


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("user_behavior.csv", None, "no such file"),
        ("chat_messages.csv", None, "no such file"),
        ("content_labels.csv", ["content_id,tag", "1,a"], "no column 'label'"),
        ("user_behavior.csv", ["user_id,watch_time,purchase_amount", "1,2,3"], "interaction_freq"),
        ("user_behavior.csv", ["user_id,watch_time,interaction_freq,purchase_amount"], "no rows"),
        ("chat_messages.csv", ["text", "hello"], "no column 'chat_content'"),
        ("prompts.txt", [" ", ""], "no question"),
        ("prompts.txt", ["x" * 2001], "2001 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_nothing_is_written(
    name: str, lines: list[str] | None, words: str, folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    if lines is None:
        (folder.path / name).unlink()
    else:
        folder.write(name, lines)
    result = pipeline()
    assert result.status == 2
    assert words in result.line
    assert name in result.line
    assert not (tmp_path / "out").exists()


def test_prompts_in_another_encoding_are_refused(folder: Folder, pipeline: Run) -> None:
    folder.article()
    (folder.path / "prompts.txt").write_bytes("什么是复利？".encode("gbk"))
    assert "UTF-8" in pipeline().line


def test_results_of_an_earlier_run_survive_a_refusal(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    assert pipeline().status == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    folder.write("content_labels.csv", ["content_id,label"])
    assert pipeline().status == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_late_failure_leaves_no_file(
    folder: Folder, pipeline: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_results: object) -> str:
        raise OSError(28, "No space left on device")

    folder.article()
    monkeypatch.setattr("livelore.intelligence.pipeline.run.page_of", broken)
    result = pipeline()
    assert result.status == 1
    assert "No space left" in result.line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--k", "0"), "--k"), (("--materials", "absent"), "--materials"), (("--seed", "x"), "seed")],
)
def test_wrong_options_are_one_line(
    options: tuple[str, ...], words: str, folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    result = pipeline(*options)
    assert result.status == 2
    assert words in result.line.lower()
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file_is_refused(folder: Folder, pipeline: Run, tmp_path: Path) -> None:
    folder.article()
    (tmp_path / "out").write_text("mine")
    result = pipeline()
    assert result.status == 2
    assert "it is a file" in result.line
    assert (tmp_path / "out").read_text() == "mine"


def test_an_absent_input_folder_is_refused(pipeline: Run) -> None:
    result = pipeline()
    assert result.status == 2
    assert "there is no such folder" in result.line


@pytest.mark.parametrize(
    ("behaviour", "contents", "n_lists"),
    [
        (["a,1,1,1"], ["c,x"], 1),
        (["a,,,", "b,,,"], ["c,", "d,"], 4),
        (["a,0,0,0", "b,0,0,0", "a,1,1,1"], ["c,x|x|y"], 2),
        ([f"u{n},{n},1,0" for n in range(40)], ["甲,教育/数学", "乙,教育/物理"], 80),
    ],
)
def test_the_smallest_sites_have_results_too(
    behaviour: list[str],
    contents: list[str],
    n_lists: int,
    folder: Folder,
    pipeline: Run,
    tmp_path: Path,
) -> None:
    head = "user_id,watch_time,interaction_freq,purchase_amount"
    folder.write("user_behavior.csv", [head, *behaviour])
    folder.write("content_labels.csv", ["content_id,label", *contents])
    folder.write("chat_messages.csv", ["chat_content", "hi"])
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    assert len(read(tmp_path / "out/user_recommendations.csv")) == n_lists


@pytest.mark.parametrize("times", [["", ""], ["5", ""], ["5", "2026-01-01"]])
def test_few_visits_with_and_without_times(
    times: list[str], folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    head = "user_id,watch_time,interaction_freq,purchase_amount,content_id,timestamp"
    rows = [f"a,1,1,1,0,{times[0]}", f"a,1,1,1,1,{times[1]}", "b,1,1,1,,5"]
    folder.write("user_behavior.csv", [head, *rows])
    result = pipeline("--k", "3")
    assert (result.status, result.err) == (0, "")
    lists = read(tmp_path / "out/user_recommendations.csv")
    assert [row["user_id"] for row in lists] == ["a"] * 3 + ["b"] * 3
    assert {"0", "1"}.isdisjoint(row["recommended_content_id"] for row in lists[:3])
