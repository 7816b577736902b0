"""The school of the rooms' tests, with the class on air."""

import pytest

from livelore.live.rooms.model import LiveSession
from tests.rooms.conftest import School, school, shop

__all__ = ["school", "shop"]


@pytest.fixture
async def session(school: School) -> LiveSession:
    return await school.go_live()
