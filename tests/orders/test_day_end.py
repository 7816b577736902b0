"""The day's end: what is settled, what stops it, and what a host is told of their earnings."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.app import Platform
from livelore.database.outbox import OutboxRelay
from livelore.knowledge.ledger.service import DaySum
from livelore.knowledge.orders.errors import FindingNotFound
from livelore.knowledge.orders.jobs import OrdersJobs
from livelore.knowledge.orders.service import RefundAsk
from livelore.trust.audit.errors import ReasonInvalid
from livelore.trust.audit.service import AuditService
from livelore.trust.identity.model import Role
from livelore.trust.identity.service import NewUser
from tests.fakes import START
from tests.orders.conftest import Shop

DAY_S = 86_400


class Days:
    """A shop whose timers run on the fake clock, with nothing but `run_due`."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.jobs = OrdersJobs(shop.orders, shop.ledger, shop.db, MemoryBus(), shop.clock)

    async def tell(self) -> None:
        await OutboxRelay(self.shop.db, MemoryBus(), self.shop.clock).send_all()

    async def hours(self, n: int) -> None:
        for _ in range(n):
            self.shop.clock.advance(3600)
            await self.shop.sandbox.send_due()
            await self.jobs.run_due()
            await self.tell()

    async def settled(self) -> int:
        return await self.shop.count("act", "kind = 'settle'")


@pytest.fixture
def days(shop: Shop) -> Days:
    return Days(shop)


async def test_a_share_is_pending_until_its_day_and_then_available_to_the_fen(
    shop: Shop, days: Days
) -> None:
    await shop.buy(shop.whole)
    await shop.pass_time(1)
    await days.tell()
    earned = await shop.ledger.earnings_of(shop.host.id)
    release = (shop.ledger.today() + timedelta(days=8)).isoformat()  # a day after the refund window
    assert earned.pending == (DaySum(release, 16_915),)
    assert (earned.pending_minor, earned.available_minor, earned.settled_minor) == (16_915, 0, 0)
    await days.hours(8 * 24)
    assert (await shop.ledger.earnings_of(shop.host.id)).available_minor == 0
    await days.hours(24)
    earned = await shop.ledger.earnings_of(shop.host.id)
    assert (earned.pending, earned.pending_minor) == ((), 0)
    assert (earned.available_minor, earned.settled_minor) == (16_915, 16_915)
    assert earned.settled == (DaySum(release, 16_915),)
    assert await shop.balance("fee.income") == 2_985
    assert await days.settled() == 1
    assert await shop.ledger.nightly_check() == []


async def test_pending_is_by_release_day_less_refunds_and_sums_to_the_account(
    shop: Shop, days: Days
) -> None:
    await shop.buy(shop.whole)
    await days.hours(30)
    view = await shop.buy(shop.whole, user=await shop.other_viewer())
    part = RefundAsk(view.order.id, amount_minor=1_001, reason="part")
    await shop.orders.request_refund(shop.press(await shop.identity.user_named("xu")), part)
    await shop.settle_refunds()
    earned = await shop.ledger.earnings_of(shop.host.id)
    assert len(earned.pending) == 2
    assert earned.pending[0].amount_minor == 16_915
    assert sum(each.amount_minor for each in earned.pending) == earned.pending_minor
    assert earned.pending_minor == await shop.balance("earned.pending", await shop.host_party())
    assert earned.pending[1].amount_minor < 16_915


async def test_nobody_has_earned_nothing(shop: Shop) -> None:
    earned = await shop.ledger.earnings_of(shop.viewer.id)
    assert (earned.pending, earned.settled, earned.available_minor) == ((), (), 0)


async def test_books_that_differ_stop_settlement_until_they_agree(shop: Shop, days: Days) -> None:
    await shop.buy(shop.whole)
    await days.tell()
    shop.clock.advance(9 * DAY_S)
    await shop.sandbox.send_due()
    await shop.catalog.add_coin_pack(50, 500)
    view = await shop.place(shop.pack)  # its fact waits in the outbox for more than a minute
    assert view.order.state == "placed"
    shop.clock.advance(120)
    await days.jobs.run_due()
    assert await days.settled() == 0
    await days.tell()
    shop.clock.advance(60)
    await days.jobs.run_due()  # within the hour nothing is tried again
    assert await days.settled() == 0
    shop.clock.advance(3600)
    await days.jobs.run_due()
    assert await days.settled() == 1


async def test_an_open_difference_with_the_bill_stops_settlement_until_somebody_closes_it(
    shop: Shop, days: Days, tmp_path: Path
) -> None:
    await shop.buy(shop.whole)
    with sqlite3.connect(tmp_path / "sandbox.db") as file:
        file.execute("UPDATE event SET amount = amount + 1 WHERE type = 'captured'")
    await days.hours(10 * 24)
    assert await days.settled() == 0
    (finding,) = await shop.orders.findings()
    assert (finding.kind, finding.ours_minor, finding.theirs_minor) == ("wrong_sum", 19_900, 19_901)
    which = (finding.gateway, finding.kind, finding.ref)
    await shop.orders.close_finding(shop.host.id, which, "the gateway corrected its bill")
    with pytest.raises(FindingNotFound):
        await shop.orders.close_finding(shop.host.id, which, "again")
    with pytest.raises(ReasonInvalid):
        await shop.orders.close_finding(shop.host.id, which, " ")
    (entry,) = await AuditService(shop.db, shop.clock).entries(None, 10)
    assert (entry.new.act, entry.new.subject_name) == ("bill_finding.closed", finding.ref)
    assert entry.new.reason == "the gateway corrected its bill"
    await days.hours(2)
    assert await days.settled() == 1
    assert await shop.orders.findings() == []


async def test_bills_of_days_on_which_the_site_stood_still_are_read_too(
    shop: Shop, days: Days, tmp_path: Path
) -> None:
    await days.hours(36)
    await shop.buy(shop.whole)
    with sqlite3.connect(tmp_path / "sandbox.db") as file:
        file.execute("DELETE FROM event WHERE type = 'captured'")
    await days.tell()
    shop.clock.advance(5 * DAY_S)
    await days.jobs.run_due()
    assert [each.kind for each in await shop.orders.findings()] == ["lost_by_gateway"]


async def test_money_that_only_the_bill_knows_is_booked_and_does_not_stop_settlement(
    shop: Shop, days: Days
) -> None:
    await shop.buy(shop.whole)
    view = await shop.place(shop.pack)
    payment = await shop.pay(view, "never")
    await days.hours(9 * 24)
    assert (await shop.view(view)).order.state == "fulfilled", payment
    assert await days.settled() == 1
    assert shop.clock.now() > START


async def log_in(platform: Platform, name: str, role: Role) -> dict[str, str]:
    user = await platform.identity.add_user(NewUser(name, "chalk and board"), role)
    session = await platform.identity.open_session(user, "bearer")
    return {"Authorization": f"Bearer {session.token}"}


async def test_who_sees_earnings_and_who_closes_differences(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    body = {"gateway": "sandbox", "kind": "wrong_sum", "ref": "cap_1", "reason": "seen"}
    close, wanted = "/operator/bill-findings/close", {"viewer": (403, 403), "host": (200, 403)}
    assert (await client.get("/host/earnings")).status_code == 401
    assert (await client.post(close, json=body)).status_code == 401
    for role in ("viewer", "host", "operator"):
        headers = await log_in(platform, role, role)
        seen = (await client.get("/host/earnings", headers=headers)).status_code
        closed = (await client.post(close, json=body, headers=headers)).status_code
        assert (seen, closed) == wanted.get(role, (200, 404)), role
    headers = await log_in(platform, "lin", "host")
    assert (await client.get("/host/earnings", headers=headers)).json() == {
        "currency": "CNY",
        "pending_minor": 0,
        "pending": [],
        "frozen_minor": 0,
        "available_minor": 0,
        "owed_minor": 0,
        "settled_minor": 0,
        "settled": [],
    }
