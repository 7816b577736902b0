"""What a host is told, and the minute series behind the curves."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

LineKind = Literal["ticket", "course", "gift", "super_chat"]
SERIES_MAX = 720
"""Minutes of a curve that are kept: twelve hours of class."""


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """The host's part of one kind of sale."""

    kind: LineKind
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Point:
    """One minute of a live session."""

    at: datetime
    n_viewers: int
    revenue_minor: int
    n_danmaku: int


@dataclass(slots=True)
class Curve:
    """Minutes of one live session, the newest being filled; and the highest number of viewers."""

    live_session_id: str
    points: deque[Point] = field(default_factory=lambda: deque[Point](maxlen=SERIES_MAX))
    n_viewers_peak: int = 0
    peak_at: datetime | None = None

    def note(self, at: datetime, n_viewers: int, revenue_minor: int, n_danmaku: int) -> bool:
        """Take in the present numbers; the last ones of a minute stand for it.

        Args:
            at: Now.
            n_viewers: In the room.
            revenue_minor: Of the session so far.
            n_danmaku: Of the session so far.

        Returns:
            Whether there were never more viewers than now.
        """
        is_peak = n_viewers > self.n_viewers_peak
        if is_peak:
            self.n_viewers_peak, self.peak_at = n_viewers, at
        minute = at.replace(second=0, microsecond=0)
        point = Point(minute, n_viewers, revenue_minor, n_danmaku)
        if self.points and self.points[-1].at == minute:
            self.points.pop()
        self.points.append(point)
        return is_peak

    def per_minute(self) -> list[Point]:
        """The points with danmaku of each minute instead of so far."""
        before = 0
        result: list[Point] = []
        for point in self.points:
            result.append(replace(point, n_danmaku=max(0, point.n_danmaku - before)))
            before = point.n_danmaku
        return result
