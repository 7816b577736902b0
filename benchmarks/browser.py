"""Headless Chromium for benchmarks: fresh profiles, and where the time of a page went."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from benchmarks.common import need

FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """A browser that ends with the block.

    Raises:
        NotFoundError: None is installed.
    """
    path = need("chromium", "google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


class Metrics:
    """Chromium's own counters of a page, from now on: seconds of tasks and layout, layouts.

    Args:
        session: Of the page's own development tools.
    """

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    @classmethod
    async def of(cls, page: Page) -> "Metrics":
        """Begin to count."""
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")
        return cls(session)

    async def now(self) -> dict[str, float]:
        """Every counter."""
        found: dict[str, Any] = await self._session.send("Performance.getMetrics")
        return {each["name"]: each["value"] for each in found["metrics"]}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """A folder's files over HTTP; gives the address."""
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
