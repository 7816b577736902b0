"""What keeps the books in order and counts them again."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.service.checking import (
    BooksCheck,
    Finding,
    difference,
    findings,
    keep,
    last_kept,
)
from livelore.knowledge.ledger.service.counting import ActCounter
from livelore.knowledge.ledger.service.statements import TrialLine, trial_balance
from livelore.knowledge.ledger.store import upkeep
from livelore.ports.clock import Clock

REFUSED_KEPT = timedelta(days=90)
"""Refused acts are kept so long; then their key is forgotten (MONEY section 5)."""


class BookKeeping:
    """Checkpoints, the nightly check and the trial balance.

    Args:
        database: Where the books are.
        clock: For the time of checks.
        zone: Of days.
    """

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self.zone = zone
        self._act_counter = ActCounter()
        self._counting = asyncio.Lock()

    async def checkpoint(self) -> int:
        """Sum up all summed accounts; balances then read only what came after."""
        return await self._database.write(upkeep.checkpoint)

    async def prune_refused(self) -> int:
        """Forget refused acts older than 90 days."""
        before = to_ms(self._clock.now() - REFUSED_KEPT)
        return await self._database.write(lambda c: upkeep.prune_refused(c, before))

    async def nightly_check(self, only: Collection[int] | None = None) -> list[Finding]:
        """Count everything again (``livelore doctor --money``); an empty list is health.

        Args:
            only: Numbers of invariants of MONEY section 6; default all.
        """
        now = self._clock.now()
        return await self._database.read(lambda c: findings(c, now, self.zone, only))

    async def act_counts(self) -> dict[tuple[str, str], int]:
        """How many acts there are by kind and outcome; only what is new is read again."""
        counter, at_ms = self._act_counter, to_ms(self._clock.now())
        async with self._counting:
            found = await self._database.read(lambda c: counter.read(c, at_ms))
            return counter.add(*found)

    async def check_books(self) -> BooksCheck:
        """The nightly check, kept so that pages can say when the books were last compared."""
        now = self._clock.now()

        def look(connection: Connection) -> BooksCheck:
            found = findings(connection, now, self.zone)
            return BooksCheck(now, difference(trial_balance(connection)), found)

        check = await self._database.read(look)
        await self._database.write(lambda c: keep(c, check))
        return check

    async def last_check(self) -> BooksCheck | None:
        """The newest check that was kept."""
        return await self._database.read(last_kept)

    async def trial_balance(self) -> list[TrialLine]:
        """Every kind of account and currency with its balance: both sides sum to the same."""
        return await self._database.read(trial_balance)
