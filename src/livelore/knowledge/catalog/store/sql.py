"""What the tables of the catalogue have in common."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import to_ms


def ms_or_none(at: datetime | None) -> int | None:
    """Epoch milliseconds of a time, if there is one."""
    return None if at is None else to_ms(at)


def upsert(connection: Connection, table: str, values: dict[str, object]) -> None:
    """Put a row in, or in the place of the one with its id."""
    names = ", ".join(values)
    slots = ", ".join(f":{name}" for name in values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
    connection.execute(
        text(
            f"INSERT INTO {table} ({names}) VALUES ({slots})"  # noqa: S608  # names are constants
            f" ON CONFLICT (id) DO UPDATE SET {changes}"
        ),
        values,
    )


def rows_in(connection: Connection, query: str, ids: Iterable[str]) -> Sequence[Row[Any]]:
    """Rows of a query with ``IN :ids``; none, without asking, when there are no ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    statement = text(query).bindparams(bindparam("ids", expanding=True))
    return connection.execute(statement, {"ids": wanted}).all()
