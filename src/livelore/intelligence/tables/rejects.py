"""Rows that were left out, with the reason: kept on disk once there are many."""

import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

_IN_MEMORY_BYTES = 4 << 20


@dataclass(frozen=True)
class Reject:
    """A row that could not be read.

    Attributes:
        file: Its path as given.
        row: Number in the file, from 1; the header of a CSV is 1, a record that spans lines is one.
        column: Where the reason lies; None when the row as a whole is broken.
        reason: In words.
        raw: The row: its cells by name, or its text when it has no cells.
    """

    file: str
    row: int
    column: str | None
    reason: str
    raw: Any


class Rejects:
    """All rejects of a file in the order they were met; a million of them take no memory."""

    def __init__(self) -> None:
        self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
        weakref.finalize(self, self._spool.close)
        self.columns: Counter[str] = Counter()
        """How many for each column; "" for whole rows."""
        self.first: Reject | None = None
        self._n = 0

    def add(self, reject: Reject) -> None:
        """One more."""
        self._spool.write(msgspec.json.encode(reject, enc_hook=str) + b"\n")
        self.columns[reject.column or ""] += 1
        self.first = self.first or reject
        self._n += 1

    def __len__(self) -> int:
        return self._n

    def lines(self) -> Iterator[bytes]:
        """Each as a line of JSON."""
        self._spool.seek(0)
        yield from self._spool
        self._spool.seek(0, 2)

    def __iter__(self) -> Iterator[Reject]:
        for line in self.lines():
            yield msgspec.json.decode(line, type=Reject)
