"""Routes of gifts and super chats."""

from typing import Any

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from livelore.live.gifts.asks import GiftAsk, Press, Sent, SuperChatAsk
from livelore.live.gifts.schemas import DeletionIn, DeletionOut, GiftIn, SentOut, SuperChatIn
from livelore.live.gifts.service import GiftsService
from livelore.web.caller import Caller
from livelore.web.idempotency import fingerprint


def _answer(sent: Sent) -> Response[SentOut]:
    headers = {"Idempotency-Replayed": "true"} if sent.is_replay else {}
    return Response(SentOut.of(sent), status_code=201, headers=headers)


@post("/rooms/{room_id:str}/gifts")
async def send_gift(
    room_id: FromPath[str],
    data: JSONBody[GiftIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    gifts: NamedDependency[GiftsService],
) -> Response[SentOut]:
    """Give to the host of a room; the price is the server's."""
    asked = {
        "gift_kind_id": data.gift_kind_id,
        "count": data.count,
        "combo_id": data.combo_id,
        "is_named": data.is_named,
        "confirmation": data.confirmation,
    }
    mark = fingerprint("POST", "/rooms/{room_id}/gifts", (room_id,), asked)
    press = Press(caller, room_id, idempotency_key, mark, data.confirmation)
    ask = GiftAsk(data.gift_kind_id, data.count, data.combo_id, data.is_named)
    return _answer(await gifts.send_gift(press, ask))


@post("/rooms/{room_id:str}/super-chats")
async def send_super_chat(
    room_id: FromPath[str],
    data: JSONBody[SuperChatIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    gifts: NamedDependency[GiftsService],
) -> Response[SentOut]:
    """Pin a message for a time set by its price."""
    asked = {
        "text": data.text,
        "coins": data.coins,
        "is_public": data.is_public,
        "confirmation": data.confirmation,
    }
    mark = fingerprint("POST", "/rooms/{room_id}/super-chats", (room_id,), asked)
    press = Press(caller, room_id, idempotency_key, mark, data.confirmation)
    ask = SuperChatAsk(data.text, data.coins, data.is_public)
    return _answer(await gifts.send_super_chat(press, ask))


@delete("/rooms/{room_id:str}/super-chats/{gift_id:str}", status_code=HTTP_200_OK)
async def delete_super_chat(
    room_id: FromPath[str],
    gift_id: FromPath[str],
    data: JSONBody[DeletionIn],
    caller: NamedDependency[Caller],
    gifts: NamedDependency[GiftsService],
) -> DeletionOut:
    """Take a super chat off the room (host, moderators, operators)."""
    return DeletionOut(await gifts.delete_super_chat(caller, room_id, gift_id, data.reason))


@post("/rooms/{room_id:str}/gifts/{gift_id:str}/undo", status_code=HTTP_204_NO_CONTENT)
async def undo_gift(
    room_id: FromPath[str],
    gift_id: FromPath[str],
    caller: NamedDependency[Caller],
    gifts: NamedDependency[GiftsService],
) -> None:
    """Give a whole gift back (operators)."""
    await gifts.undo_gift(caller, room_id, gift_id)


routes: list[Any] = [send_gift, send_super_chat, delete_super_chat, undo_gift]
