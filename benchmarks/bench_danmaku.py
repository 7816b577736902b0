"""Danmaku over the picture: frames with 300 in flight, beside peers; and how many merge.

The player's own overlay, built by vite from its sources into a page of its own (`frontend/bench/`),
keeps so many texts in flight in headless Chromium; the page notes the time between two animation
frames, Chromium counts layouts and the main thread's seconds. Peers on the same page, each in a
fresh profile: texts moved by ``left``, and the npm package ``danmaku`` with both its engines.

The merge ratio is that of real danmaku (a folder with ``final_full.parquet``: seconds and texts):
the share that the overlay's own rule shows as ×n on a text that began to fly up to 4 s before.
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ViewportSize

from benchmarks.browser import Metrics, chromium, serving
from benchmarks.common import DATA, at_share, goal, middle, say
from hatch_build import FRONTEND, install, node_tools

QUICK: dict[str, Any] = {"on_screen": 40, "seconds": 1.0, "cross_s": 1.0, "rounds": 1}
ENGINES = ("livelore", "naive_left", "npm_danmaku_dom", "npm_danmaku_canvas")
REAL = "bilibili_lpl_danmaku"
MERGE_S = 4.0
SLOW_MS, FRAME_MS = 20.0, 1000 / 60
VIEWPORT = ViewportSize(width=1920, height=1080)


def run(
    *,
    on_screen: int = 300,
    seconds: float = 20.0,
    cross_s: float = 8.0,
    rounds: int = 3,
    data: Path = DATA,
) -> dict[str, Any]:
    """Measure frames and merging.

    Args:
        on_screen: Texts in flight.
        seconds: Measured, once so many fly.
        cross_s: How long a text crosses the stage.
        rounds: Runs of each engine, in turns.
        data: Folder with `bilibili_lpl_danmaku`; left out by name when it is not there.
    """
    with tempfile.TemporaryDirectory(prefix="livelore-bench-") as folder:
        _build(Path(folder))
        with serving(Path(folder)) as url:
            wanted = {"onScreen": on_screen, "crossMs": cross_s * 1000}
            found = asyncio.run(_measure(url, wanted, seconds, rounds, data / REAL))
    ours = found["engines"]["livelore"]
    merged = found["merging"]
    return {
        "on_screen": on_screen,
        "seconds_each": seconds,
        **found,
        "goals": [
            goal(f"frames a second, {on_screen} in flight", ours["fps"], -58.0),
            goal("95th percentile of a frame", ours["frame_ms_p95"], SLOW_MS, "ms"),
            goal("frames over 20 ms", ours["slow_percent"], 5.0, "%"),
            goal("layouts a second", ours["layouts_per_s"], None),
            goal("real danmaku merged", merged.get("merged_percent"), None, "%"),
        ],
        "wrong": _wrong(found["engines"], on_screen),
    }


def _wrong(engines: dict[str, Any], on_screen: int) -> list[str]:
    """Who had fewer in flight than wanted: their frames would be too cheap."""
    return [
        f"{name}: {one['on_screen']} of {on_screen} in flight"
        for name, one in engines.items()
        if not on_screen * 0.9 <= one["on_screen"] <= on_screen * 1.15
    ]


def _build(folder: Path) -> None:
    npm, environ = node_tools()
    install(npm, environ)
    vite = ["exec", "--", "vite", "build", "--config", "bench/vite.config.ts", "--logLevel", "warn"]
    subprocess.run([*npm, *vite, "--outDir", str(folder)], cwd=FRONTEND, env=environ, check=True)


async def _measure(
    url: str, wanted: dict[str, float], seconds: float, rounds: int, real: Path
) -> dict[str, Any]:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in ENGINES}
    async with chromium() as browser:
        for _ in range(rounds):
            for name in ENGINES:
                say(f"danmaku: {name}")
                runs[name].append(await _fly(browser, url, name, wanted, seconds))
        merging = await _merging(browser, url, real)
    return {"engines": {name: _summary(each) for name, each in runs.items()}, "merging": merging}


async def _fly(
    browser: Browser, url: str, name: str, wanted: dict[str, float], seconds: float
) -> dict[str, Any]:
    context = await browser.new_context(viewport=VIEWPORT)
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_function("window.bench")
    warm_ms = wanted["crossMs"] * 1.25
    counters = await Metrics.of(page)
    begun = await counters.now()
    work = "([name, wanted, warm, time]) => window.bench.fly(name, wanted, warm, time)"
    found: dict[str, Any] = await page.evaluate(work, [name, wanted, warm_ms, seconds * 1000])
    ended = await counters.now()
    await context.close()
    passed_s = warm_ms / 1000 + seconds
    found["layouts_per_s"] = (ended["LayoutCount"] - begun["LayoutCount"]) / passed_s
    found["main_percent"] = (ended["TaskDuration"] - begun["TaskDuration"]) / passed_s * 100
    return found


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """All frames of all rounds together."""
    frames = [each for run in runs for each in run["frames_ms"]]
    n_slow = sum(1 for each in frames if each > SLOW_MS)
    return {
        "fps": round(len(frames) / sum(frames) * 1000, 1),
        "frame_ms_median": middle(frames),
        "frame_ms_p95": at_share(frames, 0.95),
        "frame_ms_max": round(max(frames), 1),
        "slow_percent": round(n_slow / len(frames) * 100, 2),
        "on_screen": middle([each for run in runs for each in run["on_screen"]], 0),
        "layouts_per_s": middle([run["layouts_per_s"] for run in runs], 1),
        "main_thread_percent": middle([run["main_percent"] for run in runs], 1),
    }


async def _merging(browser: Browser, url: str, real: Path) -> dict[str, Any]:
    """The share of real danmaku that the overlay's rule merges."""
    path = real / "final_full.parquet"
    if not path.is_file():
        return {"skipped": f"{REAL}/final_full.parquet is not there (see --data)"}
    import pyarrow.parquet  # noqa: PLC0415

    lines = pyarrow.parquet.read_table(path, columns=["t_video_s", "text"]).to_pylist()
    lines.sort(key=lambda line: line["t_video_s"])
    page = await browser.new_page()
    await page.goto(url)
    await page.wait_for_function("window.bench")
    keys = await page.evaluate("(t) => window.bench.keys(t)", [str(x["text"]) for x in lines])
    await page.close()
    times = [float(line["t_video_s"]) for line in lines]
    n_merged = n_merged_of(times, keys)
    n_same = n_merged_of(times, [str(line["text"]) for line in lines])
    return {
        "data": REAL,
        "messages": len(lines),
        "merged": n_merged,
        "merged_percent": round(n_merged / len(lines) * 100, 2),
        "merged_percent_of_equal_texts_alone": round(n_same / len(lines) * 100, 2),
    }


def n_merged_of(times_s: list[float], keys: list[str]) -> int:
    """How many find a text of the same key that began to fly less than 4 s before."""
    began: dict[str, float] = {}
    n_merged = 0
    for at_s, key in zip(times_s, keys, strict=True):
        if at_s - began.get(key, -MERGE_S) < MERGE_S:
            n_merged += 1
        else:
            began[key] = at_s
    return n_merged
