"""Dead letters of the behaviour log, and what each person has watched."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = (
    """CREATE TABLE dead_letter (
      id TEXT PRIMARY KEY,
      at_ms BIGINT NOT NULL,
      source TEXT NOT NULL CHECK (source IN ('client', 'platform', 'disk')),
      reason TEXT NOT NULL,
      detail TEXT NOT NULL,
      sender TEXT,
      body TEXT NOT NULL
    )""",
    """CREATE TABLE watch_state (
      user_id TEXT NOT NULL REFERENCES app_user(id),
      item_id TEXT NOT NULL,
      state TEXT NOT NULL,
      watched_ms BIGINT NOT NULL CHECK (watched_ms >= 0),
      updated_at_ms BIGINT NOT NULL,
      PRIMARY KEY (user_id, item_id)
    )""",
)


def upgrade() -> None:
    """Make the tables of the behaviour log."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        if is_sqlite:
            op.execute(statement.replace("BIGINT", "INTEGER") + " STRICT")
        else:
            op.execute(statement)
