"""Files of the log: where they lie, how a line looks, what a crash may leave and how it is mended.

``segments/NNNNNNNN.jsonl``: one row a line; the highest number is being written, the others are
finished. ``parquet/day=YYYY-MM-DD/NNNNNNNN.parquet``: the rows of finished segment N of that day
(UTC). ``ids/NNNNNNNN.txt``: the ids of segment N, which the writer remembers across restarts.
A segment's JSONL file counts as long as it is there; its Parquet files only when it is gone.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from livelore.intelligence.interactions.model import Row

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Row)


@dataclass(frozen=True, slots=True)
class BadLine:
    """Bytes in a segment that are no row: torn by a crash, or spoiled by the disk."""

    segment: int
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The log's place on disk."""

    root: Path

    @property
    def segments(self) -> Path:
        """JSONL files."""
        return self.root / "segments"

    @property
    def parquet(self) -> Path:
        """Parquet files, a folder a day."""
        return self.root / "parquet"

    @property
    def ids(self) -> Path:
        """Ids of compacted segments."""
        return self.root / "ids"

    def make(self) -> None:
        """Make the folders."""
        for folder in (self.segments, self.parquet, self.ids):
            folder.mkdir(parents=True, exist_ok=True)

    def segment(self, number: int) -> Path:
        """The JSONL file of a segment."""
        return self.segments / f"{number:08d}.jsonl"

    def ids_of(self, number: int) -> Path:
        """The ids of a compacted segment."""
        return self.ids / f"{number:08d}.txt"

    def segment_numbers(self) -> list[int]:
        """Segments that are still JSONL, in order."""
        return sorted(int(path.stem) for path in self.segments.glob("*.jsonl"))

    def finished_numbers(self) -> list[int]:
        """Segments that may be compacted: all but the one being written."""
        return self.segment_numbers()[:-1]

    def parquet_files(self, number: int | None = None) -> list[Path]:
        """Parquet files of a segment, or of all, in order of their segments."""
        name = "*" if number is None else f"{number:08d}"
        found = self.parquet.glob(f"day=*/{name}.parquet")
        return sorted(found, key=lambda path: (path.stem, path.parent.name))

    def next_number(self) -> int:
        """A number that no segment has had."""
        known = [int(path.stem) for path in (*self.parquet_files(), *self.ids.glob("*.txt"))]
        return max([*known, *self.segment_numbers()], default=0) + 1


def encode_line(row: Row) -> bytes:
    """A row as one line."""
    return _encoder.encode(row) + b"\n"


def decode_line(line: bytes) -> Row:
    """The row of a line.

    Raises:
        ValueError: The line is no row.
    """
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def rows_of(path: Path) -> Iterator[Row]:
    """Rows of a segment; a last line that is still being written does not count.

    Raises:
        ValueError: A whole line is no row: the server's next start moves it to the dead letters.
    """
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield decode_line(line)


def bad_lines(folder: LogFolder, number: int) -> list[BadLine]:
    """Everything in a segment that is no row."""
    found: list[BadLine] = []
    offset = 0
    with folder.segment(number).open("rb") as file:
        for line in file:
            if not _is_row(line):
                found.append(BadLine(number, offset, line))
            offset += len(line)
    return found


def _is_row(line: bytes) -> bool:
    try:
        decode_line(line)
    except ValueError:
        return False
    return line.endswith(b"\n")


def without_lines(folder: LogFolder, number: int, bad: Iterable[BadLine]) -> None:
    """Take bad lines out of a segment that nobody writes; whole or not at all."""
    offsets = {each.offset for each in bad}
    path = folder.segment(number)
    fresh = path.with_suffix(".mended")
    offset = 0
    with path.open("rb") as old, fresh.open("wb") as new:
        for line in old:
            if offset not in offsets:
                new.write(line)
            offset += len(line)
        new.flush()
        os.fsync(new.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put names that were made, changed or removed in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
