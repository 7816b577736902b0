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
    await page.wait_for_timeout(300)
    await page.add_script_tag(path=AXE)
    result: dict[str, Any] = await page.evaluate(f"axe.run(document, {RULES})")
    size = page.viewport_size
    where = f"{path} {size['width'] if size else ''}"
    lines = [
        f"{where}: {each['id']}: {node['target']} {node['failureSummary']}"
        for each in result["violations"]
        for node in each["nodes"]
    ]
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*lines, f"{where}: {width} px too wide"] if width > 0 else lines
