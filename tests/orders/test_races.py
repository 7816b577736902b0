"""Two processes on one database, and tabs that press at the same moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from livelore.database.engine import Database
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.service import LedgerService
from livelore.knowledge.orders.errors import (
    MoveNotAllowed,
    RefundAboveLeft,
    RefundRefused,
    SoldOut,
)
from livelore.knowledge.orders.model import Wanted
from livelore.knowledge.orders.service import (
    Neighbours,
    OrdersService,
    OrderView,
    RefundAsk,
    Terms,
)
from tests.orders.conftest import RULES, Shop


@pytest.fixture
async def twin(shop: Shop, database_url: str) -> AsyncIterator[OrdersService]:
    """The same shop as another process sees it."""
    database = Database.open(database_url)
    catalog = CatalogService(database, shop.clock)
    ledger = LedgerService(database, shop.clock, RULES)
    access = AccessService(database, shop.clock, catalog, ledger)
    below = Neighbours(catalog, access, ledger)
    yield OrdersService(database, shop.clock, below, {"sandbox": shop.sandbox}, Terms())
    await database.close()


async def kept_notices(shop: Shop, scenario: str | None = None) -> tuple[OrderView, list[bytes]]:
    sent: list[bytes] = []

    async def keep(_headers: object, body: bytes) -> None:
        sent.append(body)

    shop.sandbox.on_notice(keep)
    view = await shop.place(shop.ticket)
    await shop.pay(view, scenario)
    shop.clock.advance(0.3)
    await shop.sandbox.send_due()
    shop.sandbox.on_notice(shop.receive)
    return view, sent


async def test_one_notice_in_two_processes_pays_once(shop: Shop, twin: OrdersService) -> None:
    view, sent = await kept_notices(shop)
    headers = shop.sandbox.sign(sent[0])
    await asyncio.gather(
        *(orders.receive_notice("sandbox", headers, sent[0]) for orders in (shop.orders, twin) * 10)
    )
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.clearing() == 2_900
    assert await shop.count("entitlement") == 1


async def test_notice_and_query_at_once_pay_once(shop: Shop, twin: OrdersService) -> None:
    view, sent = await kept_notices(shop)
    headers = shop.sandbox.sign(sent[0])
    payment = (await shop.view(view)).payments[0]
    await asyncio.gather(
        shop.orders.receive_notice("sandbox", headers, sent[0]),
        twin.payment_for(shop.viewer.id, payment.id),
        shop.orders.payment_for(shop.viewer.id, payment.id),
    )
    assert await shop.clearing() == 2_900
    assert await shop.count("unmatched") == 0


async def test_the_last_seat_goes_to_one(shop: Shop, twin: OrdersService) -> None:
    await shop.catalog.update_product(shop.host.id, shop.ticket.id, {"seat_limit": 1})
    viewers = [await shop.other_viewer(f"viewer{n}") for n in range(6)]
    wanted = [Wanted(shop.ticket.id, 1, 2_900)]
    done = await asyncio.gather(
        *(
            orders.place_order(shop.press(viewer), wanted, rule_accepted=True)
            for viewer, orders in zip(viewers, (shop.orders, twin) * 3, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, SoldOut) for each in done) == 5
    assert (await shop.catalog.product(shop.ticket.id)).seats_taken == 1


async def test_capture_and_cancel_at_once_leave_no_money_without_a_right(
    shop: Shop, twin: OrdersService
) -> None:
    view, sent = await kept_notices(shop)
    headers = shop.sandbox.sign(sent[0])
    done = await asyncio.gather(
        shop.orders.receive_notice("sandbox", headers, sent[0]),
        twin.cancel_order(shop.viewer.id, view.order.id),
        return_exceptions=True,
    )
    assert not isinstance(done[0], BaseException)
    assert not isinstance(done[1], BaseException) or isinstance(done[1], MoveNotAllowed)
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.holds(shop.ticket)
    assert (await shop.catalog.product(shop.ticket.id)).seats_taken == 1


async def test_refunds_from_two_processes_never_pass_what_was_paid(
    shop: Shop, twin: OrdersService
) -> None:
    view = await shop.buy(shop.ticket)
    done = await asyncio.gather(
        *(
            orders.request_refund(shop.press(), RefundAsk(view.order.id, amount_minor=1_000))
            for orders in (shop.orders, twin) * 4
        ),
        return_exceptions=True,
    )
    refused = [each for each in done if isinstance(each, RefundAboveLeft | RefundRefused)]
    assert len(refused) == 6
    assert sum(not isinstance(each, BaseException) for each in done) == 2
    await shop.settle_refunds()
    assert (await shop.due(), await shop.clearing()) == (0, 900)


async def test_refund_and_delivery_at_once_keep_the_books(shop: Shop, twin: OrdersService) -> None:
    view = await shop.buy(shop.ticket)
    await asyncio.gather(
        shop.orders.request_refund(shop.press(), RefundAsk(view.order.id, amount_minor=1_000)),
        twin.deliver_session("s1", shop.lesson.id),
    )
    party = await shop.host_party()
    earned = await shop.balance("earned.pending", party) + await shop.balance("fee.pending", party)
    assert (earned, await shop.balance("order.unearned")) == (1_900, 0)


async def test_two_timers_at_once_do_everything_once(shop: Shop, twin: OrdersService) -> None:
    view = await shop.place(shop.ticket)
    await shop.pay(view, "wrong_sum")
    await shop.pass_time(0.3)
    shop.clock.advance(86_401)
    await asyncio.gather(shop.orders.expire_due(), twin.expire_due())
    done = await asyncio.gather(
        shop.orders.return_unmatched(), twin.return_unmatched(), return_exceptions=True
    )
    assert [each for each in done if isinstance(each, BaseException)] == []
    await shop.settle_refunds()
    assert await shop.count("refund") == 1
    assert (await shop.due(), await shop.clearing()) == (0, 0)
    assert (await shop.catalog.product(shop.ticket.id)).seats_taken == 0
