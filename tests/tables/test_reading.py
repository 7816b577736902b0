"""Rows good and bad by construction; every way in which a file can be no table."""

import gzip
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livelore.intelligence.tables import csv_file
from livelore.intelligence.tables.columns import Column, ValueRefused, value_of, writing_of
from livelore.intelligence.tables.errors import (
    ColumnMissing,
    FormatUnknown,
    TableEmpty,
    TableUnreadable,
)
from livelore.intelligence.tables.reading import guess_columns, read_table
from livelore.intelligence.tables.typing_arrays import typed
from tests.tables.makers import (
    BAD_IDS,
    BAD_NUMBERS,
    BAD_TIMES,
    COLUMNS,
    NAMES,
    Made,
    as_csv,
    made,
    write,
)

ENDINGS = (".csv", ".jsonl", ".parquet")
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
USER, AMOUNT, AT, WORDS, _ = COLUMNS


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
@given(file=made())
@QUICK
def test_exactly_the_bad_rows_are_rejected(ending: str, file: Made, tmp_path: Path) -> None:
    path = tmp_path / f"t{ending}"
    first = write(file.rows, path)
    table = read_table(path, COLUMNS)
    rejects = list(table.rejects)
    assert {each.row - first: each.column for each in rejects} == file.bad
    assert all(each.reason and each.raw and each.file == str(path) for each in rejects)
    found = table.data.to_pylist()
    if pa.types.is_integer(table.data.schema.field("user").type):
        found = [row | {"user": str(row["user"])} for row in found]
    assert [row | {"labels": row["labels"] or []} for row in found] == file.good
    assert table.summary()["rows"] == len(file.rows)


@given(file=made(), line_end=st.sampled_from(["\n", "\r\n"]), block=st.integers(5, 200))
@QUICK
def test_where_a_block_ends_changes_nothing(
    file: Made, line_end: str, block: int, tmp_path: Path
) -> None:
    path = written(tmp_path / "t.csv", b"\xef\xbb\xbf" + as_csv(file.rows, line_end))
    whole = read_table(path, COLUMNS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("livelore.intelligence.tables.rows.BLOCK_BYTES", block)
        pieces = read_table(path, COLUMNS)
    assert pieces.data.to_pylist() == whole.data.to_pylist()
    assert pieces.data.schema == whole.data.schema
    assert list(pieces.rejects) == list(whole.rejects)


def never(block: bytes) -> None:
    del block


@given(
    st.lists(
        st.sampled_from(
            ["1,2", "1,2,3", "x", '"a",1', '"a,1', 'a"b,1', '"a"b,1', "", "é,1", "3,4"]
        ),
        max_size=12,
    )
)
@QUICK
def test_cutting_at_once_and_record_by_record_agree(lines: list[str]) -> None:
    """The quick ways are only that: with them off, the same rows and the same rejects."""

    def rows(fast: bool) -> Any:
        told: list[Any] = []

        def keep(row: int, reason: str, raw: Any) -> None:
            told.append((row, reason, raw))

        reader = csv_file._Csv(Path("t.csv"), keep)
        with pytest.MonkeyPatch.context() as patch:
            if not fast:
                patch.setattr(reader, "_cut_fast", never)
                patch.setattr(reader, "_cut_at_once", never)
            pieces = iter(["\n".join(["a,b", *lines]).encode()])
            cells = [
                (number, each.raw(at))
                for each in reader.rows(pieces)
                for at, number in enumerate(each.numbers.tolist())
            ]
        return cells, told

    assert rows(fast=True) == rows(fast=False)


def meaning(column: Column, value: str) -> tuple[Any, str | None]:
    try:
        return value_of(column, value), None
    except ValueRefused as refused:
        return None, str(refused)


@pytest.mark.parametrize("column", [USER, AMOUNT, AT, Column("n", "number", required=False)])
@given(data=st.data())
@QUICK
def test_whole_columns_mean_what_single_values_mean(column: Column, data: st.DataObject) -> None:
    good = {
        "id": ["7", "007", "u", "-1", "+1", " 2", "9223372036854775808", "0", "-0", "0x1F"],
        "number": ["1", "1.", ".5", "+2", " 3 ", "1e3", "12345678901234567890"],
        "time": ["0", "1.5", "2024-01-01", "2024-01-01T10:00:00+08:00", "1700000000000"],
    }[column.kind]
    bad = {"id": BAD_IDS, "number": BAD_NUMBERS, "time": BAD_TIMES}[column.kind]
    pool = st.sampled_from(good) if data.draw(st.booleans()) else st.sampled_from([*good, *bad])
    values = data.draw(st.lists(pool, min_size=1, max_size=700))
    found = typed(column, pa.array([each or None for each in values]))
    for at, value in enumerate(values):
        cell = found.values[at].as_py()
        meant, reason = meaning(column, value)
        if reason is not None:
            assert (found.refused[at], cell) == (reason, None)
            continue
        assert at not in found.refused
        if column.kind == "time":
            cell, meant = found.values[at].cast(pa.int64()).as_py(), meant.us
        assert (str(cell) if column.kind == "id" else cell) == meant


@given(st.binary(max_size=300), st.sampled_from([".csv", ".jsonl", ".parquet", ".csv.gz"]))
@settings(QUICK, max_examples=150)
def test_no_bytes_make_a_traceback(content: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / f"t{ending}", content)
        error = None
        try:
            read_table(path, [Column("a", "number", required=False)])
        except (TableUnreadable, TableEmpty) as refused:
            error = refused
        assert error is None or set(error.fields) >= {"file", "what", "mend"}


def test_a_broken_row_costs_itself_and_not_the_rest(tmp_path: Path) -> None:
    text = 'user,amount\n1,1\n2,"2\n3,3\n"4",4\n5\n6,6,6\n\n"7\n7",7\n8,8\n'
    table = read_table(written(tmp_path / "t.csv", text), COLUMNS[:2])
    assert table.data["user"].to_pylist() == ["1", "3", "4", "7\n7", "8"]
    rejects = [(each.row, each.column, each.raw) for each in table.rejects]
    assert rejects == [(3, None, '2,"2'), (6, None, "5"), (7, None, "6,6,6")]
    assert table.summary()["rejected_by_column"] == {"(row)": 3}


def test_a_row_in_another_encoding_is_a_reject(tmp_path: Path) -> None:
    rows = [f"{n},词".encode() for n in range(30)]
    rows[3] = b"3,\xb4\xca"
    path = written(tmp_path / "t.csv", b"user,words\n" + b"\n".join(rows))
    table = read_table(path, [USER, WORDS])
    assert [(each.row, each.reason) for each in table.rejects] == [(5, "not in UTF-8")]
    assert len(table) == 29


def test_ids_are_kept_as_written_and_whole_numbers_are_numbers(tmp_path: Path) -> None:
    text = "a,b,c,d\n1,007,7.0,5\n2,8,9,\n"
    path = written(tmp_path / "t.csv", text)
    table = read_table(path, [Column(name, "id") for name in "abc"])
    assert table.data.to_pydict() == {
        "a": [1, 2],
        "b": ["007", "8"],
        "c": ["7.0", "9"],
        "d": [5, None],
    }


def test_an_id_that_is_text_late_makes_the_whole_column_text(tmp_path: Path) -> None:
    n_rows = csv_file.ROWS_MAX * 3
    text = "user\n" + "".join(f"{n}\n" for n in range(n_rows)) + '"007"\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("livelore.intelligence.tables.rows.BLOCK_BYTES", 100_000)
        table = read_table(written(tmp_path / "t.csv", text), [USER])
    assert table.data["user"].to_pylist() == [*map(str, range(n_rows)), "007"]


def test_times_of_every_spelling_and_what_was_found_is_said(tmp_path: Path) -> None:
    text = (
        "at\n2024-01-01T08:00:00+08:00\n2024-01-01\n1704067200\n1704067200000\n1704067200000000\n"
    )
    table = read_table(written(tmp_path / "t.csv", text), [AT])
    assert table.data["at"].to_numpy().astype(np.int64).tolist() == [1704067200000000] * 5
    assert table.notes == (
        "at: ISO 8601 (2 values), epoch seconds (1 values), epoch milliseconds (1 values), "
        "epoch microseconds (1 values), from 2024-01-01 to 2024-01-01",
    )


def test_parquet_keeps_its_own_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "user": pa.array(["a", "b", "a"]).dictionary_encode(),
            "amount": pa.array([1, 2, None], pa.int32()),
            "at": np.array(["2024-01-01", "2024-01-02", "1960-01-01"], "datetime64[ms]"),
            "labels": [["x", "x"], None, []],
            "code": ["001", "002", "3"],
            "deep": [{"a": 1}, {"a": 2}, None],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet", [USER, AMOUNT, AT, COLUMNS[4]])
    assert [(each.row, each.column) for each in found.rejects] == [(3, "amount")]
    assert found.data["labels"].to_pylist() == [["x"], None]
    assert found.data["code"].to_pylist() == ["001", "002"]
    assert found.data["deep"].to_pylist() == [{"a": 1}, {"a": 2}]


def test_json_of_many_shapes(tmp_path: Path) -> None:
    lines = [
        '{"user": 7, "amount": 1, "x": 1, "labels": ["a", "b"]}',
        '{"user": "007", "amount": 2.5, "x": "one", "words": 666}',
        '{"user": true, "amount": 1}',
        '{"user": "u", "amount": true}',
        '{"user": "u", "amount": 1' + "0" * 400 + "}",
        '{"user": "u"}',
        "[1, 2]",
        "{",
        "",
        '{"user": 8.0, "amount": 3, "x": {"y": [1]}}',
    ]
    path = written(tmp_path / "t.jsonl", "\n".join(lines))
    table = read_table(path, [USER, AMOUNT, WORDS, COLUMNS[4]])
    assert table.data["user"].to_pylist() == ["7", "007", "8"]
    assert table.data["x"].to_pylist() == ["1", "one", '{"y":[1]}']
    assert table.data["words"].to_pylist() == [None, "666", None]
    rejects = [(each.row, each.column) for each in table.rejects]
    assert sorted(rejects, key=lambda each: each[0]) == [
        (3, "user"),
        (4, "amount"),
        (5, "amount"),
        (6, "amount"),
        (7, None),
        (8, None),
    ]


def test_a_packed_file_reads_as_the_plain_one(tmp_path: Path) -> None:
    text = b"user,amount\n1,2\n"
    path = written(tmp_path / "t.csv.gz", gzip.compress(text))
    assert read_table(path, COLUMNS[:2]).data.to_pylist() == [{"user": 1, "amount": 2.0}]
    with pytest.raises(TableUnreadable):
        read_table(written(path, gzip.compress(text)[:-9]), COLUMNS[:2])


def test_unasked_columns_can_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "user,x\n1,2\n")
    assert read_table(path, [USER], extra="drop").data.column_names == ["user"]
    assert read_table(path, [USER], extra="keep").data.column_names == ["user", "x"]


@pytest.mark.parametrize(
    ("name", "content", "kind", "words"),
    [
        ("t.csv", b"", TableEmpty, "empty"),
        ("t.csv", b"user,amount\n", TableEmpty, "no rows"),
        ("t.csv", b"user,amount\n\n\n", TableEmpty, "no rows"),
        ("t.jsonl", b"\n\n", TableEmpty, "no rows"),
        ("t.csv", b"user,amount\n1,x\n", TableEmpty, "row 2, column 'amount': 'x' is no number"),
        ("t.csv", b"user;amount\n1;2\n", ColumnMissing, "separated by ';'"),
        ("t.csv", b"user,Amount\n1,2\n", ColumnMissing, "'Amount'"),
        ("t.jsonl", b'{"user": 1}\n', ColumnMissing, "no column 'amount'"),
        ("t.csv", b"user,amount,user\n1,2,3\n", TableUnreadable, "'user' twice"),
        ("t.csv", "user,amount,名字\n1,2,张\n".encode("gb18030"), TableUnreadable, "gb18030"),
        ("t.csv", "user,amount\n张,1\n李,2\n".encode("gb18030"), TableUnreadable, "iconv"),
        ("t.csv", "user,amount\n1,2\n".encode("utf-16"), TableUnreadable, "UTF-16"),
        ("t.csv", b"PK\x03\x04....", TableUnreadable, "Excel"),
        ("t.csv", b"a\0b\n", TableUnreadable, "no text"),
        ("t.csv", b'"user,amount\n1,2\n', TableUnreadable, "header"),
        ("t.csv", b"\x1f\x8b....", TableUnreadable, "add .gz"),
        ("t.parquet", b"user,amount\n", TableUnreadable, "no Parquet"),
        ("t.txt", b"user,amount\n1,2\n", FormatUnknown, ".parquet"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_where_and_how_to_mend(
    name: str, content: bytes, kind: type[Exception], words: str, tmp_path: Path
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(kind) as refused:
        read_table(path, [USER, AMOUNT])
    fields: dict[str, Any] = refused.value.fields  # type: ignore[attr-defined]
    assert fields["file"] == str(path)
    assert words in f"{fields['what']} {fields['mend']}"
    assert fields["mend"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for ending in (*ENDINGS, ".csv.gz"):
        with pytest.raises(TableUnreadable, match="no such file"):
            read_table(tmp_path / f"t{ending}", COLUMNS)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(TableUnreadable, match="cannot be read"):
        read_table(tmp_path / "d.csv", COLUMNS)


def test_rejects_of_a_file_without_one_good_row_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "user,amount\n1,x\n2,y\n")
    with pytest.raises(TableEmpty) as refused:
        read_table(path, COLUMNS[:2])
    assert [each.row for each in refused.value.rejects] == [2, 3]


def test_kinds_are_guessed_from_the_first_rows(tmp_path: Path) -> None:
    rows = "".join(f"u{n},{n / 2},,{'x' if n == 5 else n}\n" for n in range(20))
    path = written(tmp_path / "t.csv", "user,a,empty,b\n" + rows)
    assert guess_columns(path) == {"user": "text", "a": "number", "empty": "text", "b": "number"}
    with pytest.raises(TableEmpty):
        guess_columns(written(tmp_path / "e.csv", "a,b\n"))


def test_names_of_makers_are_those_of_the_columns() -> None:
    assert len(set(NAMES)) == len(COLUMNS)


def test_cells_can_be_kept_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("at,x\n2026-01-01 10:00,a\n1767261600,b\nnever,c\n,d\n", "utf-8")
    column = Column("at", "time", required=False, keeps_writing=True)
    table = read_table(path, [column])
    assert table.data["at"].null_count == 1
    assert table.data[writing_of("at")].to_pylist() == ["2026-01-01 10:00", "1767261600", None]
    assert [each.row for each in table.rejects] == [4]
