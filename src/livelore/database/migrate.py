"""Bring a database to the newest schema; does nothing, quickly, when it is there already."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from livelore.database.dialects import make_write_engine, plain_url

_VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"


def newest_version() -> str:
    """Number of the newest migration that ships with this version."""
    return max(file.name[:4] for file in _VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def current_version(engine: Engine) -> str | None:
    """Number of the newest migration that this database has had."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(url: str) -> None:
    """Run the migrations that this database lacks, each in a transaction.

    Args:
        url: As for `Database.open`; not the memory database.
    """
    engine = make_write_engine(plain_url(url))
    try:
        if current_version(engine) != newest_version():
            upgrade(engine)
    finally:
        engine.dispose()


def upgrade(engine: Engine) -> None:
    """Run all missing migrations on an engine."""
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  # slow import
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(_VERSIONS.parent))
    from alembic.config import Config  # noqa: PLC0415

    with (
        EnvironmentContext(
            Config(),
            scripts,
            fn=lambda rev, _context: scripts._upgrade_revs("head", rev),  # pyright: ignore
        ) as environment,
        engine.connect() as connection,
    ):
        environment.configure(connection=connection, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
        connection.commit()
