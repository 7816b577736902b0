"""Every page, at both sizes, light and dark: axe finds nothing to mend, nothing overflows."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsing import CHROMIUM, chromium, log_in_page, open_page
from tests.e2e.site import PaidClass, Site, hold_class, publishing, sign_up

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in frontend/)"),
]
LOOKS = [(is_phone, is_dark) for is_phone in (False, True) for is_dark in (False, True)]


@pytest.fixture
async def site(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Site]:
    path = tmp_path / "site.db"
    shutil.copyfile(sqlite_template, path)
    site = Site(tmp_path, f"sqlite:///{path}")
    await site.start()
    yield site
    await site.close()


async def test_axe_finds_nothing_on_any_page(site: Site) -> None:
    paid = await hold_class(site)
    viewer = await sign_up(site, "qin")
    async with publishing(site, paid.stream_key):
        await paid.wait_on_air()
        findings = await strangers_pages(paid)
        await paid.verify(viewer)
        await paid.order_ticket(viewer)
        findings += await members_pages(paid, viewer.name, [f"/rooms/{paid.room_id}", *OWN])
        session = (await paid.host.call("GET", f"/rooms/{paid.room_id}"))["live_session"]["id"]
        cockpit, report = f"/studio/{paid.room_id}", f"/studio/reports/{session}"
        findings += await members_pages(paid, paid.host.name, [cockpit, report, *studio(paid)])
        findings += await members_pages(paid, paid.operator.name, OPERATOR)
    await paid.operator.call("POST", f"/operator/rooms/{paid.room_id}/cut-off", {"reason": "x"})
    findings += await members_pages(paid, paid.host.name, ["/studio", cockpit])
    findings += await members_pages(paid, paid.operator.name, ["/operator"])
    assert not findings, "\n".join(sorted(set(findings)))


OWN = ["/", "/wallet", "/learn"]
OPERATOR = [
    "/operator",
    *(f"/operator/{name}" for name in ("rooms", "users", "payments", "ledger", "audit", "letters")),
]


def studio(paid: PaidClass) -> list[str]:
    """Where a host sets up what they teach."""
    lesson = f"/studio/classes/{paid.ticket['lesson_id']}"
    course = f"/studio/courses/{paid.course_id}"
    return ["/studio", "/studio/classes/new", lesson, "/studio/courses/new", course]


async def strangers_pages(paid: PaidClass) -> list[str]:
    course = f"/courses/{paid.course_id}"
    paths = ["/", f"/rooms/{paid.room_id}", course, "/courses", "/timetable", "/login", "/no-such"]
    async with chromium() as browser:
        found = []
        for is_phone, is_dark in LOOKS:
            page = await open_page(browser, is_phone=is_phone, is_dark=is_dark)
            found += [line for path in paths for line in await look(page, paid.site, path)]
            await page.context.close()
        return found


async def members_pages(paid: PaidClass, name: str, paths: list[str]) -> list[str]:
    async with chromium() as browser:
        found = []
        for is_phone, is_dark in LOOKS:
            page = await open_page(browser, is_phone=is_phone, is_dark=is_dark)
            await log_in_page(page, paid.site, name)
            found += [line for path in paths for line in await look(page, paid.site, path)]
            await page.context.close()
        return found


async def look(page: Page, site: Site, path: str) -> list[str]:
    """What axe finds on one page once it has come to rest, one line each."""
    await page.goto(f"{site.url}{path}")
    await expect(page.locator("main[aria-busy=true]")).to_have_count(0)
    await expect(page.locator("main")).to_be_visible()
    return await scan(page, path)


async def scan(page: Page, name: str) -> list[str]:
    """What axe finds in a page as it stands, one line each."""
    await page.wait_for_timeout(300)
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE)
    result: dict[str, Any] = await page.evaluate(f"axe.run(document, {RULES})")
    size = page.viewport_size
    where = f"{name} {size['width'] if size else ''}"
    lines = [
        f"{where}: {each['id']}: {node['target']} {node['failureSummary']}"
        for each in result["violations"]
        for node in each["nodes"]
    ]
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*lines, f"{where}: {width} px too wide"] if width > 0 else lines


async def test_axe_finds_nothing_in_any_state_of_the_room(site: Site) -> None:
    paid = await hold_class(site)
    viewer, stranger = await sign_up(site, "qin"), await sign_up(site, "xu")
    await paid.verify(viewer)
    await paid.order_ticket(viewer)
    findings: list[str] = []
    async with chromium() as browser:
        pages = [await open_page(browser, is_phone=phone, is_dark=dark) for phone, dark in LOOKS]
        for page in pages:
            await log_in_page(page, site, viewer.name)
            findings += await look(page, site, f"/rooms/{paid.room_id}")
        async with publishing(site, paid.stream_key):
            await paid.wait_on_air()
            for page in pages:
                findings += await room_states(page, paid)
            locked = await open_page(browser)
            await log_in_page(locked, site, stranger.name)
            findings += await gate_states(locked, paid)
        for page in pages:
            await expect(page.get_by_test_id("veil")).to_have_attribute("data-cover", "lost")
            findings += await scan(page, "picture lost")
        async with publishing(site, paid.stream_key):
            await expect(pages[0].get_by_test_id("veil")).to_have_count(0)
            await paid.host.call("POST", f"/rooms/{paid.room_id}/end")
            for page in pages:
                await expect(page.get_by_test_id("ended")).to_be_visible()
                findings += await scan(page, "ended")
    assert not findings, "\n".join(sorted(set(findings)))


async def room_states(page: Page, paid: PaidClass) -> list[str]:
    """Each panel and dialog of a room, opened and closed again."""
    await page.goto(f"{paid.site.url}/rooms/{paid.room_id}")
    await expect(page.locator(".player[data-phase=playing]")).to_be_visible()
    found: list[str] = []
    for button, name in (("style-open", "danmaku style"), ("danmaku-panel", "danmaku settings")):
        await page.get_by_test_id(button).click()
        found += await scan(page, name)
        await page.keyboard.press("Escape")
    await page.get_by_test_id("danmaku-panel").click()
    await page.get_by_role("button", name="标出位置").click()
    found += await scan(page, "keep off")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("switch").first).to_be_focused()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("super-open").click()
    found += await scan(page, "super chat")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    found += await scan(page, "keys")
    await page.keyboard.press("Escape")
    return found


async def gate_states(page: Page, paid: PaidClass) -> list[str]:
    """The locked room: the rule not ticked, the preview running; and the search and the bell."""
    await page.goto(f"{paid.site.url}/rooms/{paid.room_id}")
    await page.get_by_test_id("pay").locator("visible=true").click()
    found = await scan(page, "rule not ticked")
    await page.get_by_test_id("preview").click()
    await expect(page.get_by_test_id("thin-clock")).to_be_visible()
    found += await scan(page, "preview")
    await page.fill("#q", "积分")
    await expect(page.get_by_role("option").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    found += await scan(page, "search")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("bell").click()
    return found + await scan(page, "bell")
