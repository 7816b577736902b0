"""A server and a clip for each test of this folder."""

from collections.abc import AsyncIterator

import pytest

from livelore.live.streams.publisher import Clip
from tests.media.samples import FLV
from tests.streams.station import Station, open_station


@pytest.fixture
def clip() -> Clip:
    return Clip(FLV)


@pytest.fixture
async def station() -> AsyncIterator[Station]:
    async with open_station() as station:
        yield station
