"""Publishing and watching over real sockets, with our own encoder."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
import uvloop

from livelore.live.streams import ingest, ring
from livelore.live.streams import publisher as publisher_module
from livelore.live.streams.model import PlaybackGrant, StreamPhase
from livelore.live.streams.publisher import Clip, ClipPublisher, PublishRejected
from livelore.live.streams.rtmp_server import RtmpConnection
from livelore.media import flv
from livelore.media.errors import MediaError
from livelore.media.rtmp import messages
from livelore.media.rtmp.chunks import ChunkWriter, Message
from tests.media.samples import FLV, RTMP, heavy_flv
from tests.streams.station import Station, open_station


@asynccontextmanager
async def on_air(
    station: Station, clip: Clip, key: str = "key-a"
) -> AsyncGenerator[asyncio.Task[None]]:
    """A stream that is live; the task is its encoder."""
    publisher = ClipPublisher(clip, station.service._clock)
    task = asyncio.create_task(publisher.publish_once("127.0.0.1", station.service.rtmp_port, key))
    await station.until(StreamPhase.LIVE, "room-a" if key == "key-a" else "room-b")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def read_until_closed(response: httpx.Response) -> bytes:
    async with asyncio.timeout(5):
        return b"".join([piece async for piece in response.aiter_bytes()])


async def write_for_ever(writer: asyncio.StreamWriter, data: bytes) -> None:
    async with asyncio.timeout(20):
        while True:
            writer.write(data)
            await writer.drain()


async def problem(station: Station, path: str) -> tuple[int, str]:
    response = await station.http.get(station.url(path))
    return response.status_code, response.json()["code"]


async def test_a_viewer_without_leave_sees_neither_flv_nor_hls(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        for path in ("live.flv", "hls/index.m3u8", "hls/part0.m4s", "hls/init1.mp4"):
            assert await problem(station, f"room-a/{path}") == (403, "request.forbidden")
            assert await problem(station, f"room-a/{path}?token=bad") == (403, "request.forbidden")
        async with station.http.stream("GET", station.url("room-a/live.flv?token=t")) as response:
            assert response.status_code == 200


async def test_a_room_that_is_off_the_air_says_so(station: Station) -> None:
    for path in ("live.flv", "hls/index.m3u8", "hls/seg1.m4s"):
        assert await problem(station, f"room-a/{path}?token=t") == (404, "streams.not_live")


async def test_a_wrong_key_is_refused_and_a_right_one_on_the_same_port_is_not(
    station: Station, clip: Clip
) -> None:
    publisher = ClipPublisher(clip, station.service._clock)
    with pytest.raises(PublishRejected, match=r"BadName: Unknown stream key"):
        await publisher.publish_once("127.0.0.1", station.service.rtmp_port, "wrong", 1)
    assert station.service.state("room-a") is None
    await publisher.publish_once("127.0.0.1", station.service.rtmp_port, "key-a", 1)
    assert station.service.state("room-a") is not None


async def test_an_encoder_with_another_codec_is_told_what_to_send(
    station: Station, clip: Clip
) -> None:
    hevc = Clip(FLV)
    videos = [tag for tag in clip.headers if tag.kind == flv.VIDEO]
    hevc.headers = [replace(tag, payload=b"\x1c" + tag.payload[1:]) for tag in videos]
    publisher = ClipPublisher(hevc, station.service._clock)
    with pytest.raises(PublishRejected, match=r"Rejected: Send H\.264 and AAC"):
        await publisher.publish_once("127.0.0.1", station.service.rtmp_port, "key-a", 3)
    assert station.service.state("room-a") is None
    assert station.heard == []


async def test_revoking_closes_open_connections_of_that_user_only(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        url = station.url("room-a/live.flv")
        async with (
            station.http.stream("GET", url, params={"token": "ann"}) as ann,
            station.http.stream("GET", url, params={"token": "bob"}) as bob,
        ):
            pieces = bob.aiter_bytes()
            await anext(pieces)
            state = station.service.state("room-a")
            assert state is not None
            assert state.n_viewers == 2
            now = station.service._clock.now()
            station.grants["old-ann"] = PlaybackGrant("ann", now)
            station.service.revoke("room-a", "ann")
            await read_until_closed(ann)
            assert len(await anext(pieces)) > 0
        for path in ("live.flv", "hls/index.m3u8"):
            refused = await problem(station, f"room-a/{path}?token=old-ann")
            assert refused == (403, "streams.playback_over")
        again = await station.http.get(station.url("room-a/hls/index.m3u8?token=ann"))
        assert again.status_code == 200  # a grant that was judged after the revocation


async def test_a_preview_ends_when_it_ends(station: Station, clip: Clip) -> None:
    async with on_air(station, clip):
        now = station.service._clock.now()
        station.grants["look"] = PlaybackGrant("u", now, now + timedelta(seconds=0.6))
        async with station.http.stream(
            "GET", station.url("room-a/live.flv?token=look")
        ) as response:
            assert response.status_code == 200
            assert len(await read_until_closed(response)) > 1000
        for path in ("live.flv", "hls/index.m3u8"):
            refused = await problem(station, f"room-a/{path}?token=look")
            assert refused == (403, "streams.playback_over")


async def test_a_preview_ends_also_while_the_encoder_is_gone(station: Station, clip: Clip) -> None:
    async with on_air(station, clip):
        url = station.url("room-a/live.flv")
        now = station.service._clock.now()
        station.grants["look"] = PlaybackGrant("u", now, now + timedelta(seconds=1.5))
        async with (
            station.http.stream("GET", url, params={"token": "look"}) as look,
            station.http.stream("GET", url, params={"token": "ann"}) as ann,
        ):
            pieces = ann.aiter_bytes()
            await anext(pieces)
            station.service.desk.streams["room-a"].publisher.close()  # type: ignore[union-attr]  # live
            await station.until(StreamPhase.INTERRUPTED)
            await read_until_closed(look)
            state = station.service.state("room-a")
            assert state is not None
            assert (state.phase, state.n_viewers) == (StreamPhase.INTERRUPTED, 1)


async def test_a_player_that_asks_ahead_gets_nothing_after_its_preview(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        await station.http.get(station.url("room-a/hls/index.m3u8?token=ann"))
        window = station.service.desk.streams["room-a"].packager.window
        now = station.service._clock.now()
        station.grants["look"] = PlaybackGrant("u", now, now + timedelta(seconds=0.3))
        ahead = f"_HLS_msn={window.segments[-1].msn + 1}"
        refused = await problem(station, f"room-a/hls/index.m3u8?token=look&{ahead}")
        assert refused == (403, "streams.playback_over")


async def test_a_second_encoder_is_refused_while_the_first_one_sends(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        second = ClipPublisher(clip, station.service._clock)
        with pytest.raises(PublishRejected, match="in use"):
            await second.publish_once("127.0.0.1", station.service.rtmp_port, "key-a", 1)
        state = station.service.state("room-a")
        assert state is not None
        assert state.phase is StreamPhase.LIVE
    assert station.heard == ["started room-a"]


async def test_a_second_encoder_replaces_a_first_one_that_fell_silent(
    station: Station, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "SILENCE_S", 0.5)
    async with on_air(station, clip) as silent:
        stream = station.service.desk.streams["room-a"]
        first = stream.publisher
        assert isinstance(first, RtmpConnection)
        assert first._transport is not None
        first._transport.pause_reading()  # as if its network were gone: nothing more arrives
        async with on_air(station, clip):
            async with asyncio.timeout(5):
                while True:
                    if stream.publisher is not first and stream.phase is StreamPhase.LIVE:
                        break
                    await asyncio.sleep(0.05)
            await station.service.desk.settle()
            assert station.heard == ["started room-a", "interrupted room-a", "resumed room-a"]
        silent.cancel()


async def test_a_stream_ends_when_nobody_comes_back_in_time(station: Station, clip: Clip) -> None:
    station.service.desk._resume_s = 0.5
    url = station.url("room-a/live.flv?token=t")
    async with on_air(station, clip), station.http.stream("GET", url) as response:
        station.service.desk.streams["room-a"].publisher.close()  # type: ignore[union-attr]  # live
        await station.until(StreamPhase.INTERRUPTED)
        await read_until_closed(response)
    await station.until(StreamPhase.ENDED)
    assert station.heard == ["started room-a", "interrupted room-a", "ended room-a"]
    playlist = await station.http.get(station.url("room-a/hls/index.m3u8?token=t"))
    assert playlist.text.endswith("#EXT-X-ENDLIST\n")
    assert (await problem(station, "room-a/live.flv?token=t"))[1] == "streams.not_live"


async def test_kicking_ends_the_stream_and_hangs_up_on_the_encoder(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip) as encoder:
        await station.service.kick("room-a")
        with pytest.raises((ConnectionError, OSError)):
            async with asyncio.timeout(5):
                await encoder
        await station.service.kick("room-a")
        await station.service.desk.settle()
    assert station.heard == ["started room-a", "ended room-a"]


async def test_after_an_end_the_same_key_begins_another_stream(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        await station.service.kick("room-a")
    async with on_air(station, clip):
        pass
    assert station.heard[:3] == ["started room-a", "ended room-a", "started room-a"]


async def test_a_player_that_asks_ahead_is_made_to_wait_for_the_part(
    station: Station, clip: Clip
) -> None:
    async with on_air(station, clip):
        base = station.url("room-a/hls/")
        await station.http.get(base + "index.m3u8?token=t")
        window = station.service.desk.streams["room-a"].packager.window
        index, msn = window.next_part, window.segments[-1].msn
        n_parts = len(window.segments[-1].parts)
        part, playlist = await asyncio.gather(
            station.http.get(f"{base}part{index}.m4s?token=t"),
            station.http.get(f"{base}index.m3u8?token=t&_HLS_msn={msn}&_HLS_part={n_parts}"),
        )
        assert part.status_code == 200
        assert part.content[4:8] == b"moof"
        assert part.headers["cache-control"] == "private, max-age=60"
        assert part.headers["content-type"] == "video/mp4"
        assert f"part{index}.m4s?token=t" in playlist.text
        assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert playlist.headers["cache-control"] == "no-store"
        far = f"room-a/hls/index.m3u8?token=t&_HLS_msn={msn + 5}"
        assert await problem(station, far) == (400, "streams.playlist_too_far")


@pytest.mark.parametrize("file", ["part999999.m4s", "seg1.m4s", "init9.mp4", "x.ts", "partx.m4s"])
async def test_files_that_do_not_exist_are_named_so(
    station: Station, clip: Clip, file: str
) -> None:
    async with on_air(station, clip):
        found = await problem(station, f"room-a/hls/{file}?token=t")
        assert found == (404, "streams.file_unknown")


async def open_raw(station: Station) -> socket.socket:
    """A connection that asks for FLV and has a small buffer of its own."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", station.port))
    request = b"GET /playback/room-a/live.flv?token=t HTTP/1.0\r\nHost: x\r\n\r\n"
    await loop.sock_sendall(connection, request)
    return connection


async def read_raw(connection: socket.socket, seconds: float) -> bytes:
    found = bytearray()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while data := await asyncio.get_running_loop().sock_recv(connection, 1 << 20):
                found += data
    return bytes(found)


def dechunked(answer: bytes) -> bytes:
    """The body of a chunked answer, as far as it came."""
    rest, body = answer.partition(b"\r\n\r\n")[2], b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return body


async def test_a_viewer_who_stops_reading_goes_on_near_the_edge_and_nobody_else_notices(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "HISTORY_MS", 400)
    async with on_air(station, Clip(heavy_flv(300_000))):  # 60 Mbit/s
        with await open_raw(station) as slow, await open_raw(station) as quick:
            _, quick_data = await asyncio.gather(asyncio.sleep(2.2), read_raw(quick, 2.2))
            slow_data = await read_raw(slow, 0.8)
    assert len(quick_data) > 4_000_000
    tags = flv.TagReader().feed(dechunked(slow_data))
    pictures = [tag for tag in tags if tag.kind == flv.VIDEO][1:]
    steps = [b.timestamp - a.timestamp for a, b in pairwise(pictures)]
    assert set(steps) <= {33, 40}
    assert 33 in steps  # taken to a key frame, without a hole
    newest_ms = station.service.desk.streams["room-a"].ring.newest_ms
    assert pictures[-1].timestamp < newest_ms - 300  # what was missed is not in its time


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\x03" + bytes(3072) + b"\xff" * 400, b"\x06", RTMP[:3200]]
)
async def test_hostile_bytes_end_in_a_closed_connection_or_silence(
    station: Station, clip: Clip, data: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", station.service.rtmp_port)
    writer.write(data)
    writer.write_eof()
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()
    async with on_air(station, clip):
        assert station.heard == ["started room-a"]


async def test_a_connection_that_says_nothing_is_hung_up_on(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livelore.live.streams.rtmp_server.OPENING_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", station.service.rtmp_port)
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    writer.close()
    assert station.service._connections == set()


async def test_a_client_that_asks_but_never_reads_is_cut_off(station: Station) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", station.service.rtmp_port)
    writer.write(b"\x03" + bytes(3072))
    ping = Message(messages.USER_CONTROL, 0, 0, b"\x00\x06\x00\x00\x00\x01")
    flood = ChunkWriter().write(2, ping) * 20_000
    with pytest.raises(ConnectionError):
        await write_for_ever(writer, flood)
    assert station.service._connections == set()
    reader.feed_eof()


@pytest.mark.parametrize(
    "check",
    [
        test_a_wrong_key_is_refused_and_a_right_one_on_the_same_port_is_not,
        test_revoking_closes_open_connections_of_that_user_only,
        test_a_second_encoder_is_refused_while_the_first_one_sends,
        test_a_player_that_asks_ahead_is_made_to_wait_for_the_part,
        test_kicking_ends_the_stream_and_hangs_up_on_the_encoder,
    ],
)
def test_the_same_on_uvloop(clip: Clip, check: Callable[[Station, Clip], Awaitable[None]]) -> None:
    async def on_its_loop() -> None:
        async with open_station() as station:
            await check(station, clip)

    uvloop.run(on_its_loop())


async def test_our_encoder_comes_back_when_it_was_hung_up_on(
    station: Station, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "RETRY_S", 0.1)
    encoder = ClipPublisher(clip, station.service._clock)
    running = asyncio.create_task(encoder.run("127.0.0.1", station.service.rtmp_port, "key-a"))
    await station.until(StreamPhase.LIVE)
    live = station.service.desk.streams["room-a"]
    assert live.publisher is not None
    live.publisher.close()
    await station.until(StreamPhase.INTERRUPTED)
    await station.until(StreamPhase.LIVE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert station.heard[:3] == ["started room-a", "interrupted room-a", "resumed room-a"]


def test_a_clip_without_frames_is_refused() -> None:
    with pytest.raises(MediaError, match="no frames"):
        Clip(flv.encode_file_header(has_video=True, has_audio=True))


def test_a_clip_knows_how_long_one_turn_is(clip: Clip) -> None:
    assert clip.duration_ms == 1500
    assert len(clip.headers) >= 3
