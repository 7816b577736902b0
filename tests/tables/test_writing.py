"""What is written reads back the same, and is there whole or not at all."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livelore.intelligence.tables import writing
from livelore.intelligence.tables.columns import Column
from livelore.intelligence.tables.errors import FormatUnknown, TableUnwritable
from livelore.intelligence.tables.reading import read_table
from livelore.intelligence.tables.rejects import Reject, Rejects
from livelore.intelligence.tables.typing_arrays import LABELS, TIME
from livelore.intelligence.tables.writing import rejects_path, write_rejects, write_table
from tests.tables.makers import COLUMNS, TEXTS, good_rows

ENDINGS = (".csv", ".jsonl", ".parquet", ".csv.gz", ".jsonl.gz")


@pytest.mark.parametrize("ending", ENDINGS)
@given(rows=st.lists(good_rows(), min_size=1, max_size=8), extra=TEXTS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_good_rows_round_trip(
    ending: str, rows: list[tuple[dict[str, object], object]], extra: str, tmp_path: Path
) -> None:
    schema = pa.schema(
        {
            "user": pa.string(),
            "amount": pa.float64(),
            "at": TIME,
            "words": pa.string(),
            "labels": LABELS,
            "extra": pa.string(),
            "flag": pa.bool_(),
        }
    )
    values = [good | {"extra": f"x{extra}", "flag": True} for good, _ in rows]
    table = pa.Table.from_pylist(values, schema=schema)
    write_table(table, tmp_path / f"t{ending}")
    asked = [*COLUMNS, Column("extra", "text"), Column("more", "number", required=False)]
    found = read_table(tmp_path / f"t{ending}", asked)
    assert not len(found.rejects)
    got, meant = found.data.to_pydict(), table.to_pydict()
    got["user"] = [str(each) for each in got["user"]]
    got["labels"] = [each or [] for each in got["labels"]]
    got["flag"] = [each in {True, "true"} for each in got["flag"]]
    assert got == meant


def test_csv_is_as_a_person_would_write_it(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["007", "a,b", None],
            "n": [1.0, 0.1, 1e300],
            "at": pa.array([0, 1_500_000, None]).cast(TIME),
            "labels": pa.array([["x", "y"], [], None], LABELS),
            "deep": [{"a": 1}, None, None],
        }
    )
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines() == [
        "id,n,at,labels,deep",
        '007,1,1970-01-01T00:00:00Z,x|y,"{""a"":1}"',
        '"a,b",0.1,1970-01-01T00:00:01.500000Z,,',
        ",1e+300,,,",
    ]


def test_one_column_with_an_empty_cell_keeps_its_rows(tmp_path: Path) -> None:
    write_table(pa.table({"words": ["a", None, "b"]}), tmp_path / "t.csv")
    found = read_table(tmp_path / "t.csv", [Column("words", "text", required=False)])
    assert found.data["words"].to_pylist() == ["a", None, "b"]


def test_what_was_there_stays_until_the_new_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_table(pa.table({"a": [1]}), path)
    broken = pa.table({"a": pa.array([b"\xff"], pa.binary()).cast(pa.string(), safe=False)})
    with pytest.raises(UnicodeDecodeError):
        write_table(broken, path)
    assert path.read_text() == "a\n1\n"
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(TableUnwritable) as refused:
        write_table(pa.table({"a": [1]}), tmp_path / "absent" / "t.csv")
    assert set(refused.value.fields) == {"file", "what", "mend"}
    with pytest.raises(FormatUnknown):
        write_table(pa.table({"a": [1]}), tmp_path / "t.xlsx")


def test_rejects_are_written_beside_the_output(tmp_path: Path) -> None:
    rejects = Rejects()
    out = tmp_path / "out.csv"
    assert write_rejects(rejects, out) is None
    rejects.add(Reject("in.csv", 7, "amount", "NaN", {"user": "张"}))
    rejects.add(Reject("in.csv", 8, None, "5 cells where the header has 6", "a,b"))
    path = write_rejects(rejects, out)
    assert path is not None
    assert path == rejects_path(out) == tmp_path / "out.csv.rejects.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert lines[0] == {
        "file": "in.csv",
        "row": 7,
        "column": "amount",
        "reason": "NaN",
        "raw": {"user": "张"},
    }
    assert [line["row"] for line in lines] == [each.row for each in rejects] == [7, 8]
    assert write_rejects(Rejects(), out) is None
    assert not path.exists(), "of an earlier run"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_are_the_shortest_that_read_back(values: list[float]) -> None:
    written = writing._float_cells(pa.array(values, pa.float64())).to_pylist()
    for value, text in zip(values, written, strict=True):
        assert float(text) == value
        assert len(text) <= len(repr(value))
        assert not text.startswith("-0") or text.startswith("-0.")


def test_parts_make_one_csv_and_coded_text_is_quoted_as_text_is(tmp_path: Path) -> None:
    coded = pa.array(['x,"y', "z", None]).dictionary_encode()
    part = pa.table({"n": [1, 2, 3], "text": coded, "score": [0.25, None, -0.0]})
    assert writing.write_csv_parts(iter([part, part.slice(1)]), tmp_path / "out.csv") == 5
    lines = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert lines == ["n,text,score", '1,"x,""y",0.25', "2,z,", "3,,0", "2,z,", "3,,0"]
