"""Facts that leave the transaction they became true in: written with it, sent after it.

Rows are sent by marking each one. A cursor by id would lose rows on PostgreSQL, where ids are not
in commit order: 474 of 3,855 were lost under load (MONEY section 5).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog
from sqlalchemy import Connection, text

from livelore.database.engine import Database, signal
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock, now_ms

log = structlog.get_logger(__name__)

PAGE = 500
"""Unsent rows read at a time."""
RETRY_S_MAX = 60.0
"""Longest wait before a row whose handler failed is sent again."""
POLL_S = 5.0
"""Rows of other processes are found at the latest after this."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One fact on its way out; ``payload`` is a JSON object."""

    id: int
    topic: str
    payload: str


def put_event(
    connection: Connection, topic: str, payload: bytes, act_id: int | None, at_ms: int
) -> int:
    """Write a fact into the outbox, in the caller's transaction.

    Args:
        connection: Inside a write of `Database`.
        topic: Name of the event.
        payload: A JSON object.
        act_id: The act that made it true, if money moved.
        at_ms: Now, epoch milliseconds.

    Returns:
        The row's id, which handlers see as ``event_id``.
    """
    signal(connection, "outbox")
    row = connection.execute(
        text(
            "INSERT INTO outbox (act_id, topic, payload, at_ms)"
            " VALUES (:act_id, :topic, :payload, :at_ms) RETURNING id"
        ),
        {"act_id": act_id, "topic": topic, "payload": payload.decode(), "at_ms": at_ms},
    )
    return int(row.scalar_one())


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the outbox; ``oldest_ms`` is when its oldest row was written, if any."""

    n_waiting: int
    oldest_ms: int | None


def backlog(connection: Connection) -> Backlog:
    """How much is unsent, and since when."""
    row = connection.execute(
        text("SELECT count(*), min(at_ms) FROM outbox WHERE sent_at_ms IS NULL")
    ).one()
    return Backlog(int(row[0]), None if row[1] is None else int(row[1]))


def _unsent(connection: Connection, after_id: int) -> list[OutboxRow]:
    rows = connection.execute(
        text(
            "SELECT id, topic, payload FROM outbox"
            " WHERE sent_at_ms IS NULL AND id > :after ORDER BY id LIMIT :page"
        ),
        {"after": after_id, "page": PAGE},
    )
    return [OutboxRow(row.id, row.topic, row.payload) for row in rows]


def _mark_sent(connection: Connection, ids: Sequence[int], at_ms: int) -> None:
    connection.execute(
        text("UPDATE outbox SET sent_at_ms = :at_ms WHERE id = :id AND sent_at_ms IS NULL"),
        [{"id": row_id, "at_ms": at_ms} for row_id in ids],
    )


def with_event_id(row: OutboxRow) -> bytes:
    """The stored JSON object with ``event_id`` added."""
    return b'{"event_id":%d%s%s' % (
        row.id,
        b"" if row.payload.strip() == "{}" else b",",
        row.payload.strip()[1:].encode(),
    )


class OutboxRelay:
    """Sends unsent rows through the bus, in the order of their ids, at least once each.

    Args:
        database: Where the outbox is.
        bus: Whose handlers are awaited; a row is marked only after all of them returned.
        clock: For marks and waits.
    """

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._retry_at: dict[int, tuple[float, float]] = {}

    def start(self) -> None:
        """Begin to send; call on the running event loop."""
        self._database.on_signal("outbox", self._wake.set)
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """End after the row in hand; the rest is sent at the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.send_all()
            except Exception:
                log.exception("outbox_relay_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause_s())

    def _pause_s(self) -> float:
        now = self._clock.monotonic()
        due = min((at for at, _ in self._retry_at.values()), default=now + POLL_S)
        return max(0.05, min(POLL_S, due - now))

    async def send_all(self) -> int:
        """Send what is unsent and due now.

        Returns:
            How many rows were sent.
        """
        n_sent = after_id = 0
        while True:
            rows = await self._database.read(lambda connection: _unsent(connection, after_id))  # noqa: B023
            if not rows:
                return n_sent
            sent = [row.id for row in rows if await self._send(row)]
            if sent:
                at_ms = now_ms(self._clock)
                await self._database.write(
                    lambda connection: _mark_sent(connection, sent, at_ms)  # noqa: B023
                )
            n_sent += len(sent)
            after_id = rows[-1].id

    async def _send(self, row: OutboxRow) -> bool:
        now = self._clock.monotonic()
        due, wait_s = self._retry_at.get(row.id, (now, 0.5))
        if due > now:
            return False
        try:
            await self._bus.publish(row.topic, with_event_id(row))
        except Exception:
            log.exception("outbox_handler_failed", event_id=row.id, topic=row.topic)
            self._retry_at[row.id] = (now + wait_s, min(wait_s * 2, RETRY_S_MAX))
            return False
        self._retry_at.pop(row.id, None)
        return True


def event_payload(event: object) -> bytes:
    """JSON of an event dataclass, for `put_event`."""
    return msgspec.json.encode(event)
