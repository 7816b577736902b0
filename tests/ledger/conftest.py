"""A ledger whose books are counted again after every test that used it.

Orders and gifts use it too: ``from tests.ledger.conftest import ledger, unchecked_ledger``.
"""

from collections.abc import AsyncIterator

import pytest

from livelore.database.engine import Database
from livelore.knowledge.ledger.model import SpendCaps
from livelore.knowledge.ledger.service import LedgerRules, LedgerService
from livelore.knowledge.ledger.service.checking import AFTER_EVERY_TEST
from tests.fakes import FakeClock

RULES = LedgerRules("Asia/Shanghai", SpendCaps(50_000, 200_000, 1_000_000))


async def assert_books_agree(ledger: LedgerService) -> None:
    """Trial balance 0; floors; coins are worth the float; pending is the sum of its shares."""
    assert await ledger.nightly_check(AFTER_EVERY_TEST) == []


@pytest.fixture
def unchecked_ledger(db: Database, clock: FakeClock) -> LedgerService:
    """For tests that break the books on purpose."""
    return LedgerService(db, clock, RULES)


@pytest.fixture
async def ledger(unchecked_ledger: LedgerService) -> AsyncIterator[LedgerService]:
    yield unchecked_ledger
    await assert_books_agree(unchecked_ledger)
