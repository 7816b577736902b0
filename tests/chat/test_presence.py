"""Numbers of viewers over several processes: added, forgotten, asked for."""

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.live.chat.presence import FORGET_S, Presence
from tests.fakes import FakeClock


class Process:
    """One process with viewers in rooms."""

    def __init__(self, bus: MemoryBus, clock: FakeClock, name: str) -> None:
        self.here: dict[str, int] = {}
        self.changed: list[str] = []
        self.presence = Presence(bus, clock, name, lambda: self.here, self.changed.append)

    async def has(self, room_id: str, n_viewers: int) -> None:
        self.here[room_id] = n_viewers
        await self.presence.tell(room_id, n_viewers)


@pytest.fixture
def three(bus: MemoryBus, clock: FakeClock) -> list[Process]:
    return [Process(bus, clock, name) for name in "abc"]


async def test_each_adds_the_numbers_of_all_others(three: list[Process]) -> None:
    for process in three:
        await process.presence.start()
    for number, process in enumerate(three, 1):
        await process.has("r1", number)
    assert [process.presence.elsewhere("r1") for process in three] == [5, 4, 3]
    await three[2].has("r1", 0)
    assert [process.presence.elsewhere("r1") for process in three] == [2, 1, 3]
    assert three[0].presence.elsewhere("r2") == 0
    assert three[2].changed == ["r1", "r1"]


async def test_who_comes_later_asks_for_the_numbers(three: list[Process]) -> None:
    await three[0].presence.start()
    await three[0].has("r1", 7)
    await three[1].presence.start()
    assert three[1].presence.elsewhere("r1") == 7


async def test_a_process_that_ends_or_falls_silent_is_forgotten(
    three: list[Process], clock: FakeClock
) -> None:
    for process in three:
        await process.presence.start()
        await process.has("r1", 1)
    await three[2].presence.stop()
    assert three[0].presence.elsewhere("r1") == 1
    clock.advance(FORGET_S / 2)
    await three[1].presence.refresh()
    clock.advance(FORGET_S / 2 + 1)
    await three[0].presence.refresh()
    assert three[0].presence.elsewhere("r1") == 1
    clock.advance(FORGET_S)
    await three[0].presence.refresh()
    assert three[0].presence.elsewhere("r1") == 0
