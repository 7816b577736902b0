"""Bring a database to the newest schema; does nothing, quickly, when it is there already."""

import importlib
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from livelore.database.dialects import make_write_engine, plain_url
from livelore.kit.errors import AppError

_VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
_PACKAGE = "livelore.migrations.versions"
_LOCK = 7_120_419
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""


class SchemaTooNew(AppError):
    """The database was made by a newer version of Livelore; ``found`` and ``newest`` say which."""

    code = "database.schema_too_new"
    status = 500


def versions() -> list[str]:
    """Module names of the migrations that ship with this version, in order."""
    return sorted(file.stem for file in _VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def current_version(connection: Connection) -> str:
    """Number of the newest migration that this database has had; ``0000`` when none."""
    if not inspect(connection).has_table("alembic_version"):
        return "0000"
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found or "0000")


def migrate(url: str) -> None:
    """Run the migrations that this database lacks, all of them or none.

    Args:
        url: As for `Database.open`; not the memory database.

    Raises:
        SchemaTooNew: The database has had migrations that this version does not know.
    """
    engine = make_write_engine(plain_url(url))
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def upgrade(engine: Engine) -> None:
    """Run all missing migrations in one transaction."""
    names = versions()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        current = current_version(connection)
        if current > names[-1][:4]:
            raise SchemaTooNew(found=current, newest=names[-1][:4])
        missing = [name for name in names if name[:4] > current]
        if missing:
            _run(connection, missing)


def _run(connection: Connection, names: list[str]) -> None:
    from alembic.migration import MigrationContext  # noqa: PLC0415  # slow, seldom needed
    from alembic.operations import Operations  # noqa: PLC0415

    context = MigrationContext.configure(connection)
    with Operations.context(context):
        for name in names:
            importlib.import_module(f"{_PACKAGE}.{name}").upgrade()
    connection.execute(
        text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    )
    connection.execute(text("DELETE FROM alembic_version"))
    connection.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:number)"),
        {"number": names[-1][:4]},
    )
