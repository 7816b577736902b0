"""What differs between SQLite and PostgreSQL: how connections are opened and errors are told."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from livelore.kit.errors import InvariantError

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process that writes (a backup, a second command)."""

RETRYABLE_STATES = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock detected. Running again may succeed."""


def plain_url(url: str) -> str:
    """The URL with the driver that we use."""
    scheme, rest = url.split(":", 1)
    return f"postgresql+psycopg:{rest}" if scheme == "postgresql" else url


def make_write_engine(url: str) -> Engine:
    """Engine of the writer thread: one connection, transactions that lock at once."""
    if url.startswith("postgresql"):
        return create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)
    if url == "sqlite://":
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    _prepare_sqlite(engine, begin="BEGIN IMMEDIATE", is_reader=False)
    return engine


def make_read_engine(url: str) -> Engine:
    """Engine of the readers: connections that cannot write and see one snapshot."""
    if url.startswith("postgresql"):
        return create_engine(
            url,
            pool_size=4,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
    engine = create_engine(url, poolclass=QueuePool, pool_size=4)
    _prepare_sqlite(engine, begin="BEGIN", is_reader=True)
    return engine


def _prepare_sqlite(engine: Engine, begin: str, *, is_reader: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:  # Any: the driver's own type
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA cache_size = -16384")
        if is_reader:
            cursor.execute("PRAGMA query_only = ON")
        for pragma, wanted in (("synchronous", 2), ("foreign_keys", 1)):
            found = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if found != wanted:
                raise InvariantError(f"SQLite refused PRAGMA {pragma} = {wanted}: it is {found}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    _ = on_connect, on_begin


def is_out_of_space(error: DBAPIError) -> bool:
    """Whether the database refused for want of space or because it is gone."""
    text = str(error.orig).lower()
    return error.connection_invalidated or any(
        words in text
        for words in ("disk is full", "disk i/o error", "no space left", "unable to open database")
    )


def is_retryable(error: DBAPIError) -> bool:
    """Whether the same work may succeed when it is run again."""
    return getattr(error.orig, "sqlstate", None) in RETRYABLE_STATES
