"""What every benchmark shares: goals, progress, programs that must be there, and processes.

A benchmark is a module ``bench_NAME`` with ``QUICK`` (options of a run in seconds) and ``run``,
whose keyword arguments are the options of ``livelore bench NAME``. It gives plain data with two
keys that are always there: ``goals``, made by `goal`, and ``wrong``, one line for what should
not have been; empty when all that was counted came out right.
"""

import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from livelore.kit.errors import NotFoundError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
DATA = Path(os.environ.get("LIVELORE_BENCH_DATA", ROOT.parent / "shared" / "data"))
"""Public data sets as Parquet files; none of them comes with the project."""


def goal(what: str, measured: float | None, limit: float | None, unit: str = "") -> dict[str, Any]:
    """One line of the table: what was wanted and what was found.

    Args:
        what: In words.
        measured: The figure; None when it could not be measured.
        limit: At most this; below 0: at least its absolute value; None: no goal was set.
        unit: Of both.
    """
    wanted, is_met = "", None
    if limit is not None:
        wanted = f"{'≤' if limit >= 0 else '≥'} {abs(limit):g}"
        if measured is not None:
            is_met = measured <= limit if limit >= 0 else measured >= -limit
    return {"what": what, "goal": wanted, "measured": measured, "unit": unit, "is_met": is_met}


def machine() -> dict[str, Any]:
    """Where and when."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {_processor()}",
        "python": platform.python_version(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def say(words: str) -> None:
    """Progress, on stderr."""
    print(f"bench {time.strftime('%H:%M:%S')}  {words}", file=sys.stderr, flush=True)


def need(*names: str) -> str:
    """Path of the first of these programs that is installed.

    Raises:
        NotFoundError: None is.
    """
    for name in names:
        if found := shutil.which(name):
            return found
    raise NotFoundError(program=" or ".join(names), detail="install it, or leave this bench out")


def middle(values: Sequence[float], digits: int = 2) -> float | None:
    """The median, rounded; None of nothing."""
    return round(statistics.median(values), digits) if values else None


def at_share(values: Sequence[float], share: float, digits: int = 2) -> float | None:
    """The value that this share of all does not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], digits)


class Running:
    """A program in a process group of its own, so that everything it starts ends with it.

    Args:
        command: And its arguments.
        log: Where its output goes.
        environ: Set in addition.
        cwd: Where it runs.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environ: dict[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env={**os.environ, **(environ or {})},
                start_new_session=True,
            )
        self.pid = self._process.pid

    def tell(self, line: str) -> None:
        """A line on its input."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def wait_for(self, url: str, content: bytes, timeout_s: float, words: str = "") -> float:
        """Seconds until ``url`` answers 200 with ``content`` and ``words`` stand in the log.

        Raises:
            RuntimeError: The program ended, or the time is over; with the end of its log.
        """
        started = time.perf_counter()
        while time.perf_counter() - started < timeout_s:
            if self._process.poll() is not None:
                raise RuntimeError(f"it ended early: {self._tail()}")
            if _answers(url, content) and words in self.log.read_text(errors="replace"):
                return time.perf_counter() - started
            time.sleep(0.005)
        raise RuntimeError(f"no answer after {timeout_s:g} s: {self._tail()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the whole group; what does not end is killed."""
        for number in (how, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self.pid, number)
            try:
                self._process.wait(10)
                break
            except subprocess.TimeoutExpired:
                continue
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]


def _answers(url: str, content: bytes) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return answer.status == 200 and content in answer.read()
    except (URLError, OSError):
        return False
