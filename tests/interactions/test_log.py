"""The log on disk: crashes, doubles, compaction."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from livelore.intelligence.interactions import compact as compactor
from livelore.intelligence.interactions.compact import compact
from livelore.intelligence.interactions.errors import LogInUse, LogUnavailable
from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.reader import _all_rows, read, table
from livelore.intelligence.interactions.segments import LogFolder, bad_lines
from livelore.intelligence.interactions.writer import LogLimits, LogWriter
from tests.fakes import FakeClock

KILLS = int(os.environ.get("LIVELORE_TEST_KILLS", "3"))
SMALL = LogLimits(segment_bytes=400)
DAY_MS = 86_400_000


def row(number: int) -> Row:
    fields = {"query": f"导数 {number}", "n_results": None}
    return Row(
        f"event-{number:04d}", "search", 1, number * DAY_MS // 3, number, "u1", fields=fields
    )


def opened(root: Path, limits: LogLimits = SMALL) -> LogWriter:
    writer = LogWriter(LogFolder(root), FakeClock(), limits)
    writer.lock()
    writer.start()
    return writer


async def test_compaction_keeps_exactly_the_same_rows(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    for number in range(30):
        await writer.append([row(number)])
    before = list(read(tmp_path))
    assert before == [row(number) for number in range(30)]
    writer.stop()
    assert compact(tmp_path) > 10
    folder = LogFolder(tmp_path)
    assert len(folder.segment_numbers()) == 1
    assert len(folder.parquet_files()) > 5
    assert sorted(read(tmp_path), key=lambda each: each.id) == before
    assert table(tmp_path).column("id").to_pylist() == [each.id for each in read(tmp_path)]


async def test_a_dead_compactor_leaves_neither_doubles_nor_gaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = opened(tmp_path)
    await asyncio.gather(*(writer.append([row(number)]) for number in range(5)))
    for number in range(5, 20):
        await writer.append([row(number)])
    writer.stop()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(compactor, "_write_ids", die)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path)
    assert LogFolder(tmp_path).parquet_files()
    assert sorted(each.id for each in _all_rows(LogFolder(tmp_path))) == [
        row(number).id for number in range(20)
    ]
    compact(tmp_path)
    assert sorted(each.id for each in _all_rows(LogFolder(tmp_path))) == [
        row(number).id for number in range(20)
    ]


async def test_ids_are_remembered_across_restarts_and_compaction(tmp_path: Path) -> None:
    for _ in range(3):
        writer = opened(tmp_path)
        for number in range(20):
            await writer.append([row(number), row(number)])
        writer.stop()
        compact(tmp_path)
    assert len(list(_all_rows(LogFolder(tmp_path)))) == 20


async def test_the_reader_leaves_out_what_the_writer_forgot(tmp_path: Path) -> None:
    writer = opened(tmp_path, LogLimits(ids_max=2))
    for number in (1, 2, 3, 4, 1):
        await writer.append([row(number)])
    writer.stop()
    assert len(list(_all_rows(LogFolder(tmp_path)))) == 5
    assert [each.id for each in read(tmp_path)] == [row(number).id for number in (1, 2, 3, 4)]


async def test_one_folder_has_one_writer(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    with pytest.raises(LogInUse):
        opened(tmp_path)
    writer.stop()
    with pytest.raises(LogUnavailable):
        await writer.append([row(1)])


def killed_run(root: Path, run: str) -> set[str]:
    command = [sys.executable, "-m", "tests.interactions.crash_child", str(root), run]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        deadline = time.monotonic() + 60
        while not LogFolder(root).parquet_files() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(random.uniform(0.1, 0.6))
        child.kill()
        told = first + child.stdout.read()
    return {line.decode() for line in told.split(b"\n")[:-1]}


async def test_a_kill_loses_and_doubles_nothing(tmp_path: Path) -> None:
    told: set[str] = set()
    for number in range(KILLS):
        told |= await asyncio.to_thread(killed_run, tmp_path, f"run{number}")
    assert len(told) > 20 * KILLS
    folder = LogFolder(tmp_path)
    assert folder.parquet_files()
    for number in folder.finished_numbers():
        assert bad_lines(folder, number) == []
    found = Counter(each.id for each in _all_rows(folder))
    assert told <= set(found)
    assert set(found.values()) == {1}
