"""Chromium as people use it."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.site import PASSWORD, Site

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(browser: Browser, *, is_phone: bool = False, is_dark: bool = False) -> Page:
    """A page of somebody new, in Chinese; its errors fail the test that looks at `errors_of`."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844} if is_phone else {"width": 1440, "height": 900},
        color_scheme="dark" if is_dark else "light",
        locale="zh-CN",
        bypass_csp=True,
    )
    context.set_default_timeout(WAIT_MS)
    return await context.new_page()


async def log_in_page(page: Page, site: Site, name: str) -> None:
    """Log in by the form; ends on the page behind it."""
    await page.goto(f"{site.url}/login")
    await page.fill("#u", name)
    await page.fill("#p", PASSWORD)
    await page.click("form button.pri")
    await page.wait_for_url(lambda url: "/login" not in url)
