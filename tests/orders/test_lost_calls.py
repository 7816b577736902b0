"""A process or a wire that dies between us and the gateway: asked by our number, never twice."""

import ast
from pathlib import Path

import pytest

import livelore.knowledge.orders
from livelore.adapters.payments_sandbox import SandboxGateway
from livelore.knowledge.orders.service import (
    Neighbours,
    OrdersService,
    OrderView,
    RefundAsk,
    Terms,
)
from livelore.ports.payments import Fact, GatewayUnavailable, PaymentRequest, RefundRequest
from tests.orders.conftest import Shop


class BadWire(SandboxGateway):
    """The sandbox behind a wire that loses the next calls on their way there, or back."""

    lose_there = 0
    lose_back = 0

    def _pass(self) -> None:
        if self.lose_there:
            self.lose_there -= 1
            raise GatewayUnavailable

    def _return(self) -> None:
        if self.lose_back:
            self.lose_back -= 1
            raise GatewayUnavailable

    async def create(self, request: PaymentRequest) -> None:
        self._pass()
        await super().create(request)
        self._return()

    async def refund(self, request: RefundRequest) -> None:
        self._pass()
        await super().refund(request)
        self._return()

    async def query(self, payment_no: str) -> tuple[Fact, ...] | None:
        self._pass()
        return await super().query(payment_no)


@pytest.fixture
async def wire(shop: Shop, tmp_path: Path) -> BadWire:
    made = BadWire(tmp_path / "wire.db", shop.clock)
    made.on_notice(shop.receive)
    below = Neighbours(shop.catalog, shop.access, shop.ledger)
    shop.orders = OrdersService(shop.db, shop.clock, below, {"sandbox": made}, Terms())
    await shop.sandbox.stop()
    shop.sandbox = made
    return made


async def begin(shop: Shop) -> OrderView:
    view = await shop.place(shop.ticket)
    await shop.pay(view)
    return view


async def test_a_call_lost_on_its_way_there_is_made_again_with_its_number(
    shop: Shop, wire: BadWire
) -> None:
    wire.lose_there = 1
    view = await begin(shop)
    assert (await shop.view(view)).payments[0].state == "sent"
    await shop.pass_time(60)
    assert (await shop.view(view)).payments[0].state == "pending"
    await shop.pass_time(1)
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.clearing() == 2_900


async def test_an_answer_lost_on_its_way_back_is_asked_for(shop: Shop, wire: BadWire) -> None:
    wire.lose_back = 1
    view = await begin(shop)
    await shop.pass_time(1)
    assert (await shop.view(view)).order.state == "paid"
    assert await shop.count("payment") == 1


async def test_a_gateway_that_is_silent_for_long_is_asked_on(shop: Shop, wire: BadWire) -> None:
    wire.lose_there = 2
    view = await begin(shop)
    await shop.pass_time(60)
    assert (await shop.view(view)).payments[0].state == "sent"
    await shop.pass_time(240)
    await shop.pass_time(1)
    assert (await shop.view(view)).order.state == "paid"


async def test_what_never_reached_the_gateway_is_not_sent_after_its_time(
    shop: Shop, wire: BadWire
) -> None:
    wire.lose_there = 3
    view = await begin(shop)
    for wait_s in (60, 240, 601):
        await shop.pass_time(wait_s)
    after = await shop.view(view)
    assert (after.order.state, after.payments[0].state) == ("expired", "closed")
    await shop.pass_time(5_000)
    assert await shop.clearing() == 0


@pytest.mark.parametrize("way", ["lose_there", "lose_back"])
async def test_a_refund_whose_call_was_lost_is_paid_once(
    shop: Shop, wire: BadWire, way: str
) -> None:
    view = await shop.buy(shop.ticket)
    setattr(wire, way, 1)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id))
    await shop.pass_time(301)
    await shop.pass_time(301)
    after = await shop.view(view)
    assert after.refunds[0].state == "succeeded"
    assert (await shop.due(), await shop.clearing()) == (0, 0)


def test_orders_know_no_float_no_decimal_and_no_true_division() -> None:
    """A float in a sum of money once cost Polar cents; here it does not compile past this test."""
    folder = Path(livelore.knowledge.orders.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            where = f"{file.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and file.name != "jobs.py":
                assert not isinstance(node.value, float), where
            if isinstance(node, ast.BinOp | ast.AugAssign):
                assert not isinstance(node.op, ast.Div), where
            if isinstance(node, ast.Name):
                assert node.id not in {"float", "Decimal"}, where
