"""The two players of the front end play what the streams domain serves."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar import Request, Response, get
from playwright.async_api import Page, async_playwright

from livelore.live.streams.model import StreamPhase
from livelore.live.streams.publisher import Clip, ClipPublisher
from tests.streams.station import Station, open_station

ROOT = Path(__file__).parents[2]
PLAYERS = ROOT / "frontend" / "node_modules"
LECTURE = ROOT / "src" / "livelore" / "demo_media" / "lecture.flv"
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
PAGE = """<!doctype html><video id="v" muted playsinline></video>
<script src="/mpegts.js"></script><script src="/hls.js"></script><script>
const v = document.getElementById('v')
const start = {
  flv() {
    const url = location.origin + '/playback/room-a/live.flv?token=t'
    const p = mpegts.createPlayer({type: 'flv', isLive: true, url}, {enableStashBuffer: false})
    p.attachMediaElement(v); p.load(); p.play()
  },
  hls() {
    const h = new Hls({lowLatencyMode: true})
    h.loadSource('/playback/room-a/hls/index.m3u8?token=t'); h.attachMedia(v); v.play()
  },
}
</script>"""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        not (PLAYERS / "hls.js").exists() or not (PLAYERS / "mpegts.js").exists(),
        reason="the front end's packages are not installed (npm ci in frontend/)",
    ),
]


@get("/", media_type="text/html")
async def page() -> str:
    return PAGE


@get(["/mpegts.js", "/hls.js"])
async def script(request: Request[Any, Any, Any]) -> Response[bytes]:
    name = request.url.path.strip("/").removesuffix(".js")
    content = (PLAYERS / f"{name}.js" / "dist" / f"{name}.js").read_bytes()
    return Response(content, media_type="text/javascript")


@asynccontextmanager
async def on_air() -> AsyncGenerator[Station]:
    async with open_station([page, script]) as station:
        publisher = ClipPublisher(Clip.read(LECTURE), station.service._clock)
        port = station.service.rtmp_port
        publishing = asyncio.create_task(publisher.run("127.0.0.1", port, "key-a"))
        await station.until(StreamPhase.LIVE)
        try:
            yield station
        finally:
            publishing.cancel()


async def played_s(page: Page, address: str, way: str, until_s: float) -> dict[str, Any]:
    """Play until so much was shown, at most 20 s; how far it came."""
    await page.goto(address)
    await page.evaluate(f"start.{way}()")
    await page.wait_for_function("v.played.length > 0 && v.readyState > 2", timeout=20_000)
    first = await page.evaluate("v.currentTime")
    await page.wait_for_function(f"v.currentTime > {first + until_s}", timeout=20_000)
    state: dict[str, Any] = await page.evaluate(
        "({width: v.videoWidth, holes: v.buffered.length - 1,"
        " pictures: v.getVideoPlaybackQuality().totalVideoFrames})"
    )
    return state


async def test_mpegts_and_hls_js_play_the_lecture_in_chromium() -> None:
    async with on_air() as station, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        address = station.url("").removesuffix("playback/")
        flv, hls = await asyncio.gather(
            played_s(await browser.new_page(), address, "flv", 3),
            played_s(await browser.new_page(), address, "hls", 3),
        )
        await browser.close()
    for state in (flv, hls):
        assert state["width"] == 1280
        assert state["holes"] == 0
        assert state["pictures"] > 30
