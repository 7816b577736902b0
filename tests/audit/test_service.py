"""Audited acts on both databases: written with the act, undone with it, never changed."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from livelore.database.engine import Database
from livelore.trust.audit.service import AuditService, NewEntry
from tests.fakes import FakeClock

ACT = NewEntry("op", "room.cut_off", "room", "r1", "数学直播间", "广告法")


@pytest.fixture
def audit(db: Database, clock: FakeClock) -> AuditService:
    return AuditService(db, clock)


async def test_acts_are_read_newest_first_page_by_page(audit: AuditService) -> None:
    for _ in range(3):
        await audit.record(ACT)
    assert [entry.position for entry in await audit.entries(None, 2)] == [3, 2]
    assert [entry.position for entry in await audit.entries(2, 2)] == [1]
    chain = await audit.chain()
    assert (chain.n_entries, chain.broken_at) == (3, None)


async def test_an_act_that_fails_leaves_no_entry(db: Database, audit: AuditService) -> None:
    def work(connection: Connection) -> None:
        audit.record_in(connection, ACT)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(work)
    assert await audit.entries(None, 10) == []


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET reason = 'none'", "DELETE FROM audit_entry"]
)
async def test_the_database_refuses_to_change_an_entry(
    db: Database, audit: AuditService, change: str
) -> None:
    await audit.record(ACT)
    with pytest.raises(DBAPIError, match="audit_entry_no_"):
        await db.write(lambda c: c.execute(text(change)).rowcount)
    assert [entry.new for entry in await audit.entries(None, 10)] == [ACT]
