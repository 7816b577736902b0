"""Events to features of users: the same table by our expression, by plain SQL, by pandas.

Made events, 100 a user on average, most of them watch heartbeats, in one Parquet file of row groups
of a million with dictionary-coded types. Each contender runs in a process of its own on one thread;
CPU seconds and peak memory are those of the process, less what its imports take (seconds only).
Pandas and plain DuckDB compute the same columns but for active days; a checksum of each must agree.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import goal, say

QUICK: dict[str, Any] = {"events": 50_000}
TYPES = ["watch", "danmaku", "question", "gift", "super_chat", "purchase", "co_stream"]
SHARES = [0.7, 0.22, 0.02, 0.03, 0.005, 0.015, 0.01]
BEGIN, DAYS = 1_700_006_400, 60
GROUP = 1_000_000
CONTENDERS = ("expression", "duckdb", "pandas")
CPU_S, PEAK_MB = 6.0, 1_000.0


def run(*, events: int = 20_000_000, rounds: int = 1) -> dict[str, Any]:
    """Measure every contender.

    Args:
        events: In the file.
        rounds: Of each, in turns; the least CPU counts.
    """
    with tempfile.TemporaryDirectory(prefix="livelore-bench-") as folder:
        path = Path(folder) / "events.parquet"
        say(f"features: {events:,} events")
        _write(path, events)
        found: dict[str, dict[str, Any]] = {}
        for _ in range(rounds):
            for name in CONTENDERS:
                say(f"features: {name}")
                measured = _child(name, path)
                if name not in found or measured["cpu_s"] < found[name]["cpu_s"]:
                    found[name] = measured
    wrong = [
        f"{name} differs: {each['sums']}"
        for name, each in found.items()
        if not np.allclose(each["sums"], found["expression"]["sums"], rtol=1e-6)
    ]
    return {"events": events, "contenders": found, "goals": _goals(found, events), "wrong": wrong}


def _goals(found: dict[str, dict[str, Any]], events: int) -> list[dict[str, Any]]:
    is_full = events >= 20_000_000
    goals = []
    for name, each in found.items():
        limits = (CPU_S, PEAK_MB) if is_full and name == "expression" else (None, None)
        label = "expression" if name == "expression" else f"peer: {each['version']}"
        goals.append(goal(f"{events:,} events, {label}", each["cpu_s"], limits[0], "CPU-s"))
        goals.append(goal(f"{events:,} events, {label}, peak", each["peak_mb"], limits[1], "MB"))
    return goals


def _write(path: Path, n_events: int) -> None:
    rng = np.random.default_rng(0)
    n_users = max(1, n_events // 100)
    writer = None
    for begin in range(0, n_events, GROUP):
        n = min(GROUP, n_events - begin)
        kind = rng.choice(len(TYPES), n, p=SHARES).astype(np.int8)
        share = np.sort(rng.random(n)) * n + begin
        columns = {
            "user": (rng.random(n) ** 2 * n_users).astype(np.int32),
            "type": pa.DictionaryArray.from_arrays(pa.array(kind), TYPES),
            "at": (BEGIN + share / n_events * DAYS * 86_400).astype(np.int64),
            "amount": np.where(np.isin(kind, [3, 4, 5]), rng.integers(1, 900, n) / 4, 0.0),
            "watched_s": np.where(kind == 0, rng.integers(1, 600, n), 0).astype(np.float32),
        }
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=GROUP)
    if writer is not None:
        writer.close()


def _child(name: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.features_child", name, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[1])
    result: dict[str, Any] = json.loads(done.stdout)
    return result
