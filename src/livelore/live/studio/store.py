"""The only SQL of the studio: one row a minute of each live session.

All three curves are kept, also those of revenue and danmaku: books and messages tell what is so
now, not what was so then, before a refund, an undone gift or a deletion. Totals are counted anew
each time; the curves stay what the host saw.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, to_ms
from livelore.live.studio.model import Peak, Point

_POINT = "minute_ms, n_viewers, n_viewers_max, max_at_ms, revenue_minor, n_danmaku"


def _point(row: Row[Any]) -> Point:
    return Point(
        at=from_ms(row.minute_ms),
        n_viewers=row.n_viewers,
        revenue_minor=row.revenue_minor,
        n_danmaku=row.n_danmaku,
        peak=Peak(row.n_viewers_max, from_ms(row.max_at_ms)),
    )


def save(connection: Connection, live_session_id: str, points: Sequence[Point]) -> None:
    """Keep minutes; of a minute that is kept already the higher peak stays."""
    connection.execute(
        text(
            f"INSERT INTO studio_minute AS kept (live_session_id, {_POINT})"  # noqa: S608
            " VALUES (:session, :minute, :viewers, :most, :most_at, :revenue, :danmaku)"
            " ON CONFLICT (live_session_id, minute_ms) DO UPDATE SET"
            " n_viewers = excluded.n_viewers, revenue_minor = excluded.revenue_minor,"
            " n_danmaku = excluded.n_danmaku,"
            " max_at_ms = CASE WHEN kept.n_viewers_max >= excluded.n_viewers_max"
            " THEN kept.max_at_ms ELSE excluded.max_at_ms END,"
            " n_viewers_max = CASE WHEN kept.n_viewers_max >= excluded.n_viewers_max"
            " THEN kept.n_viewers_max ELSE excluded.n_viewers_max END"
        ),
        [
            {
                "session": live_session_id,
                "minute": to_ms(point.at),
                "viewers": point.n_viewers,
                "most": point.peak.n_viewers,
                "most_at": to_ms(point.peak.at),
                "revenue": point.revenue_minor,
                "danmaku": point.n_danmaku,
            }
            for point in points
        ],
    )


def newest(connection: Connection, live_session_id: str, limit: int) -> list[Point]:
    """The last minutes of a session, in order."""
    rows = connection.execute(
        text(
            f"SELECT {_POINT} FROM studio_minute WHERE live_session_id = :session"  # noqa: S608
            " ORDER BY minute_ms DESC LIMIT :limit"
        ),
        {"session": live_session_id, "limit": limit},
    )
    return [_point(row) for row in rows][::-1]


def peaks(connection: Connection, live_session_ids: Iterable[str]) -> dict[str, Peak]:
    """When most viewers were in each of these sessions, the first time of several."""
    statement = text(
        "SELECT live_session_id, n_viewers_max, max_at_ms FROM studio_minute"
        " WHERE live_session_id IN :ids ORDER BY live_session_id, n_viewers_max, max_at_ms DESC"
    ).bindparams(bindparam("ids", expanding=True))
    rows = connection.execute(statement, {"ids": sorted(set(live_session_ids))})
    return {row.live_session_id: Peak(row.n_viewers_max, from_ms(row.max_at_ms)) for row in rows}
