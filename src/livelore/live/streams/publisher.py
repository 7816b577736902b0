"""A small encoder: publishes a recorded clip for ever, as if it were live."""

import asyncio
from pathlib import Path

import structlog

from livelore.media import flv
from livelore.media.errors import MediaError
from livelore.media.rtmp.client import CHUNK_SIZE, ClientSession, PublishState
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)

OPENING_S = 10.0
RETRY_S = 2.0
LEAD_S = 0.02
"""Tags due within this time are sent together, which halves the wake-ups."""


class Clip:
    """An FLV file that can be played round and round.

    Args:
        data: The whole file, H.264 and AAC.

    Raises:
        MediaError: Not FLV, or without frames.
    """

    def __init__(self, data: bytes) -> None:
        tags = flv.TagReader().feed(data)
        self.headers = [tag for tag in tags if _is_header(tag)]
        self.frames = sorted(
            (tag for tag in tags if not _is_header(tag) and not _is_end(tag)),
            key=lambda tag: tag.timestamp,
        )
        if len(self.frames) < 2:
            raise MediaError("clip has no frames")
        pictures = [tag.timestamp for tag in self.frames if tag.kind == flv.VIDEO]
        times = pictures if len(pictures) > 1 else [tag.timestamp for tag in self.frames]
        step_ms = round((times[-1] - times[0]) / (len(times) - 1))
        self.duration_ms = times[-1] - times[0] + step_ms

    @classmethod
    def read(cls, path: Path) -> "Clip":
        """The clip in a file."""
        return cls(path.read_bytes())


class ClipPublisher:
    """Publishes a clip over RTMP, round and round with rising timestamps, in real time.

    Args:
        clip: What to publish.
        clock: Sets the pace.
        first_timestamp: Of the first tag, milliseconds modulo 2^32.
        chunk_size: Of RTMP; OBS sends 4096, ffmpeg 60000.
    """

    def __init__(
        self,
        clip: Clip,
        clock: Clock,
        first_timestamp: int = 0,
        chunk_size: int = CHUNK_SIZE,
    ) -> None:
        self._chunk_size = chunk_size
        self._clip = clip
        self._clock = clock
        self._first = first_timestamp

    async def run(self, host: str, port: int, stream_key: str) -> None:
        """Publish until cancelled; come back when the connection is lost.

        Raises:
            PublishRejected: The server does not want the key.
        """
        while True:
            try:
                await self.publish_once(host, port, stream_key)
            except (OSError, MediaError) as error:
                log.info("publisher.lost", why=str(error))
            await asyncio.sleep(RETRY_S)

    async def publish_once(
        self, host: str, port: int, stream_key: str, seconds: float | None = None
    ) -> None:
        """Publish over one connection.

        Args:
            host: Of the server.
            port: Of its RTMP.
            stream_key: Which stream.
            seconds: How long; None until the connection is lost.

        Raises:
            PublishRejected: The server does not want the key or the codec.
            OSError: The connection is lost.
        """
        reader, writer = await asyncio.open_connection(host, port)
        address = f"rtmp://{host}:{port}/live"
        session = ClientSession("live", stream_key, address, self._chunk_size)
        try:
            async with asyncio.timeout(OPENING_S):
                await _open(session, reader, writer)
            watching = asyncio.ensure_future(_listen(session, reader, writer))
            try:
                await self._play(session, writer, seconds, watching)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            session.stop()
            writer.write(session.take_output())
            await writer.drain()
        finally:
            writer.close()

    async def _play(
        self,
        session: ClientSession,
        writer: asyncio.StreamWriter,
        seconds: float | None,
        watching: "asyncio.Future[None]",
    ) -> None:
        for tag in self._clip.headers:
            session.send_media(tag.kind, self._first, tag.payload)
        started = self._clock.monotonic()
        turn = 0
        while True:
            shift = turn * self._clip.duration_ms - self._clip.frames[0].timestamp
            for tag in self._clip.frames:
                at_ms = tag.timestamp + shift
                wait_s = started + at_ms / 1000 - self._clock.monotonic()
                if wait_s > LEAD_S:
                    writer.write(session.take_output())
                    await writer.drain()
                    await asyncio.sleep(wait_s)
                    if watching.done():
                        raise _why_lost(session)
                if seconds is not None and at_ms > seconds * 1000:
                    return
                session.send_media(tag.kind, (self._first + at_ms) & 0xFFFFFFFF, tag.payload)
            turn += 1


class PublishRejected(Exception):
    """The server refused the stream key; the text says why."""


def _is_header(tag: flv.Tag) -> bool:
    if tag.kind == flv.SCRIPT:
        return True
    return tag.payload[1:2] == b"\x00"


def _is_end(tag: flv.Tag) -> bool:
    return tag.kind == flv.VIDEO and tag.payload[1:2] == b"\x02"


def _why_lost(session: ClientSession) -> Exception:
    if session.state is PublishState.REFUSED:
        return PublishRejected(session.refusal)
    return ConnectionResetError("the server hung up")


async def _open(
    session: ClientSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while session.state is PublishState.OPENING:
        writer.write(session.take_output())
        data = await reader.read(65536)
        if not data:
            raise ConnectionResetError("the server hung up")
        session.receive(data)
    if session.state is PublishState.REFUSED:
        raise _why_lost(session)


async def _listen(
    session: ClientSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while data := await reader.read(65536):
        session.receive(data)
        writer.write(session.take_output())
