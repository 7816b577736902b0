"""From nothing to a page: a bare checkout, a warm one, the server alone, and what it weighs idle.

A clone of the checkout's last commit, without ``.venv`` and ``node_modules``, runs ``make demo``
until the first page answers and the log-ins are printed; then once more. pip and npm keep their
caches of this machine, so the bare figure depends on them and on the network. ``serve`` is timed
from its exec to ``/healthz``, on fresh data (with the migrations) and on data that is there.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Running, goal, middle, need, say
from tests.ports import free_port

QUICK: dict[str, Any] = {"bare": False, "rounds": 1, "idle_s": 0.5}
BARE_S, WARM_S, SERVE_S = 120.0, 3.0, 2.0
PATIENCE_S = 900.0
LOG_INS = "operator    livelore-demo"


def run(*, bare: bool = True, rounds: int = 5, idle_s: float = 10.0) -> dict[str, Any]:
    """Measure starts and idle memory.

    Args:
        bare: Begin with `make demo` in a bare clone (minutes, network).
        rounds: Starts of the server and of the warm demo; the median counts.
        idle_s: How long the server is left alone before it is weighed.
    """
    with tempfile.TemporaryDirectory(prefix="livelore-bench-") as folder:
        where = Path(folder)
        bare_s, warm = None, list[float]()
        if bare:
            clone = _clone(where)
            bare_s = _demo(["make", "demo"], where, clone)
            warm = [_demo(["make", "demo"], where, clone) for _ in range(rounds)]
            shutil.rmtree(clone)
        data = ["--data-dir", str(where / "demo")]
        first_s = _demo(_livelore("demo", *data), where, ROOT)
        again = [_demo(_livelore("demo", *data), where, ROOT) for _ in range(rounds)]
        fresh_s = [_serve(where, where / f"site{number}") for number in range(rounds)]
        known_s = [_serve(where, where / f"site{number}") for number in range(rounds)]
        memory = _weigh(where, where / "site0", idle_s)
    warm_s, serve_s = middle(warm), middle(known_s)
    return {
        "make_demo_bare_s": bare_s,
        "make_demo_warm_s": warm_s,
        "demo_first_s": first_s,
        "demo_again_s": middle(again),
        "serve_fresh_data_s": middle(fresh_s),
        "serve_s": serve_s,
        "idle_memory": memory,
        "goals": [
            goal("`make demo`, bare to the first page", bare_s, BARE_S, "s"),
            goal("`make demo`, warm", warm_s if bare else middle(again), WARM_S, "s"),
            goal("`serve`, exec to /healthz", serve_s, SERVE_S, "s"),
            goal("`serve`, idle, proportional memory", memory["pss_mib"], None, "MiB"),
        ],
        "wrong": [],
    }


def _livelore(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "livelore.cli.main", *arguments]


def _clone(where: Path) -> Path:
    clone = where / "checkout"
    command = [need("git"), "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)]
    subprocess.run(command, check=True)
    return clone


def _demo(command: list[str], where: Path, cwd: Path) -> float:
    """Seconds until the page answers and the log-ins are printed."""
    say(f"startup: {command[0] if command[0] == 'make' else 'livelore'} demo")
    port, log = free_port(), where / f"demo{time.time_ns()}.log"
    environ = {"LIVELORE_PORT": str(port), "LIVELORE_RTMP_PORT": str(free_port())}
    running = Running(command, log, environ, cwd)
    try:
        page = running.wait_for(f"http://127.0.0.1:{port}/", b'id="app"', PATIENCE_S, LOG_INS)
        return round(page, 2)
    finally:
        running.stop()


def _serving(where: Path, data: Path) -> tuple[Running, float]:
    port = free_port()
    ports = ["--port", str(port), "--rtmp-port", str(free_port())]
    command = _livelore("serve", "--data-dir", str(data), *ports)
    running = Running(command, where / "serve.log")
    try:
        taken_s = running.wait_for(f"http://127.0.0.1:{port}/healthz", b"", 60)
    except BaseException:
        running.stop()
        raise
    return running, round(taken_s, 2)


def _serve(where: Path, data: Path) -> float:
    running, taken_s = _serving(where, data)
    running.stop()
    return taken_s


def _weigh(where: Path, data: Path, idle_s: float) -> dict[str, Any]:
    """Memory of the server and of all that it started."""
    running, _ = _serving(where, data)
    try:
        time.sleep(idle_s)
        pids = _tree(running.pid)
        sizes = [_sizes(pid) for pid in pids]
    finally:
        running.stop()
    return {
        "processes": len(pids),
        "rss_mib": round(sum(size["Rss"] for size in sizes) / 1024, 1),
        "pss_mib": round(sum(size["Pss"] for size in sizes) / 1024, 1),
    }


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _sizes(pid: int) -> dict[str, int]:
    """KiB by name."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}
