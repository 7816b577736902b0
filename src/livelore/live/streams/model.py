"""What a stream is, who may watch it, and how well it does."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

WINDOW_S = 5.0
"""Rates are counted over this time."""
FRAMES_MAX = 2_000
"""Frames counted in the window: 60 pictures and 94 blocks of sound a second need 770."""
KEY_FRAMES_RARE_S = 5.0
"""Above, a new viewer waits too long and players fall behind (OBS: set it to 2 s)."""
DRIFT_MS_PER_S = 1.0
"""What an encoder's clock may run slow; real ones stay under 0.1."""
LATE_MS = 500
"""A frame that comes this much later than the earliest ones did was held up on the way."""


class StreamPhase(Enum):
    """Where a stream stands."""

    WAITING = "waiting"  # accepted, no picture yet
    LIVE = "live"
    INTERRUPTED = "interrupted"  # the encoder is gone and may come back
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PlaybackGrant:
    """Leave to watch one stream.

    ``user_id`` is what `revoke` names, None for somebody unknown. ``issued_at`` is when the right
    was checked; a later revocation undoes it. ``ends_at`` is the end of a preview.
    """

    user_id: str | None
    issued_at: datetime
    ends_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the grant's time has passed."""
        return self.ends_at is not None and now >= self.ends_at


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How the encoder does, over the last five seconds.

    ``n_dropped`` are frames that could not be used, ``n_late`` those that were held up, both since
    the stream began. ``problem_code`` names the first thing to mend.
    """

    bitrate_kbps: int
    fps: float
    width: int
    height: int
    key_frame_interval_s: float | None
    n_dropped: int
    n_late: int
    problem_code: str | None
    has_audio: bool = False


@dataclass(slots=True)
class IngestCounters:
    """What encoders sent to this process since it began; only ever rise."""

    n_bytes: int = 0
    n_frames: int = 0
    n_dropped: int = 0
    n_publications: int = 0
    n_refused: int = 0


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream as others see it."""

    name: str
    phase: StreamPhase
    is_publishing: bool
    started_at: datetime | None
    interrupted_at: datetime | None
    n_viewers: int
    encoder: str
    health: StreamHealth


@dataclass(slots=True)
class HealthMeter:
    """Counts what arrives."""

    n_late: int = 0
    key_frame_interval_s: float | None = None
    has_foreign_audio: bool = False
    _arrivals: deque[tuple[float, int, bool]] = field(
        default_factory=lambda: deque[tuple[float, int, bool]](maxlen=FRAMES_MAX)
    )
    _last_key_ms: int | None = None
    _earliest_lag_ms: float | None = None
    _counted_at: float = 0.0
    _is_late: bool = False

    def restart(self) -> None:
        """The encoder was replaced: its own lag starts anew."""
        self._earliest_lag_ms = None
        self._last_key_ms = None
        self._is_late = False

    def count(self, n_bytes: int, dts_ms: int, *, now: float, is_video: bool, is_key: bool) -> None:
        """Take a frame into account.

        Args:
            n_bytes: Its size.
            dts_ms: Its place on the timeline.
            now: Monotonic seconds.
            is_video: A picture, not sound.
            is_key: A picture that stands by itself.
        """
        self._arrivals.append((now, n_bytes, is_video))
        lag_ms = now * 1000 - dts_ms
        drift_ms = (now - self._counted_at) * DRIFT_MS_PER_S
        self._counted_at = now
        earliest = self._earliest_lag_ms
        self._earliest_lag_ms = lag_ms if earliest is None else min(earliest + drift_ms, lag_ms)
        self._is_late = lag_ms - self._earliest_lag_ms > LATE_MS
        self.n_late += self._is_late
        if is_video and is_key:
            if self._last_key_ms is not None:
                self.key_frame_interval_s = (dts_ms - self._last_key_ms) / 1000
            self._last_key_ms = dts_ms

    def rates(self, now: float) -> tuple[int, float]:
        """Kilobits and pictures per second."""
        while self._arrivals and self._arrivals[0][0] < now - WINDOW_S:
            self._arrivals.popleft()
        if not self._arrivals:
            return 0, 0.0
        span = max(now - self._arrivals[0][0], 0.5)
        n_bytes = sum(size for _, size, _ in self._arrivals)
        pictures = sum(is_video for _, _, is_video in self._arrivals)
        return round(n_bytes * 8 / 1000 / span), round(pictures / span, 1)

    def has_sound(self, now: float) -> bool:
        """Whether sound that browsers can play has arrived lately."""
        since = now - WINDOW_S
        return any(at >= since and not is_video for at, _, is_video in self._arrivals)

    def problem_code(self) -> str | None:
        """The first thing that the host should mend."""
        if self.has_foreign_audio:
            return "streams.audio_not_aac"
        if self._is_late:
            return "streams.encoder_late"
        if (self.key_frame_interval_s or 0) > KEY_FRAMES_RARE_S:
            return "streams.key_frames_rare"
        return None
