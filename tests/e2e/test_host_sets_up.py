"""A teacher's first paid class without the API, and the operator who runs the site from a page."""

import asyncio
import io
import json
import re
import shutil
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsing import CHROMIUM, chromium, log_in_page, open_page
from tests.e2e.site import (
    PASSWORD,
    PaidClass,
    Person,
    Site,
    hold_class,
    log_in,
    publishing,
    sign_up,
)
from tests.e2e.test_journey import buy_in_place, watch

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]
TITLE = "链式法则：一层一层剥开"


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    site = Site(tmp_path, database_url)
    await site.start()
    yield site
    await site.close()


async def test_from_sign_up_to_the_report_without_the_api(site: Site) -> None:
    status, printed = await site.command("user", "add", "mia", stdin=f"{PASSWORD}\n")
    assert status == 0, printed
    viewer = await sign_up(site, "qin")
    async with chromium() as browser:
        host, operator, pupil = [await open_page(browser) for _ in range(3)]
        await sign_up_host(host, site)
        await make_class(host)
        room = await go_to_live(host)
        key = await take_key(host)
        await log_in_page(operator, site, "mia")
        await verify_adult(operator, viewer)
        async with publishing(site, key):
            await expect(host.get_by_test_id("revenue")).to_be_visible()
            await log_in_page(pupil, site, viewer.name)
            await pupil.goto(f"{site.url}/rooms/{room}")
            await buy_in_place(pupil)
            await watch(pupil, "flv")
            await expect(host.get_by_test_id("revenue-ticket")).to_contain_text("¥24.65")
            await expect(operator.get_by_test_id("op-rooms")).to_have_text("1")
            await end_class(host)
        await expect(host.get_by_test_id("report-ticket")).to_contain_text("¥24.65")
        await expect(host.get_by_test_id("report-revenue")).to_have_text("¥24.65")
        await expect(host.get_by_test_id("report-peak")).not_to_have_text("0")
        await host.goto(f"{site.url}/studio")
        await host.get_by_role("link", name=f"报告：{TITLE}").click()
        await expect(host.get_by_test_id("report-revenue")).to_have_text("¥24.65")
        await check_books(operator, site)
    await site.stop()
    status, printed = await site.command("doctor", "--money")
    assert (status, printed.splitlines()[-1]) == (0, "All is well."), printed


async def sign_up_host(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/login?new")
    await page.fill("#u", "lin")
    await page.fill("#p", PASSWORD)
    await page.get_by_role("radio", name="开课").click()
    await page.click("form button.pri")
    await expect(page).to_have_url(re.compile(r"/studio$"))


async def make_class(page: Page) -> None:
    """The form alone: first without a price, which it refuses, then as it should be."""
    await page.get_by_test_id("new-class").click()
    await page.fill("input[name=title]", TITLE)
    await page.fill("input[name=title_en]", "The chain rule")
    await page.select_option("select[name=subject]", "math")
    earliest = await page.evaluate(
        "fetch('/api/v1/host/classes').then((a) => a.json()).then((a) => a.terms.earliest_at)"
    )
    start = datetime.fromisoformat(earliest).astimezone(ZoneInfo("Asia/Shanghai"))
    await page.fill("input[name=date]", f"{start:%Y-%m-%d}")
    await page.fill("input[name=time]", f"{start:%H:%M}")
    await page.get_by_test_id("save-class").click()
    await expect(page.locator("input[name=price]")).to_be_focused()
    await expect(page.locator("input[name=price]")).to_have_attribute("aria-invalid", "true")
    await page.fill("input[name=price]", "29")
    await expect(page.get_by_text("每张票你得 ¥24.65，本站 ¥4.35。")).to_be_visible()
    await page.fill("input[name=preview]", "60")
    await page.get_by_test_id("save-class").click()
    await expect(page).to_have_url(re.compile(r"/studio$"))
    await expect(page.get_by_text("¥29.00")).to_be_visible()


async def go_to_live(page: Page) -> str:
    await page.get_by_role("link", name=f"去开播：{TITLE}").click()
    await expect(page).to_have_url(re.compile(r"/studio/[a-z0-9]+$"))
    return page.url.rsplit("/", 1)[1]


async def take_key(page: Page) -> str:
    """The key is shown once, and the OBS profile that is downloaded then holds it."""
    await page.get_by_test_id("make-key").click()
    key = await page.get_by_test_id("stream-key").inner_text()
    async with page.expect_download() as waiting:
        await page.get_by_test_id("obs-profile").click()
    path = await (await waiting.value).path()
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        service = next(name for name in archive.namelist() if name.endswith("/service.json"))
        settings = json.loads(archive.read(service))["settings"]
    assert settings["key"] == key
    assert settings["server"] == await page.get_by_test_id("server-url").inner_text()
    return key


async def verify_adult(page: Page, viewer: Person) -> None:
    """Found by name, confirmed in a dialog, written down with name and day."""
    await page.get_by_test_id("find").fill(viewer.name)
    await page.get_by_test_id("find").press("Enter")
    await page.get_by_test_id(f"verify-{viewer.name}").click()
    await page.get_by_test_id("confirm-verify").click()
    row = page.get_by_test_id(f"user-{viewer.name}")
    await expect(row.get_by_text("成年已核验")).to_contain_text("mia")
    await page.get_by_role("link", name="总览").click()
    await expect(page.get_by_test_id("audit-entry").first).to_contain_text("核验 qin 为成年人")


async def end_class(page: Page) -> None:
    await page.get_by_role("button", name="结束直播").click()
    await page.get_by_role("dialog").get_by_role("button", name="结束直播").click()
    await expect(page).to_have_url(re.compile(r"/studio/reports/[a-z0-9]+$"))


async def check_books(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/operator")
    await expect(page.get_by_test_id("op-paid")).to_have_text("¥29.00")
    await page.get_by_test_id("check-books").click()
    await expect(page.get_by_test_id("audit-entry").first).to_contain_text("核对了账本")
    await expect(page.get_by_text("借贷相等").first).to_be_visible()


async def test_an_operator_cuts_a_room_off_and_allows_it_again(site: Site) -> None:
    paid = await hold_class(site)
    viewer = await sign_up(site, "qin")
    await paid.order_ticket(viewer)
    async with chromium() as browser:
        operator, pupil, host = [await open_page(browser) for _ in range(3)]
        await log_in_page(operator, site, paid.operator.name)
        await log_in_page(host, site, paid.host.name)
        async with publishing(site, paid.stream_key) as encoder:
            await paid.wait_on_air()
            await log_in_page(pupil, site, viewer.name)
            await pupil.goto(f"{site.url}/rooms/{paid.room_id}")
            await expect(pupil.get_by_test_id("video")).to_be_visible()
            await watch(pupil, "flv")
            await cut_off(operator)
            await expect(pupil.get_by_test_id("cut-off-why")).to_contain_text("引流或诈骗：加微信")
            async with asyncio.timeout(30):
                await encoder.wait()
        async with publishing(site, paid.stream_key) as refused, asyncio.timeout(30):
            assert await refused.wait() != 0
        await host.goto(f"{site.url}/studio")
        await expect(host.get_by_text("被运营断播")).to_be_visible()
        await operator.get_by_test_id("allow").click()
        await expect(operator.get_by_test_id("op-cut")).to_have_count(0)
        async with publishing(site, paid.stream_key):
            await paid.wait_on_air()
        await operator.get_by_role("link", name="审计").click()
        acts = operator.get_by_test_id("audit-entry")
        await expect(acts).to_have_count(2)
        await expect(acts.nth(0)).to_contain_text("允许")
        await expect(acts.nth(1)).to_contain_text("引流或诈骗：加微信")
    await nobody_else(paid, viewer)


async def cut_off(page: Page) -> None:
    """Without a reason nothing happens; with one it is done and the room is listed as stopped."""
    await page.get_by_test_id("cut-off").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="取消")).to_be_focused()
    await page.get_by_test_id("cut-off-now").click()
    await expect(page.get_by_text("请先选理由")).to_be_visible()
    await page.select_option("#co-why", "fraud")
    await page.fill("#co-detail", "加微信")
    await page.get_by_test_id("cut-off-now").click()
    await expect(page.get_by_test_id("op-cut")).to_contain_text("引流或诈骗：加微信")
    await expect(page.get_by_test_id("op-room")).to_have_count(0)


async def nobody_else(paid: PaidClass, viewer: Person) -> None:
    """The desk and its acts are closed to hosts and viewers."""
    for person in (viewer, paid.host, await log_in(paid.site, viewer.name)):
        path = f"/operator/rooms/{paid.room_id}/cut-off"
        answer = await person.send("POST", path, {"reason": "x"})
        assert answer.status_code == 403
