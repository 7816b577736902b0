"""The article's six steps on a whole site: CSV files in, CSV files and a report out.

A made site (`benchmarks/pipeline_data.py`) with planted segments and tastes in two forms: the
article's, one row a user without contents, and one row a user × content × time. Each run is a
process of its own on one thread; CPU seconds and peak are the whole process, imports, reading and
writing included. The adjusted Rand index compares segments with the planted ones; recall is that
which the run itself measures on held-out views of users who did not choose its weights.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sklearn.metrics import adjusted_rand_score

from benchmarks.common import ROOT, goal, say
from benchmarks.pipeline_data import Size, write

QUICK: dict[str, Any] = {"users": 2_000, "contents": 120, "messages": 500}
FULL_USERS = 1_000_000
CPU_S, PEAK_MB, ARI, RECALL_GAIN = 120.0, 2_000.0, -0.95, -1.0
FORMS = {"article": 0, "visits": 2}
"""Rows of behaviour a user, mean; 0: the article's form."""


def run(
    *, users: int = FULL_USERS, contents: int = 10_000, messages: int = 1_000_000
) -> dict[str, Any]:
    """Measure both forms.

    Args:
        users: In behaviour.
        contents: In the catalogue.
        messages: In the chat.
    """
    found: dict[str, Any] = {}
    goals: list[dict[str, Any]] = []
    wrong: list[str] = []
    for form, visits in FORMS.items():
        with tempfile.TemporaryDirectory(prefix="livelore-bench-") as name:
            folder = Path(name)
            (folder / "in").mkdir()
            say(f"pipeline: {users:,} users, {form}")
            kinds = write(folder / "in", Size(users, contents, messages, visits))
            result = _child(folder)
            agreement = adjusted_rand_score(kinds, result.pop("segments"))
            size_mb = sum(path.stat().st_size for path in (folder / "out").iterdir()) / 1e6
            if result["n_lists"] != users:
                wrong.append(f"{form}: {result['n_lists']} users of {users} have a list")
            found[form] = result | {"ari": round(float(agreement), 3), "written_mb": round(size_mb)}
            goals += _goals(form, found[form], users)
    return {"users": users, "contents": contents, "messages": messages, "forms": found} | {
        "goals": goals,
        "wrong": wrong,
    }


def _goals(form: str, found: dict[str, Any], users: int) -> list[dict[str, Any]]:
    is_full = users >= FULL_USERS
    what = f"{users:,} users, {'one row each' if form == 'article' else 'visits'}"
    if found["messages"] is None:
        what += ", without the chat"
    goals = [
        goal(what, found["cpu_s"], CPU_S if is_full else None, "CPU-s"),
        goal(f"{what}, peak", found["peak_mb"], PEAK_MB if is_full else None, "MB"),
        goal(f"{what}, planted segments found", found["ari"], ARI, "ARI"),
    ]
    if found["recall"] is not None:
        gain = round(found["recall"] / max(found["popular_recall"], 1e-9), 2)
        goals.append(goal(f"{what}, recall over a popular list's", gain, RECALL_GAIN, "times"))
    return goals


def _child(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pipeline_child"]
    done = subprocess.run(
        [*command, str(folder / "in"), str(folder / "out")],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
