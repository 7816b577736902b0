"""Room messages with their sequence, the chat's rules, mutes."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of the chat."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number = "INTEGER" if is_sqlite else "BIGINT"
    strict, clustered = (" STRICT", " STRICT, WITHOUT ROWID") if is_sqlite else ("", "")
    op.execute(
        "CREATE TABLE chat_room ("
        " room_id TEXT PRIMARY KEY,"
        f" last_seq {number} NOT NULL DEFAULT 0 CHECK (last_seq >= 0),"
        " slow_mode_s INTEGER CHECK (slow_mode_s BETWEEN 0 AND 600),"
        " block_words TEXT NOT NULL DEFAULT '[]'"
        f"){strict}"
    )
    op.execute(
        "CREATE TABLE room_message ("
        " room_id TEXT NOT NULL REFERENCES chat_room(room_id),"
        f" seq {number} NOT NULL CHECK (seq > 0),"
        " type TEXT NOT NULL CHECK (type IN"
        " ('danmaku','gift','super_chat','notice','deleted','end')),"
        f" at_ms {number} NOT NULL,"
        " live_session_id TEXT,"
        f" second_ms {number},"
        " user_id TEXT,"
        " client_id TEXT,"
        f" event_id {number},"
        " ref_id TEXT,"
        f" pinned_until_ms {number},"
        f" target_seq {number},"
        " body TEXT NOT NULL,"
        f" deleted_at_ms {number},"
        " deleted_by TEXT,"
        " PRIMARY KEY (room_id, seq),"
        " CONSTRAINT room_message_client UNIQUE (room_id, user_id, client_id),"
        " CONSTRAINT room_message_event UNIQUE (event_id)"
        f"){clustered}"
    )
    op.execute("CREATE INDEX room_message_session ON room_message (live_session_id, seq)")
    op.execute(
        "CREATE INDEX room_message_ref ON room_message (room_id, ref_id) WHERE ref_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX room_message_pinned ON room_message (room_id, pinned_until_ms)"
        " WHERE pinned_until_ms IS NOT NULL"
    )
    op.execute(
        "CREATE TABLE chat_mute ("
        " room_id TEXT NOT NULL,"
        " user_id TEXT NOT NULL,"
        f" until_ms {number} NOT NULL,"
        " by_user_id TEXT NOT NULL,"
        f" at_ms {number} NOT NULL,"
        " PRIMARY KEY (room_id, user_id)"
        f"){clustered}"
    )
