"""The log's tables: dead letters, and watch time as far as it was told to others."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, text

from livelore.intelligence.interactions.model import Beat, DeadLetter, Watch, after


def add_dead_letters(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep what could not be logged; the same letter twice is kept once."""
    connection.execute(
        text(
            "INSERT INTO dead_letter (id, at_ms, source, reason, detail, sender, body)"
            " VALUES (:id, :at_ms, :source, :reason, :detail, :sender, :body)"
            " ON CONFLICT (id) DO NOTHING"
        ),
        [
            {name: getattr(letter, name) for name in DeadLetter.__dataclass_fields__}
            for letter in letters
        ],
    )


def dead_letters(
    connection: Connection, before: tuple[int, str] | None, limit: int
) -> list[DeadLetter]:
    """Dead letters, newest first, below a position."""
    at_ms, letter_id = before or (1 << 62, "")
    rows = connection.execute(
        text(
            "SELECT id, at_ms, source, reason, detail, sender, body FROM dead_letter"
            " WHERE at_ms < :at_ms OR (at_ms = :at_ms AND id < :id)"
            " ORDER BY at_ms DESC, id DESC LIMIT :limit"
        ),
        {"at_ms": at_ms, "id": letter_id, "limit": limit},
    )
    return [DeadLetter(**row._mapping) for row in rows]


def oldest_dead_letters(connection: Connection, keep: int, limit: int) -> list[DeadLetter]:
    """The oldest letters beyond the newest ``keep``, at most ``limit``."""
    n_over = int(connection.execute(text("SELECT count(*) FROM dead_letter")).scalar_one()) - keep
    if n_over <= 0:
        return []
    rows = connection.execute(
        text(
            "SELECT id, at_ms, source, reason, detail, sender, body FROM dead_letter"
            " ORDER BY at_ms, id LIMIT :limit"
        ),
        {"limit": min(n_over, limit)},
    )
    return [DeadLetter(**row._mapping) for row in rows]


def remove_dead_letters(connection: Connection, ids: Sequence[str]) -> None:
    """Let go of letters that are in a file."""
    connection.execute(
        text("DELETE FROM dead_letter WHERE id = :id"), [{"id": each} for each in ids]
    )


def cursors(connection: Connection) -> dict[str, int]:
    """How far each source is logged."""
    rows = connection.execute(text("SELECT source, position FROM interaction_cursor"))
    return {row.source: row.position for row in rows}


def set_cursor(connection: Connection, source: str, position: int) -> None:
    """Note how far a source is logged; never goes back."""
    connection.execute(
        text(
            "INSERT INTO interaction_cursor AS known (source, position) VALUES (:source, :position)"
            " ON CONFLICT (source) DO UPDATE SET position = excluded.position"
            " WHERE known.position < excluded.position"
        ),
        {"source": source, "position": position},
    )


def note_beats(
    connection: Connection, user_id: str, item_id: str, beats: Sequence[Beat], at_ms: int
) -> int:
    """Add heart-beats to what somebody has watched; returns the newly watched milliseconds."""
    key = {"user": user_id, "item": item_id}
    stored = connection.execute(
        text("SELECT state FROM watch_state WHERE user_id = :user AND item_id = :item"), key
    ).scalar_one_or_none()
    before = Watch() if stored is None else msgspec.json.decode(stored, type=Watch)
    watch = before
    for beat in beats:
        watch = after(watch, beat)
    connection.execute(
        text(
            "INSERT INTO watch_state (user_id, item_id, state, watched_ms, updated_at_ms)"
            " VALUES (:user, :item, :state, :ms, :at_ms) ON CONFLICT (user_id, item_id) DO UPDATE"
            " SET state = excluded.state, watched_ms = excluded.watched_ms,"
            " updated_at_ms = excluded.updated_at_ms"
        ),
        key
        | {"state": msgspec.json.encode(watch).decode(), "ms": watch.watched_ms, "at_ms": at_ms},
    )
    return max(0, watch.watched_ms - before.watched_ms)
