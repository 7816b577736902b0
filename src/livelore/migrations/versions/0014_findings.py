"""Who closed a difference with a gateway's bill, and why."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns."""
    op.execute("ALTER TABLE bill_finding ADD COLUMN closed_by TEXT REFERENCES app_user(id)")
    op.execute("ALTER TABLE bill_finding ADD COLUMN close_reason TEXT")
