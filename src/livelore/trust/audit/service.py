"""Write acts down inside their own transaction; read them, and prove that none was altered."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.times import from_ms
from livelore.ports.clock import Clock, now_ms
from livelore.trust.audit import store
from livelore.trust.audit.model import Entry, NewEntry, chained, first_break

__all__ = ["AuditService", "Chain", "Entry", "NewEntry"]
NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class Chain:
    """How many acts there are, and the first that is not as it was written."""

    n_entries: int
    broken_at: int | None


class AuditService:
    """The operators' acts.

    Args:
        database: Where they are kept.
        clock: When they were done.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record_in(self, connection: Connection, new: NewEntry) -> Entry:
        """Write an act down in the transaction that does it: both are there, or neither."""
        position, before = store.last(connection)
        at = from_ms(now_ms(self._clock))
        new = replace(new, subject_name=new.subject_name[:NAME_MAX])
        made = Entry(position + 1, at, new, chained(before, position + 1, at, new))
        store.add(connection, made)
        return made

    async def record(self, new: NewEntry) -> Entry:
        """Write an act down that changes nothing else."""
        return await self._database.write(lambda c: self.record_in(c, new))

    async def entries(self, before: int | None, limit: int) -> list[Entry]:
        """Acts, newest first, below a position."""
        return await self._database.read(lambda c: store.newest(c, before, limit))

    async def chain(self) -> Chain:
        """Read every act again and compare the hashes."""

        def work(connection: Connection) -> Chain:
            n_entries, _ = store.last_seen(connection)
            return Chain(n_entries, first_break(store.oldest_first(connection)))

        return await self._database.read(work)
