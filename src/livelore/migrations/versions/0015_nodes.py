"""Which process has a live session's encoder, and when each process was last there."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column and the table."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number, strict = ("INTEGER", " STRICT") if is_sqlite else ("BIGINT", "")
    op.execute("ALTER TABLE live_session ADD COLUMN node TEXT NOT NULL DEFAULT ''")
    op.execute(f"CREATE TABLE node ( id TEXT PRIMARY KEY, seen_at_ms {number} NOT NULL){strict}")
