"""Peaks of live sessions: the one figure of a class that no other table holds."""

from datetime import datetime

from sqlalchemy import Connection, text

from livelore.kit.times import from_ms, to_ms


def raise_peak(connection: Connection, live_session_id: str, n_viewers: int, at: datetime) -> None:
    """Keep a number of viewers if it is the highest of its session so far."""
    connection.execute(
        text(
            "INSERT INTO session_peak (live_session_id, n_viewers, at_ms) VALUES (:id, :n, :at)"
            " ON CONFLICT (live_session_id) DO UPDATE SET n_viewers = excluded.n_viewers,"
            " at_ms = excluded.at_ms WHERE session_peak.n_viewers < excluded.n_viewers"
        ),
        {"id": live_session_id, "n": n_viewers, "at": to_ms(at)},
    )


def peak(connection: Connection, live_session_id: str) -> tuple[int, datetime | None]:
    """The highest number of viewers of a session, and when; 0 and None if nobody came."""
    row = connection.execute(
        text("SELECT n_viewers, at_ms FROM session_peak WHERE live_session_id = :id"),
        {"id": live_session_id},
    ).first()
    return (0, None) if row is None else (row.n_viewers, from_ms(row.at_ms))
