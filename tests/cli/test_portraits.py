"""`livelore portraits`: the article's table, bad rows, and options that cannot be."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.cli.conftest import Cli

NEW = [
    "user_cluster",
    "segment_name",
    "segment_probability",
    "interests",
    "spending_level",
    "social_level",
]


def article(path: Path, n_users: int = 200, seed: int = 0) -> list[int]:
    """The article's file; two kinds of users differ only in how often they interact."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n_users)
    watched, paid = rng.gamma(9, 400, n_users), rng.gamma(9, 11, n_users)
    often = np.where(truth, 6, 1) + rng.normal(0, 0.3, n_users).clip(-0.9, 0.9)
    lines = ["user_id,watch_time,interaction_freq,purchase_amount"]
    lines += [f"{n:04d},{watched[n]:.0f},{often[n]:.3f},{paid[n]:.2f}" for n in range(n_users)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return [int(each) for each in truth]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_article_s_table_gets_segments_that_are_there(cli: Cli, tmp_path: Path) -> None:
    truth = article(tmp_path / "user_behavior.csv")
    result = cli("portraits", "fit", "user_behavior.csv", "-o", "user_profile.csv")
    assert result.status == 0, result.err
    assert result.line == "user_behavior.csv: taken as one row a user"
    assert "Wrote 200 users to user_profile.csv\n" in result.out
    found = read(tmp_path / "user_profile.csv")
    assert list(found[0]) == ["user_id", "watch_time", "interaction_freq", "purchase_amount", *NEW]
    assert [row["user_id"] for row in found[:2]] == ["0000", "0001"], "ids stay as they are"
    clusters = [int(row["user_cluster"]) for row in found]
    assert adjusted_rand_score(truth, clusters) >= 0.95
    assert all(0.5 <= float(row["segment_probability"]) <= 1 for row in found)
    names = {row["user_cluster"]: row["segment_name"] for row in found}
    assert names == {"0": "Quiet", "1": "Interact a lot"}
    assert {row["spending_level"] for row in found} == {"low", "medium", "high"}
    assert not (tmp_path / "user_profile.csv.rejects.jsonl").exists()
    assert "interaction_freq" in result.out, "a name cites its facts"


def test_another_seed_gives_the_same_numbers(cli: Cli, tmp_path: Path) -> None:
    article(tmp_path / "in.csv")
    for seed in ("0", "7"):
        assert cli("portraits", "fit", "in.csv", "-o", f"{seed}.csv", "--seed", seed).status == 0
    kept = [
        one["user_cluster"] == other["user_cluster"]
        for one, other in zip(read(tmp_path / "0.csv"), read(tmp_path / "7.csv"), strict=True)
    ]
    assert np.mean(kept) >= 0.99


def test_a_kept_model_assigns_and_tells_drift(cli: Cli, tmp_path: Path) -> None:
    truth = article(tmp_path / "in.csv")
    fitted = cli("portraits", "fit", "in.csv", "-o", "out.csv", "--model", "m", "--k", "2")
    assert fitted.status == 0, fitted.err
    result = cli(
        "portraits", "assign", "in.csv", "-o", "out.jsonl", "--model", "m", "--language", "zh"
    )
    assert result.status == 0, result.err
    assert "drift" not in result.out
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["user_cluster"] for row in rows] == truth
    assert {row["segment_name"] for row in rows} == {"少互动", "高互动"}
    article(tmp_path / "late.csv", seed=3)
    text = (tmp_path / "late.csv").read_text("utf-8").splitlines()
    moved = [text[0], *(line.replace(",", ",9", 1) for line in text[1:])]
    (tmp_path / "late.csv").write_text("\n".join(moved), "utf-8")
    result = cli("portraits", "assign", "late.csv", "-o", "late_out.csv", "--model", "m")
    assert "drift: watch_time: PSI" in result.out
    like = cli("portraits", "fit", "late.csv", "-o", "again.csv", "--like", "m", "--k", "2")
    assert like.status == 0, like.err


def test_bad_rows_are_kept_apart_and_the_others_done(cli: Cli, tmp_path: Path) -> None:
    article(tmp_path / "in.csv", 60)
    with (tmp_path / "in.csv").open("a", encoding="utf-8") as file:
        file.write("a,abc,1,1\nb,-5,1,1\n,5,1,1\nc,,1,1\n0001,9,1,1\nd,1,2\n")
    result = cli("portraits", "fit", "in.csv", "-o", "out.csv")
    assert result.status == 0, result.err
    assert "Wrote 62 users to out.csv; 4 rows left out, see out.csv.rejects.jsonl" in result.out
    assert "watch_time: 1 missing values count as its median" in result.out
    assert "1 rows repeat an id: each row is taken as a user" in result.out
    rejects = (tmp_path / "out.csv.rejects.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["row"] for line in rejects} == {62, 63, 64, 67}


def test_all_users_alike_are_one_segment(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "a", "x": 1}\n{"id": "b", "x": 1}\n', "utf-8")
    result = cli("portraits", "fit", "in.jsonl", "-o", "out.csv")
    assert result.status == 0, result.err
    assert [row["segment_name"] for row in read(tmp_path / "out.csv")] == ["All users"] * 2
    assert "x is left out: one value only" in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fit", "absent.csv", "-o", "o.csv"), "no such file"),
        (("fit", "in.csv", "-o", "o.txt"), "ending"),
        (("fit", "in.csv", "-o", "o.csv", "--k", "0"), "--k"),
        (("fit", "in.csv", "-o", "o.csv", "--k", "many"), "--k"),
        (("fit", "in.csv", "-o", "o.csv", "--k", "500"), "n_samples=40 is below n_clusters=500"),
        (("fit", "in.csv", "-o", "o.csv", "--method", "magic"), "magic"),
        (("fit", "in.csv", "-o", "o.csv", "--user-col", "who"), "who"),
        (("fit", "in.csv", "-o", "o.csv", "--columns", "charm"), "charm"),
        (("fit", "nameless.csv", "-o", "o.csv"), "--user-col"),
        (("fit", "words.csv", "-o", "o.csv"), "holds numbers"),
        (("fit", "in.csv", "-o", "o.csv", "--like", "in.csv"), "no portrait model"),
        (("assign", "in.csv", "-o", "o.csv", "--model", "absent"), "no portrait model"),
        (("assign", "in.csv", "-o", "o.csv"), "--model"),
        (("fit", "in.csv"), "output"),
    ],
)
def test_what_cannot_be_is_one_line_and_2(
    arguments: tuple[str, ...], words: str, cli: Cli, tmp_path: Path
) -> None:
    article(tmp_path / "in.csv", 40)
    (tmp_path / "nameless.csv").write_text("x,y\n1,2\n", "utf-8")
    (tmp_path / "words.csv").write_text("id,y\n1,hi\n", "utf-8")
    result = cli("portraits", *arguments)
    assert result.status == 2, result.err
    assert words.lower() in result.line.lower()
    assert not (tmp_path / "o.csv").exists()


def test_a_model_of_other_columns_says_which_is_missing(cli: Cli, tmp_path: Path) -> None:
    article(tmp_path / "in.csv", 40)
    assert cli("portraits", "fit", "in.csv", "-o", "o.csv", "--model", "m").status == 0
    (tmp_path / "other.csv").write_text("id,watch_time\n1,2\n", "utf-8")
    result = cli("portraits", "assign", "other.csv", "-o", "p.csv", "--model", "m")
    assert result.status == 2
    assert "interaction_freq" in result.line
