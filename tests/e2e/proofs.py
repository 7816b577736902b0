"""What must be so after a kill: each acknowledged act once, and nothing that nobody was told of."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.reader import _all_rows
from livelore.intelligence.interactions.segments import LogFolder
from tests.e2e.crowd import Asked, Member
from tests.e2e.site import Site

SOON_S = 60.0
FINAL = frozenset({"paid", "fulfilled", "expired"})


async def soon(prove: Callable[[], Awaitable[None]]) -> None:
    """Prove something that becomes true once what waits was relayed."""
    deadline = asyncio.get_running_loop().time() + SOON_S
    while True:
        try:
            await prove()
        except AssertionError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def all_of(member: Member, path: str, by: str = "cursor") -> list[dict[str, Any]]:
    """Every page of a list."""
    found: list[dict[str, Any]] = []
    cursor = "0" if by == "after_seq" else None
    while True:
        query = "" if cursor is None else f"&{by}={cursor}"
        page = await member.get(f"{path}?limit=100{query}")
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def given(members: list[Member]) -> dict[str, Asked]:
    """Every acknowledged gift and super chat by its id; two acts never have one."""
    done = [each for member in members for each in member.done("gift", "super_chat")]
    found = {(each.answer or {})["gift_id"]: each for each in done}
    assert len(found) == len(done)
    return found


async def room_holds_it(members: list[Member]) -> None:
    """Numbers rise by one; each danmaku has its own; each gift was told once, and no other."""
    messages = await all_of(members[0], f"/rooms/{members[0].paid.room_id}/messages", "after_seq")
    assert [each["seq"] for each in messages] == list(range(1, len(messages) + 1))
    said = {each["client_id"]: each["seq"] for each in messages if each["type"] == "danmaku"}
    assert said == {key: seq for member in members for key, seq in member.speaker.said.items()}
    assert len(said) == sum(each["type"] == "danmaku" for each in messages)
    told = Counter(each["gift_id"] for each in messages if "gift_id" in each)
    assert told == Counter(given(members).keys())
    for member in members:
        await member.speaker.catch_up(len(messages))


async def wallet_agrees(member: Member) -> None:
    """Coins are top-ups less gifts; the statement shows each once and proves itself."""
    gifts = member.done("gift", "super_chat")
    spent = sum((each.answer or {})["coins_spent"] for each in gifts)
    bought = [each for each in member.done("topup") if payment_of(each) in member.captured]
    came = len(bought) * member.pack["coins"]
    assert (await member.get("/wallet"))["available"] == came - spent
    page = await member.get("/wallet/statement")
    assert page["proof"]["is_proved"] is True
    lines = await all_of(member, "/wallet/statement")
    assert sum(line["delta"] for line in lines) == came - spent
    assert sum(line["group_count"] for line in lines if line["delta"] > 0) == len(bought)
    assert sum(line["group_count"] for line in lines if line["delta"] < 0) == len(gifts)


def payment_of(asked: Asked) -> str:
    return str((asked.answer or {})["payment"]["id"])


async def orders_hold(member: Member, *, is_final: bool) -> None:
    """Each order was asked for once; who has paid holds what was bought, and nobody else."""
    orders = {order["id"]: order for order in await all_of(member, "/orders")}
    asked = {(each.answer or {})["id"] for each in member.done("order")}
    asked |= {(each.answer or {})["order"]["id"] for each in member.done("topup")}
    assert asked <= set(orders)
    unpayable = [order for key, order in orders.items() if key not in asked]
    assert len(unpayable) <= sum(each.kind == "topup" and bool(each.code) for each in member.asked)
    assert {order["state"] for order in unpayable} <= {"placed", "expired"}
    paid = {payment["order_id"] for payment in member.captured.values()}
    for key, order in orders.items():
        is_paid = order["state"] in {"paid", "fulfilled"}
        assert is_paid or key not in paid
        assert is_paid or not is_final or order["state"] in FINAL, order
    tickets = [
        line["product_id"]
        for order in orders.values()
        for line in order["lines"]
        if order["state"] in {"paid", "fulfilled"} and line["kind"] != "coin_pack"
    ]
    held = [each["product_id"] for each in await all_of(member, "/entitlements")]
    assert sorted(held) == sorted(tickets)


def log_holds_it(site: Site, members: list[Member]) -> None:
    """Each act is one row of the behaviour log."""
    rows = list(_all_rows(LogFolder(Path(site.environ["LIVELORE_DATA_DIR"]) / "interactions")))
    assert max(Counter(row.id for row in rows).values()) == 1
    gifts = Counter(row.fields["gift_id"] for row in rows if row.type in {"gift", "super_chat"})
    expected = Counter(given(members).keys())
    assert gifts == expected, (gifts - expected, expected - gifts)
    assert of_type(rows, "watch_heartbeat") == {key for each in members for key in each.beats}
    room_id = members[0].paid.room_id
    said = {f"chat:{room_id}:{seq}" for each in members for seq in each.speaker.said.values()}
    assert of_type(rows, "danmaku") == said
    bought = Counter(row.fields["order_id"] for row in rows if row.type == "coins_bought")
    assert set(bought.values()) <= {1}


def of_type(rows: list[Row], kind: str) -> set[str]:
    return {row.id for row in rows if row.type == kind}
