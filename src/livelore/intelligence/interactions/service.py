"""Use cases of the behaviour log: take events, keep what fits no shape, tell watch time on."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import structlog

from livelore.database.engine import Database
from livelore.intelligence.interactions import store
from livelore.intelligence.interactions.dead import MOVE_MAX, TABLE_MAX, DeadFiles
from livelore.intelligence.interactions.errors import BatchTooLarge
from livelore.intelligence.interactions.events import Source
from livelore.intelligence.interactions.model import DeadLetter, Row, beat_of
from livelore.intelligence.interactions.segments import BadLine, bad_lines, without_lines
from livelore.intelligence.interactions.validation import Rejected, row_from
from livelore.intelligence.interactions.writer import LogWriter
from livelore.kit.ids import new_id
from livelore.ports.clock import Clock, now_ms

log = structlog.get_logger(__name__)
BATCH_MAX = 200
LessonOf = Callable[[str, str], Awaitable[str | None]]
"""User and item → the lesson whose watch time counts for them, if any."""
NoteWatched = Callable[[str, str, float], Awaitable[None]]
"""User, lesson, newly watched seconds."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent events; a visitor's cookie is kept only as its hash."""

    user_id: str | None
    visitor_id: str | None

    @property
    def visitor(self) -> str | None:
        """The visitor's mark."""
        if self.visitor_id is None:
            return None
        return hashlib.sha256(self.visitor_id.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: rejected events by index, with their reason."""

    n_accepted: int
    rejected: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the platform knows, as the log takes it; ``at_ms`` None is now."""

    event: dict[str, Any]
    user_id: str | None
    at_ms: int | None


class InteractionsService:
    """The behaviour log.

    Args:
        database: Dead letters and watch time.
        clock: For times that clients may not set.
        writer: The log on disk.
        lesson_of: What a watched item teaches.
        note_watched: Who reckons with watch time.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        writer: LogWriter,
        lesson_of: LessonOf,
        note_watched: NoteWatched,
    ) -> None:
        self._database = database
        self._clock = clock
        self.writer = writer
        self._lesson_of = lesson_of
        self._note_watched = note_watched
        self.dead_files = DeadFiles(writer.folder.root)
        self.n_letters_not_kept = 0
        self.n_dead_letters = 0
        """Events that fit no shape, kept as letters since this process began."""

    async def start(self) -> None:
        """Mend what a crash left, and begin to write.

        Raises:
            LogInUse: Another process writes this log.
        """
        self.writer.lock()
        await self._mend()
        await asyncio.to_thread(self.writer.start)

    async def stop(self) -> None:
        """Write what waits."""
        await asyncio.to_thread(self.writer.stop)

    async def _mend(self) -> None:
        folder = self.writer.folder
        for number in folder.segment_numbers():
            bad = await asyncio.to_thread(bad_lines, folder, number)
            if bad:
                log.warning("interactions_mended", segment=number, n_lines=len(bad))
                await self._keep([self._torn(line) for line in bad])
                await asyncio.to_thread(without_lines, folder, number, bad)

    def _torn(self, line: BadLine) -> DeadLetter:
        mark = hashlib.sha256(line.content).hexdigest()[:16]
        return DeadLetter(
            f"disk:{line.segment}:{line.offset}:{mark}",
            now_ms(self._clock),
            "disk",
            "spoiled_line" if line.content.endswith(b"\n") else "torn_line",
            f"segment {line.segment}, byte {line.offset}",
            None,
            line.content.decode("utf-8", "backslashreplace").replace("\x00", "\\x00"),
        )

    async def submit(self, sender: Sender, events: Sequence[object]) -> Outcome:
        """Log a client's events; returns once each is on disk, as a row or as a dead letter.

        Raises:
            BatchTooLarge: More than 200.
            LogUnavailable: The log cannot take them now; send them again.
        """
        if len(events) > BATCH_MAX:
            raise BatchTooLarge(n_max=BATCH_MAX, n=len(events))
        rows, letters = self._sorted("client", sender, events)
        await self._keep([letter for _, letter in letters])
        if rows:
            await self.writer.append(rows)
        await self._tell_watched(sender.user_id, rows)
        return Outcome(len(rows), [(index, letter.reason) for index, letter in letters])

    async def record(self, event: dict[str, Any], user_id: str | None, at_ms: int | None) -> None:
        """Log a fact of the platform; returns once it is on disk."""
        row = await self._platform_row(event, user_id, at_ms)
        if row is not None:
            await self.writer.append([row])

    async def record_all(self, facts: Sequence[Fact]) -> None:
        """Log facts of the platform; returns once they are on disk.

        Raises:
            LogUnavailable: They are not.
        """
        rows = [
            row
            for fact in facts
            if (row := await self._platform_row(fact.event, fact.user_id, fact.at_ms)) is not None
        ]
        if rows:
            await self.writer.append(rows)

    async def record_soon(self, fact: Fact) -> None:
        """Log a fact of the platform without waiting for the disk."""
        row = await self._platform_row(fact.event, fact.user_id, fact.at_ms)
        if row is not None:
            self.writer.append_soon([row])

    async def _platform_row(
        self, event: dict[str, Any], user_id: str | None, at_ms: int | None
    ) -> Row | None:
        rows, letters = self._sorted("platform", Sender(user_id, None), [event])
        await self._keep([letter for _, letter in letters])
        if not rows:
            return None
        return rows[0] if at_ms is None else replace(rows[0], at_ms=at_ms)

    def _sorted(
        self, source: Source, sender: Sender, events: Sequence[object]
    ) -> tuple[list[Row], list[tuple[int, DeadLetter]]]:
        received_ms = now_ms(self._clock)
        rows: list[Row] = []
        letters: list[tuple[int, DeadLetter]] = []
        for index, event in enumerate(events):
            try:
                row = row_from(source, event, received_ms)
            except Rejected as rejected:
                letters.append((index, _letter(source, sender, event, rejected, received_ms)))
            else:
                rows.append(replace(row, user_id=sender.user_id, visitor=sender.visitor))
        return rows, letters

    async def _keep(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        is_refusable = letters[0].source == "client"
        if is_refusable and await asyncio.to_thread(lambda: self.dead_files.is_full):
            self.n_letters_not_kept += len(letters)
            log.error("dead_letters_not_kept", n=len(letters), n_all=self.n_letters_not_kept)
            return
        await self._database.write(lambda c: store.add_dead_letters(c, letters))
        self.n_dead_letters += len(letters)

    async def move_dead_letters(self, keep: int = TABLE_MAX) -> int:
        """Move the oldest dead letters beyond ``keep`` into files; returns how many."""
        n_moved = 0
        while True:
            old = await self._database.read(lambda c: store.oldest_dead_letters(c, keep, MOVE_MAX))
            if not old:
                return n_moved
            await asyncio.to_thread(self.dead_files.add, old)
            ids = [letter.id for letter in old]
            await self._database.write(lambda c: store.remove_dead_letters(c, ids))  # noqa: B023
            n_moved += len(old)

    async def dead_letters(self, before: tuple[int, str] | None, limit: int) -> list[DeadLetter]:
        """What could not be logged, newest first."""
        return await self._database.read(lambda c: store.dead_letters(c, before, limit))

    async def _tell_watched(self, user_id: str | None, rows: Sequence[Row]) -> None:
        """Pass on newly watched time: at most once, so that a crash never takes a refund away."""
        if user_id is None:
            return
        items: dict[str, list[Row]] = {}
        for row in rows:
            if row.type == "watch_heartbeat":
                items.setdefault(row.fields["item_id"], []).append(row)
        for item_id, beats in items.items():
            try:
                await self._tell_item(user_id, item_id, beats)
            except Exception:  # the rows are on disk: their sender need not care
                log.exception("watch_time_not_told", item_id=item_id)

    async def _tell_item(self, user_id: str, item_id: str, rows: Sequence[Row]) -> None:
        lesson_id = await self._lesson_of(user_id, item_id)
        if lesson_id is None:
            return
        beats = [beat_of(row) for row in rows]
        at_ms = now_ms(self._clock)
        new_ms = await self._database.write(
            lambda c: store.note_beats(c, user_id, item_id, beats, at_ms)
        )
        while new_ms > 0:
            step_ms = min(new_ms, 3_600_000)
            await self._note_watched(user_id, lesson_id, step_ms / 1000)
            new_ms -= step_ms


def _letter(
    source: Source, sender: Sender, event: object, rejected: Rejected, at_ms: int
) -> DeadLetter:
    body = msgspec.json.encode(event).decode()
    who = sender.user_id or sender.visitor
    # Sent again after a lost answer, a letter is the same letter.
    letter_id = (
        hashlib.sha256(f"{who} {body}".encode()).hexdigest()[:26]
        if isinstance(event, dict) and event.get("id")
        else new_id(at_ms)
    )
    detail = rejected.detail.replace("\x00", "\\x00")
    return DeadLetter(letter_id, at_ms, source, rejected.reason, detail, who, body)
