"""What a page costs in headless Chromium: bytes, paint, shifts, and input while a crowd talks.

Home, room and course of the demo site are opened by a stranger, and the room by the holder of a
ticket, each run in a fresh profile, at 1440 and 390 px; bytes are what Chromium's network stack
counted, headers and API calls too, without player and video. Then the holder types and clicks while
1,000 danmaku a second arrive; the delay is Chromium's own Event Timing, from input to next paint.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize

from benchmarks.browser import chromium
from benchmarks.common import Running, at_share, goal, middle, say
from livelore.demo.catalogue import PASSWORD
from livelore.demo.client import Client
from tests.ports import free_port

QUICK: dict[str, Any] = {
    "rounds": 1,
    "rate": 100,
    "seconds": 2.0,
    "settle_s": 0.3,
    "widths": (390,),
}
HEIGHTS = {1440: 900, 390: 844}
VIEWER = "chenmo"
PLAYERS = ("mpegts", "hls-", "hls.")
LOG_INS = "operator    livelore-demo"
PAGE_KB, LCP_MS, INP_MS, ROWS = 150.0, 1000.0, 200.0, 200.0
WATCH = """
window.__bench = {lcp: 0, cls: 0, shifts: [], events: []}
const see = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
  .observe({type, buffered: true, durationThreshold: 16})
see('largest-contentful-paint', e => { __bench.lcp = e.startTime })
see('layout-shift', e => { if (e.hadRecentInput) return
  __bench.cls += e.value
  __bench.shifts.push(e.sources.map(s => s.node?.className ?? '').join(' ')) })
see('event', e => { if (e.interactionId) __bench.events.push([e.interactionId, e.duration]) })
"""

COUNT_ROWS = """
window.__bench.rows = 0
setInterval(() => { window.__bench.rows = Math.max(window.__bench.rows,
  document.querySelector('[data-testid=chat]')?.childElementCount ?? 0) }, 100)
"""


def run(
    *,
    rounds: int = 5,
    rate: int = 1000,
    seconds: float = 20.0,
    settle_s: float = 2.0,
    widths: tuple[int, ...] = (1440, 390),
) -> dict[str, Any]:
    """Measure pages and input.

    Args:
        rounds: Visits of each page at each size; the median counts.
        rate: Danmaku a second while somebody types.
        seconds: How long they arrive, at each size.
        settle_s: How long a page is watched once it shows its content.
        widths: Of the window, px.
    """
    with tempfile.TemporaryDirectory(prefix="livelore-bench-") as folder:
        port = free_port()
        arguments = [str(Path(folder) / "site"), str(port), str(free_port())]
        command = [sys.executable, "-m", "benchmarks.crowded_site", *arguments]
        site = Running(command, Path(folder) / "site.log", {"PYTHONPATH": "."})
        try:
            url = f"http://127.0.0.1:{port}"
            site.wait_for(url, b'id="app"', 60, LOG_INS)
            bench = _Bench(url, site, settle_s, widths)
            visits, typing = asyncio.run(bench.measure(rounds, rate, seconds))
        finally:
            site.stop()
        crowd = [json.loads(line[6:]) for line in _lines(site.log, "CROWD ")]
    return {
        "pages": visits,
        "typing": typing,
        "crowd": crowd,
        "goals": _goals(visits, typing, rate),
        "wrong": bench.wrong + _quiet(typing, crowd),
    }


def _lines(log: Path, start: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if line.startswith(start)]


def _quiet(typing: dict[str, Any], crowd: list[dict[str, int]]) -> list[str]:
    """What shows that the crowd was not what it should be."""
    refused = sum(each["refused"] for each in crowd)
    found = [f"{refused} danmaku of the crowd were refused"] if refused else []
    silent = [size for size, each in typing.items() if not each["danmaku_arrived"]]
    return found + [f"no danmaku arrived at {size} px" for size in silent]


def _goals(visits: dict[str, Any], typing: dict[str, Any], rate: int) -> list[dict[str, Any]]:
    def worst(page: str, what: str) -> float:
        return max(float(each[what]) for each in visits[page].values())

    names = ("home", "room", "course")
    return [
        *(goal(f"{name}, transferred", worst(name, "kb"), PAGE_KB, "kB") for name in names),
        *(goal(f"{name}, largest paint", worst(name, "lcp_ms"), LCP_MS, "ms") for name in names),
        goal("layout shifts, sum, all pages", max(worst(name, "cls") for name in visits), 0.0),
        goal(
            f"input to paint at {rate} danmaku/s, 98th percentile",
            max(each["inp_ms"] for each in typing.values()),
            INP_MS,
            "ms",
        ),
        goal(
            "danmaku that arrived meanwhile",
            min(each["danmaku_arrived_per_s"] for each in typing.values()),
            None,
            "/s",
        ),
        goal("rows of the chat", max(each["chat_rows_max"] for each in typing.values()), ROWS),
    ]


class _Bench:
    """Visits of one site.

    Args:
        url: Of the site.
        site: Its process.
        settle_s: How long a page is watched.
        widths: Of the window.
    """

    def __init__(self, url: str, site: Running, settle_s: float, widths: tuple[int, ...]) -> None:
        self._url = url
        self._site = site
        self._settle_s = settle_s
        self._widths = widths
        self.wrong: list[str] = []

    async def measure(
        self, rounds: int, rate: int, seconds: float
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Visits and typing, each by page and size."""
        lead = await self._on_air()
        await self._buy_ticket(lead["room_id"])
        room = f"/rooms/{lead['room_id']}"
        paths = {"home": "/", "room": room, "course": f"/courses/{lead['course_id']}"}
        visits: dict[str, Any] = {}
        async with chromium() as browser:
            for name, path in paths.items():
                visits[name] = await self._sizes(browser, path, rounds)
            visits["room_with_ticket"] = await self._sizes(browser, room, rounds, has_ticket=True)
            typing = {}
            for width in self._widths:
                say(f"pages: typing at {width} px while {rate} danmaku/s arrive")
                typing[str(width)] = await self._type(
                    browser, lead["room_id"], width, rate, seconds
                )
        return visits, typing

    async def _on_air(self) -> dict[str, Any]:
        """The class that is shown first, once it is on air."""
        async with asyncio.timeout(30):
            while True:
                home = await asyncio.to_thread(self._get, "/home")
                lead: dict[str, Any] | None = home["lead"]
                if lead and lead["live_session_id"]:
                    return lead
                await asyncio.sleep(0.2)

    def _get(self, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        header = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self._url}/api/v1{path}", content, header)) as answer:
            return json.load(answer)

    async def _buy_ticket(self, room_id: str) -> None:
        who = {"username": VIEWER, "password": PASSWORD}
        session = await asyncio.to_thread(self._get, "/auth/login", who)
        client = Client(self._url, session["token"])
        room = await client.call("GET", f"/rooms/{room_id}")
        price = room["product"]["price"]["amount_minor"]
        item = {"product_id": room["product"]["id"], "quantity": 1, "seen_price_minor": price}
        wanted = {"items": [item], "refund_rule_accepted": True}
        order = await client.call("POST", "/orders", wanted, keyed=True)
        await client.call("POST", f"/orders/{order['id']}/pay", {"method": "wechat"}, keyed=True)
        async with asyncio.timeout(30):
            while True:
                room = await client.call("GET", f"/rooms/{room_id}")
                if room["access"]["entitled"]:
                    return
                await asyncio.sleep(0.1)

    async def _open(self, browser: Browser, width: int) -> tuple[BrowserContext, Page]:
        viewport = ViewportSize(width=width, height=HEIGHTS.get(width, 900))
        context = await browser.new_context(viewport=viewport, locale="zh-CN")
        await context.add_init_script(WATCH)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("response", self._look)
        return context, page

    def _look(self, response: Any) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.status} of {response.url}")

    async def _log_in(self, page: Page) -> None:
        await page.goto(f"{self._url}/login")
        await page.fill("#u", VIEWER)
        await page.fill("#p", PASSWORD)
        await page.click("form button.pri")
        await page.wait_for_url(lambda url: "/login" not in url)

    async def _sizes(
        self, browser: Browser, path: str, rounds: int, *, has_ticket: bool = False
    ) -> dict[str, Any]:
        """Visits at each size: medians, and all sums of shifts."""
        found = {}
        for width in self._widths:
            say(f"pages: {path.split('/')[1] or 'home'} at {width} px")
            visits = [await self._visit(browser, path, width, has_ticket) for _ in range(rounds)]
            found[str(width)] = {
                **{
                    name: middle([visit[name] for visit in visits], 1)
                    for name in ("kb", "requests", "player_kb", "lcp_ms")
                },
                "encodings": visits[0]["encodings"],
                "cls": max(visit["cls"] for visit in visits),
                "shifted": sorted({each for visit in visits for each in visit["shifts"]}),
            }
        return found

    async def _visit(
        self, browser: Browser, path: str, width: int, has_ticket: bool
    ) -> dict[str, Any]:
        context, page = await self._open(browser, width)
        if has_ticket:
            await self._log_in(page)
            await page.goto("about:blank")  # what still loads is not counted
        session = await context.new_cdp_session(page)
        traffic = _Traffic(session)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await page.goto(f"{self._url}{path}")
        await page.wait_for_selector("main:not([aria-busy=true])")
        await asyncio.sleep(self._settle_s)
        seen = await page.evaluate("window.__bench")
        await context.close()
        return {
            **traffic.found(),
            "lcp_ms": seen["lcp"],
            "cls": round(seen["cls"], 5),
            "shifts": seen["shifts"],
        }

    async def _type(
        self, browser: Browser, room_id: str, width: int, rate: int, seconds: float
    ) -> dict[str, Any]:
        """Type and click in the room while the crowd talks."""
        context, page = await self._open(browser, width)
        await self._log_in(page)
        heard = [0]

        def count(frame: Any) -> None:
            heard[0] += frame.count('"type":"danmaku"') if isinstance(frame, str) else 0

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        await page.goto(f"{self._url}/rooms/{room_id}")
        await page.wait_for_selector("[data-testid=chat]")
        await asyncio.sleep(self._settle_s)
        hands = await _Hands.of(page)
        await page.evaluate(COUNT_ROWS)
        self._site.tell(f"{room_id} {rate} {seconds}")
        await asyncio.sleep(seconds * 0.1)
        heard_before, n_done = heard[0], 0
        loop = asyncio.get_running_loop()
        started = loop.time()
        while loop.time() - started < seconds * 0.8:
            n_done += await hands.act()
        passed_s, arrived = loop.time() - started, heard[0] - heard_before
        await asyncio.sleep(seconds * 0.1 + 0.5)
        events: list[list[float]] = await page.evaluate("window.__bench.events")
        n_rows = await page.evaluate("window.__bench.rows")
        await context.close()
        worst: dict[float, float] = {}
        for interaction, duration in events:
            worst[interaction] = max(worst.get(interaction, 0), duration)
        # Event Timing tells only of what took 16 ms or more; the others count as 16.
        delays = [*worst.values(), *([16.0] * max(0, n_done - len(worst)))]
        return {
            "inp_ms": at_share(delays, 0.98, 0),
            "median_ms": middle(delays, 0),
            "max_ms": max(delays),
            "interactions": n_done,
            "danmaku_arrived": arrived,
            "danmaku_arrived_per_s": round(arrived / passed_s),
            "chat_rows_max": n_rows,
        }


class _Hands:
    """Types and clicks by raw input: nothing that itself waits for the page.

    Args:
        page: Which.
        places: Middles of what is clicked.
    """

    def __init__(self, page: Page, places: list[tuple[float, float]]) -> None:
        self._page = page
        self._places = places
        self._n = 0

    @classmethod
    async def of(cls, page: Page) -> "_Hands":
        """Find the two tabs and the field before it gets busy."""
        places = []
        for name in ("#tab-outline", "#tab-chat", "#say"):
            box = await page.locator(name).bounding_box()
            if box is None:
                raise RuntimeError(f"{name} is not on the page")
            places.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        return cls(page, places)

    async def act(self) -> int:
        """One key, or three clicks before every tenth; gives how many interactions that were."""
        self._n += 1
        if self._n % 10 == 1:
            for place in self._places:
                await self._page.mouse.click(*place)
            return len(self._places)
        await self._page.keyboard.press("abcdefghij"[self._n % 10])
        await asyncio.sleep(0.1)
        return 1


class _Traffic:
    """What the network stack counted, by request."""

    def __init__(self, session: CDPSession) -> None:
        self._urls: dict[str, str] = {}
        self._sizes: dict[str, float] = {}
        self._encodings: dict[str, int] = {}
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)

    def _answered(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["response"]["url"]
        headers = {k.lower(): v for k, v in event["response"]["headers"].items()}
        encoding = headers.get("content-encoding", "none")
        self._encodings[encoding] = self._encodings.get(encoding, 0) + 1

    def _finished(self, event: dict[str, Any]) -> None:
        self._sizes[event["requestId"]] = event["encodedDataLength"]

    def found(self) -> dict[str, Any]:
        """Kilobytes of the page and of the player."""
        page, player = 0.0, 0.0
        n_requests = 0
        for request, size in self._sizes.items():
            url = self._urls.get(request, "")
            if "/playback/" in url:
                continue
            if any(name in url.rsplit("/", 1)[-1] for name in PLAYERS):
                player += size
                continue
            page += size
            n_requests += 1
        return {
            "kb": round(page / 1000, 1),
            "player_kb": round(player / 1000, 1),
            "requests": n_requests,
            "encodings": self._encodings,
        }
