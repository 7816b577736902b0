"""Benches of several parts: each is measured alone, the others stay as they were kept."""

import gc
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.common import DATA, say

RESULTS = Path(__file__).parent / "results"
Measured = tuple[dict[str, Any], list[dict[str, Any]]]
"""A table, and its goals."""


def in_parts(
    bench: str, known: dict[str, Callable[[], Measured]], asked: Iterable[str], *, is_kept: bool
) -> dict[str, Any]:
    """Measure some parts, one thread each.

    Args:
        bench: Its name, as of its result.
        known: All parts by name, in the order of the tables.
        asked: Which are measured now; a part that is not known is listed under ``wrong``.
        is_kept: Whether the others are taken from the kept result.
    """
    tables = _kept(bench) if is_kept else {}
    wrong: list[str] = []
    for name in asked:
        if name not in known:
            wrong.append(f"{name}: one of {', '.join(known)}")
            continue
        say(f"{bench}: {name}")
        try:
            with threadpool_limits(1):
                table, goals = known[name]()
        except FileNotFoundError as error:
            wrong.append(f"{name}: {error.filename} is not there")
            continue
        tables[name] = {**table, "goals": goals, "measured_at": datetime.now(UTC).isoformat()}
        gc.collect()
    tables = {name: tables[name] for name in known if name in tables}
    goals = [each for table in tables.values() for each in table["goals"]]
    return {"goals": goals, "wrong": wrong, "tables": tables}


def of_modules(bench: str, modules: Iterable[Any], parts: str, *, quick: bool) -> dict[str, Any]:
    """The same of modules called ``BENCH_PART`` with ``run(data, quick)``; "": all parts."""
    known: dict[str, Callable[[], Measured]] = {}
    for module in modules:
        name = module.__name__.rpartition(f"{bench}_")[2]
        known[name] = lambda module=module: module.run(DATA, quick)
    asked = parts.split(",") if parts else list(known)
    return in_parts(bench, known, asked, is_kept=not quick)


def _kept(bench: str) -> dict[str, Any]:
    path = RESULTS / f"{bench}.json"
    if not path.is_file():
        return {}
    tables = json.loads(path.read_text("utf-8"))["tables"]
    return {name: each for name, each in tables.items() if "goals" in each}
