"""What a playlist lists."""

from collections import deque
from dataclasses import dataclass, field

WINDOW_TARGETS = 4
"""Closed segments are listed for this many target durations; three are the least allowed."""
RETAINED = 3
"""Closed segments that can still be fetched after they left the playlist."""
BYTES_MAX = 128 * 1024 * 1024
"""Of one stream; at 2.5 Mbit/s a window is about 6 MiB."""


@dataclass(frozen=True, slots=True)
class Part:
    """A fragment of some hundred milliseconds, numbered through the whole stream."""

    index: int
    duration_ms: int
    is_independent: bool
    data: bytes


@dataclass(slots=True)
class MediaSegment:
    """Parts from one cut to the next.

    ``started_at_ms`` is wall time (epoch); ``follows_break`` asks players to set up anew.
    """

    msn: int
    init: int
    started_at_ms: int
    follows_break: bool
    parts: list[Part] = field(default_factory=list[Part])
    is_closed: bool = False

    @property
    def duration_ms(self) -> int:
        """Of the parts so far."""
        return sum(part.duration_ms for part in self.parts)

    @property
    def data(self) -> bytes:
        """The whole segment."""
        return b"".join(part.data for part in self.parts)


@dataclass(slots=True)
class Window:
    """The segments at hand, oldest first, the last one perhaps still growing.

    ``target_s`` is None until the first segment is complete: nothing is listed before, since the
    target duration must never change. ``n_breaks_gone`` counts breaks before ``listed``.
    """

    segments: deque[MediaSegment] = field(default_factory=deque[MediaSegment])
    inits: dict[int, bytes] = field(default_factory=dict[int, bytes])
    target_s: int | None = None
    next_part: int = 0
    is_ended: bool = False
    n_breaks_gone: int = 0
    _n_hidden: int = 0

    def listed(self) -> list[MediaSegment]:
        """The segments that the playlist names."""
        return list(self.segments)[self._n_hidden :]

    def contains(self, msn: int, part: int | None) -> bool:
        """Whether the playlist has come to a segment, or to a part of it.

        Args:
            msn: Media sequence number.
            part: Index within the segment; None asks for the whole.
        """
        if self.target_s is None or not self.segments:
            return False
        last = self.segments[-1]
        if msn != last.msn:
            return msn < last.msn
        return last.is_closed if part is None else last.is_closed or part < len(last.parts)

    def segment(self, msn: int) -> MediaSegment | None:
        """A segment that can be fetched, growing or not."""
        at = msn - self.segments[0].msn if self.segments else -1
        return self.segments[at] if 0 <= at < len(self.segments) else None

    def part(self, index: int) -> Part | None:
        """A part that can be fetched."""
        for segment in reversed(self.segments):
            if segment.parts and segment.parts[0].index <= index:
                at = index - segment.parts[0].index
                return segment.parts[at] if at < len(segment.parts) else None
        return None

    def trim(self) -> None:
        """Hide and forget segments that fell out of the window."""
        target_ms = (self.target_s or 0) * 1000
        listed = self.listed()
        left_ms = sum(segment.duration_ms for segment in listed)
        while len(listed) > WINDOW_TARGETS and left_ms > WINDOW_TARGETS * target_ms:
            left_ms -= listed[0].duration_ms
            self._hide(listed.pop(0))
        while self._n_hidden > RETAINED or (self._n_hidden and self._n_bytes() > BYTES_MAX):
            self.segments.popleft()
            self._n_hidden -= 1
        while len(self.segments) > 2 and self._n_bytes() > BYTES_MAX:
            self._hide(self.segments.popleft())
            self._n_hidden -= 1
        used = {segment.init for segment in self.segments}
        newest = max(self.inits, default=0)
        self.inits = {n: data for n, data in self.inits.items() if n in used or n == newest}

    def _hide(self, segment: MediaSegment) -> None:
        self._n_hidden += 1
        self.n_breaks_gone += segment.follows_break

    def _n_bytes(self) -> int:
        return sum(len(part.data) for segment in self.segments for part in segment.parts)
