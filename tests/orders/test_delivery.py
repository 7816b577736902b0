"""Tickets when the class is held, when it is not, free grants, and the gateway's bill."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.knowledge.catalog.errors import ProductNotFound
from livelore.knowledge.ledger.model import SpendCaps
from livelore.knowledge.orders.errors import FreeGrantInvalid
from livelore.knowledge.orders.jobs import OrdersJobs
from livelore.knowledge.orders.service import NewGrant
from tests.fakes import START
from tests.orders.conftest import Shop

DAY = START.date()


async def test_a_class_held_earns_its_tickets_once(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    party = await shop.host_party()
    await shop.orders.note_live_started("s1", shop.lesson.id, shop.clock.now())
    assert await shop.orders.deliver_session("s1", shop.lesson.id) == 1
    assert await shop.orders.deliver_session("s1", shop.lesson.id) == 0
    assert (await shop.view(view)).order.state == "fulfilled"
    assert await shop.balance("order.unearned") == 0
    assert await shop.balance("earned.pending", party) == 2_465
    assert await shop.balance("fee.pending", party) == 435
    assert await shop.holds(shop.ticket)


async def test_a_ticket_bought_after_the_class_is_delivered_at_once(shop: Shop) -> None:
    await shop.orders.deliver_session("s1", shop.lesson.id)
    view = await shop.buy(shop.ticket)
    assert view.order.state == "fulfilled"
    assert await shop.balance("order.unearned") == 0


async def test_a_part_refunded_ticket_earns_the_rest(shop: Shop) -> None:
    from livelore.knowledge.orders.service import RefundAsk

    view = await shop.buy(shop.ticket)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id, amount_minor=900))
    await shop.orders.deliver_session("s1", shop.lesson.id)
    assert await shop.balance("earned.pending", await shop.host_party()) == 1_700
    after = await shop.view(view)
    assert (after.order.state, after.order.lines[0].delivered_at is None) == (
        "part_refunded",
        False,
    )


async def test_a_host_who_does_not_come_pays_back_without_being_asked(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.pass_time(3600 + 1799)
    assert (await shop.view(view)).order.state == "paid"
    await shop.pass_time(2)
    after = await shop.view(view)
    assert (after.order.state, after.refunds[0].reason) == ("refunded", "host_absent")
    assert not await shop.holds(shop.ticket)
    await shop.settle_refunds()
    assert await shop.clearing() == 0


async def test_a_host_who_came_is_not_absent(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.orders.note_live_started("s1", shop.lesson.id, shop.clock.now())
    await shop.pass_time(7200)
    assert (await shop.view(view)).order.state == "paid"


async def test_a_class_called_off_is_paid_back(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.catalog.cancel_lesson(shop.host.id, shop.lesson.id)
    await shop.pass_time(60)
    assert (await shop.view(view)).refunds[0].reason == "class_cancelled"


async def test_what_the_live_side_tells_moves_the_tickets(shop: Shop) -> None:
    bus = MemoryBus()
    jobs = OrdersJobs(shop.orders, shop.ledger, shop.db, bus, shop.clock)
    await jobs.start()
    view = await shop.buy(shop.ticket)
    told = f'{{"event_id":1,"live_session_id":"s1","lesson_id":"{shop.lesson.id}"}}'.encode()
    await bus.publish("LiveStarted", told)
    await bus.publish("LiveEnded", told)
    await bus.publish("LiveEnded", b'{"live_session_id":"s2","lesson_id":null}')
    await jobs.stop()
    assert (await shop.view(view)).order.state == "fulfilled"


async def test_the_end_of_the_day_settles_what_is_released(shop: Shop) -> None:
    jobs = OrdersJobs(shop.orders, shop.ledger, shop.db, MemoryBus(), shop.clock)
    await shop.buy(shop.whole)
    await shop.pass_time(1)
    shop.clock.advance(9 * 86_400)
    from livelore.database.outbox import OutboxRelay

    await OutboxRelay(shop.db, MemoryBus(), shop.clock).send_all()
    await jobs.end_day()
    assert await shop.balance("earned.available", await shop.host_party()) == 16_915
    assert await shop.balance("fee.income") == 2_985
    await jobs.end_day()
    assert await shop.count("act", "kind = 'settle'") == 1


async def test_access_is_given_free_with_a_reason(shop: Shop) -> None:
    press = shop.press(shop.host)
    new = NewGrant(shop.viewer.id, shop.whole.id, "scholarship")
    act, _ = await shop.orders.grant_free(press, new, is_operator=False)
    again, is_replay = await shop.orders.grant_free(press, new, is_operator=False)
    assert (again, is_replay) == (act, True)
    assert await shop.holds(shop.whole)
    assert await shop.clearing() == 0


async def test_a_host_gives_only_what_is_theirs(shop: Shop) -> None:
    other = await shop.other_viewer()
    new = NewGrant(other.id, shop.whole.id, "friend")
    with pytest.raises(ProductNotFound):
        await shop.orders.grant_free(shop.press(other), new, is_operator=False)
    await shop.orders.grant_free(shop.press(other), new, is_operator=True)
    for bad in (
        NewGrant(other.id, shop.pack.id, "x"),
        NewGrant(other.id, shop.whole.id, " "),
        NewGrant(other.id, shop.whole.id, "x", shop.clock.now() - timedelta(days=1)),
        NewGrant(other.id, shop.whole.id, "x", shop.clock.now()),
    ):
        with pytest.raises(FreeGrantInvalid):
            await shop.orders.grant_free(shop.press(), bad, is_operator=True)


# The bill ---------------------------------------------------------------------------------------


def plant(tmp_path: Path, statement: str) -> None:
    """Change what the gateway believes, behind everybody's back."""
    with sqlite3.connect(tmp_path / "sandbox.db") as file:
        file.execute(statement)


async def test_books_that_agree_with_the_bill_have_no_finding(shop: Shop) -> None:
    from livelore.knowledge.orders.service import RefundAsk

    view = await shop.buy(shop.ticket)
    await shop.buy(shop.pack)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id))
    await shop.settle_refunds()
    shop.clock.advance(1)
    assert await shop.orders.reconcile("sandbox", DAY) == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM event WHERE type = 'captured'", "lost_by_gateway"),
        ("UPDATE event SET amount = amount + 1", "wrong_sum"),
        ("UPDATE event SET currency = 'USD'", "wrong_currency"),
        (
            "INSERT INTO event SELECT 'evt_2', type, payment_no, gateway_id, amount, currency,"
            " at_ms, NULL FROM event",
            "doubled",
        ),
        (
            "INSERT INTO event SELECT 'evt_2', type, 'P-unknown', 'cap_x', amount, currency,"
            " at_ms, NULL FROM event",
            "lost_by_us",
        ),
        (
            "INSERT INTO event SELECT 'evt_2', 'refunded', payment_no, 'ref_x', amount, currency,"
            " at_ms, 'R-unknown' FROM event",
            "refund_unknown",
        ),
    ],
)
async def test_a_planted_difference_is_found_and_no_other(
    shop: Shop, tmp_path: Path, statement: str, kind: str
) -> None:
    await shop.buy(shop.ticket)
    plant(tmp_path, statement)
    shop.clock.advance(1)
    found = await shop.orders.reconcile("sandbox", DAY)
    assert [each.kind for each in found] == [kind]
    await shop.orders.reconcile("sandbox", DAY)
    assert await shop.count("bill_finding") == 1


async def test_a_lost_refund_is_found(shop: Shop, tmp_path: Path) -> None:
    from livelore.knowledge.orders.service import RefundAsk

    view = await shop.buy(shop.ticket)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id))
    await shop.settle_refunds()
    plant(tmp_path, "DELETE FROM event WHERE type = 'refunded'")
    shop.clock.advance(1)
    assert [each.kind for each in await shop.orders.reconcile("sandbox", DAY)] == ["refund_lost"]


async def test_money_that_only_the_bill_knows_is_booked(shop: Shop) -> None:
    view = await shop.buy(shop.ticket, "never")
    shop.clock.advance(1)
    found = await shop.orders.reconcile("sandbox", DAY)
    assert [each.kind for each in found] == ["lost_by_us"]
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.holds(shop.ticket)


async def test_a_capture_that_the_gateway_denies_when_asked_becomes_a_finding(
    shop: Shop, tmp_path: Path
) -> None:
    view = await shop.place(shop.ticket)
    await shop.pay(view)
    shop.clock.advance(0.3)
    await shop.sandbox.send_due()
    plant(tmp_path, "DELETE FROM event")
    await shop.orders.query_due()
    assert [each.kind for each in await shop.orders.findings()] == ["lost_by_gateway"]


# The wallet -------------------------------------------------------------------------------------


async def test_the_statement_is_proved_by_its_sum(shop: Shop) -> None:
    await shop.buy(shop.pack)
    await shop.orders.refund_coins(shop.press(), 200)
    page = await shop.orders.statement(shop.viewer.id, None, 50, "all")
    assert [(line.kind, line.delta) for line in page.lines] == [
        ("coin_refund", -200),
        ("topup", 500),
    ]
    assert page.proof.is_proved
    assert (page.proof.received, page.proof.spent, page.proof.available) == (500, 200, 300)
    exported = [line.delta async for line in shop.orders.statement_lines(shop.viewer.id)]
    assert exported == [-200, 500]


async def test_a_limit_is_lowered_at_once_and_raised_after_a_day(shop: Shop) -> None:
    lowered = await shop.orders.set_limits(shop.viewer.id, {"day": 10_000})
    assert lowered.caps == SpendCaps(50_000, 10_000, 1_000_000)
    raised = await shop.orders.set_limits(shop.viewer.id, {"day": 50_000})
    assert raised.caps.day_minor == 10_000
    shop.clock.advance(86_400)
    assert (await shop.orders.wallet(shop.viewer.id)).spending.caps.day_minor == 50_000
