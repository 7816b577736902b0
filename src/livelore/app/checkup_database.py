"""What `livelore doctor` sees of the database, without changing it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from livelore.database.dialects import make_read_engine, plain_url
from livelore.database.migrate import current_version, versions
from livelore.settings import Settings, shown

SQLITE_LEAST = (3, 37, 0)
"""STRICT tables."""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What was found; ``problem`` is empty when nothing is wrong.

    Attributes:
        words: What there is.
        is_current: Whether it has every table that this version needs.
        newest_ms: Time of what was stored last, epoch milliseconds.
    """

    words: str = ""
    problem: str = ""
    is_current: bool = False
    newest_ms: int | None = None


async def look_at(settings: Settings) -> DatabaseState:
    """Open the database for reading and look."""
    return await asyncio.to_thread(_look_at, settings)


def _look_at(settings: Settings) -> DatabaseState:
    url = settings.effective_database_url
    where = shown("database_url", url)
    file = _file_of(url)
    if file is not None and not file.exists():
        return DatabaseState(f"{where} is made at the first start")
    if file is not None and file.stat().st_size == 0:
        return DatabaseState(f"{where} is empty: the next start fills it")
    try:
        engine = make_read_engine(plain_url(url))
        try:
            with engine.connect() as connection:
                return _state(connection, where)
        finally:
            engine.dispose()
    except ModuleNotFoundError as error:
        return DatabaseState(problem=f"{error.name} is missing: `pip install 'livelore[scale]'`")
    except (SQLAlchemyError, ValueError) as error:
        return DatabaseState(problem=f"{where}: {_words(error)}; {_mend(url)}")


def _file_of(url: str) -> Path | None:
    name = url.removeprefix("sqlite:///")
    return Path(name) if name and name != url else None


def _mend(url: str) -> str:
    if url.startswith("sqlite"):
        return "the file is damaged or not ours: move it away and `livelore restore` a backup"
    return "start the server or mend the setting database_url"


def _words(error: Exception) -> str:
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(original).split())[:200]


def _state(connection: Connection, where: str) -> DatabaseState:
    found, newest = current_version(connection), versions()[-1][:4]
    if found > newest:
        words = f"{where} was made by a newer Livelore (schema {found}, this one knows {newest})"
        return DatabaseState(problem=f"{words}: run that version")
    kind, problem = _sqlite(connection) if _is_sqlite(connection) else _postgresql(connection)
    if problem:
        return DatabaseState(problem=f"{where}: {problem}")
    if found < newest:
        words = f"{where}, {kind}, schema {found}: the next start brings it to {newest}"
        return DatabaseState(words)
    words = f"{where}, {kind}, schema {found} is the newest"
    return DatabaseState(words, is_current=True, newest_ms=_newest_ms(connection))


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _sqlite(connection: Connection) -> tuple[str, str]:
    """What it is, and what is wrong with it."""
    version = str(connection.scalar(text("SELECT sqlite_version()")))
    if tuple(int(part) for part in version.split(".")) < SQLITE_LEAST:
        return "", f"SQLite {version} is too old: use a Python with SQLite 3.37 or newer"
    damage = " ".join(str(connection.scalar(text("PRAGMA quick_check(1)"))).split())
    if damage != "ok":
        return "", f"damaged ({damage}): `livelore restore` a backup into a new folder"
    names = ("journal_mode", "synchronous", "foreign_keys")
    pragmas = [f"{name}={connection.scalar(text(f'PRAGMA {name}'))}" for name in names]
    return f"SQLite {version}, {', '.join(pragmas)}", ""


def _postgresql(connection: Connection) -> tuple[str, str]:
    version = connection.scalar(text("SHOW server_version"))
    if connection.scalar(text("SHOW fsync")) != "on":
        return "", "fsync is off, a power cut loses money: set fsync = on"
    return f"PostgreSQL {version}", ""


def _newest_ms(connection: Connection) -> int | None:
    found = connection.scalar(text("SELECT at_ms FROM outbox ORDER BY id DESC LIMIT 1"))
    return None if found is None else int(found)
