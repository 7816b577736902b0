"""Entitlements on real databases: granted with money, asked in one place, recomputed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.database.outbox import OutboxRelay
from livelore.knowledge.access.errors import WatchInvalid
from livelore.knowledge.catalog.errors import LessonNotFound
from livelore.knowledge.catalog.service import NewCourse, NewLesson
from livelore.knowledge.ledger.model import Act, order_paid
from livelore.knowledge.orders.service import RefundAsk
from tests.fakes import FakeClock
from tests.orders.conftest import Shop, open_shop


@pytest.fixture
async def shop(db: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Shop]:
    made = await open_shop(db, clock, tmp_path)
    yield made
    await made.sandbox.stop()


async def test_a_stranger_a_host_and_an_operator(shop: Shop) -> None:
    lesson = shop.lesson.id
    assert not (await shop.access.access_to(None, lesson)).entitled
    assert not (await shop.access.access_to(shop.viewer.id, lesson)).entitled
    assert (await shop.access.access_to(shop.host.id, lesson)).reason == "host"
    watched = await shop.access.access_to(shop.viewer.id, lesson, is_operator=True)
    assert watched.reason == "operator"
    with pytest.raises(LessonNotFound):
        await shop.access.access_to(shop.viewer.id, "nothing")


async def test_a_ticket_opens_its_class_until_the_replay_ends(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    access = await shop.access.access_to(shop.viewer.id, shop.lesson.id)
    ends_at = shop.lesson.ends_at
    assert ends_at is not None
    assert access.until == ends_at + timedelta(days=180)
    shop.clock.advance(timedelta(days=180, hours=2).total_seconds())
    assert not (await shop.access.access_to(shop.viewer.id, shop.lesson.id)).entitled


async def test_the_whole_course_opens_every_lesson(shop: Shop) -> None:
    video = await shop.catalog.add_lesson(
        shop.host.id, shop.course.id, NewLesson("导数", "video", duration_s=600)
    )
    free = await shop.catalog.add_lesson(
        shop.host.id, shop.course.id, NewLesson("前言", "text", is_preview=True)
    )
    assert await shop.access.open_lessons(None, shop.course.id) == {free.id}
    await shop.buy(shop.whole)
    opened = await shop.access.open_lessons(shop.viewer.id, shop.course.id)
    assert opened == {video.id, free.id, shop.lesson.id}


async def test_a_course_without_a_price_is_open(shop: Shop) -> None:
    course = await shop.catalog.add_course(shop.host.id, NewCourse("免费"))
    lesson = await shop.catalog.add_lesson(shop.host.id, course.id, NewLesson("一", "video"))
    assert (await shop.access.access_to(None, lesson.id)).reason == "free"


async def test_products_are_asked_about_together(shop: Shop) -> None:
    ids = [shop.ticket.id, shop.whole.id]
    assert not (await shop.access.may_watch(shop.viewer.id, ids)).entitled
    await shop.buy(shop.ticket)
    assert (await shop.access.may_watch(shop.viewer.id, ids)).reason == "ticket"
    await shop.buy(shop.whole)
    whole = await shop.access.may_watch(shop.viewer.id, ids)
    assert (whole.reason, whole.until) == ("course", None)
    assert not (await shop.access.may_watch(None, ids)).entitled


async def test_grant_and_revoke_are_told(shop: Shop) -> None:
    bus = MemoryBus()
    told: list[bytes] = []

    async def hear(payload: bytes) -> None:
        told.append(payload)

    for topic in ("EntitlementGranted", "EntitlementRevoked"):
        await bus.subscribe(topic, hear)
    view = await shop.buy(shop.ticket)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id))
    await OutboxRelay(shop.db, bus, shop.clock).send_all()
    assert len(told) == 2
    for payload in told:
        assert shop.viewer.id.encode() in payload
        assert b'"room_id":"room-1"' in payload


async def test_what_is_held_is_listed_newest_first(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    await shop.buy(shop.whole)
    held = await shop.access.entitlements(shop.viewer.id)
    assert [each.product.id for each in held] == [shop.whole.id, shop.ticket.id]
    assert [each.state for each in held] == ["open", "upcoming"]
    rest = await shop.access.entitlements(shop.viewer.id, held[0].entitlement.id)
    assert [each.product.id for each in rest] == [shop.ticket.id]
    assert await shop.access.holders(shop.ticket.id) == [shop.viewer.id]


async def test_who_was_refunded_may_buy_again(shop: Shop) -> None:
    view = await shop.buy(shop.ticket)
    await shop.orders.request_refund(shop.press(), RefundAsk(view.order.id))
    assert not await shop.holds(shop.ticket)
    await shop.buy(shop.ticket)
    assert await shop.holds(shop.ticket)
    assert await shop.orders.wrong_entitlements() == []


async def test_recomputing_finds_a_right_that_nothing_gives(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    assert await shop.orders.wrong_entitlements() == []
    steal = text(
        "INSERT INTO entitlement (party, product_id, source, from_ms)"
        " SELECT party, :product, source, from_ms FROM entitlement"
    )
    await shop.db.write(lambda c: c.execute(steal, {"product": shop.whole.id}))
    wrong = await shop.orders.wrong_entitlements()
    assert [(word, due.product_id) for word, due in wrong] == [("extra", shop.whole.id)]


async def test_recomputing_finds_a_right_that_was_taken_away(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    rob = text("UPDATE entitlement SET revoked_by = source, revoked_at_ms = 1")
    await shop.db.write(lambda c: c.execute(rob))
    words = {word for word, _ in await shop.orders.wrong_entitlements()}
    assert words == {"missing", "extra"}


async def test_money_in_the_ledger_that_no_order_knows_is_found(shop: Shop) -> None:
    await shop.buy(shop.ticket)
    assert await shop.orders.wrong_sums() == []
    stray = Act("stray", "f", "order", (order_paid(100, "CNY", "sandbox"),))
    await shop.ledger.post(stray)
    assert await shop.orders.wrong_sums() == [("order.unearned:0:CNY", 2_900, 3_000)]


@pytest.mark.parametrize("seconds", [-1, 3601, float("nan"), float("inf")])
async def test_nobody_reports_odd_times_of_watching(shop: Shop, seconds: float) -> None:
    with pytest.raises(WatchInvalid):
        await shop.access.note_watched(shop.viewer.id, shop.lesson.id, seconds)


async def test_watching_adds_up(shop: Shop) -> None:
    for seconds in (0.4, 0.4, 0.4):
        await shop.access.note_watched(shop.viewer.id, shop.lesson.id, seconds)
    party = await shop.ledger.party_of(shop.viewer.id)
    watched = await shop.db.read(lambda c: shop.access.watched_s_in(c, party, [shop.lesson.id]))
    assert watched == 1
