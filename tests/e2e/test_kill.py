"""kill -9 of the whole server while people buy, give, talk and watch: nothing is lost or doubled.

``LIVELORE_TEST_KILLS`` sets how often (default 3 on each database; 20 in the long run).
"""

import asyncio
import os
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from livelore.adapters.clock_system import SystemClock
from livelore.app import Platform, build
from livelore.live.streams.publisher import Clip, ClipPublisher
from livelore.settings import load
from tests.e2e.crowd import Member, Speaker, figures
from tests.e2e.proofs import log_holds_it, orders_hold, room_holds_it, soon, wallet_agrees
from tests.e2e.site import PaidClass, Site, hold_class, sign_up

KILLS = int(os.environ.get("LIVELORE_TEST_KILLS", "3"))
NAMES = ("qin", "xu", "zhou")
LECTURE = Path(__file__).parents[2] / "src" / "livelore" / "demo_media" / "lecture.flv"
BOOKS = {1, 2, 3, 6, 7, 8, 9, 10, 11, 15, 16, 22}
"""All that is counted but 25: while nobody is there, events wait."""
LIMITS = {
    "LIVELORE_ORDER_LIFE_S": "30",
    "LIVELORE_DAY_CAP_MINOR": "1000000000",
    "LIVELORE_MONTH_CAP_MINOR": "1000000000",
    "LIVELORE_WALLET_COINS_MAX": "1000000",
}


@asynccontextmanager
async def on_air(paid: PaidClass) -> AsyncGenerator[None]:
    """An encoder that comes back by itself, as OBS does."""
    publisher = ClipPublisher(Clip.read(LECTURE), SystemClock())
    running = publisher.run("127.0.0.1", paid.site.rtmp_port, paid.stream_key)
    task = asyncio.create_task(running)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def new_member(paid: PaidClass, name: str) -> Member:
    """A verified adult with a ticket and some coins."""
    person = await sign_up(paid.site, name)
    await paid.verify(person)
    packs = (await person.call("GET", "/wallet"))["packs"]
    pack = max(packs, key=lambda each: each["coins"])
    speaker = Speaker(person, paid.room_id, paid.site.port)
    member = Member(person, paid, speaker, pack, random.Random(f"{name} {KILLS}"))
    await member.buy(paid.ticket)
    await member.top_up()
    return member


async def new_tickets(paid: PaidClass, n: int) -> list[dict[str, Any]]:
    """Tickets of lessons of another day, to be bought."""
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    tickets: list[dict[str, Any]] = []
    for _ in range(n):
        lesson = {
            "title": "第四讲 换元法",
            "kind": "live",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
            "room_id": paid.room_id,
        }
        made = await paid.host.call("POST", f"/courses/{paid.course_id}/lessons", lesson)
        body = {"amount_minor": 1_900, "lesson_id": made["id"], "replay_days": 180}
        path = f"/courses/{paid.course_id}/products"
        tickets.append(await paid.host.call("POST", path, body))
    return tickets


@pytest.fixture
async def paid(tmp_path: Path, database_url: str) -> AsyncGenerator[PaidClass]:
    site = Site(tmp_path, database_url, **LIMITS)
    await site.start()
    yield await hold_class(site)
    await site.close()


async def test_a_killed_server_has_lost_and_doubled_nothing(paid: PaidClass) -> None:
    site, rng, n_kills = paid.site, random.Random(KILLS), 0
    async with on_air(paid):
        await paid.wait_on_air()
        session = await session_of(paid)
        members = [await new_member(paid, name) for name in NAMES]
        while n_kills < KILLS:
            tickets = [await new_tickets(paid, 2) for _ in members]
            living = [
                asyncio.create_task(member.live(wanted))
                for member, wanted in zip(members, tickets, strict=True)
            ]
            for _ in range(min(rng.randint(1, 2), KILLS - n_kills)):
                await asyncio.sleep(rng.uniform(0.2, 2.5))
                await kill(site)
                n_kills += 1
            for member in members:
                member.is_resting = True
            await asyncio.gather(*living)
            await prove(site, members)
            assert await session_of(paid) == session
            print(f"{n_kills} kills, {dict(figures(members))}", flush=True)
        for member in members:
            await soon(lambda: orders_hold(member, is_final=True))  # noqa: B023  # awaited here
    await payments_agree(paid)
    found = figures(members)
    assert min(found[kind] for kind in ("gift", "super_chat", "topup", "order", "danmaku")) > 0


async def test_a_gift_answered_just_before_a_kill_is_told_once_after_it(paid: PaidClass) -> None:
    async with on_air(paid):
        await paid.wait_on_air()
        member = await new_member(paid, "qin")
        for _ in range(2):
            gifts = [asyncio.create_task(member.give()) for _ in range(4)]
            await asyncio.wait(gifts, return_when=asyncio.FIRST_COMPLETED)
            await paid.site.kill()
            await paid.site.start()
            await asyncio.gather(*gifts)
            await soon(lambda: room_holds_it([member]))
        await soon(lambda: in_log(paid.site, [member]))


async def session_of(paid: PaidClass) -> str:
    """The live session that the encoder's pictures belong to, once they are back."""
    async with asyncio.timeout(30):
        while True:
            room = await paid.host.call("GET", f"/rooms/{paid.room_id}")
            if room["state"] == "on_air":
                return str(room["live_session"]["id"])
            await asyncio.sleep(0.1)


async def kill(site: Site) -> None:
    """Kill, count the books as they lie there, start again."""
    await site.kill()
    async with books_of(site) as platform:
        assert await platform.knowledge.ledger.nightly_check(BOOKS) == []
        assert await platform.knowledge.orders.wrong_sums() == []
        assert await platform.knowledge.orders.wrong_entitlements() == []
    await site.start()


@asynccontextmanager
async def books_of(site: Site) -> AsyncGenerator[Platform]:
    """A site's data without the site."""
    platform = build(load(environ=site.environ))
    try:
        yield platform
    finally:
        await platform.knowledge.stop()
        await platform.database.close()


async def prove(site: Site, members: list[Member]) -> None:
    for member in members:
        await member.repeat_some(10)
    await soon(lambda: room_holds_it(members))
    for member in members:
        await wallet_agrees(member)
        await orders_hold(member, is_final=False)
    await soon(lambda: in_log(site, members))


async def in_log(site: Site, members: list[Member]) -> None:
    await asyncio.to_thread(log_holds_it, site, members)


async def payments_agree(paid: PaidClass) -> None:
    """Our books and the gateway's bill say the same; nothing hangs, nothing was logged as wrong."""
    check = await paid.operator.call("GET", "/operator/payments")
    assert (check["unmatched"], check["findings"], check["wrong_accounts"]) == ([], [], [])
    assert check["n_wrong_entitlements"] == 0
    assert {state for state, n in check["notices"].items() if n} == {"applied"}
    await paid.site.stop()
    status, printed = await paid.site.command("doctor", "--money")
    assert (status, printed.splitlines()[-1]) == (0, "All is well."), printed
    async with books_of(paid.site) as platform:
        for days in (0, 1):
            day = (platform.clock.now() - timedelta(days=days)).date()
            assert await platform.knowledge.orders.reconcile("sandbox", day) == []
    log = paid.site.log.read_text()
    assert "Traceback" not in log, log
