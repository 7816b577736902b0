# ruff: noqa: PLC0415  # each mode loads only what it measures
"""One fit in a process of its own, so that its CPU time and its peak are its own.

    python -m benchmarks.portraits_child MODE SOURCE OUT SEED

prints one line of JSON. CPU seconds and megabytes are those of the whole process: imports, reading
and writing included.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peak import peak_mb


def arrays(source: Path, out: Path, seed: int) -> dict[str, Any]:
    """Ours from an array to segments, k chosen among 2 to 12; then those of others."""
    import numpy as np

    from livelore.intelligence.portraits.data import UserTable
    from livelore.intelligence.portraits.portraits import Portraits

    values = np.load(source, mmap_mode="r")
    names = tuple(f"f{n}" for n in range(values.shape[1]))
    portraits = Portraits(seed=seed)
    started = time.process_time()
    assigned = portraits.fit_assign(UserTable(np.arange(len(values)), values, names))
    fit_s = time.process_time() - started
    np.save(out, assigned.segments)
    others = np.load(source.with_name("others.npy"), mmap_mode="r")
    found = portraits.assign(UserTable(np.arange(len(others)), others, names))
    np.save(out.with_suffix(".others.npy"), found.segments)
    choice = portraits.choice_
    return {"fit_s": round(fit_s, 2), "k": choice.k if choice else None}


def command(source: Path, out: Path, seed: int) -> dict[str, Any]:
    """Ours from CSV to CSV, by the command."""
    from livelore.cli.main import main

    given = ["portraits", "fit", str(source), "-o", str(out), "--seed", str(seed)]
    return {"status": main(given)}


def article(source: Path, out: Path, seed: int) -> dict[str, Any]:
    """The article's code, section 5.2, on all columns; it sets no seed, so that none is used."""
    import pandas as pd
    import sklearn
    from sklearn.cluster import KMeans

    user_data = pd.read_csv(source)
    features = [name for name in user_data.columns if name != "user_id"]
    kmeans = KMeans(n_clusters=5)
    kmeans.fit(user_data[features])
    user_data["user_cluster"] = kmeans.labels_
    user_data.to_csv(out, index=False)
    return {"peer": f"pandas {pd.__version__}, scikit-learn {sklearn.__version__}"}


def features(source: Path, out: Path, seed: int) -> dict[str, Any]:
    """Ours from events, as arrays on disk, to the table of users."""
    import numpy as np

    from livelore.intelligence.portraits.data import Events
    from livelore.intelligence.portraits.features import Behaviour

    columns = [
        np.load(source / f"{name}.npy", mmap_mode="r")
        for name in ("users", "kinds", "at", "amounts", "watch_s")
    ]
    users, kinds, at, amounts, watch_s = columns
    n_users = int(np.load(source / "n_users.npy"))
    events = Events(users, kinds, at, np.arange(n_users), None, None, amounts, watch_s)
    started = time.process_time()
    table = Behaviour(events).table
    fit_s = time.process_time() - started
    return {"fit_s": round(fit_s, 2), "n_events": float(table.column("n_events").sum())}


MODES = {"arrays": arrays, "command": command, "article": article, "features": features}


def run(mode: str, source: str, out: str, seed: str) -> None:
    """One mode, and what it took."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    found = MODES[mode](Path(source), Path(out), int(seed))
    sys.stdout = stdout
    used = resource.getrusage(resource.RUSAGE_SELF)
    found["cpu_s"] = round(used.ru_utime + used.ru_stime, 2)
    found["peak_mb"] = round(peak_mb())
    print(json.dumps(found))


if __name__ == "__main__":
    run(*sys.argv[1:5])
