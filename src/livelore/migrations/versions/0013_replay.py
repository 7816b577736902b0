"""How far room messages are in the behaviour log, and whether a deleted gift's coins went back."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the cursor's table and the gifts' column."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number, strict = ("INTEGER", " STRICT") if is_sqlite else ("BIGINT", "")
    op.execute(
        "CREATE TABLE interaction_cursor ("
        " source TEXT PRIMARY KEY,"
        f" position {number} NOT NULL CHECK (position >= 0)"
        f"){strict}"
    )
    op.execute(
        f"ALTER TABLE gift ADD COLUMN is_refunded {number} NOT NULL DEFAULT 0"
        " CHECK (is_refunded IN (0, 1))"
    )
    op.execute(
        "UPDATE gift SET is_refunded = 1 WHERE deleted_at_ms IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM act WHERE act.key LIKE 'undo:' || gift.act_id || ':%')"
    )
