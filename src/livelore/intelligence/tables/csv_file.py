"""CSV in: RFC 4180, plus mending after a broken row.

A block without a quote is cut by Arrow; one with quotes goes record by record, so that a row whose
quote is never closed costs that row and not the rest of the file.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from livelore.intelligence.tables.columns import shown
from livelore.intelligence.tables.encoding import opened
from livelore.intelligence.tables.errors import TableEmpty, TableUnreadable
from livelore.intelligence.tables.rows import Broken, Rows, blocks

ROWS_MAX = 50_000
"""Of one piece that is cut record by record."""
_OTHER_SEPARATORS = ";\t|"


def csv_rows(path: Path, broken: Broken) -> Iterator[Rows]:
    """The rows of a file below its header; blank lines are no rows but have numbers.

    Raises:
        TableUnreadable: No header, a name twice, not text.
        TableEmpty: Nothing in it.
    """
    with opened(path) as stream:
        yield from _Csv(path, broken).rows(blocks(stream))


def separator_hint(names: list[str]) -> str:
    """What to say when a file seems to have one column only."""
    found = [each for each in _OTHER_SEPARATORS if len(names) == 1 and each in names[0]]
    return f"; cells seem to be separated by {found[0]!r}: save with commas" if found else ""


class _Csv:
    """One file.

    Args:
        path: For errors.
        broken: Is told of rows without cells.
    """

    def __init__(self, path: Path, broken: Broken) -> None:
        self._path = path
        self._broken = broken
        self._names: list[str] = []
        self._next = 1
        """Number of the next record."""
        self._lines: deque[str] = deque()
        """Lines of a record that the block did not end."""

    def rows(self, pieces: Iterator[bytes]) -> Iterator[Rows]:
        first = True
        for piece in pieces:
            block = self._without_header(piece) if first else piece
            first = False
            found = None if self._lines else self._cut_fast(block)
            if found is None:
                yield from self._cut_slowly(block, is_last=False)
            elif len(found):
                yield found
        if first:
            raise TableEmpty(file=str(self._path), what="it is empty", mend="a header and rows")
        yield from self._cut_slowly(b"", is_last=True)

    def _without_header(self, block: bytes) -> bytes:
        """The header may span lines, too."""
        lines = deque(_lines(block))
        while lines and not lines[0].strip():
            lines.popleft()
            self._next += 1
        taken: list[str] = []
        try:
            cells = next(csv.reader(_taking(lines, taken), strict=True), [])
        except csv.Error as error:
            raise self._unreadable(f"its header cannot be read: {error}") from error
        self._next += 1
        self._names = self._named(cells)
        return "".join(lines).encode("utf-8", "surrogateescape")

    def _named(self, cells: list[str]) -> list[str]:
        names = [cell.strip() or f"column_{n}" for n, cell in enumerate(cells, 1)]
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise self._unreadable(f"its header names {twice[0]!r} twice", "rename one")
        return names

    def _unreadable(self, what: str, mend: str = "the first line names the columns") -> Exception:
        return TableUnreadable(file=str(self._path), what=what, mend=mend)

    def _cut_fast(self, block: bytes) -> Rows | None:
        """None when the block is not simply lines of cells without quotes."""
        plain = block.replace(b"\r\n", b"\n")
        if any(each in plain for each in (b'"', b"\r", b"\n\n", b"\0")) or plain[:1] in {
            b"",
            b"\n",
        }:
            return None
        if not _is_utf8(plain):
            return None
        n_lines = plain.count(b"\n") + (not plain.endswith(b"\n"))
        ragged: list[tuple[int, int, str]] = []

        def keep(row: Any) -> str:
            ragged.append((row.number, row.actual_columns, row.text))
            return "skip"

        table = pacsv.read_csv(
            pa.BufferReader(plain),
            pacsv.ReadOptions(
                use_threads=False, block_size=len(plain) + 1, column_names=self._names
            ),
            pacsv.ParseOptions(
                quote_char=False, newlines_in_values=False, invalid_row_handler=keep
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
        is_whole = np.ones(n_lines, np.bool_)
        for number, n_cells, text in ragged:
            is_whole[number - 1] = False
            self._ragged(self._next + number - 1, n_cells, text)
        numbers = np.flatnonzero(is_whole) + self._next
        self._next += n_lines
        arrays = {name: table.column(name).combine_chunks() for name in self._names}
        return Rows(arrays, numbers, is_text=True)

    def _ragged(self, number: int, n_cells: int, text: str) -> None:
        reason = f"{n_cells} cells where the header has {len(self._names)}"
        self._broken(number, reason, text.rstrip("\r\n"))

    def _cut_slowly(self, block: bytes, *, is_last: bool) -> Iterator[Rows]:
        self._lines.extend(_lines(block))
        if (found := self._cut_at_once(block)) is not None:
            yield from found
            return
        cells: list[list[str]] = []
        numbers: list[int] = []
        for number, record in self._records(is_last=is_last):
            cells.append(record)
            numbers.append(number)
            if len(cells) == ROWS_MAX:
                yield self._gathered(cells, numbers)
                cells, numbers = [], []
        if cells:
            yield self._gathered(cells, numbers)

    def _cut_at_once(self, block: bytes) -> list[Rows] | None:
        """All lines at hand when nothing is broken in them, else None."""
        if not _is_utf8(block):
            return None
        width = len(self._names)
        try:
            records = list(csv.reader(self._lines, strict=True))
        except csv.Error:
            return None
        if any(record and len(record) != width for record in records):
            return None
        self._lines.clear()
        first, self._next = self._next, self._next + len(records)
        cells = [record for record in records if record]
        numbers = [number for number, record in enumerate(records, first) if record]
        return [self._gathered(cells, numbers)] if cells else []

    def _gathered(self, cells: list[list[str]], numbers: list[int]) -> Rows:
        """Records of one length as columns."""
        arrays = {
            name: pa.array([cell or None for cell in column], pa.string())
            for name, column in zip(self._names, zip(*cells, strict=True), strict=True)
        }
        return Rows(arrays, np.array(numbers, np.int64), is_text=True)

    def _records(self, *, is_last: bool) -> Iterator[tuple[int, list[str]]]:
        """Whole records of the lines at hand; an open one waits for the next block."""
        while self._lines:
            taken: list[str] = []
            reader = csv.reader(_taking(self._lines, taken), strict=True)
            try:
                while True:
                    taken.clear()
                    record = next(reader, None)
                    if record is None:
                        return
                    yield from self._checked(record, taken)
            except csv.Error as error:
                is_open = not self._lines and "unexpected end" in str(error)
                self._lines.extendleft(reversed(taken))
                if is_open and not is_last:
                    return
                self._break_first_line(error)

    def _checked(self, record: list[str], taken: list[str]) -> Iterator[tuple[int, list[str]]]:
        number, self._next = self._next, self._next + 1
        if not record:
            return
        text = "".join(taken)
        if len(record) != len(self._names):
            self._ragged(number, len(record), _printable(text))
        elif not text.isascii() and _printable(text) != text:
            self._broken(number, "not in UTF-8", _printable(text.rstrip("\r\n")))
        else:
            yield number, record

    def _break_first_line(self, error: csv.Error) -> None:
        """What a broken record swallowed are rows of their own, but for its first line."""
        line = self._lines.popleft()
        number, self._next = self._next, self._next + 1
        reason = str(error)
        if "unexpected end" in reason or "expected after" in reason:
            reason = "a quote is opened and not closed, or stands within a cell"
        self._broken(number, reason, _printable(line.rstrip("\r\n")))


def _taking(lines: deque[str], taken: list[str]) -> Iterator[str]:
    while lines:
        taken.append(lines.popleft())
        yield taken[-1]


def _lines(block: bytes) -> list[str]:
    return list(io.StringIO(_decoded(block), newline="\n"))


def _decoded(block: bytes) -> str:
    return block.decode("utf-8", "surrogateescape")


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_utf8(block: bytes) -> bool:
    try:
        return block.isascii() or bool(block.decode())
    except UnicodeDecodeError:
        return False


def header_shown(names: list[str]) -> str:
    """The columns there are, for an error."""
    return ", ".join(shown(name) for name in names[:20]) + (" …" if len(names) > 20 else "")
