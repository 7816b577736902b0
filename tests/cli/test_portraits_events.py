"""`livelore portraits` on events: the article's second form, typed ones, how they are told."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.cli.conftest import Cli
from tests.cli.test_portraits import NEW, article, read

HEAD = "user_id,content_id,timestamp,watch_time,interaction_freq,purchase_amount"
HABITS = ["n_events", "n_sessions", "recency_s", "night_share", "weekend_share"]


def visits(path: Path, n_users: int = 120, seed: int = 0) -> list[int]:
    """Two kinds of users: who interacts and pays at night, and who watches by day."""
    rng = np.random.default_rng(seed)
    truth = [int(each) for each in rng.integers(0, 2, n_users)]
    lines = [HEAD]
    for user, kind in enumerate(truth):
        for _ in range(6):
            at = 1_767_571_200 + 86_400 * rng.integers(28) + 3_600 * (23 if kind else 13)
            often, paid = (6, 90) if kind else (1, 5)
            cells = [f"{user:04d}", f"c{rng.integers(20)}", at, int(rng.gamma(9, 60))]
            cells += [round(often + rng.random(), 3), round(paid * (1 + rng.random()), 2)]
            lines.append(",".join(map(str, cells)))
    order = 1 + rng.permutation(len(lines) - 1)
    path.write_text("\n".join([lines[0], *(lines[n] for n in order)]) + "\n", "utf-8")
    return truth


def test_events_are_added_up_to_one_row_a_user(cli: Cli, tmp_path: Path) -> None:
    truth = visits(tmp_path / "in.csv")
    result = cli("portraits", "fit", "in.csv", "-o", "out.csv", "--k", "2")
    assert result.status == 0, result.err
    assert result.line == (
        "in.csv: taken as events, one row a user × content × time: 720 rows added up to 120 users "
        "(--rows users takes each row as a user)"
    )
    assert "Wrote 120 users to out.csv" in result.out
    found = read(tmp_path / "out.csv")
    sums = ["watch_time", "interaction_freq", "purchase_amount"]
    assert list(found[0]) == ["user_id", *sums, *HABITS, *NEW]
    assert [row["user_id"] for row in found] == [f"{n:04d}" for n in range(120)]
    rows = [row for row in read(tmp_path / "in.csv") if row["user_id"] == "0007"]
    assert int(found[7]["watch_time"]) == sum(int(row["watch_time"]) for row in rows)
    paid = sum(float(row["purchase_amount"]) for row in rows)
    assert float(found[7]["purchase_amount"]) == pytest.approx(paid)
    clusters = [int(row["user_cluster"]) for row in found]
    assert adjusted_rand_score(truth, clusters) >= 0.95


def test_a_model_of_events_assigns_events_also_one_a_user(cli: Cli, tmp_path: Path) -> None:
    visits(tmp_path / "in.csv")
    fitted = cli("portraits", "fit", "in.csv", "-o", "o.csv", "--model", "m", "--k", "2")
    assert fitted.status == 0, fitted.err
    lines = (tmp_path / "in.csv").read_text("utf-8").splitlines()
    firsts = {line.split(",")[0]: line for line in lines[1:]}
    (tmp_path / "few.csv").write_text("\n".join([HEAD, *firsts.values()]), "utf-8")
    result = cli("portraits", "assign", "few.csv", "-o", "few_out.csv", "--model", "m")
    assert result.status == 0, result.err
    assert "taken as events" in result.line
    assert len(read(tmp_path / "few_out.csv")) == 120


def test_a_model_of_users_assigns_events(cli: Cli, tmp_path: Path) -> None:
    article(tmp_path / "users.csv")
    visits(tmp_path / "in.csv")
    fitted = cli("portraits", "fit", "users.csv", "-o", "o.csv", "--model", "m")
    assert fitted.status == 0, fitted.err
    result = cli("portraits", "assign", "in.csv", "-o", "p.csv", "--model", "m")
    assert result.status == 0, result.err
    assert len(read(tmp_path / "p.csv")) == 120


def test_typed_events_become_the_features_of_the_library(cli: Cli, tmp_path: Path) -> None:
    kinds = ("watch", "danmaku", "gift", "purchase")
    events = [
        {
            "user": f"u{user}",
            "type": kinds[n % 4] if user % 2 else "watch",
            "time": f"2026-01-{5 + n:02d}T{21 + user % 3}:00:00Z",
            "amount": 5 if n % 4 >= 2 and user % 2 else None,
            "watch_s": 600,
        }
        for user in range(40)
        for n in range(8)
    ]
    text = "\n".join(json.dumps(each) for each in events)
    (tmp_path / "in.jsonl").write_text(text, "utf-8")
    result = cli("portraits", "fit", "in.jsonl", "-o", "out.csv", "--k", "2")
    assert result.status == 0, result.err
    assert "in.jsonl: taken as events with a type each: 320 rows added up to 40" in result.line
    found = {row["user"]: row for row in read(tmp_path / "out.csv")}
    assert len(found) == 40
    assert [found["u1"][name] for name in ("n_events", "n_danmaku", "n_gifts", "n_tips")] == [
        *("8", "2", "2", "2")
    ]
    assert [found["u1"][name] for name in ("tip_amount", "purchase_amount")] == ["10", "10"]
    assert found["u2"]["watch_s"] == "4800"
    assert found["u1"]["user_cluster"] != found["u2"]["user_cluster"]


def test_a_type_of_users_is_no_type_of_events(cli: Cli, tmp_path: Path) -> None:
    lines = ["id,type,timestamp,x", *(f"{n},vip,2026-01-05,{n % 2}" for n in range(20))]
    (tmp_path / "in.csv").write_text("\n".join(lines), "utf-8")
    result = cli("portraits", "fit", "in.csv", "-o", "out.csv")
    assert (result.status, result.line) == (0, "in.csv: taken as one row a user")
    assert list(read(tmp_path / "out.csv")[0])[:4] == ["id", "type", "timestamp", "x"]


def test_times_and_contents_of_users_are_not_compared(cli: Cli, tmp_path: Path) -> None:
    lines = ["user_id,content_id,timestamp,x", *(f"{n},{n},17000000{n},{n % 2}" for n in range(20))]
    (tmp_path / "in.csv").write_text("\n".join(lines), "utf-8")
    result = cli("portraits", "fit", "in.csv", "-o", "out.csv")
    assert result.status == 0, result.err
    told = "; content_id, timestamp not compared (--columns names what is)"
    assert result.line == f"in.csv: taken as one row a user{told}"


def test_whoever_knows_better_says_so(cli: Cli, tmp_path: Path) -> None:
    visits(tmp_path / "in.csv", 40)
    result = cli("portraits", "fit", "in.csv", "-o", "o.csv", "--rows", "users")
    assert result.status == 0, result.err
    assert len(read(tmp_path / "o.csv")) == 240
    text = (tmp_path / "in.csv").read_text("utf-8").replace("timestamp", "seen").replace("co", "k")
    (tmp_path / "other.csv").write_text(text, "utf-8")
    arguments = ("--rows", "events", "--time-col", "seen", "--utc-offset", "8")
    result = cli("portraits", "fit", "other.csv", "-o", "p.csv", *arguments)
    assert result.status == 0, result.err
    found = read(tmp_path / "p.csv")
    assert len(found) == 40
    assert "seen" not in found[0]
    assert float(found[0]["n_sessions"]) >= 1


def test_bad_events_are_kept_apart(cli: Cli, tmp_path: Path) -> None:
    visits(tmp_path / "in.csv", 30)
    with (tmp_path / "in.csv").open("a", encoding="utf-8") as file:
        file.write("0001,c1,never,5,1,1\n0001,c1,1767571200,-5,1,1\n,c1,1767571200,5,1,1\n")
    result = cli("portraits", "fit", "in.csv", "-o", "out.csv")
    assert result.status == 0, result.err
    assert "Wrote 30 users to out.csv; 3 rows left out" in result.out
    rejects = (tmp_path / "out.csv.rejects.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["row"] for line in rejects} == {182, 183, 184}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--columns", "charm"), "no column charm"),
        (("--rows", "people"), "people"),
        (("--time-col", "when"), "when"),
        (("--utc-offset", "99"), "utc_offset_s"),
    ],
)
def test_what_cannot_be_is_one_line_and_2(
    arguments: tuple[str, ...], words: str, cli: Cli, tmp_path: Path
) -> None:
    visits(tmp_path / "in.csv", 30)
    result = cli("portraits", "fit", "in.csv", "-o", "o.csv", *arguments)
    assert result.status == 2, result.err
    assert words in result.line
    assert not (tmp_path / "o.csv").exists()


def test_named_columns_alone_are_compared(cli: Cli, tmp_path: Path) -> None:
    truth = visits(tmp_path / "in.csv")
    result = cli(
        *("portraits", "fit", "in.csv", "-o", "o.csv"), "--columns", "night_share,purchase_amount"
    )
    assert result.status == 0, result.err
    clusters = [row["user_cluster"] for row in read(tmp_path / "o.csv")]
    assert adjusted_rand_score(truth, clusters) >= 0.95
