"""Users, login sessions and failed log-ins."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of identity."""
    strict = " STRICT" if op.get_bind().dialect.name == "sqlite" else ""
    op.execute(
        "CREATE TABLE app_user ("
        " id TEXT PRIMARY KEY,"
        " username TEXT NOT NULL,"
        " username_key TEXT NOT NULL UNIQUE,"
        " display_name TEXT NOT NULL,"
        " password_hash TEXT NOT NULL,"
        " role TEXT NOT NULL CHECK (role IN ('viewer','host','moderator','operator')),"
        " avatar INTEGER NOT NULL DEFAULT 0,"
        " badge TEXT,"
        " locale TEXT,"
        " adult_verified_at_ms BIGINT,"
        " adult_verified_by TEXT REFERENCES app_user(id),"
        " created_at_ms BIGINT NOT NULL".replace("BIGINT", "INTEGER" if strict else "BIGINT")
        + f"){strict}"
    )
    op.execute(
        "CREATE TABLE login_session ("
        " token_hash TEXT PRIMARY KEY,"
        " user_id TEXT NOT NULL REFERENCES app_user(id) ON DELETE CASCADE,"
        " kind TEXT NOT NULL CHECK (kind IN ('browser','bearer')),"
        " csrf_token TEXT NOT NULL,"
        " created_at_ms BIGINT NOT NULL,"
        " expires_at_ms BIGINT NOT NULL".replace("BIGINT", "INTEGER" if strict else "BIGINT")
        + f"){strict}"
    )
    op.execute("CREATE INDEX login_session_user ON login_session (user_id)")
    op.execute(
        "CREATE TABLE login_failure ("
        " username_key TEXT PRIMARY KEY,"
        " n_failures INTEGER NOT NULL,"
        " locked_until_ms BIGINT NOT NULL".replace("BIGINT", "INTEGER" if strict else "BIGINT")
        + f"){strict}"
    )
