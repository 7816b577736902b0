"""Token buckets: how often somebody may do something."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Token buckets by key, bounded in number: the longest unused is forgotten first.

    Args:
        per_second: Tokens that come back each second.
        burst: Tokens of a full bucket.
        keys_max: Buckets kept in memory.
    """

    def __init__(self, per_second: float, burst: float, keys_max: int = 100_000) -> None:
        self._per_second = per_second
        self._burst = burst
        self._keys_max = keys_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Take a token of ``key``.

        Args:
            key: Whom the limit is for.
            now: Monotonic seconds.

        Returns:
            0.0 when the token was there, else the seconds until it will be.
        """
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > self._keys_max:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        return (1.0 - bucket.tokens) / self._per_second
