"""A shop: host, viewer, course, class with ticket, coin packs, sandbox; both databases."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import argon2
import pytest
from sqlalchemy import text

from livelore.adapters.bus_memory import MemoryBus
from livelore.adapters.payments_sandbox import SandboxGateway
from livelore.database.engine import Database
from livelore.database.outbox import OutboxRelay
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import Course, Lesson, Product
from livelore.knowledge.catalog.service import CatalogService, NewCourse, NewLesson, NewProduct
from livelore.knowledge.ledger.model import AccountRef, SpendCaps, account, site
from livelore.knowledge.ledger.service import LedgerRules, LedgerService
from livelore.knowledge.orders.model import Payment, Wanted
from livelore.knowledge.orders.service import (
    Neighbours,
    OrdersService,
    OrderView,
    Press,
    Terms,
)
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService, NewUser
from tests.fakes import START, FakeClock

RULES = LedgerRules(
    "Asia/Shanghai", SpendCaps(tip_minor=50_000, day_minor=200_000, month_minor=1_000_000)
)


@dataclass
class Shop:
    """Everything a test of orders needs, with the steps that most of them take."""

    db: Database
    clock: FakeClock
    identity: IdentityService
    catalog: CatalogService
    ledger: LedgerService
    access: AccessService
    orders: OrdersService
    sandbox: SandboxGateway
    host: User
    viewer: User
    course: Course
    lesson: Lesson
    ticket: Product
    whole: Product
    pack: Product
    n_keys: int = 0
    notices: list[tuple[Mapping[str, str], bytes]] = field(
        default_factory=list[tuple[Mapping[str, str], bytes]]
    )

    def press(self, user: User | None = None, key: str | None = None, what: str = "f") -> Press:
        self.n_keys += 1
        return Press((user or self.viewer).id, key or f"key-{self.n_keys:016d}", what)

    async def place(self, product: Product, user: User | None = None) -> OrderView:
        wanted = [Wanted(product.id, 1, product.amount_minor)]
        view, _ = await self.orders.place_order(
            self.press(user), wanted, rule_accepted=True, is_repeat_meant=True
        )
        return view

    async def pay(
        self, view: OrderView, scenario: str | None = None, user: User | None = None
    ) -> Payment:
        payment, _ = await self.orders.pay(
            self.press(user), view.order.id, "wechat", options=scenario
        )
        return payment

    async def pass_time(self, seconds: float) -> None:
        """Let the clock jump, then let sandbox and timers do what is due."""
        self.clock.advance(seconds)
        await self.sandbox.send_due()
        for step in (
            self.orders.apply_due,
            self.orders.expire_due,
            self.orders.query_due,
            self.orders.return_unmatched,
            self.orders.send_refunds,
            self.orders.refund_classes_not_held,
        ):
            await step()

    async def buy(
        self, product: Product, scenario: str | None = None, user: User | None = None
    ) -> OrderView:
        view = await self.place(product, user)
        await self.pay(view, scenario, user)
        await self.pass_time(0.3)
        return await self.orders.order_for((user or self.viewer).id, view.order.id)

    async def other_viewer(self, name: str = "xu") -> User:
        return await self.identity.add_user(NewUser(name, "chalk and board"), "viewer")

    async def settle_refunds(self) -> None:
        await self.pass_time(0.3)

    async def view(self, view: OrderView, user: User | None = None) -> OrderView:
        return await self.orders.order_for((user or self.viewer).id, view.order.id)

    async def holds(self, product: Product, user: User | None = None) -> bool:
        return product.id in await self.access.owned_products((user or self.viewer).id)

    async def balance(self, kind: str, owner: int | str = "0", currency: str = "CNY") -> int:
        ref: AccountRef = account(kind, owner, currency)
        return (await self.ledger.balance(ref)).balance_minor

    async def clearing(self) -> int:
        return await self.balance("gateway.clearing", "sandbox")

    async def due(self) -> int:
        return (await self.ledger.balance(site("refund.due", "CNY"))).balance_minor

    async def coins(self, user: User | None = None) -> int:
        return await self.orders.coins_of((user or self.viewer).id)

    async def host_party(self) -> int:
        return await self.ledger.party_of(self.host.id)

    async def count(self, table: str, where: str = "1 = 1") -> int:
        query = text(f'SELECT COUNT(*) FROM "{table}" WHERE {where}')
        return int(await self.db.read(lambda c: c.execute(query).scalar_one()))

    async def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        self.notices.append((headers, body))
        await self.orders.receive_notice("sandbox", headers, body)


async def open_shop(db: Database, clock: FakeClock, folder: Path) -> Shop:
    identity = IdentityService(
        db, clock, argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    catalog = CatalogService(db, clock)
    ledger = LedgerService(db, clock, RULES)
    access = AccessService(db, clock, catalog, ledger)
    sandbox = SandboxGateway(folder / "sandbox.db", clock)
    orders = OrdersService(
        db, clock, Neighbours(catalog, access, ledger), {"sandbox": sandbox}, Terms()
    )
    host = await identity.add_user(NewUser("lin", "chalk and board"), "host")
    viewer = await identity.add_user(NewUser("qin", "chalk and board"), "viewer")
    course = await catalog.add_course(host.id, NewCourse("微积分", "Calculus"))
    lesson = await catalog.add_lesson(
        host.id,
        course.id,
        NewLesson(
            "定积分",
            "live",
            starts_at=START + timedelta(hours=1),
            ends_at=START + timedelta(hours=2),
            room_id="room-1",
        ),
    )
    ticket = await catalog.add_product(
        host.id, course.id, NewProduct(2_900, lesson.id, replay_days=180)
    )
    whole = await catalog.add_product(host.id, course.id, NewProduct(19_900))
    pack = await catalog.add_coin_pack(500, 5_000)
    shop = Shop(
        db,
        clock,
        identity,
        catalog,
        ledger,
        access,
        orders,
        sandbox,
        host,
        viewer,
        course,
        lesson,
        ticket,
        whole,
        pack,
    )
    sandbox.on_notice(shop.receive)
    return shop


@pytest.fixture
async def shop(db: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Shop]:
    """After each test the books are counted again: no finding, no wrong entitlement."""
    made = await open_shop(db, clock, tmp_path)
    yield made
    await OutboxRelay(db, MemoryBus(), clock).send_all()
    findings = await made.ledger.nightly_check()
    wrong = await made.orders.wrong_entitlements()
    sums = await made.orders.wrong_sums()
    await made.sandbox.stop()
    assert findings == []
    assert wrong == []
    assert sums == []
