"""Raw SQL on a migrated database: attack it, and learn the name of the guard that refused."""

import re
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Literal, cast

import psycopg
from sqlalchemy.exc import DBAPIError

from livelore.knowledge.ledger.store.sql import constraint_of

Dialect = Literal["sqlite", "postgresql"]


class Raw:
    """A connection without our code around it; everything is rolled back at the end."""

    def __init__(self, url: str) -> None:
        self.dialect: Dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
        self._connection: Any
        if self.dialect == "sqlite":
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self._connection.execute("PRAGMA foreign_keys = ON")
        else:
            self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()

    def run(self, *statements: str) -> None:
        for statement in statements:
            self._connection.execute(statement)

    def value(self, statement: str) -> Any:
        row = self._connection.execute(statement).fetchone()
        return row[0] if row else None

    def refusal(self, *statements: str) -> str | None:
        """The guard that refuses the last of these statements; None when nothing does."""
        self.run(*statements[:-1])
        self.run("SAVEPOINT attack")
        try:
            self.run(statements[-1])
        except (sqlite3.Error, psycopg.Error) as error:
            self.run("ROLLBACK TO SAVEPOINT attack")
            wrapped = cast("DBAPIError", SimpleNamespace(orig=error))
            return constraint_of(wrapped) or str(error)
        return None

    def switch_off(self, guard: str) -> None:
        """Take one guard away, as a careless migration would."""
        if self.dialect == "sqlite":
            self._switch_off_sqlite(guard)
        else:
            self._switch_off_postgresql(guard)

    def _switch_off_sqlite(self, guard: str) -> None:
        found = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE ?",
            (f"%'{guard}'%",),
        ).fetchall()
        for (name,) in found:
            self.run(f"DROP TRIGGER {name}")
        if found:
            return
        self.run("ROLLBACK")
        if guard == "foreign_key":
            self.run("PRAGMA foreign_keys = OFF")
        else:
            self.run("PRAGMA ignore_check_constraints = ON")
        self.run("BEGIN")

    def _switch_off_postgresql(self, guard: str) -> None:
        table = self.value(
            f"SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = '{guard}'"
        )
        if table is not None:
            self.run(f"ALTER TABLE {table} DROP CONSTRAINT {guard} CASCADE")
        found = self._connection.execute(
            "SELECT t.tgname, t.tgrelid::regclass::text FROM pg_trigger t"
            " JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
            f" AND (p.prosrc LIKE '%''{guard}''%' OR t.tgname = '{guard}')"
        ).fetchall()
        for trigger, owner in found:
            self.run(f"ALTER TABLE {owner} DISABLE TRIGGER {trigger}")


@contextmanager
def raw(url: str) -> Generator[Raw]:
    connection = Raw(url)
    try:
        yield connection
    finally:
        connection.close()


def filled(statement: str, **values: Any) -> str:
    """``{name}`` in a statement, replaced by values as SQL."""
    return re.sub(
        r"\{(\w+)\}",
        lambda match: "NULL" if values[match[1]] is None else str(values[match[1]]),
        statement,
    )
