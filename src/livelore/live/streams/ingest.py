"""The desk: who publishes to which stream, and what becomes of streams whose encoder is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from livelore.live.streams.model import IngestCounters, StreamPhase
from livelore.live.streams.rtmp_server import PublishRefused, RtmpConnection
from livelore.live.streams.stream import LiveStream
from livelore.media.amf0 import AmfValue
from livelore.media.rtmp.server import MediaReceived
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)

SILENCE_S = 5.0
"""An encoder that sent nothing for so long may be replaced (CONTRACT section 6)."""
HANG_UP_S = 10.0
"""An encoder that sent nothing for so long is hung up on."""
TICK_S = 0.5
POLL_S = 0.1
NOTICES_MAX = 1_000
STREAMS_MAX = 200
"""Streams of one process, ended ones included; 60 of 2.5 Mbit/s fill a core."""
ENDED_KEPT_S = 60.0
"""How long an ended stream's last segments can be fetched."""


@dataclass(frozen=True, slots=True)
class IngestHooks:
    """What the desk asks and tells; all take the room's id but the first.

    ``authorize_key(stream_key, peer)`` gives the room's id, or None for a wrong key. The others
    are called one after the other, in order; they may be slow without holding up media.
    """

    authorize_key: Callable[[str, str], Awaitable[str | None]]
    on_started: Callable[[str], Awaitable[None]]
    on_interrupted: Callable[[str], Awaitable[None]]
    on_resumed: Callable[[str], Awaitable[None]]
    on_ended: Callable[[str], Awaitable[None]]


class Desk:
    """All streams of this process.

    Args:
        clock: For silences and the time to come back.
        hooks: What is asked and told.
        resume_s: How long a dropped encoder may come back.
    """

    def __init__(self, clock: Clock, hooks: IngestHooks, resume_s: float) -> None:
        self.streams: dict[str, LiveStream] = {}
        self.counters = IngestCounters()
        self.hooks = hooks
        self._clock = clock
        self._resume_s = resume_s
        self._ended_at: dict[str, float] = {}
        self._notices: asyncio.Queue[tuple[Callable[[str], Awaitable[None]], str]]
        self._notices = asyncio.Queue(NOTICES_MAX)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch streams and to pass notices on."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._watch()), loop.create_task(self._tell())]

    async def stop(self) -> None:
        """Let go; streams that are live stay so in the eyes of the hooks."""
        for stream in list(self.streams.values()):
            if stream.publisher is not None:
                stream.publisher.close()
            stream.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def admit(self, stream_key: str, connection: RtmpConnection) -> "Publication":
        """Take a publication in.

        Raises:
            PublishRefused: The key is wrong, or somebody else is publishing on it.
        """
        try:
            return await self._admit(stream_key, connection)
        except PublishRefused:
            self.counters.n_refused += 1
            raise

    async def _admit(self, stream_key: str, connection: RtmpConnection) -> "Publication":
        name = await self.hooks.authorize_key(stream_key, connection.peer)
        if name is None:
            raise PublishRefused("Unknown stream key.")
        while (first := self._publisher_of(name)) is not None:
            await self._wait_for_silence(name, first)
            if self._publisher_of(name) is first:
                self._replace(name)
        stream = self.streams.get(name)
        if stream is None or stream.phase is StreamPhase.ENDED:
            stream = self._new_stream(name)
        stream.publisher = connection
        self.counters.n_publications += 1
        log.info("stream.publishing", stream=name)
        return Publication(self, stream, connection)

    def end(self, name: str) -> None:
        """End a stream now: nobody may come back into it."""
        stream = self.streams.get(name)
        if stream is None or stream.phase is StreamPhase.ENDED:
            return
        publisher, was_started = stream.publisher, stream.started_at is not None
        stream.end()
        self._ended_at[name] = self._clock.monotonic()
        if publisher is not None:
            publisher.close()
        if was_started:
            self.notify(self.hooks.on_ended, name)
        log.info("stream.ended", stream=name)

    def lost(self, stream: LiveStream) -> None:
        """The stream's encoder is gone."""
        stream.publisher = None
        was_live = stream.phase is StreamPhase.LIVE
        stream.interrupt()
        if was_live:
            log.info("stream.interrupted", stream=stream.name)
            self.notify(self.hooks.on_interrupted, stream.name)
        elif stream.phase is StreamPhase.WAITING:
            self.streams.pop(stream.name, None)

    def notify(self, hook: Callable[[str], Awaitable[None]], name: str) -> None:
        """Tell a hook soon, in order."""
        try:
            self._notices.put_nowait((hook, name))
        except asyncio.QueueFull:
            log.exception("stream.notice_lost", stream=name)

    async def settle(self) -> None:
        """Until every notice given so far was heard."""
        await self._notices.join()

    def _publisher_of(self, name: str) -> RtmpConnection | None:
        stream = self.streams.get(name)
        publisher = stream.publisher if stream is not None else None
        return publisher if isinstance(publisher, RtmpConnection) else None

    async def _wait_for_silence(self, name: str, first: RtmpConnection) -> None:
        seen_at = first.last_data_at
        while self._clock.monotonic() - seen_at < SILENCE_S:
            await asyncio.sleep(POLL_S)
            if self._publisher_of(name) is not first:
                return
            if first.last_data_at != seen_at:
                raise PublishRefused("This stream key is in use.")

    def _replace(self, name: str) -> None:
        stream = self.streams[name]
        publisher = stream.publisher
        log.info("stream.replaced", stream=name)
        self.lost(stream)
        if publisher is not None:
            publisher.close()

    def _new_stream(self, name: str) -> LiveStream:
        if len(self.streams) >= STREAMS_MAX and name not in self.streams:
            raise PublishRefused("This server carries as many streams as it can.")
        self._ended_at.pop(name, None)
        stream = self.streams[name] = LiveStream(name, self._clock, self.counters)
        return stream

    async def _tell(self) -> None:
        while True:
            hook, name = await self._notices.get()
            try:
                await hook(name)
            except Exception:
                log.exception("stream.notice_failed", stream=name)
            finally:
                self._notices.task_done()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """Look after silent encoders, interrupted and ended streams, and wake viewers."""
        now = self._clock.monotonic()
        for stream in list(self.streams.values()):
            publisher = stream.publisher
            if publisher is not None and now - publisher.last_data_at > HANG_UP_S:
                publisher.close()
            self._age(stream, now)
            stream.wake()

    def _age(self, stream: LiveStream, now: float) -> None:
        if stream.phase is StreamPhase.INTERRUPTED:
            if now - stream.interrupted_mono >= self._resume_s:
                self.end(stream.name)
        elif (
            stream.phase is StreamPhase.ENDED
            and now - self._ended_at.get(stream.name, now) >= ENDED_KEPT_S
        ):
            del self.streams[stream.name]


class Publication:
    """An accepted encoder feeding its stream."""

    def __init__(self, desk: Desk, stream: LiveStream, connection: RtmpConnection) -> None:
        self._desk = desk
        self._stream = stream
        self._connection = connection

    def media(self, media: MediaReceived) -> None:
        """Keep a body; the first one makes the stream live."""
        if self._stream.publisher is not self._connection:
            return
        if self._stream.take(media):
            hooks = self._desk.hooks
            hook = hooks.on_resumed if self._stream.go_live() else hooks.on_started
            self._desk.notify(hook, self._stream.name)

    def metadata(self, items: dict[str, AmfValue]) -> None:
        """Remember the encoder's name."""
        encoder = items.get("encoder")
        if isinstance(encoder, str):
            self._stream.encoder = encoder[:80]

    def closed(self) -> None:
        """The connection is gone."""
        if self._stream.publisher is self._connection:
            self._desk.lost(self._stream)
