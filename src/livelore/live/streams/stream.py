"""One stream: frames in, kept for both ways of playback."""

import asyncio
from datetime import datetime
from typing import Protocol

import structlog

from livelore.live.streams.model import (
    HealthMeter,
    IngestCounters,
    StreamHealth,
    StreamPhase,
    StreamState,
)
from livelore.live.streams.ring import TagRing
from livelore.media.flv import CodecError
from livelore.media.frames import Configs, Frame, FrameReader
from livelore.media.hls.packager import Packager
from livelore.media.rtmp.server import MediaReceived
from livelore.media.timeline import Timeline
from livelore.ports.clock import Clock, now_ms

log = structlog.get_logger(__name__)


class Publisher(Protocol):
    """The connection that feeds a stream."""

    last_data_at: float

    def close(self) -> None:
        """Hang up."""
        ...


class Signal:
    """Wakes everybody who waits."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        """Wake all."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self) -> None:
        """Until the next `fire`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter


class LiveStream:
    """The feed of one room from its first picture to its end.

    Args:
        name: The room's id.
        clock: For times and rates.
        counters: Of all streams of the process.
    """

    def __init__(self, name: str, clock: Clock, counters: IngestCounters) -> None:
        self.name = name
        self._counters = counters
        self.phase = StreamPhase.WAITING
        self.publisher: Publisher | None = None
        self.encoder = ""
        self.started_at: datetime | None = None
        self.interrupted_at: datetime | None = None
        self.interrupted_mono = 0.0
        self.n_viewers = 0
        self.ring = TagRing()
        # Segments take a second at least, so that numbers rise across a restart of the server.
        self.packager = Packager(first_msn=now_ms(clock) // 1000)
        self.flv_news = Signal()
        self.hls_news = Signal()
        self._clock = clock
        self._frames = FrameReader(Timeline())
        self._meter = HealthMeter()

    def take(self, media: MediaReceived) -> bool:
        """Keep a body that the encoder sent.

        Returns:
            True when it was the first picture (or sound, where there is no picture) of a
            publication: the stream is live from now on.

        Raises:
            MediaError: The encoder sends what cannot be carried.
        """
        n_dropped = self._frames.n_dropped
        item = self._read(media)
        self._counters.n_bytes += len(media.payload)
        self._counters.n_dropped += self._frames.n_dropped - n_dropped
        if isinstance(item, Configs):
            self.ring.configure(item)
            self.packager.configure(item)
        elif item is not None:
            return self._keep(item)
        return False

    def interrupt(self) -> None:
        """The encoder is gone."""
        if self.phase is StreamPhase.LIVE:
            self.phase = StreamPhase.INTERRUPTED
            self.interrupted_at = self._clock.now()
            self.interrupted_mono = self._clock.monotonic()
        self._frames.restart()
        self._meter.restart()
        self.packager.interrupt()
        self.wake()

    def end(self) -> None:
        """No encoder will come back."""
        self.phase = StreamPhase.ENDED
        self.publisher = None
        self.packager.end()
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self.flv_news.fire()
        self.hls_news.fire()

    def state(self) -> StreamState:
        """How the stream stands now."""
        return StreamState(
            self.name,
            self.phase,
            self.publisher is not None,
            self.started_at,
            self.interrupted_at,
            self.n_viewers,
            self.encoder,
            self._health(),
        )

    def _health(self) -> StreamHealth:
        video = self._frames.configs.video
        bitrate_kbps, fps = self._meter.rates(self._clock.monotonic())
        return StreamHealth(
            bitrate_kbps,
            fps,
            video.width if video else 0,
            video.height if video else 0,
            self._meter.key_frame_interval_s,
            self._frames.n_dropped,
            self._meter.n_late,
            self._meter.problem_code(),
            self._meter.has_sound(self._clock.monotonic()),
        )

    def _read(self, media: MediaReceived) -> Frame | Configs | None:
        if media.is_video:
            return self._frames.video(media.timestamp, media.payload)
        try:
            return self._frames.audio(media.timestamp, media.payload)
        except CodecError:
            if not self._meter.has_foreign_audio:
                log.warning("stream.audio_not_aac", stream=self.name)
            self._meter.has_foreign_audio = True
            return None

    def _keep(self, frame: Frame) -> bool:
        is_video = frame.track == "video"
        leads = is_video or self._frames.configs.video is None
        if not leads and self.phase is not StreamPhase.LIVE:
            return False  # sound before the first picture
        self._counters.n_frames += 1
        self._meter.count(
            len(frame.payload),
            frame.dts_ms,
            now=self._clock.monotonic(),
            is_video=is_video,
            is_key=frame.is_key,
        )
        self.ring.append(frame)
        if self.packager.push(frame, now_ms(self._clock)):
            self.hls_news.fire()
        if leads:
            self.flv_news.fire()
        return leads and self.phase is not StreamPhase.LIVE

    def go_live(self) -> bool:
        """The first picture is there.

        Returns:
            True when the stream was interrupted before.
        """
        was_interrupted = self.phase is StreamPhase.INTERRUPTED
        self.phase = StreamPhase.LIVE
        self.interrupted_at = None
        if self.started_at is None:
            self.started_at = self._clock.now()
        return was_interrupted
