"""Counts requests by route and status, and how long they take: plain numbers, read by `app`."""

from bisect import bisect_left
from dataclasses import dataclass, field

from livelore.ports.clock import Clock
from livelore.web.asgi import ASGIApp, Message, Receive, Scope, Send
from livelore.web.pages import API_PREFIXES

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PAGES, NO_ROUTE = "(pages)", "(none)"
"""In place of a template: the front end; what was refused before there was one."""


@dataclass(slots=True)
class Times:
    """How long requests of one route took.

    Attributes:
        n: So many.
        seconds: Their sum.
        buckets: How many took up to each of `BUCKETS_S` and more than the one before; then more.
    """

    n: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))

    def add(self, seconds: float) -> None:
        """Take a request into account."""
        self.n += 1
        self.seconds += seconds
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1


class RequestMeter:
    """Passes requests on and counts them, with their time to the first byte of the answer.

    Not to the last: a stream that is watched for an hour is no slow request.

    Args:
        app: What follows.
        clock: For times.

    Attributes:
        answers: How many by method, route template and status.
        times: By method and route template.
        n_open: Requests that are not ended.
    """

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self.answers: dict[tuple[str, str, int], int] = {}
        self.times: dict[tuple[str, str], Times] = {}
        self.n_open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = self._clock.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], self._clock.monotonic() - begun)
            await send(message)

        self.n_open += 1
        try:
            await self._app(scope, receive, counted)
        finally:
            self.n_open -= 1

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = _route(scope)
        self.answers[method, route, status] = self.answers.get((method, route, status), 0) + 1
        self.times.setdefault((method, route), Times()).add(seconds)


def _route(scope: Scope) -> str:
    """The template, never the path: ids in it would make a series of each request."""
    if not scope["path"].startswith(API_PREFIXES):
        return PAGES
    return scope.get("path_template") or NO_ROUTE
