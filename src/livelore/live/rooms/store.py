"""The only SQL of rooms."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.live.rooms.model import LiveSession, Room

_NEW_ROOM = "id, host_id, title, title_en, cover, created_at_ms"
_ROOM = f"{_NEW_ROOM}, cut_off_at_ms, cut_off_reason"
_SESSION = (
    "id, room_id, lesson_id, title, title_en, state, started_at_ms, interrupted_at_ms,"
    " ended_at_ms, node"
)


def _room(row: Row[Any]) -> Room:
    return Room(
        id=row.id,
        host_id=row.host_id,
        title=row.title,
        title_en=row.title_en,
        cover=row.cover,
        created_at=from_ms(row.created_at_ms),
        cut_off_at=from_ms_or_none(row.cut_off_at_ms),
        cut_off_reason=row.cut_off_reason or "",
    )


def _session(row: Row[Any]) -> LiveSession:
    return LiveSession(
        id=row.id,
        room_id=row.room_id,
        lesson_id=row.lesson_id,
        title=row.title,
        title_en=row.title_en,
        state=row.state,
        started_at=from_ms(row.started_at_ms),
        interrupted_at=from_ms_or_none(row.interrupted_at_ms),
        ended_at=from_ms_or_none(row.ended_at_ms),
        node=row.node,
    )


# Rooms ------------------------------------------------------------------------------------------


def add_room(connection: Connection, room: Room) -> None:
    """Store a room."""
    connection.execute(
        text(
            f"INSERT INTO room ({_NEW_ROOM})"  # noqa: S608  # constant columns
            " VALUES (:id, :host_id, :title, :title_en, :cover, :created_ms)"
        ),
        {
            "id": room.id,
            "host_id": room.host_id,
            "title": room.title,
            "title_en": room.title_en,
            "cover": room.cover,
            "created_ms": to_ms(room.created_at),
        },
    )


def update_room(connection: Connection, room: Room) -> None:
    """Change what a host may change."""
    connection.execute(
        text("UPDATE room SET title = :title, title_en = :en, cover = :cover WHERE id = :id"),
        {"title": room.title, "en": room.title_en, "cover": room.cover, "id": room.id},
    )


def room_by_id(connection: Connection, room_id: str) -> Room | None:
    """The room of this id."""
    row = connection.execute(
        text(f"SELECT {_ROOM} FROM room WHERE id = :id"),  # noqa: S608
        {"id": room_id},
    ).first()
    return None if row is None else _room(row)


def rooms_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Room]:
    """Those of these rooms that exist."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    statement = text(f"SELECT {_ROOM} FROM room WHERE id IN :ids")  # noqa: S608
    rows = connection.execute(
        statement.bindparams(bindparam("ids", expanding=True)), {"ids": wanted}
    )
    return {row.id: _room(row) for row in rows}


def rooms(
    connection: Connection, is_live: bool | None, before_id: str | None, limit: int
) -> list[Room]:
    """Rooms on air, off air or all, newest first, below a cursor."""
    open_session = (
        "EXISTS (SELECT 1 FROM live_session s WHERE s.room_id = room.id AND s.state <> 'ended')"
    )
    wanted = {None: "1 = 1", True: open_session, False: f"NOT {open_session}"}[is_live]
    rows = connection.execute(
        text(
            f"SELECT {_ROOM} FROM room WHERE {wanted}"  # noqa: S608  # constant conditions
            " AND (CAST(:before AS TEXT) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
        ),
        {"before": before_id, "limit": limit},
    )
    return [_room(row) for row in rows]


def rooms_of_host(connection: Connection, host_id: str) -> list[Room]:
    """A host's rooms, oldest first."""
    rows = connection.execute(
        text(f"SELECT {_ROOM} FROM room WHERE host_id = :host ORDER BY created_at_ms, id"),  # noqa: S608
        {"host": host_id},
    )
    return [_room(row) for row in rows]


def set_cut_off(connection: Connection, room_id: str, at: datetime | None, reason: str) -> None:
    """Keep a room off air, or (None) let it go on again."""
    connection.execute(
        text("UPDATE room SET cut_off_at_ms = :at, cut_off_reason = :reason WHERE id = :id"),
        {"at": None if at is None else to_ms(at), "reason": reason or None, "id": room_id},
    )


def rooms_cut_off(connection: Connection) -> list[Room]:
    """Rooms that are kept off air, the newest first."""
    rows = connection.execute(
        text(
            f"SELECT {_ROOM} FROM room WHERE cut_off_at_ms IS NOT NULL"  # noqa: S608
            " ORDER BY cut_off_at_ms DESC, id LIMIT 200"
        )
    )
    return [_room(row) for row in rows]


def is_moderator(connection: Connection, room_id: str, user_id: str) -> bool:
    """Whether the host has appointed this user."""
    row = connection.execute(
        text("SELECT 1 FROM room_moderator WHERE room_id = :room AND user_id = :user"),
        {"room": room_id, "user": user_id},
    ).first()
    return row is not None


def set_moderator(
    connection: Connection, room_id: str, user_id: str, *, is_appointed: bool
) -> None:
    """Appoint or dismiss a moderator; again changes nothing."""
    statement = (
        "INSERT INTO room_moderator (room_id, user_id) VALUES (:room, :user) ON CONFLICT DO NOTHING"
        if is_appointed
        else "DELETE FROM room_moderator WHERE room_id = :room AND user_id = :user"
    )
    connection.execute(text(statement), {"room": room_id, "user": user_id})


def set_stream_key(connection: Connection, room_id: str, key_hash: str, at: datetime) -> None:
    """Store the hash of a room's key; the old key is worth nothing from now."""
    connection.execute(text("DELETE FROM stream_key WHERE room_id = :room"), {"room": room_id})
    connection.execute(
        text("INSERT INTO stream_key (key_hash, room_id, created_at_ms) VALUES (:h, :room, :at)"),
        {"h": key_hash, "room": room_id, "at": to_ms(at)},
    )


def room_of_key(connection: Connection, key_hash: str) -> str | None:
    """The room that a key's hash belongs to."""
    return connection.execute(
        text("SELECT room_id FROM stream_key WHERE key_hash = :h"), {"h": key_hash}
    ).scalar()


# Live sessions ----------------------------------------------------------------------------------


def save_session(connection: Connection, session: LiveSession) -> None:
    """Store a session, new or moved."""
    connection.execute(
        text(
            f"INSERT INTO live_session ({_SESSION})"  # noqa: S608
            " VALUES (:id, :room, :lesson, :title, :en, :state, :started, :interrupted, :ended,"
            " :node)"
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
            " interrupted_at_ms = excluded.interrupted_at_ms, ended_at_ms = excluded.ended_at_ms,"
            " node = excluded.node"
        ),
        {
            "id": session.id,
            "room": session.room_id,
            "lesson": session.lesson_id,
            "title": session.title,
            "en": session.title_en,
            "state": session.state,
            "started": to_ms(session.started_at),
            "interrupted": None
            if session.interrupted_at is None
            else to_ms(session.interrupted_at),
            "ended": None if session.ended_at is None else to_ms(session.ended_at),
            "node": session.node,
        },
    )


def last_session(connection: Connection, room_id: str) -> LiveSession | None:
    """A room's open session, or else its newest."""
    row = connection.execute(
        text(
            f"SELECT {_SESSION} FROM live_session WHERE room_id = :room"  # noqa: S608
            " ORDER BY (state = 'ended'), started_at_ms DESC, id DESC LIMIT 1"
        ),
        {"room": room_id},
    ).first()
    return None if row is None else _session(row)


def session_by_id(connection: Connection, live_session_id: str) -> LiveSession | None:
    """The session of this id."""
    row = connection.execute(
        text(f"SELECT {_SESSION} FROM live_session WHERE id = :id"),  # noqa: S608
        {"id": live_session_id},
    ).first()
    return None if row is None else _session(row)


def past_sessions(
    connection: Connection, room_id: str, before_id: str | None, limit: int
) -> list[LiveSession]:
    """A room's sessions that are over, newest first, below a cursor."""
    rows = connection.execute(
        text(
            f"SELECT {_SESSION} FROM live_session WHERE room_id = :room AND state = 'ended'"  # noqa: S608
            " AND (CAST(:before AS TEXT) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
        ),
        {"room": room_id, "before": before_id, "limit": limit},
    )
    return [_session(row) for row in rows]


def open_sessions(connection: Connection) -> list[LiveSession]:
    """All sessions that are not over, by start."""
    rows = connection.execute(
        text(
            f"SELECT {_SESSION} FROM live_session WHERE state <> 'ended'"  # noqa: S608
            " ORDER BY started_at_ms, id"
        )
    )
    return [_session(row) for row in rows]


def open_sessions_of(connection: Connection, room_ids: Iterable[str]) -> dict[str, LiveSession]:
    """The session that is not over of each of these rooms, if there is one."""
    wanted = sorted(set(room_ids))
    if not wanted:
        return {}
    statement = text(
        f"SELECT {_SESSION} FROM live_session WHERE state <> 'ended'"  # noqa: S608
        " AND room_id IN :ids"
    )
    rows = connection.execute(
        statement.bindparams(bindparam("ids", expanding=True)), {"ids": wanted}
    )
    return {row.room_id: _session(row) for row in rows}


def ended_sessions_of_host(
    connection: Connection, host_id: str, before_id: str | None, limit: int
) -> list[LiveSession]:
    """Live sessions of a host's rooms that are over, newest first, below a cursor."""
    columns = ", ".join(f"s.{name}" for name in _SESSION.split(", "))
    rows = connection.execute(
        text(
            f"SELECT {columns} FROM live_session s JOIN room r ON r.id = s.room_id"  # noqa: S608
            " WHERE r.host_id = :host AND s.state = 'ended'"
            " AND (CAST(:before AS TEXT) IS NULL OR s.id < :before)"
            " ORDER BY s.id DESC LIMIT :limit"
        ),
        {"host": host_id, "before": before_id, "limit": limit},
    )
    return [_session(row) for row in rows]


# Processes --------------------------------------------------------------------------------------


def beat(connection: Connection, node: str, at: datetime) -> None:
    """A process is there."""
    connection.execute(
        text(
            "INSERT INTO node (id, seen_at_ms) VALUES (:node, :at)"
            " ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"
        ),
        {"node": node, "at": to_ms(at)},
    )


def orphans(connection: Connection, since: datetime) -> list[LiveSession]:
    """Sessions on air in a process that has not been seen since a time."""
    rows = connection.execute(
        text(
            f"SELECT {_SESSION} FROM live_session WHERE state = 'on_air' AND node <> ''"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = live_session.node"
            " AND n.seen_at_ms >= :since)"
        ),
        {"since": to_ms(since)},
    )
    return [_session(row) for row in rows]


def lessons_taught(connection: Connection, lesson_ids: Iterable[str]) -> set[str]:
    """Those of these lessons that a live session was held for."""
    wanted = sorted(set(lesson_ids))
    if not wanted:
        return set()
    statement = text("SELECT DISTINCT lesson_id FROM live_session WHERE lesson_id IN :ids")
    rows = connection.execute(
        statement.bindparams(bindparam("ids", expanding=True)), {"ids": wanted}
    )
    return {row.lesson_id for row in rows}


# Classes that hosts made ------------------------------------------------------------------------


def class_request(connection: Connection, host_id: str, key: str) -> tuple[str, str] | None:
    """Fingerprint and lesson of a press that has made a class."""
    row = connection.execute(
        text(
            "SELECT fingerprint, lesson_id FROM class_request WHERE host_id = :host AND key = :key"
        ),
        {"host": host_id, "key": key},
    ).first()
    return None if row is None else (row.fingerprint, row.lesson_id)


def add_class_request(
    connection: Connection, host_id: str, key: str, made: tuple[str, str], at: datetime
) -> None:
    """Remember which lesson a press has made; ``made`` is fingerprint and lesson."""
    connection.execute(
        text(
            "INSERT INTO class_request (host_id, key, fingerprint, lesson_id, at_ms)"
            " VALUES (:host, :key, :fingerprint, :lesson, :at)"
        ),
        {
            "host": host_id,
            "key": key,
            "fingerprint": made[0],
            "lesson": made[1],
            "at": to_ms(at),
        },
    )


# Previews ---------------------------------------------------------------------------------------


def preview_started(connection: Connection, live_session_id: str, viewer: str) -> datetime | None:
    """When this viewer's preview of a session began."""
    found = connection.execute(
        text("SELECT started_at_ms FROM preview WHERE live_session_id = :s AND viewer = :v"),
        {"s": live_session_id, "v": viewer},
    ).scalar()
    return from_ms_or_none(found)


def n_previews_from(connection: Connection, live_session_id: str, address_hash: str) -> int:
    """Previews of a session that began from one network address."""
    return int(
        connection.execute(
            text(
                "SELECT count(*) FROM preview WHERE live_session_id = :s AND address_hash = :a"
                " AND viewer LIKE 'visitor:%'"
            ),
            {"s": live_session_id, "a": address_hash},
        ).scalar_one()
    )


def start_preview(
    connection: Connection, live_session_id: str, viewer: str, address_hash: str, at: datetime
) -> None:
    """Begin a preview, once."""
    connection.execute(
        text(
            "INSERT INTO preview (live_session_id, viewer, address_hash, started_at_ms)"
            " VALUES (:s, :v, :a, :at) ON CONFLICT DO NOTHING"
        ),
        {"s": live_session_id, "v": viewer, "a": address_hash, "at": to_ms(at)},
    )
