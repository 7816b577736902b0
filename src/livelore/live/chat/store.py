"""The chat's messages. `append` gives numbers; everything else reads. Rules: `store_rules`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)

from livelore.live.chat.errors import MessageNotFound, NotDeletable
from livelore.live.chat.events import DanmakuSent, MessageDeleted
from livelore.live.chat.model import (
    PAID_TYPES,
    Draft,
    Message,
    Repeated,
    tombstone,
)

Outcome = Message | Repeated | MessageNotFound | NotDeletable

metadata = MetaData()
chat_room = Table(
    "chat_room",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("slow_mode_s", Integer),
    Column("block_words", Text, nullable=False),
)
room_message = Table(
    "room_message",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("live_session_id", Text),
    Column("second_ms", BigInteger),
    Column("user_id", Text),
    Column("client_id", Text),
    Column("event_id", BigInteger),
    Column("ref_id", Text),
    Column("pinned_until_ms", BigInteger),
    Column("target_seq", BigInteger),
    Column("body", Text, nullable=False),
    Column("deleted_at_ms", BigInteger),
    Column("deleted_by", Text),
)
_m = room_message.c


@dataclass(frozen=True, slots=True)
class RoomDrafts:
    """Drafts of one room, to be numbered in this order."""

    room_id: str
    drafts: tuple[Draft, ...]


def append(connection: Connection, items: Sequence[RoomDrafts]) -> list[list[Outcome]]:
    """Number and keep the drafts of several rooms; a handler for `Database.write_batch`.

    A draft that was accepted before, by its ``client_id`` or ``event_id``, gets no second number.
    """
    return [_append_room(connection, item) for item in items]


def _append_room(connection: Connection, item: RoomDrafts) -> list[Outcome]:
    last = first = _lock(connection, item.room_id)
    known = _known(connection, item)
    outcomes: list[Outcome] = []
    rows: list[dict[str, object]] = []
    for draft in item.drafts:
        earlier = next((known[key] for key in _keys(draft) if key in known), None)
        if earlier is not None:
            outcomes.append(Repeated(earlier))
            continue
        refusal = _delete_target(connection, item.room_id, draft)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        last += 1
        known.update(dict.fromkeys(_keys(draft), last))
        rows.append(_row(item.room_id, last, draft))
        outcomes.append(_message_of_draft(last, draft))
    if rows:
        connection.execute(insert(room_message), rows)
    if last != first:
        connection.execute(
            update(chat_room).where(chat_room.c.room_id == item.room_id).values(last_seq=last)
        )
    return outcomes


def _lock(connection: Connection, room_id: str) -> int:
    """The room's last number, which nobody else can raise until the commit."""
    query = select(chat_room.c.last_seq).where(chat_room.c.room_id == room_id).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        ensure_room(connection, room_id)
        found = connection.execute(query).scalar_one()
    return int(found)


def ensure_room(connection: Connection, room_id: str) -> None:
    """Make the room's row if it is not there."""
    connection.exec_driver_sql(
        "INSERT INTO chat_room (room_id) VALUES (%s) ON CONFLICT DO NOTHING"
        if connection.dialect.name == "postgresql"
        else "INSERT INTO chat_room (room_id) VALUES (?) ON CONFLICT DO NOTHING",
        (room_id,),
    )


def _keys(draft: Draft) -> list[tuple[str, str | int]]:
    """By what a draft is known again; ids of one user never meet those of another."""
    keys: list[tuple[str, str | int]] = []
    if draft.client_id is not None:
        keys.append((f"user {draft.user_id}", draft.client_id))
    if draft.event_id is not None:
        keys.append(("event", draft.event_id))
    return keys


def _known(connection: Connection, item: RoomDrafts) -> dict[tuple[str, str | int], int]:
    found: dict[tuple[str, str | int], int] = {}
    client_ids = [draft.client_id for draft in item.drafts if draft.client_id is not None]
    if client_ids:
        user_ids = {draft.user_id for draft in item.drafts}
        query = select(_m.user_id, _m.client_id, _m.seq).where(
            _m.room_id == item.room_id, _m.user_id.in_(user_ids), _m.client_id.in_(client_ids)
        )
        for row in connection.execute(query):
            found[f"user {row.user_id}", row.client_id] = row.seq
    event_ids = [draft.event_id for draft in item.drafts if draft.event_id is not None]
    if event_ids:
        query_events = select(_m.event_id, _m.seq).where(_m.event_id.in_(event_ids))
        for event in connection.execute(query_events):
            found["event", event.event_id] = event.seq
    return found


def _delete_target(
    connection: Connection, room_id: str, draft: Draft
) -> MessageNotFound | NotDeletable | None:
    """For a ``deleted`` draft, mark its target; what hinders it is returned."""
    if draft.target_seq is None:
        return None
    target = (_m.room_id == room_id) & (_m.seq == draft.target_seq)
    found = connection.execute(select(_m.type, _m.deleted_at_ms).where(target)).first()
    if found is None or found.deleted_at_ms is not None:
        return MessageNotFound(seq=draft.target_seq)
    if found.type != "danmaku" and draft.event_id is None:
        return NotDeletable(type=found.type)
    connection.execute(
        update(room_message)
        .where(target)
        .values(deleted_at_ms=draft.at_ms, deleted_by=draft.by_user_id)
    )
    return None


def _row(room_id: str, seq: int, draft: Draft) -> dict[str, object]:
    return {
        "room_id": room_id,
        "seq": seq,
        "type": draft.type,
        "at_ms": draft.at_ms,
        "live_session_id": draft.live_session_id,
        "second_ms": draft.second_ms,
        "user_id": draft.user_id,
        "client_id": draft.client_id,
        "event_id": draft.event_id,
        "ref_id": draft.ref_id,
        "pinned_until_ms": draft.pinned_until_ms,
        "target_seq": draft.target_seq,
        "body": draft.body,
    }


def _message_of_draft(seq: int, draft: Draft) -> Message:
    return Message(
        seq,
        draft.type,
        draft.at_ms,
        draft.body,
        draft.user_id,
        draft.pinned_until_ms,
        draft.target_seq,
    )


_COLUMNS = (
    _m.seq,
    _m.type,
    _m.at_ms,
    _m.body,
    _m.user_id,
    _m.pinned_until_ms,
    _m.target_seq,
    _m.deleted_at_ms,
)


def _message(row: Any) -> Message:  # Any: a row of _COLUMNS, which the migration types
    message = Message(*row[:-1])
    return message if row.deleted_at_ms is None else tombstone(message)


def last_seq(connection: Connection, room_id: str) -> int:
    """The room's newest number, 0 before its first message."""
    query = select(chat_room.c.last_seq).where(chat_room.c.room_id == room_id)
    return int(connection.execute(query).scalar() or 0)


def messages_after(
    connection: Connection, room_id: str, after_seq: int, limit: int
) -> list[Message]:
    """The first ``limit`` messages after ``after_seq``, in order; deleted ones as tombstones."""
    query = (
        select(*_COLUMNS)
        .where(_m.room_id == room_id, _m.seq > after_seq)
        .order_by(_m.seq)
        .limit(limit)
    )
    return [_message(row) for row in connection.execute(query)]


def snapshot(
    connection: Connection, room_id: str, now_ms: int, newest_max: int, pinned_max: int
) -> tuple[list[Message], int, list[Message]]:
    """Newest messages, last number and pinned messages of a room, all of one moment."""
    last = last_seq(connection, room_id)
    newest = messages_after(connection, room_id, max(0, last - newest_max), newest_max)
    return newest, last, pinned(connection, room_id, now_ms, pinned_max)


def replay(
    connection: Connection, room_id: str, live_session_id: str | None, after_seq: int, limit: int
) -> list[Message]:
    """As `messages_after`, of one live session if one is named, without what was deleted."""
    query = select(*_COLUMNS).where(
        _m.room_id == room_id,
        _m.seq > after_seq,
        _m.deleted_at_ms.is_(None),
        _m.type != "deleted",
    )
    if live_session_id is not None:
        query = query.where(_m.live_session_id == live_session_id)
    return [_message(row) for row in connection.execute(query.order_by(_m.seq).limit(limit))]


def last_seqs(connection: Connection) -> dict[str, int]:
    """The last message's number of each room that has any."""
    query = select(chat_room.c.room_id, chat_room.c.last_seq).where(chat_room.c.last_seq > 0)
    return {row.room_id: row.last_seq for row in connection.execute(query)}


def said_after(
    connection: Connection, room_id: str, after_seq: int, limit: int
) -> list[DanmakuSent | MessageDeleted]:
    """Danmaku, deleted ones too, and deletions after a number, in order."""
    query = (
        select(room_message)
        .where(_m.room_id == room_id, _m.seq > after_seq, _m.type.in_(("danmaku", "deleted")))
        .order_by(_m.seq)
        .limit(limit)
    )
    return [_said(row) for row in connection.execute(query)]


def _said(row: Row[Any]) -> DanmakuSent | MessageDeleted:
    if row.type == "deleted":
        return MessageDeleted(row.room_id, row.seq, row.at_ms, row.target_seq)
    return DanmakuSent(
        row.room_id,
        row.live_session_id,
        row.seq,
        row.user_id or "",
        row.at_ms,
        row.second_ms,
        str(json.loads(row.body).get("text", "")),
    )


def paid_after(connection: Connection, room_id: str, after_seq: int, limit: int) -> list[Message]:
    """The newest ``limit`` paid messages after ``after_seq`` that still stand, in order."""
    query = (
        select(*_COLUMNS)
        .where(
            _m.room_id == room_id,
            _m.seq > after_seq,
            _m.type.in_(PAID_TYPES),
            _m.deleted_at_ms.is_(None),
        )
        .order_by(_m.seq.desc())
        .limit(limit)
    )
    return [_message(row) for row in connection.execute(query)][::-1]


def pinned(connection: Connection, room_id: str, now_ms: int, limit: int) -> list[Message]:
    """The first ``limit`` super chats that are pinned now, in the order of `pin_rank`."""
    query = (
        select(*_COLUMNS)
        .where(
            _m.room_id == room_id,
            _m.pinned_until_ms > now_ms,
            _m.deleted_at_ms.is_(None),
        )
        .order_by(_m.pinned_until_ms.desc(), _m.seq)
        .limit(limit)
    )
    return [_message(row) for row in connection.execute(query)]


def seq_of_ref(connection: Connection, room_id: str, ref_id: str) -> int | None:
    """The number of the message about ``ref_id`` (a gift), if there is one that still stands."""
    query = select(_m.seq).where(
        _m.room_id == room_id, _m.ref_id == ref_id, _m.deleted_at_ms.is_(None)
    )
    return connection.execute(query).scalar()


def danmaku_counts(
    connection: Connection, room_id: str, live_session_id: str, since_ms: int
) -> tuple[int, int]:
    """Danmaku of a live session, and those since a moment; deleted ones are not counted."""
    row = connection.execute(
        text(
            "SELECT count(*), COALESCE(sum(CASE WHEN at_ms >= :since THEN 1 ELSE 0 END), 0)"
            " FROM room_message WHERE room_id = :room AND live_session_id = :session"
            " AND type = 'danmaku' AND deleted_at_ms IS NULL"
        ),
        {"room": room_id, "session": live_session_id, "since": since_ms},
    ).one()
    return int(row[0]), int(row[1])
