"""What was said in rooms, logged at least once: read again from the messages themselves.

The bus tells of a danmaku at most once, and its row waits for the disk without its sender. So every
minute, and first of all at each start, messages after the last one known to be logged are read from
the chat's table and logged; ids tell those that are there already.
"""

from typing import Any, Protocol

import msgspec

from livelore.database.engine import Database
from livelore.intelligence.interactions import store
from livelore.intelligence.interactions.service import Fact, InteractionsService
from livelore.live.chat.events import DanmakuSent, MessageDeleted

PAGE = 500


class Chat(Protocol):
    """What the chat must tell."""

    async def last_seqs(self) -> dict[str, int]:
        """The last message's number of each room."""
        ...

    async def said_after(
        self, room_id: str, after_seq: int, limit: int
    ) -> list[DanmakuSent | MessageDeleted]:
        """Danmaku and deletions after a number, in order."""
        ...


class SaidLogger:
    """Logs what was said after what is known to be logged.

    Args:
        database: Keeps how far each room is.
        interactions: The log.
        chat: The messages.
    """

    def __init__(self, database: Database, interactions: InteractionsService, chat: Chat) -> None:
        self._database = database
        self._interactions = interactions
        self._chat = chat

    async def catch_up(self) -> None:
        """Log what is missing of all rooms; returns once it is on disk.

        Raises:
            LogUnavailable: The log cannot take rows just now; the next run goes on.
        """
        known = await self._database.read(store.cursors)
        for room_id, last_seq in (await self._chat.last_seqs()).items():
            source = f"chat:{room_id}"
            if known.get(source, 0) < last_seq:
                await self._room(room_id, source, known.get(source, 0), last_seq)

    async def _room(self, room_id: str, source: str, after_seq: int, last_seq: int) -> None:
        while after_seq < last_seq:
            found = await self._chat.said_after(room_id, after_seq, PAGE)
            await self._interactions.record_all([fact_of(said) for said in found])
            reached = found[-1].seq if len(found) == PAGE else last_seq
            await self._database.write(lambda c: store.set_cursor(c, source, reached))  # noqa: B023
            after_seq = reached


def fact_of(said: DanmakuSent | MessageDeleted) -> Fact:
    """A message as the log takes it; its id is the same whichever way it comes."""
    told: dict[str, Any] = msgspec.to_builtins(said)
    user_id, at_ms = told.pop("user_id", None), told.pop("at_ms")
    kind = "danmaku" if isinstance(said, DanmakuSent) else "message_deleted"
    head = {"id": f"chat:{said.room_id}:{said.seq}", "type": kind, "version": 1}
    return Fact(told | head, user_id, at_ms)
