"""The first paid live class, as its people live it: ffmpeg, two browsers, a host, the books."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsing import CHROMIUM, chromium, log_in_page, open_page
from tests.e2e.site import PaidClass, Person, Site, hold_class, publishing, sign_up

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]
PLAYED_S = 10


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    site = Site(tmp_path, database_url)
    await site.start()
    yield site
    await site.close()


async def test_a_wrong_key_is_refused_and_nothing_is_on_air(site: Site) -> None:
    paid = await hold_class(site)
    async with publishing(site, "sk_wrong") as encoder, asyncio.timeout(30):
        assert await encoder.wait() != 0
    room = await paid.host.call("GET", f"/rooms/{paid.room_id}")
    assert room["live_session"] is None


async def test_from_the_locked_room_to_the_hosts_books(site: Site) -> None:
    paid = await hold_class(site)
    viewer = await sign_up(site, "qin")
    friend = await sign_up(site, "xu")
    await paid.verify(viewer)
    await paid.order_ticket(friend)
    async with publishing(site, paid.stream_key), chromium() as browser:
        await paid.wait_on_air()
        assert await refusal(paid, viewer) == "access.ticket_required"
        page, second, studio = [await open_page(browser) for _ in range(3)]
        await log_in_page(page, site, viewer.name)
        await log_in_page(second, site, friend.name)
        await log_in_page(studio, site, paid.host.name)
        for each in (page, second):
            await each.goto(f"{site.url}/rooms/{paid.room_id}")
        await studio.goto(f"{site.url}/studio/{paid.room_id}")
        await buy_in_place(page)
        await watch(page, "flv")
        await expect(second.get_by_test_id("video")).to_be_visible()
        await say(page, second, "为什么下限是零？")
        await page.get_by_test_id("transport").click()
        await watch(page, "hls")
        await top_up(page, site)
        await page.goto(f"{site.url}/rooms/{paid.room_id}")
        await page.get_by_test_id("gift-chalk").click()
        await expect(studio.get_by_test_id("gifts")).to_have_text("1")
        await expect(studio.get_by_test_id("revenue-gift")).to_contain_text("¥")
        await expect(studio.get_by_test_id("revenue-ticket")).to_contain_text("2")
    await books_hold_it(paid, viewer)
    await site.stop()
    status, printed = await site.command("doctor", "--money")
    assert (status, printed.splitlines()[-1]) == (0, "All is well."), printed


async def refusal(paid: PaidClass, viewer: Person) -> str:
    """What somebody without a ticket is told, and that the picture itself is closed to them."""
    async with httpx.AsyncClient(headers=viewer.header) as http:
        flv = f"{paid.site.url}/api/v1/playback/{paid.room_id}/live.flv"
        assert (await http.get(flv)).status_code == 403
        assert (await http.get(f"{flv}?token=of-my-own")).status_code == 403
    answer = await viewer.send("GET", f"/rooms/{paid.room_id}/playback")
    assert answer.status_code == 403
    return str(answer.json()["code"])


async def buy_in_place(page: Page) -> None:
    """The locked room sells its own ticket: refund rule, pay, and the picture is there."""
    await expect(page.get_by_test_id("locked")).to_be_visible()
    pay = page.get_by_test_id("pay").locator("visible=true")
    await pay.click()
    await expect(page.get_by_test_id("video")).to_have_count(0)
    await page.locator(".checkout-in input[type=checkbox] >> visible=true").check()
    await pay.click()
    await expect(page.get_by_test_id("video")).to_be_visible()


async def watch(page: Page, transport: str) -> None:
    """The picture moves on by `PLAYED_S` seconds by the transport that is asked for."""
    video = "document.querySelector('[data-testid=video]')"
    await page.wait_for_function(
        f"document.querySelector('.player').dataset.transport === '{transport}'"
        " && document.querySelector('.player').dataset.phase === 'playing'"
        f" && {video}.readyState > 2"
    )
    begin = await page.evaluate(f"{video}.currentTime")
    await page.wait_for_function(f"{video}.currentTime > {begin + PLAYED_S}")
    assert await page.evaluate(f"{video}.videoWidth") == 640


async def say(speaker: Page, listener: Page, words: str) -> None:
    await speaker.fill("#say", words)
    await speaker.press("#say", "Enter")
    for page in (speaker, listener):
        await expect(page.get_by_test_id("chat").get_by_text(words)).to_have_count(1)


async def top_up(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/wallet")
    await expect(page.get_by_test_id("available")).to_contain_text("0")
    await page.get_by_role("radio", name="500").click()
    consent = page.locator("aside input[type=checkbox]")
    if await consent.count():
        await consent.first.check()
    await page.get_by_test_id("top-up").click()
    await expect(page.get_by_test_id("available")).to_contain_text("500")


async def books_hold_it(paid: PaidClass, viewer: Person) -> None:
    """One top-up and one gift in the statement, each once; the host's share in the studio."""
    statement = await viewer.call("GET", "/wallet/statement")
    rows = [(row["title_code"], row["delta"]) for row in reversed(statement["items"])]
    assert rows[0] == ("wallet.topup", 500)
    assert len(rows) == 2
    assert rows[1][1] < 0
    assert statement["proof"]["is_proved"] is True
    wallet = await viewer.call("GET", "/wallet")
    assert wallet["available"] == 500 + rows[1][1]
    studio = await paid.host.call("GET", f"/rooms/{paid.room_id}/studio")
    assert studio["n_gifts"] == 1
    assert studio["revenue"]["agrees_with_ledger"] is True
    lines = {line["kind"]: line for line in studio["revenue"]["lines"]}
    assert lines["ticket"]["count"] == 2
    assert lines["gift"]["count"] == 1
