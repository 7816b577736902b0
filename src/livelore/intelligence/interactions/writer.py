"""Writes the log: one thread, one flush to disk for everything that waits, then the answers.

Rows whose id was seen before are left out. The writer remembers the newest `LogLimits.ids_max` ids,
also across restarts; an older id that comes again is written again and left out by `reader`.
"""

import asyncio
import contextlib
import fcntl
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from livelore.intelligence.interactions.errors import LogInUse, LogUnavailable
from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.segments import (
    LogFolder,
    encode_line,
    rows_of,
    sync_folder,
)
from livelore.ports.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Sizes of the log."""

    segment_bytes: int = 16 << 20
    segment_s: float = 3600.0
    waiting_max: int = 20_000
    group_max: int = 512
    ids_max: int = 200_000


@dataclass(frozen=True, slots=True)
class _Job:
    rows: Sequence[Row]
    done: Callable[[Exception | None], None]


class LogWriter:
    """The one writer of a log folder.

    Args:
        folder: Where.
        clock: For the age of segments.
        limits: Sizes.
    """

    def __init__(self, folder: LogFolder, clock: Clock, limits: LogLimits | None = None) -> None:
        self.folder = folder
        self._clock = clock
        self._limits = limits or LogLimits()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(self._limits.waiting_max)
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._lock = self._file = -1
        self._number = self._size = 0
        self.n_appended = self.n_failed = 0
        """Rows put on disk, and rows that could not be, since this process began."""
        self._opened_at = 0.0
        self.on_rotated: Callable[[], None] = lambda: None
        """Called in the writer's thread when a segment is finished."""

    def lock(self) -> None:
        """Make the folders and take the log for this process.

        Raises:
            LogInUse: Another process has it.
        """
        self.folder.make()
        self._lock = os.open(self.folder.root / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise LogInUse(folder=str(self.folder.root)) from None

    def start(self) -> None:
        """Go on where the last process stopped; the folder is locked and its segments are whole."""
        self._remember_old()
        numbers = self.folder.segment_numbers()
        self._open(numbers[-1] if numbers else self.folder.next_number())
        self._thread = threading.Thread(target=self._run, name="interactions-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then let go of the folder."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            os.close(self._file)
            os.close(self._lock)
            self._thread = None

    async def append(self, rows: Sequence[Row]) -> None:
        """Log rows; returns once they are on disk.

        Raises:
            LogUnavailable: They are not; nothing was logged.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if not future.done():
                future.set_result(None) if error is None else future.set_exception(error)

        def done(error: Exception | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
                loop.call_soon_threadsafe(settle, error)

        self._put(_Job(rows, done))
        await future

    def append_soon(self, rows: Sequence[Row]) -> None:
        """Log rows without waiting for the disk.

        Raises:
            LogUnavailable: Too much waits already.
        """

        def done(error: Exception | None) -> None:
            if error is not None:
                log.error("interactions_not_logged", ids=[row.id for row in rows])

        self._put(_Job(rows, done))

    def _put(self, job: _Job) -> None:
        if self._thread is None:
            raise LogUnavailable(reason="closed")
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise LogUnavailable(reason="busy") from None

    # In the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._next_jobs()
            if jobs:
                self._write(jobs)
            try:
                self._rotate_if_due()
            except OSError:
                log.exception("interactions_rotation_failed")

    def _next_jobs(self) -> tuple[list[_Job], bool]:
        wait_s = None if self._size == 0 else max(0.1, self._age_left_s())
        jobs: list[_Job] = []
        with contextlib.suppress(queue.Empty):
            job = self._jobs.get(timeout=wait_s)
            while job is not None:
                jobs.append(job)
                if len(jobs) == self._limits.group_max:
                    return jobs, True
                job = self._jobs.get_nowait()
            return jobs, False
        return jobs, True

    def _write(self, jobs: list[_Job]) -> None:
        fresh: dict[str, Row] = {}
        for row in (row for job in jobs for row in job.rows):
            if row.id not in self._ids:
                fresh.setdefault(row.id, row)
        error: Exception | None = None
        try:
            self._put_on_disk(b"".join(map(encode_line, fresh.values())))
        except OSError:
            log.exception("interactions_write_failed", segment=self._number)
            error = LogUnavailable(reason="disk")
            self.n_failed += len(fresh)
        else:
            self.n_appended += len(fresh)
            self._remember(fresh)
        for job in jobs:
            job.done(error)

    def _put_on_disk(self, data: bytes) -> None:
        if not data:
            return
        os.ftruncate(self._file, self._size)  # what a failed write may have left
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self._size += len(data)

    def _age_left_s(self) -> float:
        return self._opened_at + self._limits.segment_s - self._clock.monotonic()

    def _rotate_if_due(self) -> None:
        is_old = self._size > 0 and self._age_left_s() <= 0
        if is_old or self._size >= self._limits.segment_bytes:
            finished = self._file
            os.ftruncate(finished, self._size)
            self._open(self._number + 1)
            os.close(finished)
            self.on_rotated()

    def _open(self, number: int) -> None:
        path = self.folder.segment(number)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        sync_folder(path.parent)
        self._number, self._size = number, os.fstat(self._file).st_size
        self._opened_at = self._clock.monotonic()

    def _remember(self, ids: dict[str, Row]) -> None:
        self._ids.update(dict.fromkeys(ids))
        while len(self._ids) > self._limits.ids_max:
            self._ids.popitem(last=False)

    def _remember_old(self) -> None:
        """The newest ids of what is on disk; lists of ids too old to matter are removed."""
        known: list[list[str]] = []
        n_known = 0
        on_disk = {int(path.stem) for path in self.folder.ids.glob("*.txt")}
        for number in sorted(on_disk.union(self.folder.segment_numbers()), reverse=True):
            if self.folder.segment(number).exists():
                known.append([row.id for row in rows_of(self.folder.segment(number))])
            elif n_known >= self._limits.ids_max:
                self.folder.ids_of(number).unlink(missing_ok=True)
            else:
                known.append(self.folder.ids_of(number).read_text("utf-8").splitlines())
            n_known = sum(map(len, known))
        self._ids = OrderedDict.fromkeys(each for page in reversed(known) for each in page)
