"""Routes about a room's messages; the socket is in `door`."""

from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from livelore.live.chat.schemas import (
    MuteAnswer,
    MuteRequest,
    RoomMessages,
    RulesAnswer,
    RulesRequest,
)
from livelore.live.chat.service import ChatService
from livelore.web.caller import Caller
from livelore.web.paging import clamp_limit


@get("/rooms/{room_id:str}/messages")
async def list_messages(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    chat: NamedDependency[ChatService],
    live_session_id: FromQuery[str | None] = None,
    after_seq: FromQuery[int] = 0,
    limit: FromQuery[int | None] = None,
) -> RoomMessages:
    """Messages of the past with their second, for the replay."""
    await chat.standing_of(caller, room_id)
    n_items = clamp_limit(limit)
    found = await chat.replay(room_id, live_session_id, after_seq, n_items + 1)
    items: list[dict[str, Any]] = [msgspec.json.decode(m.encoded) for m in found[:n_items]]
    return RoomMessages(items, str(items[-1]["seq"]) if len(found) > n_items else None)


@delete("/rooms/{room_id:str}/messages/{seq:int}")
async def delete_message(
    room_id: FromPath[str],
    seq: FromPath[int],
    caller: NamedDependency[Caller],
    chat: NamedDependency[ChatService],
) -> None:
    """Delete a danmaku (host, moderators, operators)."""
    caller.require_user()
    await chat.delete_message(await chat.standing_of(caller, room_id), room_id, seq)


@post("/rooms/{room_id:str}/mutes")
async def mute(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    chat: NamedDependency[ChatService],
    data: JSONBody[MuteRequest],
) -> MuteAnswer:
    """Keep somebody from writing here for a while (host, moderators, operators)."""
    caller.require_user()
    standing = await chat.standing_of(caller, room_id)
    until = await chat.mute(standing, room_id, data.user_id, data.duration_s)
    return MuteAnswer(data.user_id, until)


@patch("/rooms/{room_id:str}/chat")
async def change_rules(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    chat: NamedDependency[ChatService],
    data: JSONBody[RulesRequest],
) -> RulesAnswer:
    """Slow mode and block words (host, moderators, operators)."""
    caller.require_user()
    standing = await chat.standing_of(caller, room_id)
    rules = await chat.set_rules(standing, room_id, data.slow_mode_s, data.block_words)
    return RulesAnswer(rules.slow_mode_s, chat.limits.danmaku_max, list(rules.block_words))


routes: list[Any] = [list_messages, delete_message, mute, change_rules]
