"""What a published stream costs the server.

The server is the product's own ingest (RTMP, FLV ring, LL-HLS packager) on uvloop in a process of
its own; streams come from our publisher in this process, 30 pictures a second with a key frame
every 2 s, 43 blocks of sound a second, 2.5 Mbit/s, in chunks of 4096 bytes as OBS sends them. Cost
is user and system time of the server's process over the measured time. Then 40 viewers read the
stream as HTTP-FLV through uvicorn. The peer is
`ffmpeg -listen 1`, which takes one stream, checks no key and hands nothing on.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from litestar import Litestar
from litestar.di import Provide

from benchmarks.common import ROOT, goal, say
from livelore.adapters.clock_system import SystemClock
from livelore.live.streams.api import routes
from livelore.live.streams.ingest import IngestHooks
from livelore.live.streams.model import PlaybackGrant
from livelore.live.streams.publisher import Clip, ClipPublisher
from livelore.live.streams.service import StreamsService
from livelore.media import flv

QUICK: dict[str, Any] = {
    "seconds": 0.8,
    "streams": 2,
    "viewers": 4,
    "settle_s": 1.2,
    "peer": False,
}
LECTURE = ROOT / "src" / "livelore" / "demo_media" / "lecture.flv"
BITRATE = 2_500_000
FPS, KEY_FRAMES_S, CLIP_S = 30, 2, 4
SOUND_BYTES, SOUND_PER_S = 370, 43
KEY_WEIGHT = 6
CHUNK_SIZE = 4096
TARGET_PERCENT = 1.5


def make_clip() -> bytes:
    """An FLV of the wanted rate: the lecture's configurations, frames of filler."""
    tags = flv.TagReader().feed(LECTURE.read_bytes())
    headers = [tag for tag in tags if tag.kind != flv.SCRIPT and tag.payload[1] == 0]
    sound_rate = SOUND_BYTES * SOUND_PER_S
    in_gop = FPS * KEY_FRAMES_S
    unit = (BITRATE / 8 - sound_rate) * KEY_FRAMES_S / (in_gop - 1 + KEY_WEIGHT)
    frames: list[flv.Tag] = []
    for number in range(FPS * CLIP_S):
        is_key = number % in_gop == 0
        size = round(unit * (KEY_WEIGHT if is_key else 1)) - 9
        nal = (size).to_bytes(4, "big") + (b"\x65" if is_key else b"\x41") + os.urandom(size - 1)
        head = (b"\x17" if is_key else b"\x27") + b"\x01\x00\x00\x00"
        frames.append(flv.Tag(flv.VIDEO, number * 1000 // FPS, head + nal))
    for number in range(SOUND_PER_S * CLIP_S):
        body = b"\xaf\x01" + os.urandom(SOUND_BYTES)
        frames.append(flv.Tag(flv.AUDIO, number * 1000 // SOUND_PER_S, body))
    frames.sort(key=lambda tag: tag.timestamp)
    header = flv.encode_file_header(has_video=True, has_audio=True)
    every = [*headers, *frames]
    return header + b"".join(flv.encode_tag(t.kind, t.timestamp, t.payload) for t in every)


async def serve() -> None:
    """The server's process: prints its port, then its CPU seconds for each line on its input."""

    async def any_key(stream_key: str, _peer: str) -> str | None:
        return stream_key

    async def ignore(_room_id: str) -> None:
        return None

    async def nobody(_token: str | None, _room: str, _cookies: Mapping[str, str]) -> PlaybackGrant:
        return PlaybackGrant(None, datetime.now(UTC))

    hooks = IngestHooks(any_key, ignore, ignore, ignore, ignore)
    service = StreamsService(SystemClock(), hooks, nobody, ("127.0.0.1", 0))
    await service.start()
    app = Litestar(
        list(routes), dependencies={"streams": Provide(lambda: service, sync_to_thread=False)}
    )
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off")
    serving = asyncio.create_task(uvicorn.Server(config).serve([listening]))
    ports = {"rtmp": service.rtmp_port, "http": listening.getsockname()[1]}
    print("PORT", json.dumps(ports), flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        rates = [state.health.bitrate_kbps for state in service.states()]
        print("CPU", json.dumps({"s": time.process_time(), "kbps": rates}), flush=True)
    serving.cancel()


class Server:
    """The server's process, seen from here."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.bench_ingest"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        ports = json.loads(self._answer("PORT"))
        self.port, self.http_port = int(ports["rtmp"]), int(ports["http"])

    def cpu(self) -> dict[str, Any]:
        """CPU seconds so far and the bitrate of each stream."""
        if self._process.stdin is None:
            raise RuntimeError("the server has no input")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._answer("CPU"))
        return answer

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _answer(self, word: str) -> str:
        for line in self._process.stdout or ():
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise RuntimeError("the server ended")


async def publish(port: int, n_streams: int, seconds: float, clip: Clip) -> None:
    """Publish streams side by side, started over two seconds."""

    async def one(number: int) -> None:
        await asyncio.sleep(number * 2 / n_streams)
        publisher = ClipPublisher(clip, SystemClock(), chunk_size=CHUNK_SIZE)
        await publisher.publish_once("127.0.0.1", port, f"stream{number}", seconds)

    await asyncio.gather(*(one(number) for number in range(n_streams)))


async def measure(n_streams: int, seconds: float, settle_s: float, clip: Clip) -> dict[str, Any]:
    """CPU per stream while all are running."""
    server = Server()
    try:
        lasts_s = seconds + settle_s + 0.5
        publishing = asyncio.create_task(publish(server.port, n_streams, lasts_s, clip))
        await asyncio.sleep(settle_s)
        before, started = await asyncio.to_thread(server.cpu), time.perf_counter()
        await asyncio.sleep(seconds)
        after, wall_s = await asyncio.to_thread(server.cpu), time.perf_counter() - started
        await publishing
    finally:
        server.close()
    cpu_s = after["s"] - before["s"]
    return {
        "streams": n_streams,
        "kbps": sorted(after["kbps"]),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 3),
        "percent_of_core_per_stream": round(cpu_s / wall_s / n_streams * 100, 3),
    }


async def watch(port: int, counted: list[int]) -> None:
    """One viewer of HTTP-FLV who reads everything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /playback/stream0/live.flv HTTP/1.1\r\nHost: bench\r\n\r\n")
    try:
        while data := await reader.read(1 << 18):
            counted[0] += len(data)
    finally:
        writer.close()


async def measure_viewers(
    n_viewers: int, seconds: float, settle_s: float, clip: Clip
) -> dict[str, Any]:
    """What viewers of one stream add to its cost."""
    server = Server()
    counted = [0]
    try:
        publishing = asyncio.create_task(
            publish(server.port, 1, seconds * 1.5 + settle_s + 4, clip)
        )
        await asyncio.sleep(settle_s)
        before = await asyncio.to_thread(server.cpu)
        await asyncio.sleep(seconds / 2)
        alone = (await asyncio.to_thread(server.cpu))["s"] - before["s"]
        viewers = [asyncio.create_task(watch(server.http_port, counted)) for _ in range(n_viewers)]
        await asyncio.sleep(settle_s / 2)
        before, n_bytes, started = await asyncio.to_thread(server.cpu), counted[0], time.time()
        await asyncio.sleep(seconds)
        after, wall_s = await asyncio.to_thread(server.cpu), time.time() - started
        n_bytes = counted[0] - n_bytes
        for task in (publishing, *viewers):
            task.cancel()
        await asyncio.gather(publishing, *viewers, return_exceptions=True)
    finally:
        server.close()
    added = (after["s"] - before["s"]) / wall_s - alone / (seconds / 2)
    return {
        "flv_viewers": n_viewers,
        "kbps_each": round(n_bytes * 8 / wall_s / n_viewers / 1000),
        "percent_of_core_per_viewer": round(added / n_viewers * 100, 3),
    }


async def measure_ffmpeg(seconds: float, clip: Clip) -> dict[str, Any] | None:
    """The same stream into ffmpeg, which copies it to nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        "ffmpeg",
        "-v",
        "quiet",
        "-listen",
        "1",
        "-i",
        f"rtmp://127.0.0.1:{port}/live/stream0",
    ]
    process = await asyncio.create_subprocess_exec(*command, "-c", "copy", "-f", "null", "-")
    try:
        await asyncio.sleep(1)
        publishing = asyncio.create_task(publish(port, 1, seconds + 4, clip))
        await asyncio.sleep(3)
        before, started = _cpu_of(process.pid), time.perf_counter()
        await asyncio.sleep(seconds)
        cpu_s, wall_s = _cpu_of(process.pid) - before, time.perf_counter() - started
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
    except OSError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    percent = round(cpu_s / wall_s * 100, 3)
    return {"streams": 1, "cpu_s": round(cpu_s, 3), "percent_of_core_per_stream": percent}


def _has_ffmpeg() -> bool:
    return shutil.which("ffmpeg") is not None and Path("/proc/self/stat").exists()


def _cpu_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def run(
    *,
    seconds: float = 7.0,
    streams: int = 10,
    viewers: int = 40,
    settle_s: float = 4.0,
    peer: bool = True,
) -> dict[str, Any]:
    """All figures of ingest.

    Args:
        seconds: Measured for one stream, for many, for viewers, and for the peer.
        streams: Side by side.
        viewers: Of HTTP-FLV.
        settle_s: From the first stream to the measuring; all have come by then.
        peer: Measure ffmpeg as well, if it is there.
    """
    clip = Clip(make_clip())

    async def every() -> dict[str, Any]:
        say("ingest: one stream")
        found: dict[str, Any] = {"one": await measure(1, seconds, settle_s, clip)}
        say(f"ingest: {streams} streams")
        found["many"] = await measure(streams, seconds, settle_s, clip)
        say(f"ingest: {viewers} viewers")
        found["viewers"] = await measure_viewers(viewers, seconds, settle_s, clip)
        has_peer = peer and _has_ffmpeg()
        found["ffmpeg_listen"] = await measure_ffmpeg(seconds, clip) if has_peer else None
        return found

    found = asyncio.run(every())
    one, many = (found[name]["percent_of_core_per_stream"] for name in ("one", "many"))
    flv = found["viewers"]["percent_of_core_per_viewer"]
    theirs = (found["ffmpeg_listen"] or {}).get("percent_of_core_per_stream")
    return {
        "bitrate_kbps": BITRATE // 1000,
        **found,
        "goals": [
            goal("a core for one stream of 2.5 Mbit/s", one, TARGET_PERCENT, "%"),
            goal(f"a core for each of {streams}", many, TARGET_PERCENT, "%"),
            goal("a core for each viewer of HTTP-FLV", flv, None, "%"),
            goal("peer: ffmpeg -listen, one stream", theirs, None, "%"),
        ],
        "wrong": _wrong(found, streams),
    }


def _wrong(found: dict[str, Any], streams: int) -> list[str]:
    """Streams and viewers that did not get what was sent."""
    lines = []
    for name, n_streams in (("one", 1), ("many", streams)):
        if len(found[name]["kbps"]) != n_streams or min(found[name]["kbps"]) <= 0:
            lines.append(f"{name}: the server saw {found[name]['kbps']} kbit/s")
    if found["viewers"]["kbps_each"] <= 0:
        lines.append("the viewers read nothing")
    return lines


if __name__ == "__main__":
    uvloop.run(serve())
