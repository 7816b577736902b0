"""The host's numbers are those of the books, the chat and the class."""

from datetime import timedelta

import pytest

from livelore.knowledge.ledger.service.checking import AFTER_EVERY_TEST
from livelore.knowledge.orders.service import RefundAsk
from livelore.live.gifts.asks import GiftAsk, SuperChatAsk
from livelore.live.rooms.errors import RoomNotFound
from livelore.live.studio.model import SERIES_MAX, Curve, Peak
from livelore.web.caller import Caller
from livelore.web.errors import NotLoggedIn
from tests.fakes import START
from tests.rooms.conftest import School, school, shop

__all__ = ["school", "shop"]


async def test_gifts_show_with_the_hosts_part_and_agree_with_the_ledger(school: School) -> None:
    await school.go_live()
    viewer = await school.rich_adult()
    await school.give(viewer, GiftAsk("tea", 2))
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    lines = {line.kind: line for line in numbers.lines}
    assert (lines["gift"].count, lines["gift"].amount_minor) == (2, 2_040)
    assert numbers.agrees_with_ledger
    assert numbers.n_gifts == 2
    assert await school.shop.ledger.nightly_check(AFTER_EVERY_TEST) == []


async def test_numbers_younger_than_a_second_are_given_again(school: School) -> None:
    await school.go_live()
    viewer = await school.rich_adult()
    before = await school.live.studio.numbers(school.host, school.room.id)
    await school.give(viewer, GiftAsk("chalk"))
    assert await school.live.studio.numbers(school.host, school.room.id) is before
    school.clock.advance(1)
    assert (await school.live.studio.numbers(school.host, school.room.id)).n_gifts == 1


async def test_strangers_learn_nothing(school: School) -> None:
    viewer = await school.someone("curious")
    with pytest.raises(RoomNotFound):
        await school.live.studio.numbers(viewer, school.room.id)
    with pytest.raises(NotLoggedIn):
        await school.live.studio.numbers(Caller(), school.room.id)


async def test_a_room_off_air_has_no_revenue_and_no_stream(school: School) -> None:
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    assert (numbers.lines, numbers.stream, numbers.series) == ([], None, [])


async def test_tickets_count_until_they_are_refunded(school: School) -> None:
    await school.go_live()
    order = await school.buy_ticket()
    await school.buy_ticket(await school.user("xu"))
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    ticket = next(line for line in numbers.lines if line.kind == "ticket")
    assert (ticket.count, ticket.amount_minor) == (2, 2 * 2_465)
    assert numbers.agrees_with_ledger
    await school.shop.orders.request_refund(
        school.shop.press(), RefundAsk(order.order.id, reason="changed my mind")
    )
    school.clock.advance(1)
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    ticket = next(line for line in numbers.lines if line.kind == "ticket")
    assert (ticket.count, ticket.amount_minor) == (1, 2_465)
    assert numbers.agrees_with_ledger


async def test_a_gift_that_the_books_do_not_hold_is_said_aloud(school: School) -> None:
    await school.go_live()
    await school.give(await school.rich_adult(), GiftAsk("tea"))
    change = "UPDATE gift SET coins = coins + 1"
    await school.db.write(lambda c: c.exec_driver_sql(change).rowcount)
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    assert numbers.agrees_with_ledger is False


async def test_an_undone_gift_is_no_revenue_and_the_books_agree(school: School) -> None:
    await school.go_live()
    sent = await school.give(await school.rich_adult(), GiftAsk("tea"))
    operator = await school.someone("op", "operator")
    await school.live.gifts.undo_gift(operator, school.room.id, sent.gift_id)
    numbers = await school.live.studio.numbers(operator, school.room.id)
    gift = next(line for line in numbers.lines if line.kind == "gift")
    assert (gift.count, gift.amount_minor, numbers.agrees_with_ledger) == (0, 0, True)


async def test_a_super_chat_deleted_for_its_own_breach_stays_the_hosts_and_agrees(
    school: School,
) -> None:
    await school.go_live()
    sent = await school.pin(await school.rich_adult(), SuperChatAsk("rude", 100))
    school.clock.advance(60)
    await school.live.gifts.delete_super_chat(school.host, school.room.id, sent.gift_id, "breach")
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    line = next(line for line in numbers.lines if line.kind == "super_chat")
    assert (line.count, line.amount_minor, numbers.agrees_with_ledger) == (1, 850, True)


def test_a_curve_has_a_point_a_minute_and_the_peak() -> None:
    curve = Curve("session")
    for minute, n_viewers, n_danmaku in ((0, 9, 10), (0, 3, 14), (1, 5, 14), (3, 7, 30)):
        curve.note(START + timedelta(minutes=minute), n_viewers, 100 * minute, n_danmaku)
    assert [(point.n_viewers, point.n_danmaku) for point in curve.per_minute()] == [
        (3, 14),
        (5, 0),
        (7, 16),
    ]
    assert curve.peak == curve.points[0].peak == Peak(9, START)


def test_a_curve_keeps_twelve_hours_and_its_first_minute_counts_that_minute_alone() -> None:
    curve = Curve("session")
    for minute in range(SERIES_MAX + 5):
        curve.note(START + timedelta(minutes=minute), 1, 0, 2 * minute)
    assert len(curve.points) == SERIES_MAX
    assert {point.n_danmaku for point in curve.per_minute()} == {2}


def test_each_minute_is_kept_once_when_it_is_over() -> None:
    curve = Curve("session")
    for second in range(0, 130, 10):
        curve.note(START + timedelta(seconds=second), 1, 0, 0)
    now = START + timedelta(seconds=120)
    kept = curve.to_keep(now)
    assert [point.at for point in kept] == [START, START + timedelta(minutes=1)]
    curve.kept_until = kept[-1].at
    assert curve.to_keep(now) == []
    assert [point.at for point in curve.to_keep()] == [now]
