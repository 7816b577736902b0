"""What the chat does by itself: tell rooms what their live session does, close empty ones."""

import asyncio
import contextlib
from functools import partial

import msgspec
import structlog

from livelore.live.chat.presence import REFRESH_S
from livelore.live.chat.service import Announcement, ChatService
from livelore.ports.bus import Bus, Subscription

log = structlog.get_logger(__name__)

CLOSE_UNUSED_S = 30.0
ACCESS_TOPICS = ("EntitlementGranted", "EntitlementRevoked", "identity.logged_out")
NOTICES = {
    "LiveStarted": "live.started",
    "LiveInterrupted": "stream.lost",
    "LiveResumed": "stream.back",
}
"""Event of the rooms domain → code of the notice that viewers get."""


class _LiveEvent(msgspec.Struct):
    """The part of a room's event that viewers are told."""

    event_id: int
    room_id: str
    live_session_id: str


class _AccessEvent(msgspec.Struct):
    """Whose rights have changed; None once the person was erased."""

    user_id: str | None


class ChatJobs:
    """Listens to the rooms and to access, and tidies up; `start` and `stop` it with the platform.

    Args:
        chat: Through which viewers are told.
        bus: Where the rooms' events come from.
    """

    def __init__(self, chat: ChatService, bus: Bus) -> None:
        self._chat = chat
        self._bus = bus
        self._subscriptions: list[Subscription] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen."""
        for topic, code in NOTICES.items():
            self._subscriptions.append(
                await self._bus.subscribe(topic, partial(self._on_live, code))
            )
        self._subscriptions.append(await self._bus.subscribe("LiveEnded", self._on_ended))
        for topic in ACCESS_TOPICS:
            self._subscriptions.append(await self._bus.subscribe(topic, self._on_access))
        await self._chat.rooms.presence.start()
        self._tasks = [
            asyncio.create_task(self._tidy(), name="chat-tidy"),
            asyncio.create_task(self._refresh(), name="chat-presence"),
        ]

    async def stop(self) -> None:
        """Stop listening, put on disk what is under way."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._chat.rooms.presence.stop()
        for subscription in self._subscriptions:
            await subscription.close()
        await self._chat.stop()

    async def _on_live(self, code: str, payload: bytes) -> None:
        event = msgspec.json.decode(payload, type=_LiveEvent)
        fields = {"live_session_id": event.live_session_id}
        await self._chat.notice(event.room_id, code, fields, event.event_id)

    async def _on_access(self, payload: bytes) -> None:
        event = msgspec.json.decode(payload, type=_AccessEvent)
        if event.user_id is not None:
            self._chat.readmit(event.user_id)

    async def _on_ended(self, payload: bytes) -> None:
        event = msgspec.json.decode(payload, type=_LiveEvent)
        await self._chat.announce(
            Announcement(
                event.room_id,
                "end",
                {"live_session_id": event.live_session_id},
                event_id=event.event_id,
            )
        )

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self._chat.rooms.presence.refresh()
            except Exception:
                log.exception("chat_presence_failed")

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_UNUSED_S)
            try:
                await self._chat.rooms.close_unused()
            except Exception:
                log.exception("chat_tidy_failed")
