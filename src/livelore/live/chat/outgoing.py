"""Drafts on their way to disk: the first at once, then those of a gap in one commit.

Commits keep the pace of the room's frames: what would wait for the next frame anyway waits before
its commit instead of after it, and a busy room costs ten commits a second instead of hundreds.
What is no danmaku does not wait: the outbox announces one gift after the other, for all rooms.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from livelore.database.engine import Database
from livelore.kit.errors import AppError, UnavailableError
from livelore.live.chat import store
from livelore.live.chat.model import Draft, Message, Repeated

TOGETHER_MAX = 500
"""Drafts of one room in one commit."""
WAITING_MAX = 5000
"""Drafts of one room that may wait; more are refused."""

_Taken: TypeAlias = tuple[Draft, asyncio.Future[Message | Repeated]]
Publish = Callable[[str, list[Message]], Awaitable[None]]


class _Queue:
    """Drafts of one room that wait, and what ends the wait early."""

    __slots__ = ("drafts", "is_urgent")

    def __init__(self) -> None:
        self.drafts: deque[_Taken] = deque()
        self.is_urgent = asyncio.Event()


class Outgoing:
    """Numbers and keeps drafts in the order in which they came, then publishes them.

    Args:
        database: Where they are kept.
        publish: Gets the room and its new messages, once they are on disk, in order.
        gap_s: Shortest time between the starts of two commits of one room.
    """

    def __init__(self, database: Database, publish: Publish, gap_s: float) -> None:
        self._database = database
        self._gap_s = gap_s
        self._is_draining = False
        self._publish = publish
        self._waiting: dict[str, _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def append(self, room_id: str, draft: Draft) -> Message | Repeated:
        """Keep one draft; returns once it is on disk and on its way to the viewers.

        Raises:
            AppError: What it refers to cannot be deleted, or nothing can be stored just now.
        """
        waiting = self._waiting.get(room_id)
        if waiting is None:
            waiting = self._waiting[room_id] = _Queue()
            task = asyncio.create_task(self._commit(room_id, waiting), name="room-commit")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting.drafts) >= WAITING_MAX:
            raise UnavailableError(reason="busy")
        future = asyncio.get_running_loop().create_future()
        waiting.drafts.append((draft, future))
        if draft.type != "danmaku":
            waiting.is_urgent.set()
        return cast("Message | Repeated", await future)

    async def _commit(self, room_id: str, waiting: _Queue) -> None:
        """Commit until nothing came for a gap."""
        loop = asyncio.get_running_loop()
        try:
            while waiting.drafts:
                next_at = loop.time() + self._gap_s
                waiting.is_urgent.clear()
                await self._commit_waiting(room_id, waiting.drafts)
                if not self._is_draining:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout_at(next_at):
                            await waiting.is_urgent.wait()
        finally:
            del self._waiting[room_id]

    async def _commit_waiting(self, room_id: str, drafts: deque[_Taken]) -> None:
        taken = [drafts.popleft() for _ in range(min(len(drafts), TOGETHER_MAX))]
        try:
            await self._commit_together(room_id, taken)
        except BaseException as error:
            for _, future in taken:
                if not future.done():
                    future.set_exception(_told(error))
            if not isinstance(error, Exception):
                raise

    async def _commit_together(self, room_id: str, taken: list[_Taken]) -> None:
        drafts = tuple(draft for draft, _ in taken)
        item = store.RoomDrafts(room_id, drafts)
        outcomes = await self._database.write_batch(store.append, item)
        await self._publish(room_id, [m for m in outcomes if isinstance(m, Message)])
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, AppError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def drain(self) -> None:
        """Wait until everything that came so far is on disk."""
        self._is_draining = True
        for waiting in self._waiting.values():
            waiting.is_urgent.set()
        while self._tasks:
            await asyncio.wait(self._tasks)


def _told(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else UnavailableError(reason="closing")
