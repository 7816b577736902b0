"""For data engineers: the whole log, each event once, from Parquet and JSONL alike.

May run beside the server. Remembers every id that it has passed (about 100 bytes a row) because the
writer knows only the newest ones.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.segments import LogFolder, rows_of


def read(path: Path) -> Iterator[Row]:
    """Every logged event once, in the order in which they were logged (by day within a segment).

    Args:
        path: ``interactions`` in the data folder.

    Raises:
        ValueError: A finished line is spoiled; the server's next start sets it aside.
    """
    seen: set[str] = set()
    for row in _all_rows(LogFolder(path)):
        if row.id not in seen:
            seen.add(row.id)
            yield row


def newest_ms(folder: LogFolder) -> int:
    """When the newest row was taken, epoch milliseconds; 0 in an empty log."""
    numbers = {int(path.stem) for path in folder.parquet_files()}
    for number in sorted(numbers.union(folder.segment_numbers()), reverse=True):
        taken = [row.received_at_ms for row in _rows(folder, number)]
        if taken:
            return max(taken)
    return 0


def table(path: Path) -> Any:  # Any: a pyarrow.Table
    """The same rows as a pyarrow Table; ``fields`` is JSON text."""
    from livelore.intelligence.interactions.tables import table_of  # noqa: PLC0415  # heavy

    return table_of(list(read(path)))


def _all_rows(folder: LogFolder) -> Iterator[Row]:
    done: set[int] = set()
    while True:
        in_parquet = {int(path.stem) for path in folder.parquet_files()}
        left = sorted(in_parquet.union(folder.segment_numbers()) - done)
        if not left:
            return
        for number in left:
            yield from _rows(folder, number)
            done.add(number)


def _rows(folder: LogFolder, number: int) -> Iterator[Row]:
    """Of one segment: JSONL as long as it is there, else Parquet."""
    try:
        yield from rows_of(folder.segment(number))
    except FileNotFoundError:  # compacted, perhaps just now
        for path in folder.parquet_files(number):
            yield from _parquet_rows(path)


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    from livelore.intelligence.interactions.tables import rows_in  # noqa: PLC0415  # heavy

    with pq.ParquetFile(path) as file:
        yield from rows_in(file.iter_batches())
