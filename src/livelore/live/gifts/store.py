"""The only SQL of gifts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.live.gifts.model import Gift, GiftKind, Tier

_GIFT = (
    "id, act_id, kind, room_id, live_session_id, user_id, gift_kind_id, count, coins, combo_id,"
    " is_named, text, pin_s, sent_at_ms, deleted_at_ms"
)


def _gift(row: Row[Any]) -> Gift:
    return Gift(
        id=row.id,
        act_id=row.act_id,
        kind=row.kind,
        room_id=row.room_id,
        live_session_id=row.live_session_id,
        user_id=row.user_id,
        gift_kind_id=row.gift_kind_id,
        count=int(row._mapping["count"]),  # rows have a method of this name
        coins=row.coins,
        combo_id=row.combo_id,
        is_named=bool(row.is_named),
        text=row.text,
        pin_s=row.pin_s,
        sent_at=from_ms(row.sent_at_ms),
        deleted_at=from_ms_or_none(row.deleted_at_ms),
    )


def kinds(connection: Connection) -> list[GiftKind]:
    """The price list in its order."""
    rows = connection.execute(
        text("SELECT id, name_zh, name_en, coins FROM gift_kind ORDER BY position")
    )
    return [GiftKind(row.id, row.name_zh, row.name_en, row.coins) for row in rows]


def tiers(connection: Connection) -> list[Tier]:
    """Prices of super chats, lowest first."""
    rows = connection.execute(text("SELECT coins, pin_s FROM super_chat_tier ORDER BY coins"))
    return [Tier(row.coins, row.pin_s) for row in rows]


def add(connection: Connection, gift: Gift) -> None:
    """Store what was sent, in the act's transaction."""
    connection.execute(
        text(
            f"INSERT INTO gift ({_GIFT}) VALUES (:id, :act_id, :kind, :room_id, :session,"  # noqa: S608
            " :user_id, :gift_kind_id, :count, :coins, :combo_id, :is_named, :text, :pin_s,"
            " :sent_ms, NULL)"
        ),
        {
            "id": gift.id,
            "act_id": gift.act_id,
            "kind": gift.kind,
            "room_id": gift.room_id,
            "session": gift.live_session_id,
            "user_id": gift.user_id,
            "gift_kind_id": gift.gift_kind_id,
            "count": gift.count,
            "coins": gift.coins,
            "combo_id": gift.combo_id,
            "is_named": int(gift.is_named),
            "text": gift.text,
            "pin_s": gift.pin_s,
            "sent_ms": to_ms(gift.sent_at),
        },
    )


def by_id(connection: Connection, room_id: str, gift_id: str) -> Gift | None:
    """A gift of a room."""
    row = connection.execute(
        text(f"SELECT {_GIFT} FROM gift WHERE id = :id AND room_id = :room"),  # noqa: S608
        {"id": gift_id, "room": room_id},
    ).first()
    return None if row is None else _gift(row)


def combo_count(connection: Connection, gift: Gift) -> int:
    """How many gifts a combo has up to and with this one."""
    if gift.combo_id is None:
        return gift.count
    found = connection.execute(
        text(
            "SELECT sum(count) FROM gift WHERE user_id = :user AND combo_id = :combo"
            " AND live_session_id = :session AND gift_kind_id = :kind AND act_id <= :act"
        ),
        {
            "user": gift.user_id,
            "combo": gift.combo_id,
            "session": gift.live_session_id,
            "kind": gift.gift_kind_id,
            "act": gift.act_id,
        },
    ).scalar()
    return int(found or gift.count)


def set_deleted(connection: Connection, gift_id: str, at: datetime, *, is_refunded: bool) -> bool:
    """Mark as taken back, with its coins or without; False when it was already."""
    done = connection.execute(
        text(
            "UPDATE gift SET deleted_at_ms = :at, is_refunded = :refunded"
            " WHERE id = :id AND deleted_at_ms IS NULL"
        ),
        {"at": to_ms(at), "refunded": int(is_refunded), "id": gift_id},
    )
    return done.rowcount == 1


def totals(connection: Connection, live_session_id: str) -> dict[str, tuple[int, int]]:
    """Number of pieces and coins by kind of a session, without those whose coins went back.

    A super chat that was taken off the room for its own breach was paid for all the same.
    """
    rows = connection.execute(
        text(
            "SELECT kind, sum(count) AS n, sum(coins) AS coins FROM gift"
            " WHERE live_session_id = :session AND is_refunded = 0 GROUP BY kind"
        ),
        {"session": live_session_id},
    )
    return {row.kind: (int(row.n), int(row.coins)) for row in rows}
