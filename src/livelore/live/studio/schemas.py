"""Wire shapes of the studio."""

from datetime import datetime

from msgspec import Struct

from livelore.live.streams.model import StreamState
from livelore.live.studio.model import Point
from livelore.live.studio.service import Numbers, PastSession, Report


class LineOut(Struct):
    """The host's part of one kind of sale, minor units."""

    kind: str
    count: int
    amount_minor: int


class RevenueOut(Struct):
    """The host's part of this session, before tax."""

    currency: str
    total_minor: int
    lines: list[LineOut]
    checked_at: datetime
    agrees_with_ledger: bool


def _revenue(found: Numbers | Report) -> RevenueOut:
    lines = [LineOut(line.kind, line.count, line.amount_minor) for line in found.lines]
    total_minor = sum(line.amount_minor for line in lines)
    return RevenueOut(
        found.currency, total_minor, lines, found.checked_at, found.agrees_with_ledger
    )


class StreamOut(Struct):
    """How the encoder does."""

    is_publishing: bool
    bitrate_kbps: int
    fps: float
    width: int
    height: int
    key_frame_interval_s: float | None
    dropped: int
    late: int
    encoder: str
    problem_code: str | None
    has_audio: bool

    @classmethod
    def of(cls, state: StreamState) -> "StreamOut":
        """From the stream's own state."""
        health = state.health
        return cls(
            state.is_publishing,
            health.bitrate_kbps,
            health.fps,
            health.width,
            health.height,
            health.key_frame_interval_s,
            health.n_dropped,
            health.n_late,
            state.encoder,
            health.problem_code,
            health.has_audio,
        )


class PointOut(Struct):
    """One minute."""

    at: datetime
    n_viewers: int
    revenue_minor: int
    danmaku: int

    @classmethod
    def of(cls, point: Point) -> "PointOut":
        """From the model."""
        return cls(point.at, point.n_viewers, point.revenue_minor, point.n_danmaku)


class StudioOut(Struct):
    """What a host is told, once a second."""

    state: str
    n_viewers: int
    n_viewers_peak: int
    peak_at: datetime | None
    danmaku_per_minute: int
    n_danmaku: int
    n_gifts: int
    revenue: RevenueOut
    stream: StreamOut | None
    series: list[PointOut]

    @classmethod
    def of(cls, numbers: Numbers) -> "StudioOut":
        """From the service's answer."""
        return cls(
            numbers.state,
            numbers.n_viewers,
            numbers.n_viewers_peak,
            numbers.peak_at,
            numbers.danmaku_per_minute,
            numbers.n_danmaku,
            numbers.n_gifts,
            _revenue(numbers),
            None if numbers.stream is None else StreamOut.of(numbers.stream),
            [PointOut.of(point) for point in numbers.series],
        )


class PastSessionOut(Struct):
    """A class that is over."""

    id: str
    room_id: str
    lesson_id: str | None
    title: str
    title_en: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: int
    n_viewers_peak: int
    peak_at: datetime | None

    @classmethod
    def of(cls, past: PastSession) -> "PastSessionOut":
        """From the service's answer."""
        session, peak = past.session, past.peak
        end = session.ended_at or session.started_at
        return cls(
            session.id,
            session.room_id,
            session.lesson_id,
            session.title,
            session.title_en,
            session.started_at,
            session.ended_at,
            round((end - session.started_at).total_seconds()),
            0 if peak is None else peak.n_viewers,
            None if peak is None else peak.at,
        )


class ReportOut(Struct):
    """Figures of one class, on air or over: totals counted now, curves as they were."""

    live_session: PastSessionOut
    state: str
    n_viewers_peak: int
    peak_at: datetime | None
    n_danmaku: int
    n_gifts: int
    revenue: RevenueOut
    series: list[PointOut]
    time_zone: str

    @classmethod
    def of(cls, report: Report, time_zone: str) -> "ReportOut":
        """From the service's answer."""
        session = PastSessionOut.of(PastSession(report.session, report.peak))
        return cls(
            session,
            report.session.state,
            session.n_viewers_peak,
            session.peak_at,
            report.n_danmaku,
            report.n_gifts,
            _revenue(report),
            [PointOut.of(point) for point in report.series],
            time_zone,
        )
