"""Kinds of gifts, prices of super chats, and what was sent."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = (
    """CREATE TABLE gift_kind (
      id TEXT PRIMARY KEY,
      position BIGINT NOT NULL,
      name_zh TEXT NOT NULL,
      name_en TEXT NOT NULL,
      coins BIGINT NOT NULL CHECK (coins > 0)
    )""",
    """CREATE TABLE super_chat_tier (
      coins BIGINT PRIMARY KEY CHECK (coins > 0),
      pin_s BIGINT NOT NULL CHECK (pin_s > 0)
    )""",
    """CREATE TABLE gift (
      id TEXT PRIMARY KEY,
      act_id BIGINT NOT NULL UNIQUE REFERENCES act(id),
      kind TEXT NOT NULL CHECK (kind IN ('gift', 'super_chat')),
      room_id TEXT NOT NULL REFERENCES room(id),
      live_session_id TEXT NOT NULL REFERENCES live_session(id),
      user_id TEXT NOT NULL REFERENCES app_user(id),
      gift_kind_id TEXT REFERENCES gift_kind(id),
      count BIGINT NOT NULL CHECK (count > 0),
      coins BIGINT NOT NULL CHECK (coins > 0),
      combo_id TEXT,
      is_named BIGINT NOT NULL CHECK (is_named IN (0, 1)),
      text TEXT,
      pin_s BIGINT,
      sent_at_ms BIGINT NOT NULL,
      deleted_at_ms BIGINT,
      CHECK ((kind = 'gift') = (gift_kind_id IS NOT NULL)),
      CHECK ((kind = 'super_chat') = (text IS NOT NULL))
    )""",
    "CREATE INDEX gift_session ON gift (live_session_id, sent_at_ms)",
    "CREATE INDEX gift_combo ON gift (user_id, combo_id) WHERE combo_id IS NOT NULL",
    """INSERT INTO gift_kind (id, position, name_zh, name_en, coins) VALUES
      ('chalk', 1, '一支粉笔', 'Chalk', 10),
      ('pen', 2, '批注红笔', 'Red pen', 60),
      ('tea', 3, '一杯热茶', 'Hot tea', 120),
      ('book', 4, '一本好书', 'Good book', 300),
      ('lamp', 5, '一盏灯', 'Lamp', 660)""",
    """INSERT INTO super_chat_tier (coins, pin_s) VALUES
      (100, 30), (300, 120), (500, 300), (1000, 600), (3000, 1800)""",
)


def upgrade() -> None:
    """Make the tables of gifts."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        if is_sqlite and statement.startswith("CREATE TABLE"):
            op.execute(statement.replace("BIGINT", "INTEGER") + " STRICT")
        else:
            op.execute(statement)
