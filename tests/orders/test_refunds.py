"""Money back: decided by the rule, exact to the fen, paid by the gateway, never twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelore.kit.money import AmountError
from livelore.knowledge.orders.errors import (
    LinesInvalid,
    OrderNotFound,
    RefundAboveLeft,
    RefundRefused,
)
from livelore.knowledge.orders.model import REFUND_RETRY_S
from livelore.knowledge.orders.service import OrderView, RefundAsk
from tests.orders.conftest import Shop


async def refund(shop: Shop, view: OrderView, amount: int | None = None) -> OrderView:
    after, _ = await shop.orders.request_refund(
        shop.press(), RefundAsk(view.order.id, amount_minor=amount, reason="changed my mind")
    )
    return after


async def test_a_ticket_goes_back_whole_and_access_ends_at_once(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    after = await refund(shop, view)
    assert after.order.state == "refunded"
    assert not await shop.holds(shop.ticket)
    assert await shop.due() == 2_900
    await shop.settle_refunds()
    paid = await shop.view(view)
    assert paid.refunds[0].state == "succeeded"
    assert (await shop.due(), await shop.clearing()) == (0, 0)
    assert (await shop.catalog.product(shop.ticket.id)).seats_taken == 0


async def test_parts_of_a_course_take_back_each_share_exactly(shop: Shop) -> None:
    view = await shop.buy(shop.whole)
    party = await shop.host_party()
    for amount in (700, 700, None):
        assert await shop.holds(shop.whole)
        await refund(shop, view, amount)
    assert not await shop.holds(shop.whole)
    assert await shop.balance("earned.pending", party) == 0
    assert await shop.balance("fee.pending", party) == 0
    await shop.settle_refunds()
    assert (await shop.due(), await shop.clearing()) == (0, 0)


async def test_after_settlement_the_earner_gives_back_what_is_there_and_owes_the_rest(
    shop: Shop,
) -> None:
    view = await shop.buy(shop.whole)
    party = await shop.host_party()
    await shop.db.write(
        lambda c: c.execute(text("UPDATE order_line SET window_days = 100, watch_limit_s = 9999"))
    )
    shop.clock.advance(timedelta(days=9).total_seconds())
    await shop.ledger.settle()
    assert await shop.balance("earned.available", party) == 16_915
    await refund(shop, view)
    assert await shop.balance("earned.available", party) == 0
    assert await shop.balance("fee.income") == 0


async def test_more_than_is_left_is_refused(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await refund(shop, view, 2_000)
    with pytest.raises(RefundAboveLeft) as refusal:
        await refund(shop, view, 901)
    assert refusal.value.fields["left_minor"] == 900
    await refund(shop, view, 900)
    with pytest.raises(RefundRefused):
        await refund(shop, view)


@pytest.mark.parametrize("amount", [0, -1, 1.0, "1", True])
async def test_odd_sums_are_refused(shop: Shop, amount: object) -> None:
    view = await shop.buy(shop.ticket)
    with pytest.raises(AmountError):
        await refund(shop, view, amount)  # type: ignore[arg-type]  # on purpose


async def test_who_watched_ten_minutes_keeps_the_ticket(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.access.note_watched(shop.viewer.id, shop.lesson.id, 599)
    await shop.access.note_watched(shop.viewer.id, shop.lesson.id, 1)
    with pytest.raises(RefundRefused) as refusal:
        await refund(shop, view)
    assert refusal.value.fields["reason"] == "watched"
    assert await shop.holds(shop.ticket)


async def test_a_course_has_a_window_of_days(shop: Shop) -> None:
    view = await shop.buy(shop.whole)
    shop.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    with pytest.raises(RefundRefused) as refusal:
        await refund(shop, view)
    assert refusal.value.fields["reason"] == "too_late"


async def test_the_rule_that_was_agreed_to_decides_not_the_present_one(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.catalog.update_product(shop.host.id, shop.ticket.id, {"amount_minor": 1})
    after = await refund(shop, view)
    assert after.refunds[0].amount_minor == 2_900


async def test_what_is_not_paid_is_not_refunded(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    with pytest.raises(RefundRefused):
        await refund(shop, view)
    coins = await shop.buy(shop.pack)
    with pytest.raises(RefundRefused) as refusal:
        await refund(shop, coins)
    assert refusal.value.fields["reason"] == "coins_by_wallet"


async def test_an_order_of_somebody_else_is_not_refunded(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    other = await shop.other_viewer()
    with pytest.raises(OrderNotFound):
        await shop.orders.request_refund(shop.press(other), RefundAsk(view.order.id))
    with pytest.raises(LinesInvalid):
        await shop.orders.request_refund(
            shop.press(), RefundAsk(view.order.id, line_id="of-another-order")
        )


async def test_a_refund_asked_twice_with_one_key_is_one(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    press = shop.press()
    ask = RefundAsk(view.order.id, amount_minor=1_000)
    first, _ = await shop.orders.request_refund(press, ask)
    second, is_replay = await shop.orders.request_refund(press, ask)
    assert is_replay
    assert [each.no for each in first.refunds] == [each.no for each in second.refunds]
    await shop.settle_refunds()
    assert await shop.clearing() == 1_900


async def test_two_tabs_that_refund_at_once_get_the_money_once(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    done = await asyncio.gather(*(refund(shop, view) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, OrderView) for each in done) == 1
    assert sum(isinstance(each, RefundRefused) for each in done) == 7
    await shop.settle_refunds()
    assert (await shop.due(), await shop.clearing()) == (0, 0)


async def test_a_failed_refund_is_sent_again_with_its_number_and_then_done_by_hand(
    shop: Shop,
) -> None:
    view = await shop.buy(shop.ticket, "refund_fails")
    number = (await refund(shop, view)).refunds[0].no
    for wait_s in REFUND_RETRY_S:
        await shop.settle_refunds()
        assert (await shop.view(view)).refunds[0].state == "failed"
        await shop.pass_time(wait_s)
    await shop.settle_refunds()
    stuck = (await shop.view(view)).refunds[0]
    assert (stuck.no, stuck.state) == (number, "by_hand")
    assert await shop.due() == 2_900
    assert not await shop.holds(shop.ticket)


async def test_a_refund_that_fails_twice_succeeds_the_third_time(shop: Shop) -> None:
    view = await shop.buy(shop.ticket, "refund_fails:2")
    await refund(shop, view)
    for wait_s in REFUND_RETRY_S[:3]:
        await shop.settle_refunds()
        await shop.pass_time(wait_s)
    assert (await shop.view(view)).refunds[0].state == "succeeded"
    assert await shop.due() == 0


async def test_a_refund_without_an_answer_is_asked_about_not_paid_again(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)

    async def lose(_headers: object, _body: bytes) -> None:
        raise ConnectionError

    shop.sandbox.on_notice(lose)
    await refund(shop, view)
    await shop.pass_time(301)
    assert (await shop.view(view)).refunds[0].state == "succeeded"
    assert await shop.clearing() == 0


async def test_the_database_refuses_more_than_was_captured(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await refund(shop, view, 2_000)
    copy = text(
        "INSERT INTO refund (id, no, payment_id, line_id, gateway, amount_minor, currency, state,"
        " reason, act_id, created_at_ms) SELECT 'x', 'x', payment_id, line_id, gateway, 901,"
        " currency, 'approved', 'attack', act_id, 1 FROM refund"
    )
    with pytest.raises(DBAPIError, match=r"refund_(payment|line)_sum"):
        await shop.db.write(lambda c: c.execute(copy))


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE payment SET captured_minor = 1", "payment_capture_absorbs"),
        ("UPDATE payment SET state = 'failed'", "payment_capture_absorbs"),
        ("UPDATE payment SET amount_minor = 1", "payment_no_update"),
        ("DELETE FROM payment", "payment_no_delete"),
        ('UPDATE "order" SET total_minor = 1', "order_no_update"),
        ('DELETE FROM "order"', "order_no_delete"),
        ("UPDATE order_line SET unit_minor = 1", "order_line_no_update"),
        ("UPDATE payment_fact SET type = 'failed'", "payment_fact_no_update"),
        ("DELETE FROM payment_fact", "payment_fact_no_delete"),
        ("UPDATE notice SET body = ''", "notice_no_update"),
        ("DELETE FROM notice", "notice_no_delete"),
        ("DELETE FROM entitlement", "entitlement_no_delete"),
        ("UPDATE entitlement SET party = 0", "entitlement_no_update"),
    ],
)
async def test_the_past_of_orders_is_not_edited(shop: Shop, statement: str, name: str) -> None:
    await shop.buy(shop.ticket)
    with pytest.raises(DBAPIError, match=name):
        await shop.db.write(lambda c: c.execute(text(statement)))


# Coins ------------------------------------------------------------------------------------------


async def test_unspent_coins_go_back_newest_top_up_first(shop: Shop) -> None:
    await shop.buy(shop.pack)
    shop.clock.advance(60)
    dear = await shop.catalog.add_coin_pack(100, 1_200)
    await shop.buy(dear)
    made, _ = await shop.orders.refund_coins(shop.press(), 150)
    assert [(each.coins, each.amount_minor) for each in made] == [(100, 1_200), (50, 500)]
    assert await shop.coins() == 450
    await shop.settle_refunds()
    assert (await shop.due(), await shop.clearing()) == (0, 4_500)
    assert await shop.balance("coin.float", "COIN") == 4_500
    assert await shop.balance("coin.margin") == 0


async def test_a_pack_below_its_value_gives_back_what_was_paid(shop: Shop) -> None:
    cheap = await shop.catalog.add_coin_pack(300, 2_000)
    await shop.buy(cheap)
    for coins in (100, 100, 100):
        await shop.orders.refund_coins(shop.press(), coins)
    await shop.settle_refunds()
    assert (await shop.clearing(), await shop.due()) == (0, 0)
    assert await shop.balance("promo.expense") == 0
    assert await shop.balance("coin.float", "COIN") == 0


async def test_more_coins_than_are_there_do_not_go_back(shop: Shop) -> None:
    await shop.buy(shop.pack)
    with pytest.raises(RefundAboveLeft) as refusal:
        await shop.orders.refund_coins(shop.press(), 501)
    assert refusal.value.fields["left_coins"] == 500
    for odd in (0, -1, 1.0, "1", True):
        with pytest.raises(AmountError):
            await shop.orders.refund_coins(shop.press(), odd)  # type: ignore[arg-type]


async def test_coins_asked_back_in_many_tabs_go_back_once(shop: Shop) -> None:
    await shop.buy(shop.pack)
    done = await asyncio.gather(
        *(shop.orders.refund_coins(shop.press(), 400) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, RefundAboveLeft) for each in done) == 5
    assert await shop.coins() == 100
