"""One rising timeline out of what encoders send.

RTMP timestamps are 32-bit milliseconds that wrap after 49.7 days, restart at zero when an encoder
reconnects, and jump when its machine sleeps or its clock is set. Players want none of it.
"""

from dataclasses import dataclass, field
from typing import Literal

TrackKind = Literal["video", "audio"]

FORWARD_JUMP_MS = 5_000
"""A larger step is a jump, not a pause: OBS and ffmpeg never leave a gap of this size."""
BACKWARD_JUMP_MS = 1_000
"""A larger step back is a restart; smaller ones are interleaving or rounding."""
STEP_DEFAULT_MS = 33
STEP_MAX_MS = 1_000


def signed_step_ms(new: int, old: int) -> int:
    """How far ``new`` lies after ``old`` on the 32-bit clock, in -2^31 .. 2^31 - 1."""
    return ((new - old + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


@dataclass(slots=True)
class Timeline:
    """Maps an encoder's timestamps to milliseconds from 0 that rise within each track.

    ``n_repaired`` counts the jumps that were closed.
    """

    n_repaired: int = 0
    _raw: int | None = None
    _at_ms: int = 0
    _restarted: bool = False
    _newest_ms: int = -1
    _newest_of: dict[TrackKind, int] = field(default_factory=dict[TrackKind, int])
    _step_of: dict[TrackKind, int] = field(default_factory=dict[TrackKind, int])

    @property
    def newest_ms(self) -> int:
        """The latest time given out, -1 before the first."""
        return self._newest_ms

    def restart(self) -> None:
        """The encoder was replaced: its next timestamp, whatever it is, goes on from here."""
        self._restarted = True

    def place(self, track: TrackKind, raw: int) -> int:
        """The time of a frame on the timeline.

        Args:
            track: Whose frame it is; both tracks share one clock.
            raw: The encoder's decoding timestamp, milliseconds modulo 2^32.

        Returns:
            Milliseconds from the first frame, larger than the track's last.
        """
        if self._raw is None:
            self._raw = raw
        step = signed_step_ms(raw, self._raw)
        if self._restarted or not -BACKWARD_JUMP_MS <= step <= FORWARD_JUMP_MS:
            self.n_repaired += not self._restarted
            self._restarted = False
            step = self._newest_ms + self._step_of.get(track, STEP_DEFAULT_MS) - self._at_ms
        self._raw = raw
        self._at_ms += step
        return self._give(track)

    def _give(self, track: TrackKind) -> int:
        last = self._newest_of.get(track)
        at = max(0, self._at_ms)
        if last is not None:
            at = max(at, last + 1)
            self._step_of[track] = min(at - last, STEP_MAX_MS)
        self._newest_of[track] = at
        self._newest_ms = max(self._newest_ms, at)
        return at
