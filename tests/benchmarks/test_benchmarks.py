"""Every bench runs at its smallest size and finds nothing wrong; nothing here is timed."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import goal
from benchmarks.table import BEGIN, END, README, rows

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem.removeprefix("bench_") for path in ROOT.glob("benchmarks/bench_*.py"))
HEAD = {"name", "command", "at", "machine", "python", "load_before", "goals", "wrong"}
LEFT_OUT = {
    "startup": {"`make demo`, bare to the first page"},
    "ingest": {"peer: ffmpeg -listen, one stream"},
    "danmaku": {"real danmaku merged"},
}
"""Figures that a small run does not have: they need minutes, or data that is not ours."""


async def bench(*arguments: str) -> tuple[int, str, str]:
    """The command in its own process, without data that is not ours: status, output, errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "livelore.cli.main", "bench", *arguments),
        cwd=ROOT,
        env=os.environ | {"LIVELORE_BENCH_DATA": str(ROOT / "no-data")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


def kept() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in ROOT.glob("benchmarks/results/*.json")}


@pytest.mark.parametrize("name", NAMES)
async def test_a_bench_measures_everything_and_finds_nothing_wrong(name: str) -> None:
    if name == "deep":
        pytest.importorskip("torch", reason="needs PyTorch: make deep")
    before = kept()
    status, output, errors = await bench(name, "--quick")
    assert status == 0, errors
    assert kept() == before, "a small run must not take the place of a figure"
    result: dict[str, Any] = json.loads(output)
    assert result.keys() >= HEAD
    assert result["wrong"] == []
    absent = {each["what"] for each in result["goals"] if each["measured"] is None}
    assert absent == LEFT_OUT.get(name, set())
    assert len(rows(result)) == len(result["goals"]) > 0


async def test_an_unknown_bench_is_refused_with_those_there_are() -> None:
    status, output, errors = await bench("speed")
    assert (status, output) == (2, "")
    assert all(name in errors for name in NAMES)


async def test_an_unknown_option_is_refused_before_anything_is_measured() -> None:
    status, output, errors = await bench("room", "--spectators", "3")
    assert (status, output) == (2, "")
    assert "--spectators" in errors


async def test_options_of_one_bench_are_refused_for_all() -> None:
    status, output, errors = await bench("all", "--viewers", "3")
    assert (status, output) == (2, "")
    assert "--viewers" in errors


async def test_a_bench_explains_itself_and_its_options() -> None:
    status, output, _ = await bench("room", "--explain")
    assert status == 0
    assert "One crowded room" in output
    assert "--viewers" in output


@pytest.mark.parametrize(
    ("limit", "measured", "is_met"),
    [(3.0, 3.0, True), (3.0, 3.1, False), (-3.0, 3.0, True), (-3.0, 2.9, False), (3.0, None, None)],
)
def test_a_goal_is_met_up_to_its_limit(
    limit: float, measured: float | None, is_met: bool | None
) -> None:
    assert goal("frames", measured, limit)["is_met"] is is_met


def test_the_table_has_its_place_in_the_readme_and_a_method_for_each_bench() -> None:
    text = README.read_text()
    assert text.index(BEGIN) < text.index(END)
    assert [name for name in NAMES if f"| `livelore bench {name}`" not in text] == []
