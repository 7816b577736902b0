"""Timers of orders, and what the live side tells."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import msgspec
import structlog

from livelore.database.engine import Database
from livelore.kit.times import from_ms
from livelore.knowledge.ledger.service import LedgerService
from livelore.knowledge.orders.service import OrdersService
from livelore.knowledge.orders.store import orders as store
from livelore.ports.bus import Bus, Subscription
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)
TICK_S = 2.0
"""Pause between two looks at what is due."""
CLASSES_EVERY = timedelta(minutes=1)
DAILY_MARK = "orders.daily"
BILL_DAYS_MAX = 31
"""Bills that are read after a long standstill; older ones are compared by hand."""
DAILY_RETRY = timedelta(hours=1)
"""When the books differ, the day is not settled; they are looked at again after this."""


class LiveTold(msgspec.Struct):
    """What orders need of ``LiveStarted`` and ``LiveEnded``."""

    live_session_id: str
    lesson_id: str | None = None
    started_at_ms: int | None = None


class OrdersJobs:
    """Runs what is due: expiry, notices, queries, refunds, classes not held, the day's end.

    Args:
        orders: The use cases.
        ledger: Settles and checks at the day's end.
        database: Where the timers stand.
        bus: Tells when classes begin and end.
        clock: For what is due.
    """

    def __init__(
        self,
        orders: OrdersService,
        ledger: LedgerService,
        database: Database,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._ledger = ledger
        self._database = database
        self._bus = bus
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._subscriptions: list[Subscription] = []
        self._classes_at = self._daily_at = clock.now()

    async def start(self) -> None:
        """Listen, and begin to run what is due."""
        self._subscriptions = [
            await self._bus.subscribe("LiveStarted", self.on_live_started),
            await self._bus.subscribe("LiveEnded", self.on_live_ended),
        ]
        self._task = asyncio.create_task(self._loop(), name="orders-jobs")

    async def stop(self) -> None:
        """End; what is due waits for the next start."""
        for subscription in self._subscriptions:
            await subscription.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def on_live_started(self, payload: bytes) -> None:
        """A class has begun: its tickets will be earned."""
        told = msgspec.json.decode(payload, type=LiveTold)
        if told.lesson_id is None:
            return
        at = self._clock.now() if told.started_at_ms is None else from_ms(told.started_at_ms)
        await self._orders.note_live_started(told.live_session_id, told.lesson_id, at)

    async def on_live_ended(self, payload: bytes) -> None:
        """A class is over: its tickets are earned."""
        told = msgspec.json.decode(payload, type=LiveTold)
        if told.lesson_id is not None:
            await self._orders.deliver_session(told.live_session_id, told.lesson_id)

    async def run_due(self) -> None:
        """Everything that is due now, once; one that fails does not keep the others."""
        steps: list[Callable[[], Awaitable[object]]] = [
            self._orders.apply_due,
            self._orders.expire_due,
            self._orders.query_due,
            self._orders.return_unmatched,
            self._orders.send_refunds,
        ]
        if self._clock.now() >= self._classes_at:
            self._classes_at = self._clock.now() + CLASSES_EVERY
            steps.append(self._orders.refund_classes_not_held)
        if self._clock.now() >= self._daily_at:
            self._daily_at = self._clock.now() + CLASSES_EVERY
            steps.append(self.end_day)
        for step in steps:
            try:
                await step()
            except Exception:
                log.exception("orders_job_failed", job=step.__name__)

    async def end_day(self) -> None:
        """Once a day: compare with the bills, check the books, and only then settle.

        A difference in either stops settlement until it is mended, or an operator has looked into
        it; an hour later all is looked at again.
        """
        yesterday = self._ledger.today() - timedelta(days=1)
        mark = await self._database.read(lambda c: store.mark(c, DAILY_MARK))
        if mark is not None and mark >= yesterday.isoformat():
            return
        await self._compare_bills(1 if mark is None else (yesterday - _day(mark)).days)
        if await self._books_differ():
            self._daily_at = self._clock.now() + DAILY_RETRY
            return
        await self._ledger.settle(yesterday)
        now = self._clock.now()
        await self._database.write(
            lambda c: store.set_mark(c, DAILY_MARK, yesterday.isoformat(), now)
        )

    async def _compare_bills(self, n_days: int) -> None:
        """Every day since the last end of a day: also those on which this site did not run."""
        newest = (self._clock.now() - timedelta(days=1)).date()
        for ago in reversed(range(min(n_days, BILL_DAYS_MAX))):
            for gateway in self._orders.gateway_names:
                for finding in await self._orders.reconcile(gateway, newest - timedelta(days=ago)):
                    log.error("bill_differs", kind=finding.kind, ref=finding.ref)

    async def _books_differ(self) -> bool:
        findings = (await self._ledger.check_books()).findings
        sums = await self._orders.wrong_sums()
        wrong = await self._orders.wrong_entitlements()
        bills = await self._orders.unsettling()
        if not (findings or sums or wrong or bills):
            return False
        log.error(
            "books_differ",
            findings=[str(each) for each in findings],
            sums=sums,
            rights=len(wrong),
            bills=len(bills),
        )
        return True

    async def _loop(self) -> None:
        while True:
            await self.run_due()
            await asyncio.sleep(TICK_S)


def _day(iso: str) -> date:
    return date.fromisoformat(iso)
