"""A catalogue with a host, on both databases."""

import argon2
import pytest

from livelore.database.engine import Database
from livelore.knowledge.catalog.service import CatalogService
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService, NewUser
from tests.fakes import FakeClock


@pytest.fixture
def identity(db: Database, clock: FakeClock) -> IdentityService:
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return IdentityService(db, clock, quick)


@pytest.fixture
def catalog(db: Database, clock: FakeClock) -> CatalogService:
    return CatalogService(db, clock)


@pytest.fixture
async def host(identity: IdentityService) -> User:
    return await identity.add_user(NewUser("lin", "chalk and board"), "host")


@pytest.fixture
async def other_host(identity: IdentityService) -> User:
    return await identity.add_user(NewUser("xu", "chalk and board"), "host")
