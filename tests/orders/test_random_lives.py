"""Random lives of a shop: whatever people, gateway and clock do, the books agree each time."""

import random
from collections.abc import Awaitable, Callable

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.adapters.payments_sandbox import SCENARIOS
from livelore.database.outbox import OutboxRelay
from livelore.kit.errors import AppError
from livelore.knowledge.orders.service import OrderView, RefundAsk
from tests.orders.conftest import Shop

STEPS = 40
WORDS = sorted(set(SCENARIOS) - {"refund_fails"})


class Life:
    """One shop and what chance does to it."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.rng = random.Random(seed)
        self.views: list[OrderView] = []
        self.n_refused = 0

    async def step(self) -> None:
        acts: list[Callable[[], Awaitable[object]]] = [
            self.place,
            self.place,
            self.pay,
            self.pay,
            self.pay,
            self.wait,
            self.wait,
            self.refund,
            self.refund_coins,
            self.cancel,
            self.watch,
            self.hold_class,
            self.settle,
        ]
        try:
            await self.rng.choice(acts)()
        except AppError:
            self.n_refused += 1

    async def place(self) -> None:
        shop = self.shop
        product = self.rng.choice([shop.ticket, shop.whole, shop.pack])
        self.views.append(await shop.place(product))

    def any_order(self) -> OrderView:
        if not self.views:
            raise AppError
        return self.rng.choice(self.views)

    async def pay(self) -> None:
        await self.shop.pay(self.any_order(), self.rng.choice(WORDS))
        await self.shop.pass_time(0.3)

    async def wait(self) -> None:
        await self.shop.pass_time(self.rng.choice([1, 61, 400, 1_000, 90_000]))

    async def refund(self) -> None:
        amount = self.rng.choice([None, 1, 999, 2_900])
        ask = RefundAsk(self.any_order().order.id, amount_minor=amount)
        await self.shop.orders.request_refund(self.shop.press(), ask)

    async def refund_coins(self) -> None:
        await self.shop.orders.refund_coins(self.shop.press(), self.rng.choice([1, 77, 500, 900]))

    async def cancel(self) -> None:
        await self.shop.orders.cancel_order(self.shop.viewer.id, self.any_order().order.id)

    async def watch(self) -> None:
        await self.shop.access.note_watched(self.shop.viewer.id, self.shop.lesson.id, 200)

    async def hold_class(self) -> None:
        if self.rng.random() < 0.3:
            await self.shop.orders.deliver_session("s1", self.shop.lesson.id)

    async def settle(self) -> None:
        await self.shop.ledger.settle()


@pytest.mark.parametrize("seed", range(6))
async def test_the_books_agree_after_every_step_of_a_random_life(shop: Shop, seed: int) -> None:
    life = Life(shop, seed)
    relay = OutboxRelay(shop.db, MemoryBus(), shop.clock)
    for number in range(STEPS):
        await life.step()
        await relay.send_all()
        assert await shop.ledger.nightly_check() == [], number
        assert await shop.orders.wrong_entitlements() == [], number
        assert await shop.orders.wrong_sums() == [], number
        assert await shop.coins() >= 0
    for wait_s in (90_000, 1, 400, 1):
        await shop.pass_time(wait_s)
    assert life.views
    assert life.n_refused < STEPS
    assert await shop.due() == 0
