"""The machine's own clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time and monotonic time of the operating system."""

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
