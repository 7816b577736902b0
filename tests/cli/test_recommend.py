"""`livelore recommend`: compare, fit and ask on small files; what is wrong is one line."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Cli
from tests.recommend.made import checkerboard


def events(kind: str = "text", part: int | None = None) -> list[dict[str, Any]]:
    """The checkerboard as rows: user u3, item 007; ``part`` 1 is every fifth event, 0 the rest."""
    data = checkerboard()
    rows = []
    for row, (user, item) in enumerate(zip(data.users.tolist(), data.items.tolist(), strict=True)):
        if part is None or (row % 5 == 0) == bool(part):
            ids = (f"u{user}", f"{item:03d}") if kind == "text" else (user, item + 100)
            rows.append({"user_id": ids[0], "item_id": ids[1], "timestamp": 1_700_000_000 + row})
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def model(cli: Cli, tmp_path: Path) -> Path:
    write(tmp_path / "views.csv", events())
    result = cli("recommend", "fit", "views.csv", "-o", "views.model", "--model", "rp3beta")
    assert (result.status, result.err) == (0, "")
    return tmp_path / "views.model"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_table_is_learnt_and_everybody_gets_a_list(cli: Cli, tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"in.{ending}", events())
    result = cli("recommend", "fit", f"in.{ending}", "-o", "m", "--model", "ease")
    assert (result.status, result.err) == (0, "")
    assert "240 events of 240 rows" in result.out
    assert "Pipeline(" in result.out
    assert "# Model card" in (tmp_path / "m.card.md").read_text("utf-8")
    result = cli("recommend", "recommend", "--model", "m", "-o", f"out.{ending}", "--k", "3")
    assert (result.status, result.err) == (0, "")
    assert f"Wrote lists of 40 users to out.{ending}\n" in result.out
    rows = read(tmp_path / f"out.{ending}")
    assert list(rows[0]) == ["user_id", "rank", "item_id", "score", "reason"]
    assert len(rows) == 120
    known = {(row["user_id"], row["item_id"]) for row in events()}
    for place, row in enumerate(rows):
        assert int(row["rank"]) == place % 3 + 1
        assert len(row["item_id"]) == 3, "leading zeros stay"
        assert int(row["item_id"]) % 2 == int(row["user_id"][1:]) % 2
        assert (row["user_id"], row["item_id"]) not in known
        cited = row["reason"].removeprefix("because of ")
        assert (row["user_id"], cited) in known


def test_models_are_compared_with_the_blend(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "train.csv", events(part=0))
    write(tmp_path / "test.jsonl", events(part=1))
    result = cli(
        *("recommend", "evaluate", "--train", "train.csv", "--test", "test.jsonl"),
        *("--models", "popularity,ease,blend", "--k", "10, 5", "-o", "metrics.json"),
    )
    assert (result.status, result.err) == (0, "")
    found = json.loads((tmp_path / "metrics.json").read_text("utf-8"))
    assert list(found["models"]) == ["popularity", "ease", "blend"]
    assert list(found["models"]["ease"]["at"]) == ["5", "10"]
    assert found["best"] in {"ease", "blend"}
    assert found["data"]["n_users"] == 40
    assert f"* {found['best']} " in result.out
    assert result.out.endswith("Wrote metrics.json\n")


def test_without_names_suited_models_are_taken(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", events(part=0))
    write(tmp_path / "b.csv", events(part=1))
    result = cli("recommend", "evaluate", "--train", "a.csv", "--test", "b.csv", "-o", "m.json")
    assert (result.status, result.err) == (0, "")
    found = json.loads((tmp_path / "m.json").read_text("utf-8"))
    assert list(found["models"])[-1] == "blend"
    assert {"popularity", "ease", "ials"} <= set(found["models"])


def test_parts_with_ids_of_different_types_are_the_same_items(cli: Cli, tmp_path: Path) -> None:
    train = events("numbers", part=0)
    write(tmp_path / "a.parquet", train)
    test = [row | {"user_id": str(row["user_id"])} for row in events("numbers", part=1)]
    write(tmp_path / "b.jsonl", [*test, {"user_id": "new", "item_id": 100, "timestamp": 1}])
    result = cli(
        *("recommend", "evaluate", "--train", "a.parquet", "--test", "b.jsonl"),
        *("--models", "ease", "-o", "m.json"),
    )
    assert (result.status, result.err) == (0, "")
    found = json.loads((tmp_path / "m.json").read_text("utf-8"))
    assert (found["data"]["n_users"], found["data"]["n_items"]) == (41, 24)
    assert found["models"]["ease"]["at"]["10"]["ndcg"] > 0.2


def test_the_article_s_files_give_distances_by_label(cli: Cli, tmp_path: Path) -> None:
    behaviour = [
        {"user_id": row["user_id"], "content_id": row["item_id"], "watch_time": 60 + place}
        for place, row in enumerate(events())
    ]
    write(tmp_path / "user_behavior.csv", behaviour)
    write(tmp_path / "more.csv", [row for n, row in enumerate(behaviour) if n % 7 == 0])
    labels = [
        {"content_id": f"{item:03d}", "label": ("maths|free", "art|free")[item % 2]}
        for item in range(24)
    ]
    write(tmp_path / "content_labels.csv", labels)
    result = cli(
        *("recommend", "evaluate", "--train", "user_behavior.csv", "--test", "more.csv"),
        *("--items", "content_labels.csv", "--models", "rp3beta", "-o", "m.json"),
        *("--k", "5"),
    )
    assert (result.status, result.err) == (0, "")
    found = json.loads((tmp_path / "m.json").read_text("utf-8"))
    at = found["models"]["rp3beta"]["at"]["5"]
    assert 0 <= at["ild"] < 0.05, "items of one colour share both labels"
    result = cli(
        *("recommend", "fit", "user_behavior.csv", "-o", "m", "--model", "item_knn"),
        *("--items", "content_labels.csv", "--weight-col", "watch_time"),
    )
    assert (result.status, result.err) == (0, "")
    assert "240 events of 240 rows" in result.out


def test_bad_rows_are_counted_and_kept_apart(cli: Cli, tmp_path: Path) -> None:
    rows = events()
    rows[3]["item_id"], rows[7]["timestamp"] = "", "soon"
    write(tmp_path / "in.csv", rows)
    result = cli("recommend", "fit", "in.csv", "-o", "m", "--model", "popularity")
    assert (result.status, result.err) == (0, "")
    assert "2 rows of in.csv left out, see m.rejects.jsonl" in result.out
    assert "238 events" in result.out
    rejects = read(tmp_path / "m.rejects.jsonl")
    assert [each["row"] for each in rejects] == [5, 9]
    (tmp_path / "users.csv").write_text("user_id,x\nu1,1\n,2\nu1,3\nnobody,4\n", "utf-8")
    result = cli("recommend", "recommend", "--model", "m", "-o", "out.csv", "--users", "users.csv")
    assert (result.status, result.err) == (0, "")
    assert "1 rows of users.csv left out" in result.out
    assert len(read(tmp_path / "out.csv.users.rejects.jsonl")) == 1
    assert {row["user_id"] for row in read(tmp_path / "out.csv")} == {"u1", "nobody"}
    assert len(read(tmp_path / "out.csv")) == 20, "a repeated user is asked for once"


def test_only_what_is_available_and_only_fresh_histories(
    cli: Cli, tmp_path: Path, model: Path
) -> None:
    (tmp_path / "now.csv").write_text("item_id\n000\n001\n004\n099\n", "utf-8")
    (tmp_path / "fresh.csv").write_text("user,item\nnew,000\nnew,002\nnew,999\n", "utf-8")
    result = cli(
        *("recommend", "recommend", "--model", model.name, "-o", "out.csv", "--no-reasons"),
        *("--history", "fresh.csv", "--available", "now.csv"),
    )
    assert (result.status, result.err) == (0, "")
    assert "1 events of fresh.csv are of items that the model does not know" in result.out
    assert "1 of them have fewer than 10 items left" in result.out
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["user_id", "rank", "item_id", "score"]
    assert [(row["user_id"], row["item_id"]) for row in rows] == [("new", "004"), ("new", "001")]


def test_auto_chooses_a_blend_even_of_the_first_event(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "in.csv", events())
    assert cli("recommend", "fit", "in.csv", "-o", "m").status == 0
    card = (tmp_path / "m.card.md").read_text("utf-8")
    assert "Blend(" in card
    assert "validation ndcg" in card
    (tmp_path / "one.csv").write_text("user,item\n1,1\n", "utf-8")
    result = cli("recommend", "fit", "one.csv", "-o", "one")
    assert (result.status, result.err) == (0, "")
    result = cli("recommend", "recommend", "--model", "one", "-o", "out.csv")
    assert (result.status, result.err) == (0, "")


FIT = ("recommend", "fit", "in.csv", "-o", "m")
ASK = ("recommend", "recommend", "--model", "views.model", "-o", "out.csv")
JUDGE = ("recommend", "evaluate", "--train", "in.csv", "--test", "in.csv", "-o", "m.json")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("recommend", "fit", "gone.csv", "-o", "m"), ["gone.csv"]),
        (("recommend", "fit", "in.txt", "-o", "m"), ["in.txt", ".csv"]),
        (("recommend", "fit", "empty.csv", "-o", "m"), ["empty.csv"]),
        (("recommend", "fit", "head.csv", "-o", "m"), ["head.csv"]),
        (("recommend", "fit", "other.csv", "-o", "m"), ["other.csv", "--user-col"]),
        ((*FIT, "--user-col", "nobody"), ["nobody"]),
        ((*FIT, "--weight-col", "user_id"), ["in.csv"]),
        ((*FIT, "--model", "easy"), ["--model", "easy", "ease"]),
        ((*FIT, "--model", "ease", "--items", "gone.csv"), ["gone.csv"]),
        (("recommend", "fit", "in.csv", "-o", "no/such/m", "--model", "ease"), ["no/such"]),
        ((*JUDGE, "--models", "ease,easy"), ["--models", "easy"]),
        ((*JUDGE[:-1], "no/such/m.json"), ["no/such"]),
        ((*JUDGE, "--k", "0"), ["--k"]),
        ((*JUDGE, "--k", "ten"), ["--k", "ten"]),
        ((*JUDGE, "--k", ""), ["--k"]),
        (("recommend", "evaluate", "--train", "in.csv", "-o", "m.json"), ["--test"]),
        ((*ASK, "--k", "0"), ["--k"]),
        ((*ASK, "--k", "many"), ["--k", "many"]),
        ((*ASK, "--users", "gone.csv"), ["gone.csv"]),
        ((*ASK, "--available", "other.csv"), ["other.csv"]),
        ((*ASK, "--available", "far.csv"), ["far.csv", "none of its items"]),
        ((*ASK, "--history", "far.csv"), ["far.csv", "none of its items"]),
        (("recommend", "recommend", "--model", "in.csv", "-o", "out.csv"), ["in.csv"]),
        (("recommend", "recommend", "--model", "gone", "-o", "out.csv"), ["gone"]),
        (("recommend", "recommend", "--model", "scorer", "-o", "out.csv"), ["another kind"]),
        (("recommend", "recommend", "--model", "views.model", "-o", "out.xls"), ["out.xls"]),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    cli: Cli, tmp_path: Path, model: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    from livelore.intelligence.recommend.candidates.popularity import Popularity
    from livelore.intelligence.recommend.component import save

    assert model.exists()
    save(Popularity().fit(checkerboard()), tmp_path / "scorer")
    write(tmp_path / "in.csv", events())
    write(tmp_path / "in.txt", events())
    (tmp_path / "empty.csv").write_text("", "utf-8")
    (tmp_path / "head.csv").write_text("user_id,item_id\n", "utf-8")
    (tmp_path / "other.csv").write_text("who,what\n1,2\n", "utf-8")
    (tmp_path / "far.csv").write_text("user_id,item_id\nu1,zzz\n", "utf-8")
    result = cli(*arguments)
    assert result.status == 2, result.err
    for each in words:
        assert each in result.line
    assert not (tmp_path / "m").exists()
    assert not (tmp_path / "m.json").exists()
    assert not (tmp_path / "out.csv").exists()


def test_the_same_seed_gives_the_same_lists(cli: Cli, tmp_path: Path, model: Path) -> None:
    for name in ("a", "b"):
        assert cli("recommend", "fit", "views.csv", "-o", name, "--seed", "3").status == 0
        assert cli("recommend", "recommend", "--model", name, "-o", f"{name}.csv").status == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    scores = [float(row["score"]) for row in read(tmp_path / "a.csv")]
    assert np.isfinite(scores).all()
    assert model.exists()


def test_a_history_in_one_cell_is_taken_apart(cli: Cli, tmp_path: Path) -> None:
    rows = [{"student": n, "skills": [1, 2, 3] if n % 2 else [7, 8]} for n in range(10)]
    write(tmp_path / "in.parquet", rows)
    columns = ("--user-col", "student", "--item-col", "skills")
    result = cli("recommend", "fit", "in.parquet", "-o", "m", "--model", "rp3beta", *columns)
    assert (result.status, result.err) == (0, "")
    assert "25 events of 10 rows" in result.out


def test_hosts_of_a_table_lead_back_to_known_ones(cli: Cli, tmp_path: Path) -> None:
    views = [{"user_id": "a", "item_id": "monday"}, {"user_id": "b", "item_id": "other"}]
    views.append({"user_id": "b", "item_id": "tuesday"})
    write(tmp_path / "in.csv", views)
    rooms = [{"item_id": item, "host": "li"} for item in ("monday", "tuesday")]
    write(tmp_path / "rooms.csv", [*rooms, {"item_id": "other", "host": ""}])
    made = ("--model", "returning", "--items", "rooms.csv")
    assert cli("recommend", "fit", "in.csv", "-o", "m", *made).status == 0
    assert cli("recommend", "recommend", "--model", "m", "-o", "out.csv", "--k", "1").status == 0
    first = {row["user_id"]: row for row in read(tmp_path / "out.csv")}
    assert first["a"]["item_id"] == "tuesday"
    assert first["a"]["reason"] == "because of monday"
