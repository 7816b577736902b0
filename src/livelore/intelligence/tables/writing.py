"""A table to a file, whole or not at all."""

import contextlib
import csv
import gzip
import io
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from livelore.intelligence.tables.columns import LABEL_SEPARATOR, plain_json
from livelore.intelligence.tables.errors import TableUnwritable
from livelore.intelligence.tables.reading import ending_of
from livelore.intelligence.tables.rejects import Rejects
from livelore.intelligence.tables.typing_arrays import pc
from livelore.intelligence.whole_file import whole_file

ROWS_MAX = 50_000
PLAIN_FROM, PLAIN_BELOW = 1e-4, 1e10
"""Absolute values between which Arrow writes a float64 as we do: shortest, without an exponent."""
_ENCODE = msgspec.json.Encoder(enc_hook=str).encode
_SPECIAL = '[",\r\n]'


def write_table(table: Any, path: Path | str) -> None:
    """Write a pyarrow.Table as its path's ending says.

    CSV: labels joined by ``|``, times in ISO 8601 UTC, null and "" as an empty cell, whole
    float64 without a fraction. JSONL: null where there is none.

    Raises:
        FormatUnknown: The ending is none of ours.
        TableUnwritable: No such folder, no right, no space.
    """
    write = _WRITERS[ending_of(path).removesuffix(".gz")]
    with draft_of(Path(path)) as stream:
        write(table, stream)


def write_csv_parts(parts: Iterable[Any], path: Path | str) -> int:
    """Write tables of the same columns as one CSV, each let go of before the next is asked for.

    Returns:
        Rows written.

    Raises:
        TableUnwritable: No such folder, no right, no space.
    """
    n_rows = 0
    with draft_of(Path(path)) as stream:
        for place, part in enumerate(parts):
            _csv(part, stream, with_header=place == 0)
            n_rows += part.num_rows
    return n_rows


def rejects_path(out: Path | str) -> Path:
    """``OUT.rejects.jsonl`` beside an output."""
    return Path(f"{out}.rejects.jsonl")


def write_rejects(rejects: Rejects, out: Path | str) -> Path | None:
    """Write what was left out beside ``out``, one JSON object a row.

    Returns:
        Where; None when there is nothing, and a file of an earlier run is taken away.

    Raises:
        TableUnwritable: No such folder, no right, no space.
    """
    path = rejects_path(out)
    if not len(rejects):
        path.unlink(missing_ok=True)
        return None
    with draft_of(path) as stream:
        stream.writelines(rejects.lines())
    return path


@contextlib.contextmanager
def draft_of(path: Path) -> Generator[BinaryIO]:
    """A file that takes its name once it is whole.

    Raises:
        TableUnwritable: No such folder, no right, no space.
    """
    try:
        with whole_file(path) as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(path.stem, "wb", 6, file, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # it writes bytes, which is all we need
            else:
                yield file
    except OSError as error:
        mend = "check the folder, who may write there, and the space left"
        raise TableUnwritable(file=str(path), what=error.strerror or str(error), mend=mend) from (
            error
        )


def _csv(table: Any, stream: BinaryIO, *, with_header: bool = True) -> None:
    if with_header:
        _csv_slowly([table.column_names], stream)
    for batch in table.to_batches(max_chunksize=ROWS_MAX):
        cells = [_cells(column) for column in batch.columns]
        pairs = zip(batch.columns, cells, strict=True)
        if len(cells) == 1 or any(_needs_quotes(_words(*pair)) for pair in pairs):
            _csv_slowly(zip(*(column.to_pylist() for column in cells), strict=True), stream)
            continue
        options = pacsv.WriteOptions(include_header=False, quoting_style="none")
        pacsv.write_csv(pa.table(cells, names=table.column_names), stream, options)


def _csv_slowly(rows: Any, stream: BinaryIO) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    stream.write(text.getvalue().encode())


def _words(column: Any, cells: Any) -> Any:
    """Of a coded column only what its codes stand for: few texts, however many rows."""
    return column.dictionary if pa.types.is_dictionary(column.type) else cells


def _needs_quotes(column: Any) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, _SPECIAL)).as_py())


def _cells(column: Any) -> Any:
    """A column as the text of its cells; whole numbers stay what they are."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        return _float_cells(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return pa.array([_iso(each) for each in column.to_pylist()], pa.string())
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return pc.binary_join(column, LABEL_SEPARATOR)
    if pa.types.is_large_string(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    values = [
        each if each is None or isinstance(each, str) else plain_json(each)
        for each in column.to_pylist()
    ]
    return pa.array(values, pa.string())


def _float_cells(column: Any) -> Any:
    """The shortest text that reads back as the same number."""
    sizes = pc.abs(column)
    span = pc.min_max(sizes.filter(pc.greater(sizes, 0)))
    low, high = span["min"].as_py(), span["max"].as_py()
    if low is None or (low >= PLAIN_FROM and high < PLAIN_BELOW):
        return pc.add(column, 0.0).cast(pa.string())  # + 0.0: there is no -0
    values = [
        None if v is None else str(int(v)) if v.is_integer() and abs(v) < 1e15 else repr(v)
        for v in column.to_pylist()
    ]
    return pa.array(values, pa.string())


def _iso(at: Any) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _jsonl(table: Any, stream: BinaryIO) -> None:
    for batch in table.to_batches(max_chunksize=ROWS_MAX):
        columns = [
            [_iso(each) for each in column.to_pylist()]
            if pa.types.is_timestamp(column.type)
            else column.to_pylist()
            for column in batch.columns
        ]
        rows = zip(*columns, strict=True)
        lines = [_ENCODE(dict(zip(table.column_names, row, strict=True))) for row in rows]
        stream.write(b"\n".join(lines) + b"\n" if lines else b"")


def _parquet(table: Any, stream: BinaryIO) -> None:
    pq.write_table(table, stream, compression="zstd")


_WRITERS: dict[str, Callable[[Any, BinaryIO], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
