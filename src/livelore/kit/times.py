"""Aware UTC times and their two stored forms: epoch milliseconds and ISO 8601."""

from datetime import UTC, datetime


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return round(at.timestamp() * 1000)


def from_ms(at_ms: int) -> datetime:
    """The aware UTC time of epoch milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def from_ms_or_none(at_ms: int | None) -> datetime | None:
    """As `from_ms`, where a time may be missing."""
    return None if at_ms is None else from_ms(at_ms)


def to_iso(at: datetime) -> str:
    """ISO 8601 in UTC with a ``Z`` and milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(second: float) -> str:
    """Minutes and seconds, hours before them from the first hour on: "12:34", "1:02:03"."""
    whole = int(second)
    hours, minutes = divmod(whole // 60, 60)
    rest = f"{minutes:02d}:{whole % 60:02d}"
    return f"{hours}:{rest}" if hours else rest
