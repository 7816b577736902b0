"""Facts between parts: publish and subscribe, at most once by itself.

What must not be lost is written to the outbox in the transaction that made it true and relayed
through the bus until every handler has returned: at least once. Consumers remember ``event_id``.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

Handler = Callable[[bytes], Awaitable[None]]


class Subscription(Protocol):
    """A standing interest in a topic."""

    async def close(self) -> None:
        """Stop: no handler call starts after this returns."""
        ...


class Bus(Protocol):
    """Fan-out between parts of the process, or between processes.

    The promise that holds for all adapters: messages of one publisher on one topic arrive in
    order, at most once, only at those who subscribed before. The memory bus awaits its handlers,
    so that an error of a handler reaches the publisher; a bus between processes cannot.
    """

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hand ``payload`` to all that subscribed to ``topic``."""
        ...

    async def subscribe(self, topic: str, handler: Handler) -> Subscription:
        """Call ``handler`` for each message on ``topic``."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
