"""Labelled texts for `livelore insight train` and `livelore insight losses`."""

from collections.abc import Iterator
from functools import reduce
from itertools import count
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.examples import Examples
    from livelore.intelligence.tables.reading import Table
    from livelore.intelligence.tables.rejects import Rejects

NO_SIDE = "no label of a feeling: negative, ambiguous or positive"


def read_labelled(
    sources: tuple[Path, ...], text_col: str, label_col: str, rejects: "Rejects"
) -> "Examples":
    """Texts and sides of all files, each file a domain; what has no side goes to the rejects."""
    if not sources:
        raise InputWrong("no file: name at least one table of labelled texts")
    parts = [_of_file(path, text_col, label_col, rejects) for path in sources]
    if not any(map(len, parts)):
        wanted = "negative, ambiguous, positive, or -1, 0, 1"
        raise InputWrong(f'no row has a label of a feeling in column "{label_col}": {wanted}')
    return reduce(add, parts)


def _of_file(path: Path, text_col: str, label_col: str, rejects: "Rejects") -> "Examples":
    from livelore.intelligence.insight.sentiment.examples import Examples
    from livelore.intelligence.insight.sentiment.sides import sides_of
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table
    from livelore.intelligence.tables.rejects import Reject

    table = read_table(path, (Column(text_col, "text"), Column(label_col, "text")), "drop")
    for each in table.rejects:
        rejects.add(each)
    texts, labels = (table.data[name].to_pylist() for name in (text_col, label_col))
    kept: list[tuple[str, int]] = []
    rows = zip(_row_numbers(path, table), texts, labels, sides_of(labels), strict=False)
    for number, text, label, side in rows:
        if side is None:
            raw = {text_col: text, label_col: label}
            rejects.add(Reject(str(path), number, label_col, NO_SIDE, raw))
        else:
            kept.append((text, side))
    sides = [side for _, side in kept]
    return Examples.of([text for text, _ in kept], sides, str(path), felt=0 not in sides)


def _row_numbers(path: Path, table: "Table") -> Iterator[int]:
    """Of the rows that were kept, as `Reject.row` counts."""
    from livelore.intelligence.tables.reading import ending_of

    left_out = {each.row for each in table.rejects}
    first = 2 if ending_of(path).startswith(".csv") else 1
    return (number for number in count(first) if number not in left_out)
