"""Bus between processes: NATS core."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as CoreSubscription
from nats.errors import Error as NatsError

from livelore.kit.errors import UnavailableError
from livelore.ports.bus import Handler

log = structlog.get_logger(__name__)
SUBJECT_PREFIX = "livelore."
CONNECT_S = 3


class _NatsSubscription:
    def __init__(self, subscription: CoreSubscription) -> None:
        self._subscription = subscription

    async def close(self) -> None:
        await self._subscription.unsubscribe()


class NatsBus:
    """One subscription per topic and process; never one per viewer.

    Args:
        url: ``nats://HOST:PORT``, with ``/SITE`` behind it where several sites share a server.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        site = parts.path.strip("/")
        self._prefix = f"{SUBJECT_PREFIX}{site}." if site else SUBJECT_PREFIX
        self._url = urlunsplit(parts._replace(path=""))
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None:
                try:
                    async with asyncio.timeout(CONNECT_S):
                        self._client = await nats.connect(self._url, max_reconnect_attempts=-1)
                except (OSError, TimeoutError, NatsError) as error:
                    raise UnavailableError(reason="bus") from error
            return self._client

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hand ``payload`` to the server; returns when it has left this process."""
        client = await self._connected()
        await client.publish(self._prefix + topic, payload)
        await client.flush()

    async def subscribe(self, topic: str, handler: Handler) -> _NatsSubscription:
        """Call ``handler`` for each message on ``topic``; its errors are logged here."""
        client = await self._connected()

        async def deliver(message: Msg) -> None:
            try:
                await handler(message.data)
            except Exception:
                log.exception("bus_handler_failed", topic=topic)

        subscription = await client.subscribe(self._prefix + topic, cb=deliver)
        await client.flush()
        return _NatsSubscription(subscription)

    async def close(self) -> None:
        """Send what is buffered, then disconnect."""
        if self._client is not None:
            await self._client.drain()
            self._client = None
