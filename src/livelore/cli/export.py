"""`livelore export`: every table as a file that other programs read."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress
from livelore.cli.serve import DataDir

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

PRIVATE = frozenset({"login_session", "login_failure", "stream_key", "alembic_version"})
"""Tables that hold nothing but secrets and locks."""
PRIVATE_COLUMNS = frozenset({"password_hash", "address", "address_hash"})
"""Secrets, and from where somebody called."""
ROWS_AT_ONCE = 1_000

Format = Annotated[Literal["jsonl", "csv"], Parameter(name="--format", help="Of the files.")]
Row = tuple[Any, ...]  # Any: values of whatever type a column has


def export(
    target: Annotated[Path, Parameter(help="A folder that does not exist yet.")],
    *,
    data_dir: DataDir = None,
    file_format: Format = "jsonl",
) -> None:
    """Write every table to a file of its own, as of one moment; secrets stay behind.

    Example: `livelore export my-data --format csv`
    """
    from livelore.database.dialects import make_read_engine, plain_url
    from livelore.settings import load

    url = load({"data_dir": data_dir}).effective_database_url
    if target.exists():
        raise InputWrong(f"{target} exists already: name another folder")
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not file.is_file():
        raise InputWrong(f"there is no database in {file.parent}: name its folder by --data-dir")
    engine = make_read_engine(plain_url(url))
    try:
        with engine.connect() as connection:
            n_tables, n_rows = _export(connection, target, file_format)
    finally:
        engine.dispose()
    print(f"Wrote {n_rows} rows of {n_tables} tables to {target}")


def _export(connection: "Connection", target: Path, file_format: str) -> tuple[int, int]:
    from sqlalchemy import MetaData, Table, inspect

    names = sorted(set(inspect(connection).get_table_names()) - PRIVATE)
    tables = [Table(name, MetaData(), autoload_with=connection) for name in names]
    target.mkdir(parents=True)
    write = _write_csv if file_format == "csv" else _write_jsonl
    with progress("Exporting") as step:
        n_all = sum(_count(connection, table) for table in tables)
        n_done = 0
        for table in tables:
            n_before = n_done
            for n_written in write(connection, table, target / f"{table.name}.{file_format}"):
                n_done = n_before + n_written
                step(n_done, n_all)
    return len(tables), n_done


def _count(connection: "Connection", table: "Table") -> int:
    from sqlalchemy import func, select

    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _shown(table: "Table") -> list[str]:
    return [column.name for column in table.columns if column.name not in PRIVATE_COLUMNS]


def _portions(connection: "Connection", table: "Table") -> Iterable[list[Row]]:
    from sqlalchemy import select

    wanted = select(*(table.columns[name] for name in _shown(table)))
    streamed = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        wanted.order_by(*table.primary_key.columns)
    )
    for portion in streamed.partitions():
        yield [tuple(row) for row in portion]


def _write_csv(connection: "Connection", table: "Table", path: Path) -> Iterable[int]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_shown(table))
        yield from _written(_portions(connection, table), writer.writerows)


def _write_jsonl(connection: "Connection", table: "Table", path: Path) -> Iterable[int]:
    names = _shown(table)
    with path.open("w", encoding="utf-8") as file:

        def write(rows: list[Row]) -> None:
            for row in rows:
                values = dict(zip(names, row, strict=True))
                file.write(json.dumps(values, ensure_ascii=False, default=_plain) + "\n")

        yield from _written(_portions(connection, table), write)


def _written(portions: Iterable[list[Row]], write: Callable[[list[Row]], Any]) -> Iterable[int]:
    """How many rows are written so far, after each portion."""
    n_written = 0
    for rows in portions:
        write(rows)
        n_written += len(rows)
        yield n_written


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def register(app: App) -> None:
    """Add the command."""
    app.command(export)
