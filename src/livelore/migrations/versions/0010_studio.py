"""Minutes of live sessions: the curves that a host saw, kept."""

from alembic import op

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    """Make the table of the studio's minutes."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number, tail = ("INTEGER", " STRICT, WITHOUT ROWID") if is_sqlite else ("BIGINT", "")
    op.execute(
        "CREATE TABLE studio_minute ("
        " live_session_id TEXT NOT NULL REFERENCES live_session(id),"
        f" minute_ms {number} NOT NULL,"
        f" n_viewers {number} NOT NULL CHECK (n_viewers >= 0),"
        f" n_viewers_max {number} NOT NULL CHECK (n_viewers_max >= n_viewers),"
        f" max_at_ms {number} NOT NULL,"
        f" revenue_minor {number} NOT NULL,"
        f" n_danmaku {number} NOT NULL CHECK (n_danmaku >= 0),"
        " PRIMARY KEY (live_session_id, minute_ms)"
        f"){tail}"
    )
