"""Streams: start, look, watch, end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import structlog

from livelore.live.streams.errors import (
    MediaFileUnknown,
    PlaybackOver,
    PlaylistTooFar,
    StreamFull,
    StreamNotLive,
)
from livelore.live.streams.ingest import Desk, IngestHooks
from livelore.live.streams.model import PlaybackGrant, StreamPhase, StreamState
from livelore.live.streams.ring import RingReader
from livelore.live.streams.rtmp_server import RtmpConnection
from livelore.live.streams.stream import LiveStream
from livelore.media.hls.playlist import render_playlist
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)

VIEWERS_MAX = 5_000
"""Open FLV connections of one stream; at 2.5 Mbit/s they fill 12 Gbit/s."""
REVOKED_KEPT_S = 300
"""Longer than any playback address lives."""
REVOKED_MAX = 100_000
FIRST_PLAYLIST_WAIT_S = 9.0
"""For the first segment to be complete; hls.js waits 10 s for an answer."""
PLAYLIST_WAIT_TARGETS = 0.7
"""A player waits so many target durations, then gets the playlist as it is: while an encoder is
gone that keeps it polling. hls.js gives up after 0.8 of them."""
PART_WAIT_S = 5.0
AHEAD_MAX = 2
"""Segments ahead of the newest that a player may wait for (draft, 6.2.5.2)."""

CheckViewer = Callable[[str | None, str, Mapping[str, str]], Awaitable[PlaybackGrant]]
"""``check(token, room_id, cookies)``: gives the grant or raises an AppError."""


@dataclass(frozen=True, slots=True)
class HlsFile:
    """What a player asked for."""

    content: bytes
    media_type: str
    is_final: bool


@dataclass(slots=True)
class _Viewer:
    grant: PlaybackGrant
    is_revoked: bool = False
    timer: asyncio.TimerHandle | None = None


class StreamsService:
    """All live streams of this process.

    Args:
        clock: Times, rates, waiting.
        ingest: What is asked of and told to others about publications.
        check_viewer: Judges who wants to watch.
        address: Host and port for RTMP; port 0 takes a free one.
        resume_s: How long a dropped encoder may come back into its stream.
    """

    def __init__(
        self,
        clock: Clock,
        ingest: IngestHooks,
        check_viewer: CheckViewer,
        address: tuple[str, int],
        resume_s: float = 60.0,
    ) -> None:
        self.desk = Desk(clock, ingest, resume_s)
        self._clock = clock
        self._check_viewer = check_viewer
        self._address = address
        self._connections: set[RtmpConnection] = set()
        self._server: asyncio.Server | None = None
        self._viewers: dict[str, set[int]] = {}
        self._open: dict[int, _Viewer] = {}
        self._n_opened = 0
        self._revoked: dict[tuple[str, str], datetime] = {}

    @property
    def rtmp_port(self) -> int:
        """The port on which encoders are awaited, 0 before `start`."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def start(self) -> None:
        """Listen for encoders.

        Raises:
            OSError: The port is taken.
        """
        self.desk.start()
        host, port = self._address
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)
        log.info("rtmp.listening", host=host, port=self.rtmp_port)

    async def stop(self) -> None:
        """Stop listening, hang up, let viewers go."""
        if self._server is not None:
            self._server.close()
        await self.desk.stop()
        for connection in list(self._connections):
            connection.abort()

    def state(self, name: str) -> StreamState | None:
        """How a room's stream stands, None when there is none."""
        stream = self.desk.streams.get(name)
        return stream.state() if stream is not None else None

    def states(self) -> list[StreamState]:
        """Every stream, ended ones for a minute."""
        return [stream.state() for stream in self.desk.streams.values()]

    async def kick(self, name: str) -> None:
        """End a stream at once and hang up on its encoder; nothing happens when there is none."""
        self.desk.end(name)

    def revoke(self, room_id: str, user_id: str) -> None:
        """Take back a user's leave to watch: open connections end, older grants are refused."""
        now = self._clock.now()
        self._forget_revoked(now)
        self._revoked[room_id, user_id] = now
        for number in self._viewers.get(room_id, ()):
            viewer = self._open[number]
            viewer.is_revoked = viewer.is_revoked or viewer.grant.user_id == user_id
        stream = self.desk.streams.get(room_id)
        if stream is not None:
            stream.wake()

    async def watch_flv(
        self, room_id: str, token: str | None, cookies: Mapping[str, str]
    ) -> AsyncGenerator[bytes, None]:
        """HTTP-FLV of a room, from the newest key frame on.

        Returns:
            Pieces of an FLV file, until the stream ends or the viewer may watch no more.

        Raises:
            StreamNotLive: There is no stream.
            StreamFull: Too many watch already.
            AppError: What ``check_viewer`` raises.
        """
        grant = await self._grant(room_id, token, cookies)
        stream = self._stream(room_id)
        if stream.phase is StreamPhase.ENDED:
            raise StreamNotLive(room_id=room_id)
        if stream.n_viewers >= VIEWERS_MAX:
            raise StreamFull(room_id=room_id)
        return self._flv(stream, _Viewer(grant))

    async def playlist(
        self,
        room_id: str,
        token: str | None,
        cookies: Mapping[str, str],
        wanted: tuple[int, int | None] | None = None,
    ) -> HlsFile:
        """The media playlist, once it has come to what is wanted.

        Args:
            room_id: Whose stream.
            token: Put behind each address in the playlist too.
            cookies: Of the request.
            wanted: Media sequence number and part that must be in it (blocking reload).

        Raises:
            StreamNotLive: There is no stream, or nothing of it yet.
            PlaylistTooFar: The wanted segment is more than two ahead.
            AppError: What ``check_viewer`` raises.
        """
        grant = await self._grant(room_id, token, cookies)
        stream = self._stream(room_id)
        window = stream.packager.window
        msn, part = wanted if wanted is not None else (0, 0)
        if window.segments and msn > window.segments[-1].msn + AHEAD_MAX:
            raise PlaylistTooFar(msn=msn)
        target_s = window.target_s
        limit_s = target_s * PLAYLIST_WAIT_TARGETS if target_s else FIRST_PLAYLIST_WAIT_S
        await self._until(stream, limit_s, lambda: window.is_ended or window.contains(msn, part))
        self._check_time(grant, room_id)
        if window.target_s is None:
            raise StreamNotLive(room_id=room_id)
        text = render_playlist(window, f"?token={quote(token)}" if token else "")
        return HlsFile(text.encode(), "application/vnd.apple.mpegurl", is_final=False)

    async def media_file(
        self, room_id: str, file: str, token: str | None, cookies: Mapping[str, str]
    ) -> HlsFile:
        """An init segment, a part (awaited if it is the next one) or a segment.

        Args:
            room_id: Whose stream.
            file: As the playlist names it.
            token: Of the request.
            cookies: Of the request.

        Raises:
            MediaFileUnknown: There is no such file, or no more.
            AppError: What ``check_viewer`` raises.
        """
        grant = await self._grant(room_id, token, cookies)
        stream = self._stream(room_id)
        kind, number = _file_name(file)
        if kind == "part":
            content = await self._part(stream, number)
        elif kind == "seg":
            segment = stream.packager.window.segment(number)
            content = segment.data if segment is not None and segment.is_closed else None
        else:
            content = stream.packager.window.inits.get(number)
        self._check_time(grant, room_id)
        if content is None:
            raise MediaFileUnknown(file=file)
        return HlsFile(content, "video/mp4", is_final=True)

    def _connection(self) -> RtmpConnection:
        return RtmpConnection(self.desk, self._clock, self._connections)

    def _stream(self, room_id: str) -> LiveStream:
        stream = self.desk.streams.get(room_id)
        if stream is None:
            raise StreamNotLive(room_id=room_id)
        return stream

    async def _grant(
        self, room_id: str, token: str | None, cookies: Mapping[str, str]
    ) -> PlaybackGrant:
        grant = await self._check_viewer(token, room_id, cookies)
        revoked_at = self._revoked.get((room_id, grant.user_id or ""))
        if revoked_at is not None and grant.issued_at <= revoked_at:
            raise PlaybackOver(room_id=room_id)
        self._check_time(grant, room_id)
        return grant

    def _check_time(self, grant: PlaybackGrant, room_id: str) -> None:
        """Also after waiting: a preview must not end later because its player asked ahead.

        Raises:
            PlaybackOver: It has ended.
        """
        if grant.is_over(self._clock.now()):
            raise PlaybackOver(room_id=room_id)

    async def _flv(self, stream: LiveStream, viewer: _Viewer) -> AsyncGenerator[bytes, None]:
        number = self._enter(stream, viewer)
        reader = RingReader()
        try:
            while not viewer.is_revoked:
                data = reader.take(stream.ring)
                if data:
                    yield data
                elif stream.phase is StreamPhase.ENDED:
                    return
                else:
                    await stream.flv_news.wait()
        finally:
            self._leave(stream, number)

    def _enter(self, stream: LiveStream, viewer: _Viewer) -> int:
        self._n_opened += 1
        number = self._n_opened
        self._open[number] = viewer
        self._viewers.setdefault(stream.name, set()).add(number)
        stream.n_viewers += 1
        if viewer.grant.ends_at is not None:
            left_s = (viewer.grant.ends_at - self._clock.now()).total_seconds()
            loop = asyncio.get_running_loop()
            viewer.timer = loop.call_later(max(0.0, left_s), self._time_over, stream, viewer)
        return number

    def _time_over(self, stream: LiveStream, viewer: _Viewer) -> None:
        """A preview has ended: its connection ends with the next frame, or now when none comes."""
        viewer.is_revoked = True
        if stream.phase is not StreamPhase.LIVE:
            stream.wake()

    def _leave(self, stream: LiveStream, number: int) -> None:
        viewer = self._open.pop(number)
        if viewer.timer is not None:
            viewer.timer.cancel()
        numbers = self._viewers[stream.name]
        numbers.discard(number)
        if not numbers:
            del self._viewers[stream.name]
        stream.n_viewers -= 1

    async def _part(self, stream: LiveStream, index: int) -> bytes | None:
        window = stream.packager.window
        if index == window.next_part:
            await self._until(
                stream, PART_WAIT_S, lambda: window.is_ended or index < window.next_part
            )
        part = window.part(index)
        return part.data if part is not None else None

    async def _until(
        self, stream: LiveStream, limit_s: float, is_there: Callable[[], bool]
    ) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not is_there():
                    await stream.hls_news.wait()
        except TimeoutError:
            return

    def _forget_revoked(self, now: datetime) -> None:
        oldest = now - timedelta(seconds=REVOKED_KEPT_S)
        while self._revoked:
            key = next(iter(self._revoked))
            if self._revoked[key] >= oldest and len(self._revoked) < REVOKED_MAX:
                return
            del self._revoked[key]


def _file_name(file: str) -> tuple[str, int]:
    """The kind and number in ``part12.m4s``, ``seg3.m4s``, ``init1.mp4``."""
    for kind, ending in (("part", ".m4s"), ("seg", ".m4s"), ("init", ".mp4")):
        number = file.removeprefix(kind).removesuffix(ending)
        if file == f"{kind}{number}{ending}" and number.isdecimal() and len(number) < 16:
            return kind, int(number)
    raise MediaFileUnknown(file=file)
