"""Operators' acts, locked users, rooms cut off, made classes, checked books."""

from alembic import op

revision = "0020"
down_revision = "0007"

TABLES = (
    """CREATE TABLE audit_entry (
      position BIGINT PRIMARY KEY CHECK (position > 0),
      at_ms BIGINT NOT NULL,
      operator_id TEXT NOT NULL,
      act TEXT NOT NULL,
      subject_kind TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      subject_name TEXT NOT NULL,
      reason TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE
    )""",
    """CREATE TABLE class_request (
      host_id TEXT NOT NULL REFERENCES app_user(id),
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      lesson_id TEXT NOT NULL REFERENCES lesson(id),
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (host_id, key)
    )""",
    """CREATE TABLE ledger_check (
      id TEXT PRIMARY KEY,
      at_ms BIGINT NOT NULL,
      difference_minor BIGINT NOT NULL,
      n_findings BIGINT NOT NULL CHECK (n_findings >= 0),
      findings TEXT NOT NULL
    )""",
)
COLUMNS = (
    ("app_user", "locked_at_ms BIGINT"),
    ("app_user", "lock_reason TEXT"),
    ("room", "cut_off_at_ms BIGINT"),
    ("room", "cut_off_reason TEXT"),
    ("lesson", "preview_s BIGINT CHECK (preview_s >= 0)"),
)
INDEXES = (
    'CREATE INDEX order_paid ON "order" (paid_at_ms)',
    "CREATE INDEX refund_created ON refund (created_at_ms)",
    "CREATE INDEX refund_waiting ON refund (id) WHERE state <> 'succeeded'",
    "CREATE INDEX payment_failed ON payment (created_at_ms) WHERE state = 'failed'",
    "CREATE INDEX ledger_check_at ON ledger_check (at_ms)",
)
KEPT = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Make the tables, add the columns; what an operator did stays as it was written."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        op.execute(statement.replace("BIGINT", "INTEGER") + " STRICT" if is_sqlite else statement)
    for table, column in COLUMNS:
        typed = column.replace("BIGINT", "INTEGER") if is_sqlite else column
        op.execute(f"ALTER TABLE {table} ADD COLUMN {typed}")
    for statement in INDEXES:
        op.execute(statement)
    for event in KEPT:
        name = f"audit_entry_no_{event.lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON audit_entry"
            + (
                f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
                if is_sqlite
                else " FOR EACH ROW EXECUTE FUNCTION knowledge_refuse()"
            )
        )
