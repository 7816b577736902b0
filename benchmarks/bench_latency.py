"""From a clock in the picture to a clock in the browser: glass to glass on one machine.

Pictures that carry the time of day as 24 black and white fields are drawn here, encoded by ffmpeg
(x264, zerolatency, 25 pictures a second, key frame every 2 s) and published over RTMP. Chromium
plays them by mpegts.js (HTTP-FLV) and hls.js (LL-HLS); a script reads the fields from the video
element and compares with the time then. Encoder, server and browser all count. Needs ffmpeg,
Chromium, playwright, and the players from ``frontend/node_modules``.
"""

import asyncio
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from litestar import Litestar, Response, get
from litestar.di import Provide
from playwright.async_api import Page

from benchmarks.browser import chromium
from benchmarks.common import ROOT, at_share, goal, need, say
from livelore.adapters.clock_system import SystemClock
from livelore.live.streams.api import routes
from livelore.live.streams.ingest import IngestHooks
from livelore.live.streams.model import PlaybackGrant
from livelore.live.streams.service import StreamsService

QUICK: dict[str, Any] = {"seconds": 1.0, "settle_s": 1.5}
PLAYERS = ROOT / "frontend" / "node_modules"
WIDTH, HEIGHT, FPS, BITS = 640, 360, 25, 24
TARGETS_S = {"flv": 0.8, "ll_hls": 2.5}
PAGE = """<!doctype html><video id="v" muted autoplay playsinline width="640" height="360"></video>
<canvas id="c" width="640" height="360"></canvas>
<script src="/mpegts.js"></script><script src="/hls.js"></script><script>
const v = document.getElementById('v'), errors = []
function flv() {
  const p = mpegts.createPlayer({type: 'flv', isLive: true,
    url: location.origin + '/playback/room/live.flv?token=t'},
    {enableStashBuffer: false, lazyLoad: false, liveBufferLatencyChasing: true,
     liveBufferLatencyMaxLatency: 1.0, liveBufferLatencyMinRemain: 0.25})
  p.on(mpegts.Events.ERROR, (kind, what) => errors.push(kind + ' ' + what))
  p.attachMediaElement(v); p.load(); p.play()
}
function ll_hls() {
  const h = new Hls({lowLatencyMode: true})
  h.on(Hls.Events.ERROR, (_, data) => errors.push(data.details))
  h.loadSource('/playback/room/hls/index.m3u8?token=t'); h.attachMedia(v); v.play()
}
function lag() {
  const x = document.getElementById('c').getContext('2d', {willReadFrequently: true})
  x.drawImage(v, 0, 0, 640, 360)
  let shown = 0
  for (let i = 0; i < 24; i++) {
    const at = x.getImageData(40 + (i % 8) * 80, 60 + Math.floor(i / 8) * 120, 1, 1).data
    if (at[0] > 128) shown |= 1 << i
  }
  return {lag: ((Date.now() & 0xffffff) - shown) / 1000, at: v.currentTime, ready: v.readyState,
          errors}
}
</script>"""


def picture(at_ms: int) -> bytes:
    """One grey picture with a number in it."""
    black, white = b"\x10" * 80, b"\x10" * 10 + b"\xeb" * 60 + b"\x10" * 10
    lines: list[bytes] = []
    for row in range(BITS // 8):
        fields = [white if at_ms >> (row * 8 + i) & 1 else black for i in range(8)]
        plain = black * 8
        lines += [plain] * 20 + [b"".join(fields)] * 80 + [plain] * 20
    return b"".join(lines)


def draw(rtmp_port: int, is_over: threading.Event) -> None:
    """Feed ffmpeg in real time until told to stop."""
    command = [
        "ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}",
        "-r", str(FPS), "-i", "-", "-f", "lavfi", "-i", "sine=r=44100",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
        "-g", str(2 * FPS), "-c:a", "aac", "-f", "flv", f"rtmp://127.0.0.1:{rtmp_port}/live/key",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        pipe = process.stdin
        if pipe is None:
            raise RuntimeError("ffmpeg has no input")
        started, number = time.monotonic(), 0
        while not is_over.is_set():
            pipe.write(picture(int(time.time() * 1000) & 0xFFFFFF))
            number += 1
            time.sleep(max(0.0, started + number / FPS - time.monotonic()))
        process.kill()


def pages(players: Path) -> list[Any]:
    """Routes of the page and the players."""

    @get("/", media_type="text/html")
    async def page() -> str:
        return PAGE

    @get("/mpegts.js")
    async def mpegts() -> Response[bytes]:
        content = (players / "mpegts.js" / "dist" / "mpegts.js").read_bytes()
        return Response(content, media_type="text/javascript")

    @get("/hls.js")
    async def hls() -> Response[bytes]:
        content = (players / "hls.js" / "dist" / "hls.js").read_bytes()
        return Response(content, media_type="text/javascript")

    return [page, mpegts, hls]


@asynccontextmanager
async def server(players: Path) -> AsyncGenerator[tuple[StreamsService, str]]:
    """Ingest and playback on free ports; gives the service and the page's address."""

    async def any_key(_key: str, _peer: str) -> str | None:
        return "room"

    async def ignore(_room_id: str) -> None:
        return None

    async def anybody(_token: str | None, _room: str, _cookies: Mapping[str, str]) -> PlaybackGrant:
        return PlaybackGrant(None, datetime.now(UTC))

    hooks = IngestHooks(any_key, ignore, ignore, ignore, ignore)
    service = StreamsService(SystemClock(), hooks, anybody, ("127.0.0.1", 0))
    await service.start()
    app = Litestar(
        [*routes, *pages(players)],
        dependencies={"streams": Provide(lambda: service, sync_to_thread=False)},
    )
    listening = socket.create_server(("127.0.0.1", 0))
    web = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(web.serve([listening]))
    try:
        yield service, f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        await service.stop()
        web.should_exit = True
        await serving
        listening.close()


async def watch(
    page: Page, address: str, way: str, seconds: float, settle_s: float
) -> dict[str, Any]:
    """Play one way and read the clock."""
    await page.goto(address)
    started = time.monotonic()
    await page.evaluate(f"{way}()")
    lags: list[float] = []
    first_picture_s: float | None = None
    last: dict[str, Any] = {}
    while time.monotonic() - started < seconds + settle_s:
        await asyncio.sleep(0.23)  # no multiple of a picture's time
        last = await page.evaluate("lag()")
        if last["ready"] >= 2 and first_picture_s is None:
            first_picture_s = round(time.monotonic() - started, 2)
        if last["ready"] >= 2 and time.monotonic() - started > settle_s:
            lags.append(last["lag"])
    return {
        "first_picture_s": first_picture_s,
        "glass_to_glass_s_median": round(statistics.median(lags), 3) if lags else None,
        "glass_to_glass_s_p95": at_share(lags, 0.95, 3),
        "glass_to_glass_s_max": round(max(lags), 3) if lags else None,
        "readings": len(lags),
        "errors": last.get("errors"),
    }


async def measure(seconds: float, settle_s: float, players: Path) -> dict[str, Any]:
    """Both ways of playback, one behind the other."""
    found: dict[str, Any] = {}
    is_over = threading.Event()
    async with server(players) as (service, address), chromium() as browser:
        encoder = asyncio.create_task(asyncio.to_thread(draw, service.rtmp_port, is_over))
        await asyncio.sleep(settle_s)  # of the encoder
        for way in TARGETS_S:
            say(f"latency: {way}")
            page = await browser.new_page()
            found[way] = await watch(page, address, way, seconds, settle_s)
            await page.close()
        is_over.set()
        await asyncio.gather(encoder, return_exceptions=True)
    return found


def run(*, seconds: float = 12.0, settle_s: float = 4.0, players: Path = PLAYERS) -> dict[str, Any]:
    """Latency of both ways.

    Args:
        seconds: Measured for each way.
        settle_s: Played before that.
        players: Folder with mpegts.js and hls.js as npm installs them.
    """
    need("ffmpeg")
    found = uvloop.run(measure(seconds, settle_s, players))
    wrong = []
    for way, each in found.items():
        wrong += [f"{way}: {error}" for error in each["errors"] or []]
        if not each["readings"]:
            wrong.append(f"{way}: nothing was seen")
    names = {"flv": "HTTP-FLV", "ll_hls": "LL-HLS"}
    goals = [
        goal(f"{names[way]}, median", each["glass_to_glass_s_median"], TARGETS_S[way], "s")
        for way, each in found.items()
    ]
    return {**found, "goals": goals, "wrong": wrong}
