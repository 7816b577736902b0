"""A file to a table: asked columns typed, the others as they are, bad rows apart."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from livelore.intelligence.tables.columns import Column, writing_of
from livelore.intelligence.tables.csv_file import csv_rows, header_shown, separator_hint
from livelore.intelligence.tables.errors import ColumnMissing, FormatUnknown, TableEmpty
from livelore.intelligence.tables.jsonl_file import jsonl_rows
from livelore.intelligence.tables.parquet_file import parquet_rows
from livelore.intelligence.tables.rejects import Reject, Rejects
from livelore.intelligence.tables.rows import Broken, Rows
from livelore.intelligence.tables.typing_arrays import Typed, as_they_are, joined, pc, typed

ENDINGS: dict[str, Callable[[Path, Broken], Iterator[Rows]]] = {
    ".csv": csv_rows,
    ".csv.gz": csv_rows,
    ".jsonl": jsonl_rows,
    ".jsonl.gz": jsonl_rows,
    ".parquet": parquet_rows,
}


@dataclass(frozen=True)
class Table:
    """What was read.

    Attributes:
        data: A pyarrow.Table of the rows that are good.
        rejects: The others.
        path: Of the file.
        notes: How the times were written, for the person who runs the command.
    """

    data: Any  # Any: pyarrow has no types
    rejects: Rejects
    path: Path
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.data.num_rows)

    def summary(self) -> dict[str, Any]:
        """Counts: rows in the file, kept, rejected, and the rejects by column."""
        by_column = {name or "(row)": n for name, n in self.rejects.columns.most_common()}
        counts = {"rows": len(self) + len(self.rejects), "kept": len(self)}
        return {"file": str(self.path), **counts, "rejected": len(self.rejects)} | {
            "rejected_by_column": by_column,
            "notes": list(self.notes),
        }


def ending_of(path: Path | str) -> str:
    """Which of `ENDINGS` a path has.

    Raises:
        FormatUnknown: None.
    """
    name = Path(path).name.lower()
    for ending in ENDINGS:
        if name.endswith(ending):
            return ending
    raise FormatUnknown(
        file=str(path), what="its ending says no format", mend=f"one of {', '.join(ENDINGS)}"
    )


def read_table(
    path: Path | str, columns: Sequence[Column], extra: Literal["keep", "drop"] = "keep"
) -> Table:
    """Read a file.

    Args:
        path: Its ending says the format.
        columns: Which are asked for; the package explains their kinds.
        extra: Whether columns that nobody asked for stay.

    Raises:
        FormatUnknown: By its ending it is none of ours.
        TableUnreadable: It is absent, broken, in another encoding, or names a column twice.
        ColumnMissing: A required column is not there.
        TableEmpty: No row, or none that is good.
    """
    reading = _Reading(Path(path), columns, keeps_extra=extra == "keep")
    for rows in ENDINGS[ending_of(path)](reading.path, reading.broken):
        reading.add(rows)
    return reading.table()


def as_written(data: Any, name: str) -> Any:
    """A table with the cells of one column as its file has them, if the column keeps these."""
    written = writing_of(name)
    if written not in data.column_names:
        return data
    place = data.column_names.index(name)
    return data.set_column(place, name, data[written]).drop_columns([written])


@dataclass
class _Reading:
    """One file on its way."""

    path: Path
    columns: Sequence[Column]
    keeps_extra: bool
    rejects: Rejects = field(default_factory=Rejects)
    parts: list[dict[str, Any]] = field(default_factory=list)
    written_as: dict[str, Counter[str]] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)

    def broken(self, row: int, reason: str, raw: Any) -> None:
        self.rejects.add(Reject(str(self.path), row, None, reason, raw))

    def add(self, rows: Rows) -> None:
        self._need(rows)
        found = {
            column.name: typed(column, rows.columns[column.name])
            for column in self.columns
            if column.name in rows.columns
        }
        for name, each in found.items():
            self.written_as.setdefault(name, Counter()).update(each.written_as)
        good = self._good(rows, found)
        part: dict[str, Any] = {}
        for name, cells in rows.columns.items():
            if name in found:
                part[name] = found[name].values
            elif self.keeps_extra:
                part[name] = as_they_are(cells, is_text=rows.is_text)
        part |= self._writing(rows, found)
        self.names |= dict.fromkeys(part)
        if good is not None:
            part = {name: each.filter(good) for name, each in part.items()}
        part[""] = pa.nulls(len(rows) if good is None else good.true_count)
        self.parts.append(part)

    def _writing(self, rows: Rows, found: dict[str, Typed]) -> dict[str, Any]:
        return {
            writing_of(column.name): as_they_are(rows.columns[column.name], is_text=rows.is_text)
            for column in self.columns
            if column.keeps_writing and column.name in found
        }

    def _need(self, rows: Rows) -> None:
        """A column that the first rows of a JSONL lack may come; then those rows are rejects."""
        for column in self.columns:
            if not column.required or column.name in rows.columns:
                continue
            if isinstance(next(iter(rows.columns.values()), None), list):
                rows.columns[column.name] = [None] * len(rows)
                continue
            self._missing(column.name, list(rows.columns))

    def _missing(self, name: str, names: list[str]) -> None:
        raise ColumnMissing(
            file=str(self.path),
            what=f"there is no column {name!r}",
            mend=f"it has {header_shown(names)}{separator_hint(names)}",
        )

    def _good(self, rows: Rows, found: dict[str, Typed]) -> Any | None:
        """Mask of the rows to keep; None for all. One reject a row: its first bad column."""
        reasons: dict[int, tuple[str, str]] = {}
        for name, each in found.items():
            for index, reason in each.refused.items():
                reasons.setdefault(index, (name, reason))
        if not reasons:
            return None
        mask = np.ones(len(rows), np.bool_)
        for index in sorted(reasons):
            mask[index] = False
            name, reason = reasons[index]
            number = int(rows.numbers[index])
            self.rejects.add(Reject(str(self.path), number, name, reason, rows.raw(index)))
        return pa.array(mask)

    def table(self) -> Table:
        n_rows = sum(len(part[""]) for part in self.parts)
        if not n_rows:
            self._refuse_empty()
        data = {}
        for name in list(self.names):
            absent = (pa.nulls(len(part[""])) for part in self.parts)
            pieces = zip(self.parts, absent, strict=True)
            data[name] = joined([part.pop(name, nulls) for part, nulls in pieces])
        return Table(pa.table(data), self.rejects, self.path, self._notes(data))

    def _refuse_empty(self) -> None:
        first = self.rejects.first
        if first is None:
            raise TableEmpty(file=str(self.path), what="it has no rows", mend="give it some")
        absent = [each.name for each in self.columns if each.required]
        if first.reason == "missing" and self.rejects.columns[first.column or ""] == len(
            self.rejects
        ):
            names = [name for name in self.names if name not in absent]
            self._missing(first.column or "", names)
        where = f"row {first.row}" + (f", column {first.column!r}" if first.column else "")
        what = f"none of its {len(self.rejects)} rows can be read; {where}: {first.reason}"
        error = TableEmpty(file=str(self.path), what=what, mend="mend the rows or name its columns")
        error.rejects = self.rejects
        raise error

    def _notes(self, data: dict[str, Any]) -> tuple[str, ...]:
        notes = []
        for name, counts in self.written_as.items():
            if counts and name in data:
                span = pc.min_max(data[name]).as_py()
                read = ", ".join(f"{how} ({n:,} values)" for how, n in counts.most_common())
                notes.append(f"{name}: {read}, from {span['min']:%Y-%m-%d} to {span['max']:%F}")
        return tuple(notes)


def guess_columns(path: Path | str, n_rows: int = 10_000) -> dict[str, str]:
    """The kinds of a file's columns by its first rows: ``number`` or ``text``.

    A column is of numbers when nine in ten of its filled cells are; the rest become rejects.
    """
    reader = ENDINGS[ending_of(path)](Path(path), _unheard)
    rows = next(reader, None)
    if rows is None:
        raise TableEmpty(file=str(path), what="it has no rows", mend="give it some")
    guessed = {}
    for name, cells in rows.columns.items():
        head = cells[:n_rows] if isinstance(cells, list) else cells.slice(0, n_rows)
        found = typed(Column(name, "number", required=False), head)
        n_filled = len(head) - _n_missing(head)
        is_number = n_filled > 0 and len(found.refused) * 10 <= n_filled
        guessed[name] = "number" if is_number else "text"
    return guessed


def _n_missing(cells: Any) -> int:
    return cells.count(None) if isinstance(cells, list) else int(cells.null_count)


def _unheard(row: int, reason: str, raw: Any) -> None:
    """Broken rows are told when the file is read."""
