"""`livelore pipeline` on the article's files exactly as the article has them."""

from collections.abc import Callable
from pathlib import Path

from sklearn.metrics import adjusted_rand_score

from tests.cli.conftest import Result
from tests.pipeline.made import LABELS, Folder, read

Run = Callable[..., Result]
PROFILE = [
    "user_id",
    "watch_time",
    "interaction_freq",
    "purchase_amount",
    "user_cluster",
    "segment_name",
    "segment_probability",
    "interests",
    "spending_level",
    "social_level",
]
LISTS = ["user_id", "rank", "recommended_content_id", "recommendation_score", "reason"]


def test_the_article_s_files_give_segments_that_were_planted(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    kinds = folder.article()
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    found = read(tmp_path / "out/user_profile.csv")
    assert list(found[0]) == PROFILE
    given = read(folder.path / "user_behavior.csv")
    assert [row["user_id"] for row in found] == [row["user_id"] for row in given]
    same = [float(row["watch_time"]) for row in given]
    assert [float(row["watch_time"]) for row in found] == same
    assert adjusted_rand_score(kinds, [row["user_cluster"] for row in found]) >= 0.95
    assert len({row["segment_name"] for row in found}) == 3


def test_without_contents_lists_come_from_what_there_is_and_everything_says_so(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    result = pipeline("--k", "4")
    lists = read(tmp_path / "out/user_recommendations.csv")
    assert list(lists[0]) == LISTS
    assert len(lists) == 4 * 240
    assert [row["rank"] for row in lists[:4]] == ["1", "2", "3", "4"]
    labels = [LABELS[int(row["recommended_content_id"]) % 4] for row in lists[:4]]
    assert sorted(labels) == sorted(LABELS), "one of each label in turn"
    assert "nothing is known of what anybody watched" in lists[0]["reason"]
    assert "neither behaviour nor chat has content_id" in result.out
    report = (tmp_path / "out/report.html").read_text("utf-8")
    assert "neither" in report.lower()
    assert "content_id" in report


def test_what_a_segment_chats_in_is_popular_there(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    kinds = folder.article()
    chat = ["chat_content,user_id,content_id"]
    for user, kind in enumerate(kinds):
        chat += [f"好,{user},{kind * 5}", f"好,{user},19"]
    folder.write("chat_messages.csv", chat)
    result = pipeline("--k", "2")
    assert "popularity in the chat" in result.out
    lists = read(tmp_path / "out/user_recommendations.csv")
    for user, kind in enumerate(kinds):
        own = {row["recommended_content_id"] for row in lists[2 * user : 2 * user + 2]}
        assert own == {str(kind * 5), "19"}
    assert "popular in the segment" in lists[0]["reason"]
    assert all(0 < float(row["recommendation_score"]) <= 1 for row in lists)


def test_another_run_and_another_seed_keep_the_numbers(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    assert pipeline().status == 0
    before = read(tmp_path / "out/user_profile.csv")
    lines = (folder.path / "user_behavior.csv").read_text("utf-8").splitlines()
    folder.write("user_behavior.csv", [lines[0], *reversed(lines[1:])])  # the others come first
    assert pipeline("--seed", "7").status == 0
    after = {row["user_id"]: row for row in read(tmp_path / "out/user_profile.csv")}
    kept = [row["user_cluster"] == after[row["user_id"]]["user_cluster"] for row in before]
    assert sum(kept) >= 0.99 * len(kept)


def test_users_nobody_knows_get_the_numbers_of_segments_like_theirs(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    kinds = folder.article()
    assert pipeline().status == 0
    of_kind = {
        kind: row["user_cluster"]
        for kind, row in zip(kinds, read(tmp_path / "out/user_profile.csv"), strict=True)
    }
    kinds = folder.article(seed=9)
    text = (folder.path / "user_behavior.csv").read_text("utf-8").replace("\n", "\nnew-")
    folder.write("user_behavior.csv", text.removesuffix("new-").splitlines())
    assert pipeline().status == 0
    found = read(tmp_path / "out/user_profile.csv")
    assert found[0]["user_id"] == "new-0"
    kept = [of_kind[kind] == row["user_cluster"] for kind, row in zip(kinds, found, strict=True)]
    assert sum(kept) >= 0.95 * len(kept)


def test_a_broken_profile_of_an_earlier_run_is_told_and_written_anew(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/user_profile.csv").write_text("nonsense\n1\n", "utf-8")
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    assert "segment numbers begin anew" in result.out
    assert list(read(tmp_path / "out/user_profile.csv")[0]) == PROFILE


def test_the_same_seed_gives_the_same_files(folder: Folder, pipeline: Run, tmp_path: Path) -> None:
    folder.visits()
    assert pipeline().status == 0
    tables = ("user_profile.csv", "user_recommendations.csv")
    first = [(tmp_path / "out" / name).read_bytes() for name in tables]
    for name in tables:
        (tmp_path / "out" / name).unlink()
    assert pipeline().status == 0
    assert [(tmp_path / "out" / name).read_bytes() for name in tables] == first
