"""What a host is told, and the minute series behind the curves."""

from collections import deque
from collections.abc import Sequence
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
class Peak:
    """The most viewers, and when they were first that many."""

    n_viewers: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One minute of a live session: its last numbers, and the most viewers in it.

    ``revenue_minor`` and ``n_danmaku`` are those of the session so far.
    """

    at: datetime
    n_viewers: int
    revenue_minor: int
    n_danmaku: int
    peak: Peak


@dataclass(slots=True)
class Curve:
    """Minutes of one live session, the newest being filled; and the highest number of viewers."""

    live_session_id: str
    points: deque[Point] = field(default_factory=deque[Point])
    peak: Peak | None = None
    n_danmaku_before: int = 0
    """Danmaku of the session before the first point."""
    kept_until: datetime | None = None
    """The newest minute that is on disk and will not change."""

    @classmethod
    def kept(cls, live_session_id: str, points: Sequence[Point], peak: Peak | None) -> "Curve":
        """A curve that goes on from what is on disk.

        Args:
            live_session_id: Whose.
            points: The newest minutes, in order, one more than are shown if there are more.
            peak: Of the whole session.
        """
        curve = cls(live_session_id, deque(points), peak)
        curve._shorten()
        # The last minute may have been cut off in its middle: it is filled and kept again.
        curve.kept_until = points[-2].at if len(points) > 1 else None
        return curve

    def note(self, at: datetime, n_viewers: int, revenue_minor: int, n_danmaku: int) -> None:
        """Take in the present numbers; the last ones of a minute stand for it.

        Args:
            at: Now.
            n_viewers: In the room.
            revenue_minor: Of the session so far.
            n_danmaku: Of the session so far.
        """
        peak = Peak(n_viewers, at)
        if n_viewers > (self.peak.n_viewers if self.peak else 0):
            self.peak = peak
        minute = at.replace(second=0, microsecond=0)
        if self.points and self.points[-1].at == minute:
            earlier = self.points.pop().peak
            peak = earlier if earlier.n_viewers >= n_viewers else peak
        self.points.append(Point(minute, n_viewers, revenue_minor, n_danmaku, peak))
        self._shorten()

    def _shorten(self) -> None:
        while len(self.points) > SERIES_MAX:
            self.n_danmaku_before = self.points.popleft().n_danmaku

    def to_keep(self, until: datetime | None = None) -> list[Point]:
        """Minutes that are not on disk yet: those before the minute of ``until``, or all."""
        minute = None if until is None else until.replace(second=0, microsecond=0)
        return [
            point
            for point in self.points
            if (self.kept_until is None or point.at > self.kept_until)
            and (minute is None or point.at < minute)
        ]

    def per_minute(self) -> list[Point]:
        """The points with danmaku of each minute instead of so far."""
        before = self.n_danmaku_before
        result: list[Point] = []
        for point in self.points:
            result.append(replace(point, n_danmaku=max(0, point.n_danmaku - before)))
            before = point.n_danmaku
        return result
