"""What people have set, and the classes that they want to be reminded of."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = (
    """CREATE TABLE user_preference (
      user_id TEXT PRIMARY KEY REFERENCES app_user(id) ON DELETE CASCADE,
      body TEXT NOT NULL CHECK (length(body) <= 8192),
      updated_at_ms BIGINT NOT NULL
    )""",
    """CREATE TABLE lesson_reminder (
      user_id TEXT NOT NULL REFERENCES app_user(id) ON DELETE CASCADE,
      lesson_id TEXT NOT NULL REFERENCES lesson(id),
      created_at_ms BIGINT NOT NULL,
      PRIMARY KEY (user_id, lesson_id)
    )""",
)


def upgrade() -> None:
    """Make the tables."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        op.execute(statement.replace("BIGINT", "INTEGER") + " STRICT" if is_sqlite else statement)
