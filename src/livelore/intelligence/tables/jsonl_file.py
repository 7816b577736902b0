"""JSON Lines in: one object a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from livelore.intelligence.tables.encoding import opened
from livelore.intelligence.tables.rows import Broken, Rows, blocks

_DECODE = msgspec.json.Decoder().decode
ROWS_MAX = 50_000


def jsonl_rows(path: Path, broken: Broken) -> Iterator[Rows]:
    """The objects of a file; a row's number is its line's, blank lines are no rows.

    Raises:
        TableUnreadable: The file is absent or no text.
    """
    with opened(path) as stream:
        number = 0
        for block in blocks(stream):
            lines = block.split(b"\n")
            lines = lines if lines[-1] else lines[:-1]
            for begin in range(0, len(lines), ROWS_MAX):
                part = lines[begin : begin + ROWS_MAX]
                if rows := _rows(part, number + 1, broken):
                    yield rows
                number += len(part)


def _rows(lines: list[bytes], first: int, broken: Broken) -> Rows | None:
    objects: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        found = _object(line)
        if isinstance(found, str):
            broken(number, found, line.decode("utf-8", "replace").rstrip("\r"))
        else:
            objects.append(found)
            numbers.append(number)
    if not objects:
        return None
    names = dict.fromkeys(name for each in objects for name in each)
    columns = {name: [each.get(name) for each in objects] for name in names}
    return Rows(columns, np.array(numbers, np.int64))


def _object(line: bytes) -> dict[str, Any] | str:
    """Or why it is none."""
    try:
        found = _DECODE(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"no JSON: {error}"
    return found if isinstance(found, dict) else "JSON, but no object"
