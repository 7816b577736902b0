"""Real encoders in, real decoders out."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from livelore.live.streams.model import StreamPhase
from livelore.live.streams.publisher import Clip, ClipPublisher
from tests.media.samples import FLV
from tests.streams.station import Station, open_station, run

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None,
    reason="ffmpeg and ffprobe are not installed",
)

X264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "48k", "-f", "flv"]
ENCODE = [*X264, "-preset", "ultrafast", "-tune", "zerolatency", *AAC]
OBS = [*X264, "-preset", "veryfast", "-bf", "2", "-b:v", "400k", *AAC]


@pytest.fixture
def clip() -> Clip:
    return Clip(FLV)


@pytest.fixture
async def station() -> AsyncIterator[Station]:
    async with open_station() as station:
        yield station


def source(seconds: float, size: str = "320x180", rate: int = 25) -> list[str]:
    return [
        "ffmpeg", "-v", "error", "-re",
        "-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}",
        "-f", "lavfi", "-i", "sine=r=44100",
        "-t", str(seconds),
    ]  # fmt: skip


@asynccontextmanager
async def encoder(*command: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def fetch_flv(station: Station, seconds: float, room: str = "room-a") -> bytes:
    found = bytearray()
    async with station.http.stream("GET", station.url(f"{room}/live.flv?token=t")) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "video/x-flv"
        assert response.headers["cache-control"] == "no-store"
        try:
            async with asyncio.timeout(seconds):
                async for piece in response.aiter_bytes():
                    found += piece
        except TimeoutError:
            pass
    return bytes(found)


async def fetch_hls(station: Station, segments: int, room: str = "room-a") -> tuple[bytes, str]:
    """Init and whole segments one behind the other, as a player would, and the last playlist."""
    base = station.url(f"{room}/hls/")
    playlist = (await station.http.get(base + "index.m3u8?token=t")).text
    for _ in range(40):
        listed = re.findall(r"^seg\d+\.m4s\S*", playlist, re.MULTILINE)
        if len(listed) >= segments or "ENDLIST" in playlist:
            break
        number, parts = next_part(playlist)
        query = f"&_HLS_msn={number}&_HLS_part={parts}"
        playlist = (await station.http.get(base + f"index.m3u8?token=t{query}")).text
    init = re.findall(r'MAP:URI="([^"]+)"', playlist)[0]
    data = b""
    for file in [init, *re.findall(r"^seg\d+\.m4s\S*", playlist, re.MULTILINE)]:
        response = await station.http.get(base + file)
        assert response.status_code == 200
        data += response.content
    return data, playlist


def next_part(playlist: str) -> tuple[int, int]:
    """Number and part that the playlist will have next."""
    first = int(re.findall(r"MEDIA-SEQUENCE:(\d+)", playlist)[0])
    after_last = playlist.rsplit("#EXTINF", 1)[-1]
    return first + playlist.count("#EXTINF"), after_last.count("#EXT-X-PART:")


async def decode_errors(path: Path) -> str:
    """What ffmpeg complains about when it decodes every frame."""
    _, output = await run("ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-")
    return output


async def probe(path: Path) -> dict[str, dict[str, object]]:
    _, output = await run(
        "ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(path)
    )
    return {stream["codec_type"]: stream for stream in json.loads(output)["streams"]}


async def test_what_obs_sends_plays_as_flv_and_as_hls(station: Station, tmp_path: Path) -> None:
    command = [*source(12), *OBS, "-g", "50", station.rtmp("key-a")]
    async with encoder(*command):
        await station.until(StreamPhase.LIVE)
        flv, (mp4, playlist) = await asyncio.gather(fetch_flv(station, 4), fetch_hls(station, 2))
        state = station.service.state("room-a")
        assert station.heard == ["started room-a"]
    assert state is not None
    assert state.is_publishing
    assert (state.health.width, state.health.height) == (320, 180)
    assert 22 < state.health.fps < 28
    assert state.health.key_frame_interval_s == 2.0
    assert state.health.bitrate_kbps > 50
    for name, data in (("live.flv", flv), ("live.mp4", mp4)):
        path = tmp_path / name
        path.write_bytes(data)
        if name.endswith("mp4"):
            assert await decode_errors(path) == ""
        streams = await probe(path)
        assert streams["video"]["codec_name"] == "h264"
        assert streams["video"]["has_b_frames"] == 2
        assert streams["audio"]["codec_name"] == "aac"
        assert int(str(streams["video"]["nb_read_packets"])) >= 75
    assert "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES" in playlist
    assert "#EXT-X-PRELOAD-HINT:TYPE=PART" in playlist


async def test_a_whole_flv_decodes_without_a_complaint(station: Station, tmp_path: Path) -> None:
    async with encoder(*source(3), *OBS, "-g", "25", station.rtmp("key-a")) as ffmpeg:
        await station.until(StreamPhase.LIVE)
        watching = asyncio.create_task(fetch_flv(station, 20))
        await ffmpeg.wait()
        await station.until(StreamPhase.INTERRUPTED)
        await station.service.kick("room-a")
        path = tmp_path / "live.flv"
        path.write_bytes(await watching)
    assert await decode_errors(path) == ""
    streams = await probe(path)
    assert int(str(streams["video"]["nb_read_packets"])) >= 70
    await station.service.desk.settle()
    assert station.heard == ["started room-a", "interrupted room-a", "ended room-a"]


async def test_a_key_frame_interval_of_four_seconds_gives_four_second_segments(
    station: Station, tmp_path: Path
) -> None:
    command = [*source(15, rate=15), *ENCODE, "-g", "60", station.rtmp("key-a")]
    async with encoder(*command):
        await station.until(StreamPhase.LIVE)
        data, playlist = await fetch_hls(station, 2)
    assert "#EXT-X-TARGETDURATION:4\n" in playlist
    assert re.findall(r"EXTINF:([\d.]+)", playlist)[0] == "4.000"
    parts = [float(found) for found in re.findall(r"PART:DURATION=([\d.]+)", playlist)]
    assert max(parts) <= 0.35
    (tmp_path / "live.mp4").write_bytes(data)
    assert await decode_errors(tmp_path / "live.mp4") == ""


@pytest.mark.parametrize(("left_out", "left"), [("-an", "video"), ("-vn", "audio")])
async def test_picture_without_sound_and_sound_without_picture_play(
    station: Station, tmp_path: Path, left_out: str, left: str
) -> None:
    command = [*source(12), *ENCODE, "-g", "25", left_out, station.rtmp("key-a")]
    async with encoder(*command):
        await station.until(StreamPhase.LIVE)
        flv, (mp4, _) = await asyncio.gather(fetch_flv(station, 2), fetch_hls(station, 1))
    for name, data in (("live.flv", flv), ("live.mp4", mp4)):
        path = tmp_path / name
        path.write_bytes(data)
        assert list(await probe(path)) == [left]
    assert await decode_errors(tmp_path / "live.mp4") == ""


async def test_a_wrong_key_is_refused_at_once(station: Station) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    status, output = await run(*source(5), *ENCODE, station.rtmp("wrong"), limit_s=15)
    assert status != 0
    assert loop.time() - started < 4
    assert "Unknown stream key" in output or "BadName" in output or "error" in output.lower()
    assert station.service.states() == []
    assert station.heard == []


async def test_two_streams_at_once_do_not_mix(station: Station, tmp_path: Path) -> None:
    a = [*source(8, "320x180"), *ENCODE, "-g", "25", station.rtmp("key-a")]
    b = [*source(8, "160x90"), *ENCODE, "-g", "25", station.rtmp("key-b")]
    async with encoder(*a), encoder(*b):
        await station.until(StreamPhase.LIVE, "room-a")
        await station.until(StreamPhase.LIVE, "room-b")
        pieces = await asyncio.gather(
            fetch_flv(station, 2, "room-a"), fetch_flv(station, 2, "room-b")
        )
    widths: list[object] = []
    for number, data in enumerate(pieces):
        path = tmp_path / f"{number}.flv"
        path.write_bytes(data)
        widths.append((await probe(path))["video"]["width"])
    assert widths == [320, 160]


async def test_an_encoder_that_comes_back_goes_on_in_the_same_stream(
    station: Station, tmp_path: Path
) -> None:
    command = [*source(30), *ENCODE, "-g", "25", station.rtmp("key-a")]
    async with encoder(*command) as first:
        await station.until(StreamPhase.LIVE)
        watching = asyncio.create_task(fetch_flv(station, 6))
        await asyncio.sleep(1.5)
        first.kill()
        await station.until(StreamPhase.INTERRUPTED)
    async with encoder(*command):
        await station.until(StreamPhase.LIVE)
        data = await watching
        _, playlist = await fetch_hls(station, 4)
        assert station.heard == ["started room-a", "interrupted room-a", "resumed room-a"]
    path = tmp_path / "live.flv"
    path.write_bytes(data)
    _, output = await run(
        "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=dts_time",
        "-of", "csv=p=0", str(path),
    )  # fmt: skip
    times = [float(line.strip(",")) for line in output.split() if line[0].isdigit()]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) > 75
    assert min(steps) > 0
    assert max(steps) < 0.2
    assert "#EXT-X-DISCONTINUITY\n" in playlist


@pytest.mark.parametrize("start", [5 * 3600 * 1000 + 7, 2**32 - 1500, 2**24 - 800])
async def test_timestamps_past_five_hours_and_around_the_wrap_play(
    station: Station, clip: Clip, tmp_path: Path, start: int
) -> None:
    publisher = ClipPublisher(clip, station.service._clock, first_timestamp=start)
    port = station.service.rtmp_port
    publishing = asyncio.create_task(publisher.publish_once("127.0.0.1", port, "key-a", 5))
    await station.until(StreamPhase.LIVE)
    watching = asyncio.create_task(fetch_flv(station, 20))
    mp4, _ = await fetch_hls(station, 3)
    await publishing
    await station.until(StreamPhase.INTERRUPTED)
    await station.service.kick("room-a")
    for name, data in (("live.flv", await watching), ("live.mp4", mp4)):
        path = tmp_path / name
        path.write_bytes(data)
        assert await decode_errors(path) == ""
    _, output = await run(
        "ffprobe", "-v", "error", "-show_entries", "format=start_time,duration", "-of", "csv=p=0",
        str(tmp_path / "live.mp4"),
    )  # fmt: skip
    began, lasts = (float(number) for number in output.strip().split(","))
    assert began < 2.5
    assert 2.5 < lasts < 6
