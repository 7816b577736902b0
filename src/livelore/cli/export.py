"""`livelore backup`, `restore` and `export`: data out and back."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelore.cli.serve import DataDir
from livelore.kit.errors import BadRequestError

PRIVATE = frozenset({"login_session", "login_failure", "stream_key", "alembic_version"})
"""Tables that hold nothing but secrets and locks."""
PRIVATE_COLUMNS = frozenset({"password_hash"})


def _database_file(data_dir: Path | None) -> Path:
    from livelore.settings import load

    settings = load({"data_dir": data_dir})
    if not settings.effective_database_url.startswith("sqlite:///"):
        raise BadRequestError(
            database=settings.effective_database_url.split("://")[0],
            mend="use pg_dump and pg_restore for PostgreSQL",
        )
    return Path(settings.effective_database_url.removeprefix("sqlite:///"))


def backup(
    target: Annotated[Path, Parameter(help="A file that does not exist yet.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Copy the database, also while the site runs.

    Example: `livelore backup backup-2026-11-24.db`
    """
    source = _database_file(data_dir)
    if target.exists():
        raise BadRequestError(target=str(target), mend="it exists; name another file")
    if not source.is_file():
        raise BadRequestError(data_dir=str(source.parent), mend="there is no database here")
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    print(f"Backed up to {target}")


def restore(
    source: Annotated[Path, Parameter(help="A file that `livelore backup` wrote.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Put a backup into an empty data folder.

    Example: `livelore restore backup-2026-11-24.db --data-dir /var/lib/livelore-new`
    """
    target = _database_file(data_dir)
    if target.exists():
        raise BadRequestError(target=str(target), mend="it exists; restore into an empty folder")
    if not source.is_file():
        raise BadRequestError(source=str(source), mend="there is no such file")
    with sqlite3.connect(source) as old:
        try:
            found = old.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise BadRequestError(source=str(source), mend=f"not a backup: {error}") from None
        if found != "ok":
            raise BadRequestError(source=str(source), mend=f"the file is damaged: {found}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(target) as new:
            old.backup(new)
    print(f"Restored into {target}")


def export(
    target: Annotated[Path, Parameter(help="A folder that does not exist yet.")],
    *,
    data_dir: DataDir = None,
    file_format: Annotated[str, Parameter(name="--format", help="csv or jsonl.")] = "jsonl",
) -> None:
    """Write every table to a file of its own; secrets stay behind.

    Example: `livelore export my-data --format csv`
    """
    if file_format not in {"csv", "jsonl"}:
        raise BadRequestError(format=file_format, mend="use csv or jsonl")
    if target.exists():
        raise BadRequestError(target=str(target), mend="it exists; name another folder")
    source = _database_file(data_dir)
    if not source.is_file():
        raise BadRequestError(data_dir=str(source.parent), mend="there is no database here")
    target.mkdir(parents=True)
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        for name in sorted(set(names) - PRIVATE):
            _write(connection, name, target / f"{name}.{file_format}")


def _write(connection: sqlite3.Connection, name: str, path: Path) -> None:
    cursor = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # from the schema itself
    columns = [column[0] for column in cursor.description]
    shown = [n for n, column in enumerate(columns) if column not in PRIVATE_COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            writer = csv.writer(file)
            writer.writerow([columns[n] for n in shown])
            writer.writerows([row[n] for n in shown] for row in cursor)
            return
        for row in cursor:
            file.write(json.dumps({columns[n]: row[n] for n in shown}, ensure_ascii=False) + "\n")


def register(app: App) -> None:
    """Add the commands."""
    for command in (backup, restore, export):
        app.command(command)
