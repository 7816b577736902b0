"""Folded names for the search, subjects as codes, the badge in English."""

import unicodedata

from alembic import op
from sqlalchemy import Connection, text

revision = "0011"
down_revision = "0010"

CODES = {"数学": "math", "健康": "health", "旅行": "travel", "健身": "fitness"}
FOLDED = (
    ("course", "title || ' ' || title_en"),
    ("lesson", "title || ' ' || title_en"),
    ("app_user", "display_name"),
)


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def _fill(connection: Connection, table: str, words: str) -> None:
    rows = connection.execute(text(f"SELECT id, {words} AS words FROM {table}")).all()
    if rows:
        connection.execute(
            text(f"UPDATE {table} SET search_text = :found WHERE id = :id"),
            [{"id": row.id, "found": _folded(row.words)} for row in rows],
        )


def upgrade() -> None:
    """Add and fill the columns; a subject in other words than the demo's becomes `other`."""
    connection = op.get_bind()
    for table, words in FOLDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN search_text TEXT NOT NULL DEFAULT ''")
        _fill(connection, table, words)
    op.execute("ALTER TABLE app_user ADD COLUMN badge_en TEXT")
    for word, code in CODES.items():
        connection.execute(
            text("UPDATE course SET subject = :code WHERE subject = :word"),
            {"code": code, "word": word},
        )
    codes = ", ".join(f"'{code}'" for code in CODES.values())
    op.execute(f"UPDATE course SET subject = 'other' WHERE subject NOT IN ('', {codes})")
