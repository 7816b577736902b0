"""Portraits: a million users into segments, k chosen, beside the article's code on the same file.

Users have 12 log-normal columns in which six segments were planted. Every fit runs in a process of
its own on one core; CPU seconds and peak are those of the whole process, imports included. "By the
command" and the article's code read and write the same CSV. What was planted (segments, names,
chances) is looked for among users that the model was not fitted on; the article's code has no way
to assign others, so its ARI is that of its own rows. Seeds agree: ARI of two fits with different
seeds. Stretched: long thin clouds, ARI of every method. Events are made at random; features are
those of `livelore.intelligence.portraits.features`. User tables of MovieLens are measured where the
data lie beside the checkout.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from benchmarks.common import DATA, ROOT, goal, say
from benchmarks.portraits_planted import (
    N_FEATURES,
    N_SEGMENTS,
    calibration,
    names_right,
    planted,
    stretched,
)
from livelore.intelligence.portraits.data import UserTable
from livelore.intelligence.portraits.portraits import Portraits
from livelore.intelligence.portraits.stability import kept_share

QUICK = {"users": 4_000, "events": 50_000, "rounds": 1}
OTHERS = 10
"""For each so many users of the fit, one more is planted, to be judged by."""
CPU_S, PEAK_MB, AGREE, NAMES_RIGHT = 10.0, 500.0, 0.95, 0.9
FEATURES_S, FEATURES_MB = 6.0, 1_000.0


def run(
    users: int = 1_000_000, events: int = 20_000_000, rounds: int = 3, seed: int = 0
) -> dict[str, Any]:
    """Measure everything.

    Args:
        users: In the large table.
        events: In the log.
        rounds: Fits of each way, with seeds that follow each other; figures are the worst.
        seed: Of the data and of the first fit.
    """
    folder = Path(tempfile.mkdtemp(prefix="livelore-bench-"))
    try:
        found = _large(folder, users, max(2, rounds), seed)
        found["features"] = _features(folder / "events", events, seed)
    finally:
        shutil.rmtree(folder)
    say("portraits: stretched segments, names, chances")
    found["stretched"] = stretched(seed)
    found["names_right"] = names_right(seed)
    found["calibration_error"] = calibration(seed)
    found["movielens"] = _movielens(seed)
    return {**found, "goals": _goals(found, users, events), "wrong": _wrong(found, events)}


def _large(folder: Path, n_users: int, rounds: int, seed: int) -> dict[str, Any]:
    say(f"portraits: {n_users:,} users")
    values, truth = planted(n_users + n_users // OTHERS, seed)
    np.save(folder / "others.npy", values[n_users:])
    values, truth, others = values[:n_users], truth[:n_users], truth[n_users:]
    np.save(folder / "users.npy", values)
    names = [f"f{n}" for n in range(N_FEATURES)]
    columns = [pa.array(np.arange(n_users)), *(pa.array(column) for column in values.T)]
    pacsv.write_csv(pa.table(columns, names=["user_id", *names]), folder / "users.csv")
    del values, columns
    ours, labels, of_others = [], [], []
    again = folder / "again.npy"  # the first of all, so that compiled code is kept for the others
    _child("arrays", folder / "users.npy", again, seed)
    for number in range(rounds):
        out = folder / f"{number}.npy"
        ours.append(_child("arrays", folder / "users.npy", out, seed + number))
        labels.append(np.load(out))
        of_others.append(np.load(out.with_suffix(".others.npy")))
    by_command = _child("command", folder / "users.csv", folder / "out.csv", seed)
    theirs, their_labels = [], []
    for number in range(rounds):
        say("portraits: the article's code")
        out = folder / f"article-{number}.csv"
        theirs.append(_child("article", folder / "users.csv", out, seed))
        options = pacsv.ConvertOptions(include_columns=["user_cluster"])
        their_labels.append(pacsv.read_csv(out, convert_options=options)[0].to_numpy())
        out.unlink()
    return {
        "ours": ours,
        "ours_ari": [round(adjusted_rand_score(others, each), 4) for each in of_others],
        "ours_seeds_agree": _agreements(labels),
        "ours_kept": [round(kept_share(labels[0], each), 4) for each in labels[1:]],
        "ours_kept_same_seed": kept_share(labels[0], np.load(again)),
        "by_command": by_command,
        "article": theirs,
        "article_ari": [round(adjusted_rand_score(truth, each), 4) for each in their_labels],
        "article_seeds_agree": _agreements(their_labels),
        "article_kept": [round(kept_share(their_labels[0], each), 4) for each in their_labels[1:]],
    }


def _agreements(labels: list[NDArray[Any]]) -> list[float]:
    return [round(adjusted_rand_score(labels[0], each), 4) for each in labels[1:]]


def _child(mode: str, source: Path, out: Path, seed: int) -> dict[str, Any]:
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.portraits_child", mode, source, out, str(seed)],
        env={**os.environ, **one_core, "PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{mode}: {done.stderr[-1500:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _features(folder: Path, n_events: int, seed: int) -> dict[str, Any]:
    say(f"portraits: {n_events:,} events")
    folder.mkdir()
    rng = np.random.default_rng(seed)
    n_users = max(1, n_events // 20)
    for name, column in (
        ("users", rng.integers(0, n_users, n_events, dtype=np.int32)),
        ("kinds", rng.integers(0, 9, n_events, dtype=np.uint8)),
        ("at", np.sort(1.7e9 + 4e6 * rng.random(n_events))),
        ("amounts", rng.random(n_events, dtype=np.float32) * 1_000),
        ("watch_s", rng.random(n_events, dtype=np.float32) * 600),
        ("n_users", np.array(n_users)),
    ):
        np.save(folder / f"{name}.npy", column)
        del column
    return _child("features", folder, folder, seed)


def _movielens(seed: int) -> dict[str, Any]:
    """Segments of MovieLens users by what they rated; agreement of two seeds."""
    found: dict[str, Any] = {}
    for name, file in (("ml100k", "ratings.parquet"), ("ml1m", "pairs_all.parquet")):
        path = DATA / name / file
        if not path.is_file():
            found[name] = "skipped: the data are not there"
            continue
        users = _rated(pq.read_table(path))
        fits = [Portraits(seed=seed + n) for n in range(2)]
        labels = [each.fit_assign(users).segments for each in fits]
        choice = fits[0].choice_
        found[name] = {
            "users": len(users),
            "k": choice.k if choice else None,
            "seeds_agree": round(adjusted_rand_score(*labels), 4),
            "names": [each.en for each in fits[0].names_.values()],
        }
    return found


def _rated(table: Any) -> UserTable:
    """How much, how well and how popular a user rates: what any table of ratings has."""
    names = table.column_names
    user = next(name for name in names if name.startswith("user"))
    item = next(name for name in names if name.startswith(("item", "movie")))
    codes, users = np.unique(table[user].to_numpy(), return_inverse=True)
    _, items = np.unique(table[item].to_numpy(), return_inverse=True)
    counts = np.bincount(users)
    popular = np.log1p(np.bincount(items))[items]
    columns = {
        "n_events": counts,
        "popularity": np.bincount(users, popular) / counts,
        "popularity_spread": np.sqrt(
            np.maximum(np.bincount(users, popular**2) / counts, 0)
            - (np.bincount(users, popular) / counts) ** 2
        ),
    }
    if "rating" in names:
        columns["rating"] = np.bincount(users, table["rating"].to_numpy()) / counts
    return UserTable.of(codes, columns)


def _goals(found: dict[str, Any], n_users: int, n_events: int) -> list[dict[str, Any]]:
    size, log = f"{n_users:,} users × {N_FEATURES}", f"{n_events:,} events"
    calibrated = [value for name, value in found["calibration_error"].items() if "not" not in name]
    article, thin = found["article"], found["stretched"]
    return [
        goal(f"{size}, k chosen", max(each["cpu_s"] for each in found["ours"]), CPU_S, "CPU s"),
        goal(f"{size}, peak", max(each["peak_mb"] for each in found["ours"]), PEAK_MB, "MB"),
        goal("planted segments, users never seen, ARI", min(found["ours_ari"]), -AGREE),
        goal("seeds agree, ARI", min(found["ours_seeds_agree"]), -AGREE),
        goal("numbers kept, other seed", min(found["ours_kept"]), -0.99),
        goal("numbers kept, same data", found["ours_kept_same_seed"], -0.99),
        goal("CSV to CSV, by the command", found["by_command"]["cpu_s"], None, "CPU s"),
        goal("CSV to CSV, peak", found["by_command"]["peak_mb"], None, "MB"),
        goal("article's code, k = 5", min(each["cpu_s"] for each in article), None, "CPU s"),
        goal("article's code, planted, ARI", max(found["article_ari"]), None),
        goal("article's code, seeds agree", min(found["article_seeds_agree"]), None),
        goal("article's code, numbers kept", min(found["article_kept"]), None),
        goal("stretched: GMM, users never seen, ARI", thin["gmm"], -thin["kmeans"]),
        goal("names of planted tastes right, users never seen", found["names_right"], -NAMES_RIGHT),
        goal("propensity, users never seen, calibration error", max(calibrated), 0.05),
        goal(f"{log} → features", found["features"]["cpu_s"], FEATURES_S, "CPU s"),
        goal(f"{log} → features, peak", found["features"]["peak_mb"], FEATURES_MB, "MB"),
    ]


def _wrong(found: dict[str, Any], n_events: int) -> list[str]:
    lines = [
        f"k = {each['k']} of {N_SEGMENTS}" for each in found["ours"] if each["k"] != N_SEGMENTS
    ]
    if found["by_command"]["status"]:
        lines.append(f"the command ended with {found['by_command']['status']}")
    if found["features"]["n_events"] != n_events:
        lines.append(f"features count {found['features']['n_events']} of {n_events} events")
    return lines
