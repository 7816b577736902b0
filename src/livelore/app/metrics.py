"""`/metrics` in Prometheus' text format: collected when asked for, so that no hot path pays.

Domains keep plain numbers; only this module knows the format.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from itertools import accumulate
from secrets import compare_digest
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client import generate_latest as render
from prometheus_client.core import CounterMetricFamily as Rising
from prometheus_client.core import GaugeMetricFamily as Level
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from livelore import __version__
from livelore.app.metrics_stored import Stored, StoredReader
from livelore.kit.errors import ForbiddenError
from livelore.settings import Settings
from livelore.web.asgi import ASGIApp, Receive, Scope, Send
from livelore.web.metering import BUCKETS_S, RequestMeter
from livelore.web.middleware import send_problem

if TYPE_CHECKING:
    from livelore.app import Platform

PATH = "/metrics"
ROOMS_SHOWN = 200
"""Rooms with a series of their own: the fullest. The sum has all of them."""
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")


class MetricsPage:
    """Answers `/metrics` for those who may see it; everything else goes to ``app``.

    Args:
        app: The site.
        platform: Whose numbers.
        meter: Of its requests.
    """

    def __init__(self, app: ASGIApp, platform: "Platform", meter: RequestMeter) -> None:
        self._app = app
        self._platform = platform
        self._meter = meter
        self._stored = StoredReader(platform)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
        elif not may_read(scope, self._platform.settings):
            await send_problem(ForbiddenError(detail="from this machine or with the token"), send)
        else:
            await _answer(await self.text(), send)

    async def text(self) -> bytes:
        """All numbers as of now."""
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(_Numbers(self._platform, self._meter, await self._stored.read()))
        return render(registry)


def may_read(scope: Scope, settings: Settings) -> bool:
    """Whether this caller may see the numbers: with the token, or from this machine itself.

    Behind a proxy every caller seems to be this machine; there only the token counts.
    """
    headers = dict(scope["headers"])
    given = headers.get(b"authorization", b"").decode("latin-1")
    token = settings.metrics_token
    if token and given[:7].lower() == "bearer ":
        return compare_digest(given[7:].strip().encode(), token.encode())
    if settings.public_url or any(name in headers for name in _FORWARDED):
        return False
    client = scope.get("client")
    return client is not None and _is_loopback(client[0])


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


async def _answer(body: bytes, send: Send) -> None:
    headers = [
        (b"content-type", CONTENT_TYPE_LATEST.encode()),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class _Numbers(Collector):
    """Everything at one moment."""

    def __init__(self, platform: "Platform", meter: RequestMeter, stored: Stored) -> None:
        self._platform = platform
        self._meter = meter
        self._stored = stored

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield _labelled(Level, "livelore_info", "Version", ("version",), [((__version__,), 1)])
        yield from self._http()
        yield from self._rooms()
        yield from self._streams()
        yield from self._writes()
        yield from self._kept()

    def _http(self) -> Iterator[Metric]:
        answers = {
            (m, route, str(status)): n for (m, route, status), n in self._meter.answers.items()
        }
        names = ("method", "route", "status")
        yield _labelled(Rising, "livelore_http_requests", "Answers", names, answers.items())
        yield Level("livelore_http_requests_open", "Not ended yet", self._meter.n_open)
        seconds = HistogramMetricFamily(
            "livelore_http_request_seconds", "To the first byte", labels=names[:2]
        )
        bounds = [*map(str, BUCKETS_S), "+Inf"]
        for labels, times in self._meter.times.items():
            buckets = list(zip(bounds, accumulate(times.buckets), strict=True))
            seconds.add_metric(labels, buckets, times.seconds)
        yield seconds

    def _rooms(self) -> Iterator[Metric]:
        rooms, pool = self._platform.live.chat.rooms, self._platform.live.pool
        present = {(hub.room_id,): hub.n_viewers for hub in rooms.hubs()}
        fullest = dict(sorted(present.items(), key=lambda each: -each[1])[:ROOMS_SHOWN])
        yield Level("livelore_rooms_open", "Rooms held in memory", len(present))
        yield Level("livelore_viewers", "People in all rooms", sum(present.values()))
        yield _labelled(Level, "livelore_room_viewers", "People", ("room",), fullest.items())
        yield Level("livelore_sockets_open", "Open sockets of rooms", len(pool))
        yield Rising("livelore_sockets_stalled_closed", "Who did not read", pool.n_stalled_closed)
        count = rooms.counters
        yield Rising("livelore_messages_in", "Messages that rooms took", count.n_in)
        yield Rising("livelore_messages_out", "Messages times who got them", count.n_out)
        yield Rising("livelore_room_writes", "Frames written to viewers", count.n_frames)
        yield Rising("livelore_messages_sampled", "Danmaku left out", count.n_sampled)

    def _streams(self) -> Iterator[Metric]:
        streams = self._platform.live.streams
        states = streams.states()
        phases = dict.fromkeys((("waiting",), ("live",), ("interrupted",), ("ended",)), 0)
        for state in states:
            phases[state.phase.value,] += 1
        yield _labelled(Level, "livelore_ingest_streams", "Streams", ("phase",), phases.items())
        count = streams.desk.counters
        yield Rising("livelore_ingest_bytes", "Media bytes received", count.n_bytes)
        yield Rising("livelore_ingest_frames", "Frames taken", count.n_frames)
        yield Rising("livelore_ingest_frames_dropped", "Unusable frames", count.n_dropped)
        yield Rising("livelore_ingest_publications", "Encoders let in", count.n_publications)
        yield Rising("livelore_ingest_refused", "Encoders refused", count.n_refused)
        n_viewers = sum(state.n_viewers for state in states)
        yield Level("livelore_playback_connections", "Open HTTP-FLV answers", n_viewers)

    def _writes(self) -> Iterator[Metric]:
        database = self._platform.database
        count = database.write_counters
        yield Level("livelore_writes_waiting", "Works in the queue", database.n_writes_waiting)
        yield Rising("livelore_write_commits", "Transactions", count.n_commits)
        yield Rising("livelore_writes", "Works in them", count.n_works)
        yield Rising("livelore_writes_failed", "Works refused or undone", count.n_failed)
        yield Level("livelore_write_batch", "Works of the newest transaction", count.batch)
        yield Level("livelore_write_batch_max", "Most works of one", count.batch_max)
        interactions = self._platform.intelligence.interactions
        yield Rising("livelore_events_appended", "Logged events", interactions.writer.n_appended)
        yield Rising("livelore_events_failed", "Events not stored", interactions.writer.n_failed)
        yield Rising("livelore_events_dead", "Events of no shape", interactions.n_dead_letters)

    def _kept(self) -> Iterator[Metric]:
        stored = self._stored
        yield Level("livelore_database_up", "Whether it answers", float(stored.is_up))
        if not stored.is_up:
            return
        yield Level("livelore_outbox_waiting", "Facts not relayed", stored.n_outbox)
        yield Level("livelore_outbox_oldest_seconds", "Age of the oldest", stored.outbox_age_s)
        names = ("kind", "outcome")
        yield _labelled(Rising, "livelore_ledger_acts", "Business acts", names, stored.acts.items())
        by_state = {(state,): n for state, n in stored.payments.items()}
        yield _labelled(Level, "livelore_payments", "Payments", ("state",), by_state.items())


def _labelled(
    kind: type[Level] | type[Rising],
    name: str,
    words: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[Sequence[str], float]],
) -> Metric:
    family = kind(name, words, labels=labels)
    for each, value in values:
        family.add_metric(each, value)
    return family
