"""What a class was outlives the process and the class: peak, curves, report."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from livelore.live.gifts.asks import GiftAsk
from livelore.live.rooms.errors import RoomNotFound
from livelore.live.studio.errors import SessionNotFound
from livelore.live.studio.model import Peak
from livelore.live.studio.service import Sources, StudioService
from livelore.web.caller import Caller
from livelore.web.upgrade import SocketGate
from tests.fakes import START
from tests.rooms.conftest import School, school, shop
from tests.socket_client import SocketClient, eventually, serving

__all__ = ["school", "shop"]


async def no_app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("only sockets are served here")


@dataclass
class Audience:
    """People in the room through real sockets: operators, who need no ticket."""

    school: School
    port: int
    clients: list[SocketClient] = field(default_factory=list[SocketClient])

    async def enter(self, n: int) -> None:
        for _ in range(n):
            user = await self.school.user(f"inspector{len(self.clients)}", "operator")
            path = f"/api/v1/rooms/{self.school.room.id}/ws?token={user.id}"
            self.clients.append(await SocketClient.connect(self.port, path))
            await self.clients[-1].until_type("hello")

    async def leave(self, n: int) -> None:
        chat, room_id = self.school.live.chat, self.school.room.id
        left = chat.n_viewers(room_id) - n
        for _ in range(n):
            await self.clients.pop().close()
        await eventually(lambda: chat.n_viewers(room_id) == left)


@pytest.fixture
async def audience(school: School) -> AsyncIterator[Audience]:
    async def authenticate(token: str, is_bearer: bool) -> Caller:
        return Caller(token, role="operator", is_bearer=is_bearer)

    gate = SocketGate([school.live.door.route], authenticate, school.live.pool)
    async with serving(no_app, gate.protocol_class()) as port:
        made = Audience(school, port)
        yield made
        for client in made.clients:
            client.drop()


def another_studio(school: School) -> StudioService:
    """The studio of the next process: nothing in its memory."""
    live, shop = school.live, school.shop
    sources = Sources(live.rooms, live.chat, live.gifts, shop.orders, shop.ledger, live.streams)
    return StudioService(school.db, school.clock, sources, "CNY")


async def test_peak_and_curves_outlive_the_process(school: School, audience: Audience) -> None:
    await school.go_live()
    viewer = await school.rich_adult()
    studio = school.live.studio
    at = school.clock.now()
    await audience.enter(3)
    await studio.draw()
    await audience.leave(2)
    await school.give(viewer, GiftAsk("tea"))
    school.clock.advance(60)
    await studio.draw()
    school.clock.advance(60)
    await studio.draw()
    before = await studio.numbers(school.host, school.room.id)
    after = await another_studio(school).numbers(school.host, school.room.id)
    assert (after.n_viewers_peak, after.peak_at) == (3, at)
    assert after.series == before.series
    assert [point.n_viewers for point in after.series] == [3, 1, 1]


async def test_a_minute_cut_off_by_the_end_of_the_process_is_filled_by_the_next(
    school: School, audience: Audience
) -> None:
    await school.go_live()
    await audience.enter(3)
    await school.live.studio.draw()
    await school.live.studio.stop()
    await audience.leave(2)
    school.clock.advance(20)
    after = another_studio(school)
    await after.draw()
    school.clock.advance(60)
    await after.draw()
    numbers = await another_studio(school).numbers(school.host, school.room.id)
    assert next((point.n_viewers, point.peak.n_viewers) for point in numbers.series) == (1, 3)
    assert (numbers.n_viewers_peak, numbers.peak_at) == (3, START)


async def test_a_class_that_is_over_has_its_report(school: School, audience: Audience) -> None:
    session = await school.go_live()
    viewer = await school.rich_adult()
    studio = school.live.studio
    await audience.enter(2)
    at = school.clock.now()
    await school.give(viewer, GiftAsk("tea", 2))
    await studio.draw()
    await school.rooms.end_session(school.host, school.room.id)
    school.clock.advance(60)
    await studio.draw()
    fresh = another_studio(school)
    report = await fresh.report(school.host, session.id)
    assert (report.session.state, report.peak) == ("ended", Peak(2, at))
    lines = {line.kind: line for line in report.lines}
    assert (lines["gift"].count, lines["gift"].amount_minor) == (2, 2_040)
    assert report.agrees_with_ledger
    assert [point.revenue_minor for point in report.series] == [2_465 + 2_040]
    past = await fresh.sessions(school.host, school.room.id, None, 10)
    assert [(each.session.id, each.peak) for each in past] == [(session.id, Peak(2, at))]


async def test_past_classes_are_listed_newest_first_page_by_page(school: School) -> None:
    ids: list[str] = []
    for _ in range(3):
        ids.append((await school.go_live()).id)
        await school.rooms.session_ended(school.room.id)
        school.clock.advance(60)
    await school.go_live()
    studio = school.live.studio
    first = await studio.sessions(school.host, school.room.id, None, 2)
    assert [past.session.id for past in first] == [ids[2], ids[1]]
    rest = await studio.sessions(school.host, school.room.id, ids[1], 2)
    assert [past.session.id for past in rest] == [ids[0]]


async def test_reports_are_for_who_manages_the_room(school: School) -> None:
    session = await school.go_live()
    other = await school.someone("colleague", "host")
    with pytest.raises(SessionNotFound):
        await school.live.studio.report(other, session.id)
    with pytest.raises(SessionNotFound):
        await school.live.studio.report(school.host, "none")
    with pytest.raises(RoomNotFound):
        await school.live.studio.sessions(other, school.room.id, None, 10)
