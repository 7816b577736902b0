"""RTMP connections of encoders."""

import asyncio
from typing import Protocol, cast

import structlog

from livelore.media.amf0 import AmfValue
from livelore.media.errors import MediaError
from livelore.media.flv import CodecError
from livelore.media.rtmp.server import (
    CloseWanted,
    MediaReceived,
    MetadataReceived,
    PublishEnded,
    PublishRequested,
    ServerEvent,
    ServerSession,
)
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)

CONNECTIONS_MAX = 500
OUTPUT_BYTES_MAX = 256 * 1024
"""Answers an encoder has not read; an honest one never leaves a kilobyte."""
OPENING_S = 10.0
"""From connecting to an accepted key; OBS takes under a second."""


class PublishRefused(Exception):
    """The desk does not want this publication; the text goes to the encoder."""


class Sink(Protocol):
    """Where an accepted publication goes."""

    def media(self, media: MediaReceived) -> None:
        """A video or audio body arrived."""
        ...

    def metadata(self, items: dict[str, AmfValue]) -> None:
        """The encoder said what it is."""
        ...

    def closed(self) -> None:
        """The encoder is gone, on purpose or not."""
        ...


class IngestDesk(Protocol):
    """Decides on publications."""

    async def admit(self, stream_key: str, connection: "RtmpConnection") -> Sink:
        """Take a publication in, or raise `PublishRefused`."""
        ...


class RtmpConnection(asyncio.Protocol):
    """One encoder's connection.

    Args:
        desk: Decides on its stream key.
        clock: For the time of the last data.
        connections: All open connections, this one being added and removed.
    """

    def __init__(self, desk: IngestDesk, clock: Clock, connections: "set[RtmpConnection]") -> None:
        self.last_data_at = clock.monotonic()
        self.peer = ""
        self._desk = desk
        self._clock = clock
        self._connections = connections
        self._session = ServerSession()
        self._transport: asyncio.Transport | None = None
        self._sink: Sink | None = None
        self._admission: asyncio.Task[None] | None = None
        self._opening: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the time limit, or hang up when there are too many connections."""
        # uvloop's transports have the methods but not the class.
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        if len(self._connections) >= CONNECTIONS_MAX:
            log.warning("rtmp.too_many_connections")
            self._transport.abort()
            return
        self._connections.add(self)
        self._opening = asyncio.get_running_loop().call_later(OPENING_S, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Feed the session and act on what it says."""
        self.last_data_at = self._clock.monotonic()
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink."""
        self._connections.discard(self)
        if self._opening is not None:
            self._opening.cancel()
        if self._admission is not None:
            self._admission.cancel()
        self._release()

    def close(self) -> None:
        """Send what is queued, then hang up."""
        self._release()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def _release(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.closed()

    def _give_up(self) -> None:
        if self._sink is None:
            self.abort()

    def _feed(self, data: bytes) -> None:
        try:
            for event in self._session.receive(data):
                self._handle(event)
        except CodecError as error:
            log.warning("stream.codec_refused", why=str(error), **{"pii.peer": self.peer})
            self._session.reject(f"Send H.264 and AAC: {error}.", "NetStream.Publish.Rejected")
            self._flush()
            self.close()
            return
        except MediaError as error:
            log.warning("rtmp.broken", why=str(error), **{"pii.peer": self.peer})
            self._flush()
            self.close()
            return
        self._flush()

    def _handle(self, event: ServerEvent) -> None:
        if isinstance(event, MediaReceived):
            if self._sink is not None:
                self._sink.media(event)
        elif isinstance(event, PublishRequested):
            self._ask(event.stream_key)
        elif isinstance(event, MetadataReceived):
            if self._sink is not None:
                self._sink.metadata(event.items)
        elif isinstance(event, PublishEnded):
            self._flush()
            self.close()
        else:
            self._refuse(event)

    def _refuse(self, event: CloseWanted) -> None:
        log.warning("rtmp.refused", why=event.why, **{"pii.peer": self.peer})
        self._flush()
        self.close()

    def _ask(self, stream_key: str) -> None:
        if self._transport is not None:
            self._transport.pause_reading()
        self._admission = asyncio.get_running_loop().create_task(self._admit(stream_key))

    async def _admit(self, stream_key: str) -> None:
        try:
            self._sink = await self._desk.admit(stream_key, self)
        except PublishRefused as refusal:
            log.warning("stream.key_refused", why=str(refusal), **{"pii.peer": self.peer})
            self._session.reject(str(refusal))
            self._flush()
            self.close()
            return
        except Exception:
            log.exception("stream.admission_failed")
            self.close()
            return
        self._admission = None
        self._session.accept()
        self._flush()
        if self._transport is not None and not self._transport.is_closing():
            self._feed(b"")
            self._transport.resume_reading()

    def _flush(self) -> None:
        output = self._session.take_output()
        if not output or self._transport is None:
            return
        self._transport.write(output)
        if self._transport.get_write_buffer_size() > OUTPUT_BYTES_MAX:
            log.warning("rtmp.not_reading", **{"pii.peer": self.peer})
            self._transport.abort()
