"""What differs between the two databases where every microsecond counts: lists in and rows out.

The posting path speaks to the driver without SQLAlchemy's compiler: a gift is seven rows, and
compiling or converting each of them costs more than writing it (`benchmarks/bench_money.py`).
"""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from livelore.database.engine import is_postgresql

Row = Sequence[Any]  # Any: what a driver gives back

_TEXTS = {
    *("key", "fingerprint", "kind", "outcome", "code", "group_id", "subject", "maker", "checker"),
    *("fields", "currency", "reason", "release_on", "line_id", "topic", "payload", "period", "day"),
}


def among(connection: Connection, column: str) -> str:
    """SQL for "column is one of the list given as the next parameter"."""
    if is_postgresql(connection):
        return f"{column} = ANY(%s)"
    return f"{column} IN (SELECT value FROM json_each(?))"


def a_list(connection: Connection, values: Sequence[Any]) -> Any:
    """A list as the parameter that `among` expects."""
    return list(values) if is_postgresql(connection) else json.dumps(list(values))


def mark(connection: Connection) -> str:
    """The driver's placeholder."""
    return "%s" if is_postgresql(connection) else "?"


def rows(connection: Connection, sql: str, *parameters: Any) -> list[Any]:
    """All rows of a query with ``?`` as placeholder on either database."""
    if is_postgresql(connection):
        sql = sql.replace("?", "%s")
    return list(connection.exec_driver_sql(sql, parameters).fetchall())


def one(connection: Connection, sql: str, *parameters: Any) -> Any:
    """The first column of the first row, None without rows."""
    found = rows(connection, sql, *parameters)
    return found[0][0] if found else None


def insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    values: Sequence[Row],
    tail: str = "",
) -> None:
    """Insert many rows: arrays on PostgreSQL, one prepared statement on SQLite.

    Args:
        connection: Inside a write.
        table: Its name.
        columns: Their names; they decide the type of each array.
        values: One tuple per row.
        tail: ``ON CONFLICT`` …
    """
    if not values:
        return
    names = ", ".join(columns)
    if is_postgresql(connection):
        arrays = ", ".join(
            f"%s::{'text' if column in _TEXTS else 'bigint'}[]" for column in columns
        )
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {tail}",
            tuple(list(column) for column in zip(*values, strict=True)),
        )
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) {tail}",
        list(values),
    )


def next_ids(connection: Connection, table: str, n: int) -> list[int]:
    """The next ``n`` ids of a table; the ones not used stay unused on PostgreSQL."""
    if is_postgresql(connection):
        found = connection.exec_driver_sql(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            (table, n),
        )
        return [int(row[0]) for row in found]
    last = connection.exec_driver_sql(f"SELECT max(id) FROM {table}").scalar() or 0
    return list(range(last + 1, last + 1 + n))


def constraint_of(error: DBAPIError) -> str:
    """Name of the constraint or trigger that refused; empty when it was something else.

    SQLite does not name foreign keys and unique indexes: those are told as ``foreign_key`` and
    ``unique:<columns>``, values of a wrong type as ``type:<column>``.
    """
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or "")
    return _sqlite_name(str(error.orig))


def _sqlite_name(text: str) -> str:
    for start, prefix in (
        ("CHECK constraint failed: ", ""),
        ("UNIQUE constraint failed: ", "unique:"),
        ("FOREIGN KEY constraint failed", "foreign_key"),
        ("cannot store ", "type:"),
        ("NOT NULL constraint failed: ", "not_null:"),
    ):
        if text.startswith(start):
            return prefix + text.removeprefix(start).rsplit(" column ", 1)[-1]
    return text if text.replace("_", "").isalpha() and text.islower() else ""
