"""`livelore pipeline` on one row a user × content × time: taste, reasons, interests."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Result
from tests.pipeline.made import LABELS, Folder, read

Run = Callable[..., Result]


def test_lists_have_the_taste_of_each_user_and_nothing_they_watched(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    tastes = folder.visits()
    result = pipeline("--k", "3")
    assert (result.status, result.err) == (0, "")
    assert "recall at 3 on held-out views" in result.out
    watched = defaultdict(set)
    for row in read(folder.path / "user_behavior.csv"):
        watched[row["user_id"]].add(row["content_id"])
    lists = read(tmp_path / "out/user_recommendations.csv")
    own = [
        int(row["recommended_content_id"]) % len(LABELS) == tastes[int(row["user_id"][1:])]
        for row in lists
    ]
    assert sum(own) / len(own) >= 0.95
    assert all(row["recommended_content_id"] not in watched[row["user_id"]] for row in lists)


def test_a_reason_names_a_content_that_the_user_watched(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.visits()
    assert pipeline("--language", "zh").status == 0
    watched = {
        (row["user_id"], row["content_id"]) for row in read(folder.path / "user_behavior.csv")
    }
    lists = read(tmp_path / "out/user_recommendations.csv")
    named = [row for row in lists if row["reason"].startswith("因为看过")]
    assert len(named) >= 4 * 300, "of the ten contents with their label they have watched six"
    for row in named:
        assert (row["user_id"], row["reason"][5:-1]) in watched


def test_rows_are_added_up_to_users_with_their_interests(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    tastes = folder.visits()
    result = pipeline()
    assert "1800 rows of behaviour, several a user, are added up" in result.out
    found = {row["user_id"]: row for row in read(tmp_path / "out/user_profile.csv")}
    assert len(found) == 300
    first = [row for row in read(folder.path / "user_behavior.csv") if row["user_id"] == "u1"]
    total = sum(float(row["watch_time"]) for row in first)
    assert abs(float(found["u1"]["watch_time"]) - total) < 1e-6
    right = [row["interests"] == LABELS[tastes[int(user[1:])]] for user, row in found.items()]
    assert sum(right) >= 0.99 * len(right)


def test_only_contents_of_the_table_are_recommended(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.visits(n_contents=40)
    folder.contents(30)  # ten are gone, and still say what their users like
    assert pipeline().status == 0
    lists = read(tmp_path / "out/user_recommendations.csv")
    assert {int(row["recommended_content_id"]) for row in lists} <= set(range(30))


def test_ids_that_are_numbers_in_one_file_and_text_in_the_other_meet(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.visits()
    folder.add("content_labels.csv", "new,科技")
    assert pipeline().status == 0
    report = (tmp_path / "out/report.html").read_text("utf-8")
    assert "from own taste" in report


def test_a_user_with_one_row_and_one_content_has_a_list_by_label(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    lines = (folder.path / "user_behavior.csv").read_text("utf-8").splitlines()
    rows = [f"{line},{n % 20}" for n, line in enumerate(lines[1:])]
    folder.write("user_behavior.csv", [lines[0] + ",content_id", *rows])
    result = pipeline("--k", "3")
    assert (result.status, result.err) == (0, "")
    lists = read(tmp_path / "out/user_recommendations.csv")
    alike = [
        int(row["recommended_content_id"]) % 4 == int(row["user_id"]) % 20 % 4 for row in lists
    ]
    assert sum(alike) / len(alike) >= 0.9
    assert "Too few users have two or more views" in (tmp_path / "out/report.html").read_text()
