"""One query, the same table on each engine, and the same as counting by hand."""

import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.portraits.expressions import (
    ACTIVE_DAYS,
    NAMES,
    SESSION_GAP_S,
    features,
    features_of_files,
)

DAY_S = 86_400
NOW = 20_000 * DAY_S + 40_000
OFFSET_S = 28_800
TYPES = ("watch", "danmaku", "question", "gift", "super_chat", "purchase", "co_stream", "click")
EVENTS = st.tuples(
    st.integers(0, 3),
    st.sampled_from(TYPES),
    st.integers(NOW - 70 * DAY_S, NOW + 100),
    st.integers(0, 400).map(lambda n: n / 4),
)


def table(events: list[tuple[int, str, int, float]]) -> Any:
    users, types, at, size = zip(*events, strict=True)
    return pa.table(
        {
            "user": pa.array(users, pa.int64()),
            "type": list(types),
            "at": pa.array(at, pa.int64()),
            "amount": [
                s if t in {"gift", "super_chat", "purchase"} else 0.0
                for t, s in zip(types, size, strict=True)
            ],
            "watched_s": [s if t == "watch" else 0.0 for t, s in zip(types, size, strict=True)],
        }
    )


def by_hand(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of one user, in the plainest way."""
    types = [row["type"] for row in rows]
    at = sorted(row["at"] for row in rows)
    tips = [row["amount"] for row in rows if row["type"] in {"gift", "super_chat"}]
    purchases = [row["amount"] for row in rows if row["type"] == "purchase"]
    hours = [(each + OFFSET_S) % DAY_S // 3_600 for each in at]
    days = {(each + OFFSET_S) // DAY_S for each in at}
    first = (NOW + OFFSET_S) // DAY_S - ACTIVE_DAYS + 1
    gaps = [b - a for a, b in pairwise(at)]
    return {
        "n_events": len(rows),
        "watch_s": sum(row["watched_s"] for row in rows),
        "n_danmaku": types.count("danmaku"),
        "n_questions": types.count("question"),
        "n_gifts": types.count("gift"),
        "co_streams": types.count("co_stream"),
        "tip_amount": sum(tips),
        "n_tips": len(tips),
        "purchase_amount": sum(purchases),
        "n_purchases": len(purchases),
        "recency_s": NOW - at[-1],
        "night_share": sum(hour >= 22 or hour < 6 for hour in hours) / len(rows),
        "n_active_days": sum(day >= first for day in days),
        "n_sessions": 1 + sum(gap > SESSION_GAP_S for gap in gaps),
    }


def expected(events: Any) -> dict[int, dict[str, float]]:
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in events.to_pylist():
        if row["at"] <= NOW:
            rows[row["user"]].append(row)
    return {user: by_hand(each) for user, each in rows.items()}


def by_user(found: Any) -> dict[int, dict[str, float]]:
    return {row.pop("user"): row for row in found.to_pylist()}


@pytest.fixture(scope="module")
def duck() -> Any:
    made: Any = ibis.duckdb.connect(threads=1)
    return made


def queried(duck: Any, events: Any) -> Any:
    query = features(events, NOW, OFFSET_S, with_sessions=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of DuckDB, called by Ibis
        return duck.to_pyarrow(query)


@given(st.lists(EVENTS, min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_every_feature_is_what_counting_by_hand_gives(
    duck: Any, events: list[tuple[int, str, int, float]]
) -> None:
    given_events = table(events)
    found = queried(duck, ibis.memtable(given_events))
    assert by_user(found) == expected(given_events)


def many() -> Any:
    """Amounts in quarters, so that no order of adding them rounds."""
    rng = np.random.default_rng(4)
    n_events = 4_000
    columns = (
        rng.integers(0, 150, n_events).tolist(),
        rng.choice(TYPES, n_events).tolist(),
        rng.integers(NOW - 80 * DAY_S, NOW, n_events).tolist(),
        (rng.integers(1, 900, n_events) / 4).tolist(),
    )
    return table(list(zip(*columns, strict=True)))


def test_files_give_the_same_without_sessions(tmp_path: Path) -> None:
    events = many()
    pq.write_table(events, tmp_path / "events.parquet", row_group_size=500)
    found = features_of_files([tmp_path / "events.parquet"], NOW, OFFSET_S)
    assert found.column_names == ["user", *NAMES]
    hand = {u: {n: each[n] for n in NAMES} for u, each in expected(events).items()}
    assert by_user(found) == hand


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java: install a JRE 17")
@pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None, reason="pip install 'livelore[spark]'"
)
def test_spark_gives_the_same_table(duck: Any, tmp_path: Path) -> None:
    given_path, out = tmp_path / "events.parquet", tmp_path / "features.parquet"
    pq.write_table(many(), given_path)
    child = Path(__file__).with_name("spark_child.py")
    environ = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    subprocess.run(
        [sys.executable, str(child), str(given_path), str(out), str(NOW)],
        check=True,
        env=environ,
    )
    ours = queried(duck, ibis.memtable(many())).sort_by("user")
    theirs = pq.read_table(out).sort_by("user")
    assert theirs.schema.remove_metadata().equals(ours.schema.remove_metadata())
    assert theirs.to_pylist() == ours.to_pylist()
