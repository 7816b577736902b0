"""Rooms, moderators, stream keys, live sessions, previews."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = (
    """CREATE TABLE room (
      id TEXT PRIMARY KEY,
      host_id TEXT NOT NULL REFERENCES app_user(id),
      title TEXT NOT NULL,
      title_en TEXT NOT NULL DEFAULT '',
      cover TEXT NOT NULL DEFAULT '',
      created_at_ms BIGINT NOT NULL
    )""",
    "CREATE INDEX room_host ON room (host_id)",
    """CREATE TABLE room_moderator (
      room_id TEXT NOT NULL REFERENCES room(id) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES app_user(id) ON DELETE CASCADE,
      PRIMARY KEY (room_id, user_id)
    )""",
    """CREATE TABLE stream_key (
      key_hash TEXT PRIMARY KEY,
      room_id TEXT NOT NULL UNIQUE REFERENCES room(id) ON DELETE CASCADE,
      created_at_ms BIGINT NOT NULL
    )""",
    """CREATE TABLE live_session (
      id TEXT PRIMARY KEY,
      room_id TEXT NOT NULL REFERENCES room(id),
      lesson_id TEXT REFERENCES lesson(id),
      title TEXT NOT NULL,
      title_en TEXT NOT NULL DEFAULT '',
      state TEXT NOT NULL CHECK (state IN ('on_air', 'interrupted', 'ended')),
      started_at_ms BIGINT NOT NULL,
      interrupted_at_ms BIGINT,
      ended_at_ms BIGINT,
      CHECK ((state = 'interrupted') = (interrupted_at_ms IS NOT NULL)),
      CHECK ((state = 'ended') = (ended_at_ms IS NOT NULL))
    )""",
    "CREATE UNIQUE INDEX live_session_open ON live_session (room_id) WHERE state <> 'ended'",
    "CREATE INDEX live_session_room ON live_session (room_id, started_at_ms)",
    """CREATE TABLE preview (
      live_session_id TEXT NOT NULL REFERENCES live_session(id),
      viewer TEXT NOT NULL,
      address_hash TEXT NOT NULL,
      started_at_ms BIGINT NOT NULL,
      PRIMARY KEY (live_session_id, viewer)
    )""",
    "CREATE INDEX preview_address ON preview (live_session_id, address_hash)",
)


def upgrade() -> None:
    """Make the tables of rooms."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        if is_sqlite and statement.startswith("CREATE TABLE"):
            op.execute(statement.replace("BIGINT", "INTEGER") + " STRICT")
        else:
            op.execute(statement)
