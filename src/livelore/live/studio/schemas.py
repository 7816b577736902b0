"""Wire shapes of the studio."""

from datetime import datetime

from msgspec import Struct

from livelore.live.streams.model import StreamState
from livelore.live.studio.service import Numbers, Report


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


class ReportOut(Struct):
    """The figures of one live session, for as long as the site keeps it."""

    live_session_id: str
    room_id: str
    lesson_id: str | None
    title: str
    title_en: str
    started_at: datetime
    ended_at: datetime | None
    n_viewers_peak: int
    peak_at: datetime | None
    n_danmaku: int
    n_gifts: int
    revenue: RevenueOut
    time_zone: str

    @classmethod
    def of(cls, report: Report, time_zone: str) -> "ReportOut":
        """From the service's answer."""
        session = report.session
        lines = [LineOut(line.kind, line.count, line.amount_minor) for line in report.lines]
        return cls(
            session.id,
            session.room_id,
            session.lesson_id,
            session.title,
            session.title_en,
            session.started_at,
            session.ended_at,
            report.n_viewers_peak,
            report.peak_at,
            report.n_danmaku,
            report.n_gifts,
            RevenueOut(
                report.currency,
                sum(line.amount_minor for line in lines),
                lines,
                report.checked_at,
                report.agrees_with_ledger,
            ),
            time_zone,
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
        lines = [LineOut(line.kind, line.count, line.amount_minor) for line in numbers.lines]
        return cls(
            numbers.state,
            numbers.n_viewers,
            numbers.n_viewers_peak,
            numbers.peak_at,
            numbers.danmaku_per_minute,
            numbers.n_danmaku,
            numbers.n_gifts,
            RevenueOut(
                numbers.currency,
                sum(line.amount_minor for line in lines),
                lines,
                numbers.checked_at,
                numbers.agrees_with_ledger,
            ),
            None if numbers.stream is None else StreamOut.of(numbers.stream),
            [
                PointOut(point.at, point.n_viewers, point.revenue_minor, point.n_danmaku)
                for point in numbers.series
            ],
        )
