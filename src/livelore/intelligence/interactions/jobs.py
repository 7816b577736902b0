"""Writes the platform's own facts into the log, and has finished segments compacted."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from livelore.intelligence.interactions.said import SaidLogger, fact_of
from livelore.intelligence.interactions.service import InteractionsService
from livelore.live.chat.events import DanmakuSent
from livelore.ports.bus import Bus, Subscription

log = structlog.get_logger(__name__)
TYPES = {
    "GiftSent": "gift",
    "SuperChatSent": "super_chat",
    "GiftUndone": "gift_undone",
    "RefundDecided": "refund_decided",
    "RefundPaid": "refund_paid",
    "CoinsRefunded": "coins_refunded",
    "OrderPaid": "purchase",
    "CoinsBought": "coins_bought",
    "LiveStarted": "live_started",
    "LiveEnded": "live_ended",
}
"""Topic of the outbox → type of the row."""
DANMAKU_TOPIC = "chat.danmaku_sent"
LEFT_OUT = {
    "purchase": ("host_parties",),
    "live_started": ("started_at_ms",),
}
RETRY_S = 600.0
SAID_S = 60.0
"""Between two readings of what was said and is not known to be logged."""


class InteractionsJobs:
    """Listens to the platform; runs the compactor.

    Args:
        interactions: Where rows go.
        bus: Where facts come from.
        said: Logs what the bus may have lost.
    """

    def __init__(self, interactions: InteractionsService, bus: Bus, said: SaidLogger) -> None:
        self._interactions = interactions
        self._bus = bus
        self._said = said
        self._subscriptions: list[Subscription] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen, and compact what is finished."""
        loop = asyncio.get_running_loop()
        self._interactions.writer.on_rotated = lambda: _call(loop, self._wake.set)
        await self._interactions.start()
        for topic, kind in TYPES.items():
            handler = _Handler(self._interactions, kind)
            self._subscriptions.append(await self._bus.subscribe(topic, handler))
        self._subscriptions.append(await self._bus.subscribe(DANMAKU_TOPIC, self.on_danmaku))
        self._tasks = [
            asyncio.create_task(self._run(), name="interactions-jobs"),
            asyncio.create_task(self._log_said(), name="interactions-said"),
        ]

    async def stop(self) -> None:
        """Stop listening; what is unsent in the outbox is logged at the next start."""
        for subscription in self._subscriptions:
            await subscription.close()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._interactions.stop()

    async def on_danmaku(self, payload: bytes) -> None:
        """A danmaku was sent: its sender does not wait for this log."""
        fact = fact_of(msgspec.json.decode(payload, type=DanmakuSent))
        await self._interactions.record_soon(fact)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._interactions.move_dead_letters()
                await self.compact()
            except Exception:
                log.exception("interactions_compaction_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), RETRY_S)

    async def _log_said(self) -> None:
        while True:
            try:
                await self._said.catch_up()
            except Exception:
                log.exception("interactions_said_not_logged")
            await asyncio.sleep(SAID_S)

    async def compact(self) -> None:
        """Run the compactor, in a process of its own, if there is something to compact."""
        folder = self._interactions.writer.folder
        if not folder.finished_numbers():
            return
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "livelore.intelligence.interactions.compact",
            str(folder.root),
        )
        try:
            if await child.wait() != 0:
                log.error("interactions_compaction_failed", status=child.returncode)
        except asyncio.CancelledError:
            child.kill()
            await child.wait()
            raise


class _Handler:
    """Logs the facts of one topic."""

    def __init__(self, interactions: InteractionsService, kind: str) -> None:
        self._interactions = interactions
        self._kind = kind

    async def __call__(self, payload: bytes) -> None:
        told = msgspec.json.decode(payload, type=dict[str, Any])
        event_id = told.pop("event_id")
        told.pop("act_id", None)  # the outbox row, which gives this row its id, has it too
        user_id, at_ms = told.pop("user_id", None), told.pop("at_ms", None)
        for name in LEFT_OUT.get(self._kind, ()):
            told.pop(name, None)
        head = {"id": f"outbox:{event_id}", "type": self._kind, "version": 1}
        await self._interactions.record(told | head, user_id, at_ms)


def _call(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(action)
