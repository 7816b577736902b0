"""`livelore backup` and `restore`: the database as one file, out and back."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelore.cli.errors import CommandFailed, InputWrong
from livelore.cli.progress import progress
from livelore.cli.serve import DataDir

PAGES_AT_ONCE = 2_000
"""Of 4 KiB; between two portions the bar moves."""


def database_file(data_dir: Path | None) -> Path:
    """The SQLite file that the settings name.

    Raises:
        InputWrong: The database is PostgreSQL, whose own tools do this better.
    """
    from livelore.settings import load

    url = load({"data_dir": data_dir}).effective_database_url
    if not url.startswith("sqlite:///"):
        raise InputWrong("the database is PostgreSQL: use pg_dump and pg_restore")
    return Path(url.removeprefix("sqlite:///"))


def backup(
    target: Annotated[Path, Parameter(help="A file that does not exist yet.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Copy the database as it is at this moment, also while the site runs.

    The file holds the hashes of passwords: keep it as safe as the site. The behaviour log is
    ordinary files in the folder `interactions` beside the database: copy it by any tool.

    Example: `livelore backup backup-2026-11-24.db`
    """
    source = database_file(data_dir)
    if target.exists():
        raise InputWrong(f"{target} exists already: name another file")
    if not target.absolute().parent.is_dir():
        raise InputWrong(f"{target.absolute().parent} is no folder: make it first")
    if not source.is_file():
        raise InputWrong(f"there is no database in {source.parent}: name its folder by --data-dir")
    _copy(source, target, "Backing up")
    print(f"Backed up to {target}")


def restore(
    source: Annotated[Path, Parameter(help="A file that `livelore backup` wrote.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Put a backup into an empty data folder, once it has been found whole.

    Example: `livelore restore backup-2026-11-24.db --data-dir /var/lib/livelore-new`
    """
    target = database_file(data_dir)
    if target.exists():
        raise InputWrong(f"{target} exists already: restore into an empty folder by --data-dir")
    if not source.is_file():
        raise InputWrong(f"there is no file {source}: name one that `livelore backup` wrote")
    _check_whole(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target, "Restoring")
    print(f"Restored into {target}")


def _check_whole(source: Path) -> None:
    try:
        with closing(_open(source)) as connection:
            found = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
            is_ours = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
    except sqlite3.DatabaseError as error:
        raise InputWrong(f"{source} is no backup: {error}; take another one") from None
    if found != "ok":
        words = " ".join(found.split())[:200]
        raise InputWrong(f"{source} is damaged ({words}): take an older one")
    if not is_ours:
        raise InputWrong(f"{source} is the database of another program: take another file")


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copy(source: Path, target: Path, what: str) -> None:
    """All or nothing: the name appears once the copy is on disk."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with progress(what) as step, closing(_open(source)) as old:
            # One snapshot for the whole copy: without it every write of the site begins it anew.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(part)) as new:
                old.backup(
                    new,
                    pages=PAGES_AT_ONCE,
                    progress=lambda _status, left, total: step(total - left, total),
                )
                new.execute("PRAGMA journal_mode = DELETE")
        _to_disk(part)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise CommandFailed(f"{what} {source} to {target} failed: {error}") from error


def _to_disk(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def register(app: App) -> None:
    """Add the commands."""
    app.command(backup)
    app.command(restore)
