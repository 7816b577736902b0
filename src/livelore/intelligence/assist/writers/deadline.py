"""One moment by which a call has to be over, however many steps it has."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """When a call ends; see `in_seconds`."""

    at: float

    @property
    def left(self) -> float:
        """Seconds that are left, above 0.

        Raises:
            TimeoutError: None.
        """
        seconds = self.at - time.monotonic()  # noqa: TID251  of one call: no clock is handed in
        if seconds <= 0:
            raise TimeoutError
        return seconds


def in_seconds(seconds: float) -> Deadline:
    """From now on."""
    return Deadline(time.monotonic() + seconds)  # noqa: TID251  of one call
