"""Gifts and super chats on both databases: money, room and refusals together."""

import asyncio
import json
from typing import Any

import pytest

from livelore.kit.errors import AppError, ForbiddenError
from livelore.knowledge.access.errors import TicketRequired
from livelore.knowledge.ledger.errors import (
    AdultNotVerified,
    ConfirmationNeeded,
    InsufficientFunds,
    KeyReused,
    SpendLimitReached,
)
from livelore.knowledge.ledger.model import wallet_of
from livelore.live.chat.errors import Muted, TextEmpty, TextTooLong, WordBlocked
from livelore.live.chat.model import Person, Standing
from livelore.live.gifts.asks import GiftAsk, SuperChatAsk
from livelore.live.gifts.errors import (
    DeletionReasonUnknown,
    GiftKindUnknown,
    GiftNotFound,
    OwnRoom,
    RoomNotLive,
)
from livelore.live.rooms.errors import RoomNotFound
from livelore.live.rooms.model import LiveSession
from livelore.web.caller import ANONYMOUS, Caller
from livelore.web.errors import NotLoggedIn
from tests.rooms.conftest import School, caller_of

pytestmark = pytest.mark.usefixtures("session")
HOST = Standing(Person("host", "Lin", role="host"), may_speak=True)


async def coins(school: School, caller: Caller) -> int:
    return await school.shop.orders.coins_of(caller.user_id or "")


async def of_type(school: School, kind: str) -> list[dict[str, Any]]:
    return [message for message in await school.messages() if message["type"] == kind]


async def test_the_price_list_has_the_five_gifts_of_the_classroom(school: School) -> None:
    kinds = await school.live.gifts.kinds()
    assert [kind.coins for kind in kinds.values()] == [10, 60, 120, 300, 660]
    tiers = await school.live.gifts.tiers()
    assert list(tiers) == sorted(tiers)


async def test_a_gift_moves_coins_to_the_host_and_is_told_without_a_name(school: School) -> None:
    viewer = await school.rich_adult()
    before = await school.hosts_coins()
    sent = await school.give(viewer, GiftAsk("tea", 2))
    assert (sent.coins_spent, sent.coins_available, sent.combo_count) == (240, 260, 2)
    assert await coins(school, viewer) == 260
    assert await school.hosts_coins() - before == 2_400 * 85 // 100
    told = await of_type(school, "gift")
    assert [(each["gift_id"], each["gift_kind_id"], each["count"]) for each in told] == [
        (sent.gift_id, "tea", 2)
    ]
    assert told[0]["user"] is None
    assert str(viewer.user_id) not in str(told)


async def test_who_wants_to_be_named_is(school: School) -> None:
    viewer = await school.rich_adult()
    await school.give(viewer, GiftAsk("chalk", is_named=True))
    assert (await of_type(school, "gift"))[0]["user"]["id"] == viewer.user_id


async def test_an_event_that_comes_twice_is_told_once(school: School) -> None:
    viewer = await school.rich_adult()
    sent = await school.give(viewer)
    await school.messages()
    jobs = school.live.jobs[2]
    payload = b'{"event_id":%d,"gift_id":"%s","room_id":"%s"}'
    event_id = await school.db.read(
        lambda c: c.exec_driver_sql("SELECT max(id) FROM outbox WHERE topic = 'GiftSent'").scalar()
    )
    await jobs.on_sent(payload % (event_id, sent.gift_id.encode(), school.room.id.encode()))
    assert len(await of_type(school, "gift")) == 1


async def test_a_combo_of_99_is_one_line_of_the_statement(school: School) -> None:
    viewer = await school.rich_adult(packs=2)
    counts: list[int] = []
    for count in (1, 9, 39, 50):
        sent = await school.give(viewer, GiftAsk("chalk", count, "combo-0001"))
        counts.append(sent.combo_count)
    assert counts == [1, 10, 49, 99]
    ledger = school.shop.ledger
    party = await ledger.party_of(viewer.user_id or "")
    page = await ledger.statement(wallet_of(party), direction="out")
    assert [(line.group_count, line.delta) for line in page.lines] == [(4, -99 * 10)]
    of_combo = f"act_id IN (SELECT id FROM act WHERE group_id = '{page.lines[0].group_id}')"
    assert await school.shop.count("transfer", f"{of_combo} AND reason = 'gift.coins'") == 4
    assert await school.shop.count("act", "group_id IS NOT NULL") == 4
    told = await of_type(school, "gift")
    assert [each["combo_count"] for each in told] == [1, 10, 49, 99]


async def test_another_kind_or_class_is_another_combo(school: School) -> None:
    viewer = await school.rich_adult()
    await school.give(viewer, GiftAsk("chalk", 3, "combo-0001"))
    other_kind = await school.give(viewer, GiftAsk("pen", 1, "combo-0001"))
    assert other_kind.combo_count == 1
    await school.rooms.end_session(school.host, school.room.id)
    await school.go_live()
    next_class = await school.give(viewer, GiftAsk("chalk", 1, "combo-0001"))
    assert next_class.combo_count == 1


async def test_one_key_is_one_gift_however_often_it_comes(school: School) -> None:
    viewer = await school.rich_adult()
    key = "one-press-00000001"
    sent = await asyncio.gather(*(school.give(viewer, key=key) for _ in range(6)))
    assert len({each.gift_id for each in sent}) == 1
    assert sum(not each.is_replay for each in sent) == 1
    assert await coins(school, viewer) == 490
    assert len(await of_type(school, "gift")) == 1


async def test_two_devices_with_two_keys_are_two_gifts_but_never_beyond_the_wallet(
    school: School,
) -> None:
    viewer = await school.rich_adult()
    answers = await asyncio.gather(
        *(school.give(viewer, GiftAsk("tea")) for _ in range(6)), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [InsufficientFunds] * 2
    assert await coins(school, viewer) == 500 - 4 * 120


async def test_a_key_with_another_body_is_refused(school: School) -> None:
    viewer = await school.rich_adult()
    key = "one-press-00000001"
    await school.give(viewer, key=key)
    with pytest.raises(KeyReused):
        await school.give(viewer, GiftAsk("lamp"), key=key, fingerprint="another body")
    assert await coins(school, viewer) == 490


async def test_another_users_key_is_their_own(school: School) -> None:
    viewer = await school.rich_adult()
    other = await school.rich_adult(await school.user("xu"))
    key = "one-press-00000001"
    first = await school.give(viewer, key=key)
    second = await school.give(other, key=key, fingerprint="other body")
    assert first.gift_id != second.gift_id
    assert (await coins(school, viewer), await coins(school, other)) == (490, 490)


async def refused(school: School, caller: Caller, error: type[AppError], **more: Any) -> None:
    """The refusal moves nothing and is final for its key."""
    before = await coins(school, caller)
    n_acts = await school.shop.count("transfer")
    for _ in range(2):
        with pytest.raises(error):
            await school.give(caller, key="refused-press-0001", fingerprint="f", **more)
    assert await coins(school, caller) == before
    assert await school.shop.count("transfer") == n_acts
    assert await school.shop.count("gift") == 0


async def test_who_is_not_a_verified_adult_gives_nothing(school: School) -> None:
    await school.buy_ticket()
    await school.shop.buy(school.shop.pack)
    await refused(school, school.viewer, AdultNotVerified)
    await school.shop.identity.verify_adult(school.shop.viewer.id, await school.operator())
    await refused(school, school.viewer, AdultNotVerified)
    await school.give(school.viewer)


async def test_who_has_no_ticket_gives_nothing(school: School) -> None:
    other = await school.user("xu")
    await school.shop.buy(school.shop.pack, user=other)
    await school.shop.identity.verify_adult(other.id, await school.operator())
    await refused(school, caller_of(other), TicketRequired)


async def test_a_host_cannot_give_to_themself(school: School) -> None:
    host = school.shop.host
    await school.shop.buy(school.shop.pack, user=host)
    await school.shop.identity.verify_adult(host.id, await school.operator())
    await refused(school, caller_of(host), OwnRoom)


async def test_nothing_is_given_after_the_end(school: School) -> None:
    viewer = await school.rich_adult()
    await school.rooms.end_session(school.host, school.room.id)
    await refused(school, viewer, RoomNotLive)
    await school.go_live()
    await refused(school, viewer, RoomNotLive)


async def test_gifts_and_the_end_at_once_leave_no_gift_behind_the_end(school: School) -> None:
    viewer = await school.rich_adult()
    presses = [school.give(viewer, GiftAsk("chalk")) for _ in range(10)]
    end = school.rooms.end_session(school.host, school.room.id)
    answers = await asyncio.gather(*presses[:5], end, *presses[5:], return_exceptions=True)
    failed = [each for each in answers if isinstance(each, BaseException)]
    assert all(isinstance(each, RoomNotLive) for each in failed)
    topics = await school.events("GiftSent", "LiveEnded")
    assert topics[-1] == "LiveEnded"
    n_sent = topics.count("GiftSent")
    assert await coins(school, viewer) == 500 - 10 * n_sent


async def test_too_few_coins_is_final_for_the_key(school: School) -> None:
    viewer = await school.rich_adult()
    await refused(school, viewer, InsufficientFunds, ask=GiftAsk("lamp"))
    await school.shop.buy(school.shop.pack)
    with pytest.raises(InsufficientFunds):
        await school.give(viewer, GiftAsk("lamp"), key="refused-press-0001", fingerprint="f")
    await school.give(viewer, GiftAsk("lamp"))
    assert await coins(school, viewer) == 340


async def test_a_cap_stops_and_half_of_it_asks(school: School) -> None:
    viewer = await school.rich_adult()
    party = await school.shop.ledger.party_of(viewer.user_id or "")
    await school.shop.ledger.set_caps(party, {"day": 4_000})
    await school.give(viewer, GiftAsk("chalk", 15))
    with pytest.raises(ConfirmationNeeded) as asked:
        await school.give(viewer, GiftAsk("tea"))
    assert asked.value.fields["sum_minor"] == 2_700
    token = asked.value.fields["token"]
    with pytest.raises(ConfirmationNeeded):
        await school.give(viewer, GiftAsk("pen"), confirmation=token)
    assert (await school.give(viewer, GiftAsk("tea"), confirmation=token)).coins_spent == 120
    with pytest.raises(SpendLimitReached) as stopped:
        await school.give(viewer, GiftAsk("tea", 2))
    assert stopped.value.fields["left_minor"] == 1_300
    assert await coins(school, viewer) == 500 - 150 - 120


async def test_unknown_gifts_prices_and_rooms_are_refused(school: School) -> None:
    viewer = await school.rich_adult()
    with pytest.raises(GiftKindUnknown):
        await school.give(viewer, GiftAsk("rocket"))
    for price in (0, -100, 101, 10**13):
        with pytest.raises(GiftKindUnknown):
            await school.pin(viewer, SuperChatAsk("hello", price))
    with pytest.raises(RoomNotFound):
        await school.give(viewer, room_id="no-such-room")
    with pytest.raises(NotLoggedIn):
        await school.give(ANONYMOUS)


async def test_a_super_chat_is_pinned_for_its_price(school: School) -> None:
    viewer = await school.rich_adult()
    first = await school.pin(viewer, SuperChatAsk("为什么是极限？", 100))
    await school.messages()
    school.clock.advance(10)
    second = await school.pin(viewer, SuperChatAsk("Which theorem?", 300, is_public=True))
    told = await of_type(school, "super_chat")
    now_ms = round(school.clock.now().timestamp() * 1000)
    assert [(each["gift_id"], each["pin_s"], each["pinned_until"]) for each in told] == [
        (first.gift_id, 30, now_ms - 10_000 + 30_000),
        (second.gift_id, 120, now_ms + 120_000),
    ]
    assert (told[0]["user"], told[0]["coins"]) == (None, None)
    assert (told[1]["user"]["id"], told[1]["coins"]) == (viewer.user_id, 300)
    assert await coins(school, viewer) == 100


async def test_a_refused_text_costs_nothing(school: School) -> None:
    viewer = await school.rich_adult()
    await school.live.chat.set_rules(HOST, school.room.id, None, ["加微信"])
    texts: list[tuple[str, type[AppError]]] = [
        ("", TextEmpty),
        ("   \u200b ", TextEmpty),
        ("长" * 101, TextTooLong),
        ("快加 微 信", WordBlocked),
    ]
    for text, error in texts:
        with pytest.raises(error):
            await school.pin(viewer, SuperChatAsk(text, 100))
    assert await coins(school, viewer) == 500
    assert await school.shop.count("act", "kind = 'super_chat'") == 0


async def test_who_is_muted_cannot_buy_a_voice(school: School) -> None:
    viewer = await school.rich_adult()
    await school.live.chat.mute(HOST, school.room.id, viewer.user_id or "", 60)
    with pytest.raises(Muted):
        await school.pin(viewer, SuperChatAsk("hear me", 100))
    school.clock.advance(61)
    await school.pin(viewer, SuperChatAsk("hear me", 100))


@pytest.mark.parametrize(
    ("reason", "shown_s", "is_refunded"),
    [("breach", 60, False), ("breach", 3, True), ("host_mistake", 60, True)],
)
async def test_a_deletion_gives_back_what_its_reason_says(
    school: School, reason: str, shown_s: float, is_refunded: bool
) -> None:
    viewer = await school.rich_adult()
    earned = await school.hosts_coins()
    sent = await school.pin(viewer, SuperChatAsk("oh dear", 300, is_public=True))
    await school.messages()
    school.clock.advance(shown_s)
    gifts = school.live.gifts
    done = await gifts.delete_super_chat(school.host, school.room.id, sent.gift_id, reason)
    assert done is is_refunded
    assert await coins(school, viewer) == (500 if is_refunded else 200)
    assert (await school.hosts_coins() == earned) is is_refunded
    messages = await school.messages()
    assert not {"gift", "super_chat"} & {each["type"] for each in messages}
    assert "oh dear" not in str(messages)
    with pytest.raises(GiftNotFound):
        await gifts.delete_super_chat(school.host, school.room.id, sent.gift_id, reason)


async def test_two_deletions_at_once_pay_back_once(school: School) -> None:
    viewer = await school.rich_adult()
    sent = await school.pin(viewer, SuperChatAsk("oh dear", 300))
    answers = await asyncio.gather(
        *(
            school.live.gifts.delete_super_chat(
                school.host, school.room.id, sent.gift_id, "host_mistake"
            )
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    assert answers.count(True) == 1
    assert await coins(school, viewer) == 500


async def test_only_who_looks_after_the_room_deletes(school: School) -> None:
    viewer = await school.rich_adult()
    sent = await school.pin(viewer, SuperChatAsk("mine", 100))
    gifts, room_id = school.live.gifts, school.room.id
    for caller in (viewer, await school.someone("zhou", "host")):
        with pytest.raises(RoomNotFound):
            await gifts.delete_super_chat(caller, room_id, sent.gift_id, "breach")
    with pytest.raises(NotLoggedIn):
        await gifts.delete_super_chat(ANONYMOUS, room_id, sent.gift_id, "breach")
    with pytest.raises(DeletionReasonUnknown):
        await gifts.delete_super_chat(school.host, room_id, sent.gift_id, "because")
    other = await school.rooms.add_room(school.shop.host.id, "Another room")
    with pytest.raises(GiftNotFound):
        await gifts.delete_super_chat(school.host, other.id, sent.gift_id, "breach")
    gift = await school.give(viewer)
    with pytest.raises(GiftNotFound):
        await gifts.delete_super_chat(school.host, room_id, gift.gift_id, "host_mistake")


async def test_an_operator_gives_a_whole_gift_back_and_nobody_else(
    school: School, session: LiveSession
) -> None:
    viewer = await school.rich_adult()
    sent = await school.give(viewer, GiftAsk("tea", 3))
    await school.messages()
    gifts, room_id = school.live.gifts, school.room.id
    for caller in (viewer, school.host):
        with pytest.raises(ForbiddenError):
            await gifts.undo_gift(caller, room_id, sent.gift_id)
    operator = await school.someone("op", "operator")
    await gifts.undo_gift(operator, room_id, sent.gift_id)
    with pytest.raises(GiftNotFound):
        await gifts.undo_gift(operator, room_id, sent.gift_id)
    assert await coins(school, viewer) == 500
    found = await school.db.read(lambda c: gifts.totals_in(c, session.id))
    assert found == {}
    assert not {"gift", "super_chat"} & {each["type"] for each in await school.messages()}


async def test_a_gift_told_after_the_end_still_belongs_to_its_class_and_second(
    school: School, session: LiveSession
) -> None:
    """As after a restart: the room hears late of what is on the books already."""
    viewer = await school.rich_adult()
    school.clock.advance(90)
    sent = await school.give(viewer)
    pinned = await school.pin(viewer, SuperChatAsk("为什么？", 100))
    school.clock.advance(40)
    await school.rooms.end_session(school.host, school.room.id)
    await school.relay.send_all()
    chat, room_id = school.live.chat, school.room.id
    found = [json.loads(m.encoded) for m in await chat.replay(room_id, session.id, 0, 100)]
    told = {each["gift_id"]: each["second"] for each in found if "gift_id" in each}
    began = session.started_at
    seconds = (school.clock.now() - began).total_seconds() - 40
    assert told == {sent.gift_id: seconds, pinned.gift_id: seconds}
