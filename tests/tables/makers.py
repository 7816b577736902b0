"""Files with a right answer: rows good and bad by construction."""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from livelore.intelligence.tables.columns import Column

COLUMNS = (
    Column("user", "id"),
    Column("amount", "number", lowest=0),
    Column("at", "time"),
    Column("words", "text", required=False),
    Column("labels", "labels", required=False),
)
NAMES = tuple(each.name for each in COLUMNS)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12
)
LABELS = st.lists(st.sampled_from(["直播", "python", "a b", "ü"]), max_size=3, unique=True)
BAD_NUMBERS = ("abc", "NaN", "-1", "inf", "1e999", "1,5", "0x10", "１２", "1_000", "", "true")
BAD_TIMES = ("-5", "yesterday", "2024-02-30", "1960-01-01", "nan", "1e18", "")
BAD_IDS = ("", "  ")


@dataclass
class Made:
    """What a file holds and what must come of it."""

    good: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)
    """Column by index of the row."""


@st.composite
def good_rows(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """Values, and the cells they are written as."""
    user = draw(st.sampled_from(["007", "8", "-3", "u-1", "张三", "9223372036854775808", " x"]))
    amount = draw(st.floats(0, 1e12) | st.integers(0, 10**9).map(float))
    at = draw(st.integers(0, 4_000_000_000))
    moment = datetime.fromtimestamp(at, UTC)
    written = draw(
        st.sampled_from(
            [str(at), moment.isoformat(), moment.isoformat().replace("+00:00", "Z")]
            + [moment.strftime("%Y-%m-%d %H:%M:%S")]
            + ([str(at * 1000)] if at * 1000 >= 1e11 else [])
        )
    )
    words, labels = draw(TEXTS), draw(LABELS)
    good = {"user": user, "amount": amount, "at": moment, "words": words or None}
    good["labels"] = labels
    cells = {"user": user, "amount": repr(amount), "at": written, "words": words}
    return good, cells | {"labels": "|".join(labels)}


@st.composite
def made(draw: st.DrawFn) -> Made:
    """At least one good row."""
    found = Made()
    for number in range(draw(st.integers(1, 12))):
        good, cells = draw(good_rows())
        kind = draw(st.sampled_from(["good", "good", "user", "amount", "at"])) if number else "good"
        if kind == "good":
            found.good.append(good)
        else:
            bad = {"user": BAD_IDS, "amount": BAD_NUMBERS, "at": BAD_TIMES}[kind]
            cells[kind] = draw(st.sampled_from(bad))
            found.bad[number] = kind
        found.rows.append(cells)
    return found


def as_csv(rows: list[dict[str, str]], line_end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, NAMES, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write(rows: list[dict[str, str]], path: Path) -> int:
    """In the format of the ending; gives the number of the first row."""
    if path.suffix == ".csv":
        path.write_bytes(as_csv(rows))
        return 2
    if path.suffix == ".jsonl":
        path.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8"
        )
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return 1
