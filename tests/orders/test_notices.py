"""Whatever arrives twice, late, out of order or wrong ends in the same state."""

import itertools
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from livelore.adapters.payments_sandbox import SandboxGateway, SandboxInProduction
from livelore.knowledge.orders.errors import GatewayUnknown
from livelore.knowledge.orders.service import Neighbours, OrdersService, Terms
from livelore.ports.payments import Fact, NoticeForged, PaymentRequest
from tests.orders.conftest import Shop


async def captured_notice(shop: Shop) -> tuple[dict[str, str], bytes]:
    """A genuine notice of a ticket's capture that nobody has delivered yet."""
    sent: list[bytes] = []

    async def keep(_headers: object, body: bytes) -> None:
        sent.append(body)

    shop.sandbox.on_notice(keep)
    view = await shop.place(shop.ticket)
    await shop.pay(view)
    await shop.pass_time(0.3)
    shop.sandbox.on_notice(shop.receive)
    return shop.sandbox.sign(sent[0]), sent[0]


async def facts_of(shop: Shop) -> tuple[str, list[Fact]]:
    """A payment on its way, and every fact that could be told of it."""
    view = await shop.place(shop.ticket)
    payment = await shop.pay(view, "never")
    shop.clock.advance(0.3)
    captured = next(iter(await shop.sandbox.query(payment.no) or ()))
    told = [
        captured,
        replace(captured, type="failed", gateway_id="fail-1"),
        replace(captured, type="closed", gateway_id="close-1"),
        replace(captured, gateway_id="cap-2"),
        replace(captured, gateway_id="cap-3", amount_minor=1),
    ]
    return view.order.id, told


async def test_a_notice_replayed_100_times_grants_once(shop: Shop) -> None:
    headers, body = await captured_notice(shop)
    for _ in range(100):
        await shop.orders.receive_notice("sandbox", headers, body)
    assert await shop.holds(shop.ticket)
    assert await shop.count("entitlement") == 1
    assert await shop.count("act", "kind = 'order' AND key LIKE 'capture:%'") == 1
    assert await shop.count("notice", "n_received = 100") == 1
    assert await shop.clearing() == 2_900


async def test_every_order_and_repetition_of_the_facts_ends_alike(shop: Shop) -> None:
    order_id, told = await facts_of(shop)
    ends: set[tuple[object, ...]] = set()
    for permutation in itertools.permutations(told):
        ends.add(await _rehearse(shop, order_id, [*permutation, *permutation[:2]]))
    assert ends == {("paid", "captured", 2_900, 1, 2_901, 5)}


class Rehearsed(Exception):
    """Undoes a rehearsal."""


async def _rehearse(shop: Shop, order_id: str, facts: list[Fact]) -> tuple[object, ...]:
    """What a sequence of facts comes to, in a transaction that is undone afterwards."""
    seen: list[tuple[object, ...]] = []

    def work(connection):  # type: ignore[no-untyped-def]
        for fact in facts:
            shop.orders.apply_fact(connection, "sandbox", fact, "notice")
        row = connection.execute(
            text(
                "SELECT o.state, p.state AS paid, p.captured_minor,"
                " (SELECT COUNT(*) FROM entitlement) AS n_rights,"
                " (SELECT SUM(amount_minor) FROM unmatched) AS apart,"
                " (SELECT COUNT(*) FROM payment_fact) AS n_facts"
                ' FROM "order" o JOIN payment p ON p.order_id = o.id WHERE o.id = :id'
            ),
            {"id": order_id},
        ).one()
        seen.append((row[0], row[1], row[2], row[3], int(row[4]), row[5]))
        raise Rehearsed

    with pytest.raises(Rehearsed):
        await shop.db.write(work)
    return seen[0]


async def test_a_failure_told_after_the_capture_changes_nothing(shop: Shop) -> None:
    order_id, told = await facts_of(shop)
    for fact in (told[0], told[1], told[2]):
        await shop.db.write(lambda c: shop.orders.apply_fact(c, "sandbox", fact, "notice"))  # noqa: B023
    view = await shop.orders.order_for(shop.viewer.id, order_id)
    assert (view.order.state, view.payments[0].state) == ("paid", "captured")


@pytest.mark.parametrize("change", ["body", "signature", "none", "key", "time"])
async def test_a_forged_notice_is_refused_kept_apart_and_grants_nothing(
    shop: Shop, change: str
) -> None:
    headers, body = await captured_notice(shop)
    signed = headers["sandbox-signature"]
    if change == "body":
        body = body.replace(b"2900", b"2901")
    elif change == "signature":
        headers["sandbox-signature"] = signed[:-4] + "0000"
    elif change == "none":
        del headers["sandbox-signature"]
    elif change == "key":
        headers["sandbox-signature"] = signed.replace(",k=1,", ",k=9,")
    else:
        shop.clock.advance(301)
    with pytest.raises(NoticeForged):
        await shop.orders.receive_notice("sandbox", headers, body, "203.0.113.9")
    assert await shop.count("notice") == 0
    assert (await shop.orders.count_notices())["forged"] == 1
    assert not await shop.holds(shop.ticket)


async def test_header_names_may_come_in_any_case(shop: Shop) -> None:
    headers, body = await captured_notice(shop)
    shouted = {name.upper(): value for name, value in headers.items()}
    assert (await shop.orders.receive_notice("sandbox", shouted, body)).is_new


async def test_a_rotated_key_still_proves_what_was_on_its_way(shop: Shop) -> None:
    headers, body = await captured_notice(shop)
    await shop.sandbox.rotate_key()
    assert (await shop.orders.receive_notice("sandbox", headers, body)).is_new
    await shop.sandbox.rotate_key()
    with pytest.raises(NoticeForged):
        await shop.orders.receive_notice("sandbox", headers, body)


async def test_a_notice_for_another_merchant_grants_nothing(shop: Shop) -> None:
    _, body = await captured_notice(shop)
    told = msgspec.json.decode(body)
    told["merchant"] = "somebody-else"
    changed = msgspec.json.encode(told)
    await shop.orders.receive_notice("sandbox", shop.sandbox.sign(changed), changed)
    assert not await shop.holds(shop.ticket)
    assert [row.reason for row in await shop.orders.unmatched()] == ["wrong_merchant"]


async def test_money_for_an_unknown_order_is_kept_apart_and_goes_back_after_a_day(
    shop: Shop,
) -> None:
    request = PaymentRequest("P-unknown", 2_900, "CNY", "card", "?", shop.clock.now())
    await shop.sandbox.create(request)
    await shop.pass_time(0.3)
    assert await shop.balance("gateway.unmatched", "sandbox") == 2_900
    await shop.pass_time(timedelta(hours=24, seconds=1).total_seconds())
    assert await shop.balance("gateway.unmatched", "sandbox") == 0
    await shop.pass_time(1)
    assert await shop.due() == 0


@pytest.mark.parametrize(
    ("scenario", "reason"), [("wrong_sum", "wrong_sum"), ("wrong_currency", "wrong_currency")]
)
async def test_a_wrong_sum_or_currency_grants_nothing_and_goes_back(
    shop: Shop, scenario: str, reason: str
) -> None:
    view = await shop.buy(shop.ticket, scenario)
    assert view.order.state == "placed"
    assert not await shop.holds(shop.ticket)
    assert [row.reason for row in await shop.orders.unmatched()] == [reason]
    await shop.pass_time(86_401)
    await shop.pass_time(1)
    assert await shop.due() == 0
    assert await shop.clearing() == 0


async def test_a_second_capture_goes_back_by_itself_at_once(shop: Shop) -> None:
    view = await shop.buy(shop.ticket, "twice")
    assert view.order.state == "paid"
    assert await shop.count("entitlement") == 1
    assert [row.reason for row in await shop.orders.unmatched()] == ["second_capture"]
    await shop.pass_time(1)
    assert await shop.clearing() == 2_900
    assert await shop.balance("gateway.unmatched", "sandbox") == 0


async def test_money_by_two_ways_pays_once_and_the_other_goes_back(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.orders.pay(shop.press(), view.order.id, "wechat")
    await shop.orders.pay(shop.press(), view.order.id, "alipay")
    await shop.pass_time(0.3)
    await shop.pass_time(1)
    assert (await shop.view(view)).order.state == "paid"
    assert [row.reason for row in await shop.orders.unmatched()] == ["order_paid"]
    assert await shop.clearing() == 2_900


async def test_a_duplicate_notice_is_counted_and_nothing_else(shop: Shop) -> None:
    await shop.buy(shop.ticket, "duplicate:7")
    assert await shop.count("notice", "n_received = 7") == 1
    assert await shop.clearing() == 2_900


async def test_a_notice_that_never_comes_is_found_by_asking(shop: Shop) -> None:
    view = await shop.buy(shop.ticket, "never")
    assert view.order.state == "placed"
    await shop.pass_time(60)
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.holds(shop.ticket)


async def test_the_return_page_asks_the_gateway_itself(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    payment = await shop.pay(view, "never")
    shop.clock.advance(0.3)
    assert (await shop.orders.payment_for(shop.viewer.id, payment.id)).state == "captured"


async def test_a_forged_scenario_leaves_the_payment_open(shop: Shop) -> None:
    view = await shop.buy(shop.ticket, "forged")
    assert view.payments[0].state == "pending"
    assert (await shop.orders.count_notices())["forged"] == 1


async def test_late_money_is_delivered_when_it_still_can_be(shop: Shop) -> None:
    view = await shop.place(shop.ticket)
    await shop.pay(view, "late")
    await shop.pass_time(901)
    assert (await shop.view(view)).order.state == "expired"
    await shop.pass_time(61)
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.holds(shop.ticket)


async def test_late_money_for_a_seat_that_is_gone_goes_back_by_itself(shop: Shop) -> None:
    await shop.catalog.update_product(shop.host.id, shop.ticket.id, {"seat_limit": 1})
    view = await shop.place(shop.ticket)
    await shop.pay(view, "late")
    await shop.pass_time(901)
    other = await shop.other_viewer()
    await shop.buy(shop.ticket, user=other)
    await shop.pass_time(61)
    await shop.pass_time(1)
    after = await shop.view(view)
    assert (after.order.state, after.refunds[0].state) == ("refunded", "succeeded")
    assert after.refunds[0].reason == "undeliverable"
    assert not await shop.holds(shop.ticket)
    assert await shop.clearing() == 2_900
    assert (await shop.catalog.product(shop.ticket.id)).seats_left == 0


async def test_coins_are_delivered_however_late(shop: Shop) -> None:
    view = await shop.place(shop.pack)
    await shop.pay(view, "late")
    await shop.pass_time(901)
    await shop.pass_time(61)
    assert await shop.coins() == 500


async def test_a_stored_notice_that_was_not_applied_is_applied_later(shop: Shop) -> None:
    headers, body = await captured_notice(shop)
    notice = shop.sandbox.verify_notice(headers, body)
    from livelore.knowledge.orders.store import inbox

    await shop.db.write(lambda c: inbox.receive(c, "sandbox", notice, body, shop.clock.now()))
    assert not await shop.holds(shop.ticket)
    await shop.pass_time(0)
    assert await shop.holds(shop.ticket)
    assert (await shop.orders.count_notices())["applied"] == 1


async def test_a_notice_that_cannot_be_applied_stays_and_is_shown(shop: Shop) -> None:
    _, body = await captured_notice(shop)
    told = msgspec.json.decode(body) | {"type": "refunded", "refund_no": "R-unknown"}
    changed = msgspec.json.encode(told)
    await shop.orders.receive_notice("sandbox", shop.sandbox.sign(changed), changed)
    for _ in range(6):
        await shop.pass_time(4000)
    assert (await shop.orders.count_notices())["stuck"] == 1


async def test_the_sandbox_is_refused_in_production(shop: Shop, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SandboxInProduction):
        SandboxGateway(tmp_path / "no.db", shop.clock, is_production=True)
    bare = OrdersService(
        shop.db, shop.clock, Neighbours(shop.catalog, shop.access, shop.ledger), {}, Terms()
    )
    headers, body = await captured_notice(shop)
    with pytest.raises(GatewayUnknown):
        await bare.receive_notice("sandbox", headers, body)


async def test_the_sandbox_keeps_what_was_paid_over_a_restart(shop: Shop, tmp_path) -> None:  # type: ignore[no-untyped-def]
    view = await shop.place(shop.ticket)
    payment = await shop.pay(view)
    reopened = SandboxGateway(tmp_path / "sandbox.db", shop.clock)
    shop.clock.advance(0.3)
    assert [fact.type for fact in await reopened.query(payment.no) or ()] == ["captured"]
    taken: list[bytes] = []

    async def take(headers, body: bytes) -> None:  # type: ignore[no-untyped-def]
        taken.append(body)
        await shop.orders.receive_notice("sandbox", headers, body)

    reopened.on_notice(take)
    assert await reopened.send_due() == 1
    await reopened.stop()
    assert await shop.holds(shop.ticket)
