"""The ledger in a process of its own, which dies where it is told to.

python -m tests.ledger.walk_child URL SOCKET

Everything is imported once; each connection to the socket gets a fork, which takes batches of
operations, does each batch together, and answers once all of it is on disk. A `Deadly` point kills
it as ``kill -9`` would: at a statement of the write in hand, just before or just after its commit,
or at any moment.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import Listener
from typing import Any

from sqlalchemy import Connection, event

from livelore.database.engine import Database
from livelore.kit.errors import AppError
from livelore.knowledge.ledger.model import (
    Act,
    ActResult,
    Delivery,
    coin_refund,
    delivery,
    order_paid,
    refund_paid,
    wallet_of,
)
from livelore.knowledge.ledger.model.builders import Shares
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from tests.fakes import FakeClock
from tests.ledger.makers import gift_act, topup_act
from tests.ledger.reference import WORLD_RULES
from tests.ledger.walk import Answer, Batch, Operation

F = "f"
"""Fingerprint of every operation: its key never stands for another."""


class Ledger:
    """Operations in, answers out."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock()
        self.database = database
        self.service = LedgerService(database, self.clock, WORLD_RULES)

    async def do_all(self, batch: Batch) -> list[Answer]:
        """In their order: each is queued for the writer before the next one is looked at."""
        self.clock.advance((batch.now - self.clock.now()).total_seconds())
        return await asyncio.gather(*(self._do(each) for each in batch.operations))

    async def _do(self, asked: Operation) -> Answer:
        if asked.kind == "settle":
            await self.service.settle()
            return Answer(is_refused=False)
        if asked.kind == "checkpoint":
            await self.service.checkpoint()
            return Answer(is_refused=False)
        try:
            result = await self._result(asked)
        except AppError:
            return Answer(is_refused=True)
        after = result.balance_after(wallet_of(asked.party))
        return Answer(result.error is not None, result.act_id, after, result.is_replay)

    async def _result(self, asked: Operation) -> ActResult:
        if asked.kind == "undo":
            return await self.service.undo_gift(UndoGift(asked.act_id, asked.coins, asked.key))
        if asked.kind == "refund":
            return await self.database.write(lambda c: self._refund(c, asked))
        return await self.service.submit(self._act(asked))

    def _act(self, asked: Operation) -> Act:
        kind, key = asked.kind, asked.key
        if kind == "topup":
            return topup_act(asked.party, asked.coins, asked.minor, key)
        if kind == "gift":
            return gift_act(self.service, asked.party, asked.host, asked.coins, key)
        if kind == "order":
            leg = order_paid(asked.minor, "CNY", "sandbox", asked.line)
            return Act(key, F, "order", (leg,))
        if kind == "deliver":
            host, platform = asked.parts
            day = self.service.release_on()
            shares: Shares = (("host", host), ("platform", platform))
            given = Delivery(asked.host, tuple(shares), "CNY", day, asked.line)
            return Act(key, F, "deliver", delivery(given))
        if kind == "coin_refund":
            return Act(key, F, kind, coin_refund(asked.party, asked.coins, asked.minor))
        return Act(key, F, "refund_paid", refund_paid(asked.minor, "CNY", "sandbox"))

    def _refund(self, connection: Connection, asked: Operation) -> ActResult:
        known = self.service.known_in(connection, asked.key, F)
        if known is not None:
            return known
        legs = self.service.refund_transfers(connection, asked.line, asked.minor, "CNY")
        return self.service.post_in(connection, Act(asked.key, F, "refund", legs))

    async def balances(self) -> dict[tuple[str, str], int]:
        """Every account that is not 0."""
        return {
            (found.ref.kind, found.ref.owner): found.balance_minor
            for found in await self.service.balances()
            if found.balance_minor
        }

    async def check(self, numbers: set[int]) -> list[str]:
        """What the nightly check finds, and currencies whose two sides differ."""
        sides: dict[str, int] = {}
        for line in await self.service.trial_balance():
            sign = 1 if line.side == "D" else -1
            sides[line.currency] = sides.get(line.currency, 0) + sign * line.balance_minor
        apart = [f"{currency}: {left}" for currency, left in sides.items() if left]
        return apart + [str(each) for each in await self.service.nightly_check(numbers)]


class Deadly:
    """Kills this process at a point of the next write."""

    def __init__(self, database: Database) -> None:
        self.point: str | None = None
        engine, writer = database._write_engine, database._writer
        answer = writer._answer
        event.listen(engine, "begin", self._begins)
        event.listen(engine, "commit", self._commits)
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

        def after_commit(jobs: list[Any], signals: set[str]) -> None:  # Any: handed through
            self._reached("after commit")
            answer(jobs, signals)

        writer._answer = after_commit  # type: ignore[method-assign]  # the point between the two

    @contextlib.contextmanager
    def armed(self, point: str | None, after_s: float) -> Generator[None]:
        """Where to die in here, and nowhere after."""
        self.point = point
        if point != "any moment":
            yield
            return
        timer = threading.Timer(after_s, die)
        timer.start()
        yield
        timer.cancel()
        timer.join()

    def _begins(self, _connection: Connection) -> None:
        self._reached("begin")

    def _commits(self, _connection: Connection) -> None:
        self._reached("before commit")

    def _before(self, _connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        self._reached(f"before {_table(statement)}")

    def _after(self, _connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        self._reached(f"after {_table(statement)}")

    def _reached(self, point: str) -> None:
        if point == self.point:
            die()


def _table(statement: str) -> str:
    words = statement.split(None, 3)
    return words[2] if words[:2] == ["INSERT", "INTO"] else "something else"


def die() -> None:
    """As ``kill -9``: nothing is told, nothing is finished."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, address: str) -> None:
    """Fork for each connection, until killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with Listener(address, "AF_UNIX") as listener:
        while True:
            pipe = listener.accept()
            if os.fork() == 0:
                asyncio.run(_serve(url, pipe))
                os._exit(0)
            pipe.close()


async def _serve(url: str, pipe: Pipe) -> None:
    database = Database.open(url)
    ledger, deadly = Ledger(database), Deadly(database)
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(await _answer(ledger, deadly, pipe.recv()))
    await database.close()


async def _answer(ledger: Ledger, deadly: Deadly, asked: Any) -> Any:  # Any: of whatever was asked
    if isinstance(asked, Batch):
        with deadly.armed(asked.die_at, asked.after_s):
            return await ledger.do_all(asked)
    if isinstance(asked, set):
        return await ledger.check(asked)
    if isinstance(asked, list):
        return [await ledger.service.party_of(name) for name in asked]
    return await ledger.balances()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
