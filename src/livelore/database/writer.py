"""The writer thread: what waits together is committed together."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from livelore.database.dialects import is_out_of_space, is_retryable
from livelore.kit.errors import InvariantError, UnavailableError

P = TypeVar("P")
R = TypeVar("R")
BatchHandler: TypeAlias = Callable[[Connection, Sequence[P]], Sequence[R | Exception]]

GROUP_MAX = 256
"""Works in one transaction: beyond it the flush to disk is no longer what costs."""
QUEUE_MAX = 20_000
"""Works that may wait; then callers are refused rather than kept waiting in silence."""
TRIES_MAX = 5
"""Runs of one work that lost a race to another process."""

# Any: a job carries results of every type from the thread back to its caller.
AnyHandler: TypeAlias = Callable[[Connection, Sequence[Any]], Sequence[Any]]


@dataclass(slots=True)
class _Job:
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    work: Callable[[Connection], Any] | None = None
    handler: AnyHandler | None = None
    item: Any = None
    result: Any = None
    error: BaseException | None = field(default=None)


@dataclass(slots=True)
class WriteCounters:
    """What the writer did since it began.

    Attributes:
        n_commits: Transactions, each one flush to disk.
        n_works: Works in them.
        n_failed: Works that ended with an error.
        batch: Works of the newest transaction.
        batch_max: Most works that one transaction ever had.
    """

    n_commits: int = 0
    n_works: int = 0
    n_failed: int = 0
    batch: int = 0
    batch_max: int = 0

    def count(self, jobs: "Sequence[_Job]") -> None:
        """Take a transaction into account."""
        self.n_commits += 1
        self.n_works += len(jobs)
        self.n_failed += sum(job.error is not None for job in jobs)
        self.batch = len(jobs)
        self.batch_max = max(self.batch_max, self.batch)


class Writer:
    """Runs works one after the other in its own thread, many in one transaction.

    Args:
        engine: Gives the one connection that writes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.Queue[_Job | None] = queue.Queue(QUEUE_MAX)
        self.counters = WriteCounters()
        self.hooks: dict[str, list[Callable[[], None]]] = {}
        self._thread = threading.Thread(target=self._run, name="db-write", daemon=True)
        self._is_closed = False
        self._thread.start()

    def submit(self, work: Callable[[Connection], Any]) -> "asyncio.Future[Any]":
        """Queue one work; the future resolves after the commit."""
        loop = asyncio.get_running_loop()
        return self._put(_Job(loop.create_future(), loop, work=work))

    def submit_batch(self, handler: AnyHandler, item: Any) -> "asyncio.Future[Any]":
        """Queue one item for ``handler``; the future resolves after the commit."""
        loop = asyncio.get_running_loop()
        return self._put(_Job(loop.create_future(), loop, handler=handler, item=item))

    def _put(self, job: _Job) -> "asyncio.Future[Any]":
        if self._is_closed:
            raise UnavailableError(reason="closing")
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise UnavailableError(reason="busy") from None
        return job.future

    @property
    def n_waiting(self) -> int:
        """Works that wait."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what is queued and end the thread (blocking)."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._gather()
            if jobs:
                signals = self._commit_together(jobs)
                self.counters.count(jobs)
                self._answer(jobs, signals)

    def _gather(self) -> tuple[list[_Job], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        jobs = [first]
        while len(jobs) < GROUP_MAX:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, False
            jobs.append(job)
        return jobs, True

    def _commit_together(self, jobs: list[_Job]) -> set[str]:
        """Run the jobs in one transaction; alone, one by one, if it cannot be committed."""
        if _is_one_run(jobs):
            try:
                return self._bare_transaction(jobs)
            except BaseException as error:  # the thread must live; callers are told
                if len(jobs) == 1:
                    return self._alone(jobs[0], error)
        try:
            return self._transaction(jobs)
        except BaseException:
            return self._one_by_one(jobs)

    def _one_by_one(self, jobs: list[_Job]) -> set[str]:
        signals: set[str] = set()
        for job in jobs:
            job.error = job.result = None
            try:
                signals |= self._transaction([job])
            except BaseException as again:
                signals |= self._alone(job, again)
        return signals

    def _alone(self, job: _Job, error: BaseException) -> set[str]:
        for _ in range(TRIES_MAX):
            if not (isinstance(error, DBAPIError) and is_retryable(error)):
                break
            try:
                job.error = job.result = None
                return self._transaction([job])
            except BaseException as again:
                error = again
        job.error = _told(error)
        return set()

    def _transaction(self, jobs: list[_Job]) -> set[str]:
        with self._engine.connect() as connection, connection.begin():
            connection.info["signals"] = set()
            for handler, members in _runs(jobs):
                if handler is None:
                    for job in members:
                        _run_one(connection, job)
                else:
                    _run_batch(connection, handler, members)
            return set(connection.info["signals"])

    def _bare_transaction(self, jobs: list[_Job]) -> set[str]:
        """One work, or items of one handler, without a savepoint.

        On SQLite a savepoint copies every page that is changed after it: measured, it makes a
        batch of 256 gifts cost 167 to 360 us a gift instead of 138 (`benchmarks/bench_money.py`).
        """
        with self._engine.connect() as connection, connection.begin():
            connection.info["signals"] = set()
            first = jobs[0]
            if first.handler is not None:
                _assign(jobs, first.handler(connection, [job.item for job in jobs]))
            elif first.work is not None:
                first.result = first.work(connection)
            return set(connection.info["signals"])

    def _answer(self, jobs: list[_Job], signals: set[str]) -> None:
        hooks = [hook for name in signals for hook in self.hooks.get(name, ())]
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, members in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, members, hooks)
            except RuntimeError:  # the loop has ended: nobody waits any more
                continue


def _is_one_run(jobs: Sequence[_Job]) -> bool:
    """Whether all of these are undone together anyway: one work, or items of one handler."""
    handler = jobs[0].handler
    return len(jobs) == 1 or (handler is not None and all(job.handler == handler for job in jobs))


def _runs(jobs: Sequence[_Job]) -> Iterator[tuple[AnyHandler | None, list[_Job]]]:
    """Neighbours with the same handler together, in order."""
    for _, members in groupby(jobs, key=lambda job: job.handler):
        run = list(members)
        yield run[0].handler, run


def _run_one(connection: Connection, job: _Job) -> None:
    if job.work is None:
        raise InvariantError("a job has neither a work nor a handler")
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except BaseException as error:
        _undo(connection)
        if isinstance(error, DBAPIError) and (is_retryable(error) or is_out_of_space(error)):
            raise
        job.error = error
    else:
        connection.exec_driver_sql("RELEASE SAVEPOINT job")


def _run_batch(connection: Connection, handler: AnyHandler, jobs: list[_Job]) -> None:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        _assign(jobs, handler(connection, [job.item for job in jobs]))
    except BaseException as error:
        _undo(connection)
        if isinstance(error, DBAPIError) and (is_retryable(error) or is_out_of_space(error)):
            raise
        if len(jobs) == 1:
            jobs[0].error = error
            return
        for job in jobs:
            _run_batch(connection, handler, [job])
    else:
        connection.exec_driver_sql("RELEASE SAVEPOINT job")


def _undo(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
    connection.exec_driver_sql("RELEASE SAVEPOINT job")


def _assign(jobs: list[_Job], results: Sequence[Any]) -> None:
    if len(results) != len(jobs):
        raise InvariantError(f"a handler gave {len(results)} results for {len(jobs)} items")
    for job, result in zip(jobs, results, strict=True):
        if isinstance(result, Exception):
            job.error = result
        else:
            job.result = result


def _told(error: BaseException) -> BaseException:
    if isinstance(error, DBAPIError) and is_out_of_space(error):
        unavailable = UnavailableError(reason="storage")
        unavailable.__cause__ = error
        return unavailable
    return error


def _resolve(jobs: list[_Job], hooks: list[Callable[[], None]]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
    for hook in hooks:
        hook()
