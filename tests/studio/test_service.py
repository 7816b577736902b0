"""The host's numbers are those of the books, the chat and the class."""

import pytest

from livelore.knowledge.ledger.service.checking import AFTER_EVERY_TEST
from livelore.live.gifts.service import GiftAsk
from livelore.live.rooms.errors import RoomNotFound
from livelore.web.caller import Caller
from livelore.web.errors import NotLoggedIn
from tests.rooms.conftest import School, school, shop

__all__ = ["school", "shop"]


async def test_gifts_show_with_the_hosts_part_and_agree_with_the_ledger(school: School) -> None:
    await school.go_live()
    viewer = await school.rich_adult()
    await school.give(viewer, GiftAsk("tea", 2))
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    lines = {line.kind: line for line in numbers.lines}
    assert (lines["gift"].count, lines["gift"].amount_minor) == (2, 2_040)
    assert numbers.agrees_with_ledger
    assert numbers.n_gifts == 2
    assert await school.shop.ledger.nightly_check(AFTER_EVERY_TEST) == []


async def test_numbers_younger_than_a_second_are_given_again(school: School) -> None:
    await school.go_live()
    viewer = await school.rich_adult()
    before = await school.live.studio.numbers(school.host, school.room.id)
    await school.give(viewer, GiftAsk("chalk"))
    assert await school.live.studio.numbers(school.host, school.room.id) is before
    school.clock.advance(1)
    assert (await school.live.studio.numbers(school.host, school.room.id)).n_gifts == 1


async def test_strangers_learn_nothing(school: School) -> None:
    viewer = await school.someone("curious")
    with pytest.raises(RoomNotFound):
        await school.live.studio.numbers(viewer, school.room.id)
    with pytest.raises(NotLoggedIn):
        await school.live.studio.numbers(Caller(), school.room.id)


async def test_a_room_off_air_has_no_revenue_and_no_stream(school: School) -> None:
    numbers = await school.live.studio.numbers(school.host, school.room.id)
    assert (numbers.lines, numbers.stream, numbers.series) == ([], None, [])
