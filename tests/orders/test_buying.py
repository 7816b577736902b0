"""From the intent to buy to the right to watch: the good way and every other one."""

import pytest

from livelore.knowledge.catalog.service import NewLesson, NewProduct
from livelore.knowledge.ledger.errors import KeyReused, WalletFull
from livelore.knowledge.orders.errors import (
    AlreadyOwned,
    IdenticalOrder,
    LinesInvalid,
    MoveNotAllowed,
    NotOnSale,
    OrderNotFound,
    PaymentPending,
    PriceChanged,
    RuleNotAccepted,
    SoldOut,
)
from livelore.knowledge.orders.model import Wanted
from livelore.trust.identity.service import NewUser
from tests.orders.conftest import Shop


async def test_a_ticket_paid_is_usable_within_a_second(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    assert not await shop.holds(shop.ticket)
    await shop.pay(view)
    await shop.pass_time(0.3)
    assert (await shop.access.access_to(shop.viewer.id, shop.lesson.id)).reason == "ticket"
    paid = await shop.view(view)
    assert (paid.order.state, paid.payments[0].state) == ("paid", "captured")
    assert await shop.balance("order.unearned") == 2_900
    assert await shop.clearing() == 2_900


async def test_a_course_is_delivered_at_once_and_its_shares_wait(shop: Shop) -> None:
    view = await shop.buy(shop.whole)
    assert view.order.state == "fulfilled"
    party = await shop.host_party()
    assert await shop.balance("order.unearned") == 0
    assert await shop.balance("earned.pending", party) == 16_915
    assert await shop.balance("fee.pending", party) == 2_985


async def test_coins_bought_are_there_and_backed(shop: Shop) -> None:
    view = await shop.buy(shop.pack)
    assert view.order.state == "fulfilled"
    assert await shop.coins() == 500
    assert await shop.balance("coin.float", "COIN") == 5_000


@pytest.mark.parametrize(("price", "margin", "promo"), [(6_000, 1_000, 0), (4_500, 0, 500)])
async def test_a_pack_off_its_face_value_hides_nothing_in_the_coin(
    shop: Shop, price: int, margin: int, promo: int
) -> None:
    pack = await shop.catalog.add_coin_pack(500, price)
    await shop.buy(pack)
    assert await shop.balance("coin.float", "COIN") == 5_000
    assert await shop.balance("coin.margin") == margin
    assert await shop.balance("promo.expense") == promo


async def test_the_price_is_the_servers(shop: Shop) -> None:
    with pytest.raises(PriceChanged) as refusal:
        await shop.orders.place_order(
            shop.press(), [Wanted(shop.ticket.id, 1, 1)], rule_accepted=True
        )
    assert refusal.value.fields["price_minor"] == 2_900
    assert await shop.count("order") == 0


async def test_an_order_keeps_the_price_it_was_placed_at(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.catalog.update_product(shop.host.id, shop.ticket.id, {"amount_minor": 5_900})
    await shop.pay(view)
    await shop.pass_time(0.3)
    assert (await shop.view(view)).order.total_minor == 2_900
    assert await shop.holds(shop.ticket)


async def test_without_the_ticked_box_there_is_no_sale(shop: Shop) -> None:
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    with pytest.raises(RuleNotAccepted):
        await shop.orders.place_order(shop.press(), wanted, rule_accepted=False)


async def test_the_box_is_stored_with_its_words_and_time(shop: Shop) -> None:
    await shop.place(shop.ticket)
    ticked = "rule_text = 'ticket-10min@1' AND rule_accepted_at_ms > 0"
    assert await shop.count("order", ticked) == 1


@pytest.mark.parametrize("quantity", [0, -1, 2, True, 1.0, "1"])
async def test_odd_quantities_are_refused(shop: Shop, quantity: object) -> None:
    wanted = [Wanted(shop.ticket.id, quantity, 2_900)]  # type: ignore[arg-type]  # on purpose
    with pytest.raises(LinesInvalid):
        await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)


async def test_coins_stand_in_an_order_of_their_own(shop: Shop) -> None:
    wanted = [Wanted(shop.ticket.id, 1, 2_900), Wanted(shop.pack.id, 1, 5_000)]
    with pytest.raises(LinesInvalid):
        await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)
    twice = [Wanted(shop.ticket.id, 1, 2_900)] * 2
    with pytest.raises(LinesInvalid):
        await shop.orders.place_order(shop.press(), twice, rule_accepted=True)


async def test_what_is_held_is_not_sold_again(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    with pytest.raises(AlreadyOwned):
        await shop.place(shop.ticket)


async def test_a_host_does_not_buy_their_own_course(shop: Shop) -> None:
    with pytest.raises(AlreadyOwned):
        await shop.place(shop.whole, shop.host)


async def test_an_identical_order_within_30_s_asks_first(shop: Shop) -> None:
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    first, _ = await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)
    with pytest.raises(IdenticalOrder) as refusal:
        await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)
    assert refusal.value.fields["order_id"] == first.order.id
    meant, _ = await shop.orders.place_order(
        shop.press(), wanted, rule_accepted=True, is_repeat_meant=True
    )
    assert meant.order.id != first.order.id
    shop.clock.advance(31)
    await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)


async def test_the_same_key_gives_the_same_order_for_ever(shop: Shop) -> None:
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    press = shop.press()
    first, was_replay = await shop.orders.place_order(press, wanted, rule_accepted=True)
    shop.clock.advance(3600)
    again, is_replay = await shop.orders.place_order(press, wanted, rule_accepted=True)
    assert (again.order.id, was_replay, is_replay) == (first.order.id, False, True)
    assert await shop.count("order") == 1


async def test_a_key_stands_for_one_request(shop: Shop) -> None:
    key = "a-key-of-this-press"
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    await shop.orders.place_order(shop.press(key=key), wanted, rule_accepted=True)
    with pytest.raises(KeyReused):
        await shop.orders.place_order(shop.press(key=key, what="other"), wanted, rule_accepted=True)


async def test_anothers_key_is_not_mine(shop: Shop) -> None:
    other = await shop.identity.add_user(NewUser("xu", "chalk and board"), "viewer")
    key = "a-key-of-this-press"
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    mine, _ = await shop.orders.place_order(shop.press(key=key), wanted, rule_accepted=True)
    theirs, is_replay = await shop.orders.place_order(
        shop.press(other, key), wanted, rule_accepted=True
    )
    assert not is_replay
    assert theirs.order.id != mine.order.id
    assert theirs.order.buyer != mine.order.buyer


async def test_a_refusal_for_the_state_of_things_is_final_for_its_key(shop: Shop) -> None:
    press = shop.press()
    wanted = [Wanted(shop.ticket.id, 1, 5_900)]
    with pytest.raises(PriceChanged):
        await shop.orders.place_order(press, wanted, rule_accepted=True)
    await shop.catalog.update_product(shop.host.id, shop.ticket.id, {"amount_minor": 5_900})
    with pytest.raises(PriceChanged) as again:
        await shop.orders.place_order(press, wanted, rule_accepted=True)
    assert again.value.fields["price_minor"] == 2_900
    await shop.orders.place_order(shop.press(), wanted, rule_accepted=True)


async def test_a_refusal_of_form_binds_nothing(shop: Shop) -> None:
    press = shop.press()
    with pytest.raises(LinesInvalid):
        await shop.orders.place_order(press, [], rule_accepted=True)
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    _, is_replay = await shop.orders.place_order(press, wanted, rule_accepted=True)
    assert not is_replay


async def test_seats_are_held_until_the_order_ends(shop: Shop) -> None:
    lesson = await shop.catalog.add_lesson(
        shop.host.id,
        shop.course.id,
        NewLesson("级数", "live", starts_at=shop.lesson.starts_at, ends_at=shop.lesson.ends_at),
    )
    small = await shop.catalog.add_product(
        shop.host.id, shop.course.id, NewProduct(2_900, lesson.id, seat_limit=1)
    )
    other = await shop.identity.add_user(NewUser("xu", "chalk and board"), "viewer")
    mine = await shop.place(small)
    with pytest.raises(SoldOut):
        await shop.place(small, other)
    await shop.orders.cancel_order(shop.viewer.id, mine.order.id)
    theirs = await shop.place(small, other)
    await shop.pass_time(901)
    assert (await shop.view(theirs, other)).order.state == "expired"
    assert (await shop.catalog.product(small.id)).seats_left == 1


async def test_a_cancelled_class_and_a_closed_sale_are_not_sold(shop: Shop) -> None:
    await shop.catalog.update_product(shop.host.id, shop.whole.id, {"is_on_sale": False})
    with pytest.raises(NotOnSale):
        await shop.place(shop.whole)
    await shop.catalog.cancel_lesson(shop.host.id, shop.lesson.id)
    with pytest.raises(NotOnSale):
        await shop.place(shop.ticket)


async def test_the_wallet_has_a_ceiling(shop: Shop) -> None:
    big = await shop.catalog.add_coin_pack(50_000, 500_000)
    await shop.buy(big)
    with pytest.raises(WalletFull):
        await shop.place(shop.pack)


async def test_an_order_of_somebody_else_looks_absent(shop: Shop) -> None:
    other = await shop.identity.add_user(NewUser("xu", "chalk and board"), "viewer")
    view = await shop.place(shop.ticket)
    with pytest.raises(OrderNotFound):
        await shop.orders.order_for(other.id, view.order.id)
    with pytest.raises(OrderNotFound):
        await shop.orders.cancel_order(other.id, view.order.id)
    with pytest.raises(OrderNotFound):
        await shop.orders.pay(shop.press(other), view.order.id, "wechat")
    payment = await shop.pay(view)
    with pytest.raises(OrderNotFound):
        await shop.orders.payment_for(other.id, payment.id)
    assert await shop.orders.orders_of(other.id) == []


async def test_what_is_over_cannot_be_paid(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.orders.cancel_order(shop.viewer.id, view.order.id)
    with pytest.raises(MoveNotAllowed):
        await shop.pay(view)
    later = await shop.place(shop.ticket)
    shop.clock.advance(901)
    with pytest.raises(MoveNotAllowed):
        await shop.pay(later)


async def test_a_double_click_pays_once(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    press = shop.press()
    first, _ = await shop.orders.pay(press, view.order.id, "wechat")
    second, is_replay = await shop.orders.pay(press, view.order.id, "wechat")
    assert (second.id, is_replay) == (first.id, True)
    with pytest.raises(PaymentPending):
        await shop.orders.pay(shop.press(), view.order.id, "wechat")
    await shop.pass_time(0.3)
    assert await shop.clearing() == 2_900


async def test_a_failed_payment_charges_nothing_and_the_order_waits(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.pay(view, "fail")
    await shop.pass_time(0.3)
    after = await shop.view(view)
    assert (after.order.state, after.payments[0].state) == ("placed", "failed")
    assert await shop.clearing() == 0
    await shop.pay(view)
    await shop.pass_time(0.3)
    assert await shop.holds(shop.ticket)


async def test_an_abandoned_payment_is_closed_with_its_order(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.pay(view, "abandon")
    await shop.pass_time(901)
    after = await shop.view(view)
    assert (after.order.state, after.payments[0].state) == ("expired", "closed")
