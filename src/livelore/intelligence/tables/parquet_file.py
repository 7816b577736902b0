"""Parquet in: rows by record batches."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from livelore.intelligence.tables.errors import TableUnreadable
from livelore.intelligence.tables.rows import Broken, Rows

ROWS_MAX = 100_000


def parquet_rows(path: Path, broken: Broken) -> Iterator[Rows]:
    """The rows of a file, numbered from 1.

    Raises:
        TableUnreadable: It is absent, no Parquet, or broken.
    """
    del broken  # a Parquet file is readable or not: it has no broken rows
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            yield from _rows(path, file)
    except FileNotFoundError:
        raise TableUnreadable(
            file=str(path), what="there is no such file", mend="check the path"
        ) from None
    except (pa.ArrowException, OSError) as error:
        what = f"it is no Parquet file, or broken: {str(error).splitlines()[0]}"
        raise TableUnreadable(file=str(path), what=what, mend="write it again") from error


def _rows(path: Path, file: pq.ParquetFile) -> Iterator[Rows]:
    names = file.schema_arrow.names
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        what = f"it has the column {twice[0]!r} twice"
        raise TableUnreadable(file=str(path), what=what, mend="rename one")
    number = 1
    for batch in file.iter_batches(batch_size=ROWS_MAX):
        numbers = np.arange(number, number + len(batch), dtype=np.int64)
        number += len(batch)
        yield Rows(dict(zip(names, batch.columns, strict=True)), numbers)
