"""The SQL of a chat's rules: what its host decided, and who may not write until when."""

import json
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Table, Text, delete, insert, select, update

from livelore.live.chat import store
from livelore.live.chat.model import Rules
from livelore.live.chat.store import chat_room

chat_mute = Table(
    "chat_mute",
    store.metadata,
    Column("room_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Column("by_user_id", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class MuteRow:
    """Who may not write in a room until when; an ``until_ms`` that is over unmutes."""

    room_id: str
    user_id: str
    until_ms: int
    by_user_id: str
    at_ms: int


def rules(connection: Connection, room_id: str, slow_mode_s_default: int) -> Rules:
    """The room's rules; what its host never set has the site's default."""
    query = select(chat_room.c.slow_mode_s, chat_room.c.block_words).where(
        chat_room.c.room_id == room_id
    )
    row = connection.execute(query).first()
    if row is None:
        return Rules(slow_mode_s_default)
    slow_mode_s = slow_mode_s_default if row.slow_mode_s is None else row.slow_mode_s
    return Rules(slow_mode_s, tuple(json.loads(row.block_words)))


def set_rules(connection: Connection, room_id: str, new: Rules) -> None:
    """Replace the room's rules."""
    store.ensure_room(connection, room_id)
    connection.execute(
        update(chat_room)
        .where(chat_room.c.room_id == room_id)
        .values(
            slow_mode_s=new.slow_mode_s,
            block_words=json.dumps(new.block_words, ensure_ascii=False),
        )
    )


def mutes(connection: Connection, room_id: str, now_ms: int) -> dict[str, int]:
    """Who is muted, and until when, epoch milliseconds."""
    query = select(chat_mute.c.user_id, chat_mute.c.until_ms).where(
        chat_mute.c.room_id == room_id, chat_mute.c.until_ms > now_ms
    )
    return {row.user_id: row.until_ms for row in connection.execute(query)}


def set_mute(connection: Connection, mute: MuteRow) -> None:
    """Replace what was said about this user before."""
    connection.execute(
        delete(chat_mute).where(
            chat_mute.c.room_id == mute.room_id, chat_mute.c.user_id == mute.user_id
        )
    )
    if mute.until_ms > mute.at_ms:
        connection.execute(
            insert(chat_mute).values(
                room_id=mute.room_id,
                user_id=mute.user_id,
                until_ms=mute.until_ms,
                by_user_id=mute.by_user_id,
                at_ms=mute.at_ms,
            )
        )
