"""Some rows of a file on their way from its parser to its columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 4 << 20
"""Read at a time, up to the end of its last line."""


@dataclass(frozen=True)
class Rows:
    """Cells by column: Arrow arrays, or lists of the values of JSON.

    Attributes:
        columns: Of one length each.
        numbers: Of each row in the file.
        is_text: Cells are what was between separators: an unasked column may be whole numbers.
    """

    columns: dict[str, Any]
    numbers: NDArray[np.int64]
    is_text: bool = False

    def __len__(self) -> int:
        return len(self.numbers)

    def raw(self, index: int) -> dict[str, Any]:
        """One row by name, without the cells it does not have."""
        cells = {name: _plain(values[index]) for name, values in self.columns.items()}
        return {name: value for name, value in cells.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.as_py() if hasattr(value, "as_py") else value


Broken = Callable[[int, str, Any], None]
"""Told of a row that has no cells: its number, the reason, its text."""


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of a stream in pieces of whole lines; the last may lack its line end."""
    rest = b""
    while piece := stream.read(BLOCK_BYTES):
        cut = piece.rfind(b"\n") + 1
        if not cut:
            rest += piece
            continue
        yield rest + piece[:cut]
        rest = piece[cut:]
    if rest:
        yield rest
