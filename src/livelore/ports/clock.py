"""What time it is: handed in, so that tests can jump."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from livelore.kit.times import to_ms


@runtime_checkable
class Clock(Protocol):
    """System clock in the product, a fake that jumps in tests."""

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...


def now_ms(clock: Clock) -> int:
    """Wall time in milliseconds since 1970."""
    return to_ms(clock.now())
