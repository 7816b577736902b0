"""Turns finished segments into Parquet by day: ``python -m livelore….compact FOLDER``.

Runs as a child process, so that the server never loads pyarrow. Crash-safe at every step: a
segment's JSONL file is removed last, once its Parquet files and its ids are on disk, and it alone
counts until then; whatever a dead run left is made again, with the same names.
"""

import fcntl
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.segments import LogFolder, rows_of, sync_folder
from livelore.intelligence.interactions.tables import table_of


def compact(root: Path) -> int:
    """Compact every finished segment.

    Returns:
        How many rows were moved; 0 also when another process is at it.
    """
    folder = LogFolder(root)
    folder.make()
    with (root / "compact.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        return sum(compact_segment(folder, number) for number in folder.finished_numbers())


def compact_segment(folder: LogFolder, number: int) -> int:
    """Turn one finished segment into Parquet; returns how many rows it had."""
    rows = list(rows_of(folder.segment(number)))
    days: dict[str, list[Row]] = {}
    for row in rows:
        day = datetime.fromtimestamp(row.at_ms / 1000, UTC).date().isoformat()
        days.setdefault(day, []).append(row)
    for day, of_day in days.items():
        _write_parquet(folder, day, number, of_day)
    _write_ids(folder, number, rows)
    folder.segment(number).unlink()
    sync_folder(folder.segments)
    return len(rows)


def _write_parquet(folder: LogFolder, day: str, number: int, rows: list[Row]) -> None:
    target = folder.parquet / f"day={day}" / f"{number:08d}.parquet"
    target.parent.mkdir(exist_ok=True)
    sync_folder(folder.parquet)
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        pq.write_table(table_of(rows), file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    sync_folder(target.parent)


def _write_ids(folder: LogFolder, number: int, rows: list[Row]) -> None:
    target = folder.ids_of(number)
    fresh = target.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.writelines(f"{row.id}\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    sync_folder(target.parent)


if __name__ == "__main__":
    compact(Path(sys.argv[1]))
