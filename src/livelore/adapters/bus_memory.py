"""Bus inside one process."""

from livelore.ports.bus import Handler


class _MemorySubscription:
    def __init__(self, handlers: list[Handler], handler: Handler) -> None:
        self._handlers = handlers
        self._handler = handler

    async def close(self) -> None:
        if self._handler in self._handlers:
            self._handlers.remove(self._handler)


class MemoryBus:
    """Calls the handlers of a topic one after the other, in order of subscription."""

    def __init__(self) -> None:
        self._topics: dict[str, list[Handler]] = {}

    async def publish(self, topic: str, payload: bytes) -> None:
        """Await every handler of ``topic``; an exception of one reaches the caller."""
        for handler in tuple(self._topics.get(topic, ())):
            await handler(payload)

    async def subscribe(self, topic: str, handler: Handler) -> _MemorySubscription:
        """Call ``handler`` for each message on ``topic``."""
        handlers = self._topics.setdefault(topic, [])
        handlers.append(handler)
        return _MemorySubscription(handlers, handler)

    async def close(self) -> None:
        """Forget every subscription."""
        self._topics.clear()
