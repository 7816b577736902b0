"""Rooms, keys and live sessions on both databases."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest
import structlog
from structlog.testing import LogCapture

from livelore.knowledge.catalog.service import NewCourse, NewLesson
from livelore.live.rooms.errors import (
    NotOnAir,
    RoomFieldInvalid,
    RoomNotFound,
    TooManyRooms,
)
from livelore.live.rooms.model import ROOMS_MAX
from livelore.live.rooms.service import RoomsService
from livelore.web.caller import ANONYMOUS, Caller
from livelore.web.errors import NotLoggedIn
from tests.rooms.conftest import School, caller_of

LIVE = ("LiveStarted", "LiveInterrupted", "LiveResumed", "LiveEnded")


async def test_the_class_of_the_hour_is_the_live_session(school: School) -> None:
    session = await school.go_live()
    assert session.lesson_id == school.lesson.id
    assert session.title == "极限与面积"
    assert await school.events(*LIVE) == ["LiveStarted"]


async def test_outside_of_all_hours_a_session_is_free(school: School) -> None:
    school.clock.advance(5 * 3600)
    session = await school.go_live()
    assert session.lesson_id is None
    assert session.title == "数学直播间"
    view = await school.rooms.view(ANONYMOUS, school.room.id)
    assert (view.access.entitled, view.access.reason) == (True, "free")


async def test_a_dropped_encoder_comes_back_into_the_same_session(school: School) -> None:
    before = await school.go_live()
    await school.rooms.session_interrupted(school.room.id)
    view = await school.rooms.view(ANONYMOUS, school.room.id)
    assert (view.state, view.session and view.session.interrupted_at) == (
        "interrupted",
        school.clock.now(),
    )
    school.clock.advance(59)
    assert await school.rooms.end_lost() == 0
    after = await school.go_live()
    assert (after.id, after.state, after.interrupted_at) == (before.id, "on_air", None)
    assert await school.events(*LIVE) == ["LiveStarted", "LiveInterrupted", "LiveResumed"]


async def test_who_comes_back_too_late_begins_a_new_session(school: School) -> None:
    before = await school.go_live()
    await school.rooms.session_interrupted(school.room.id)
    school.clock.advance(60)
    after = await school.go_live()
    assert after.id != before.id
    assert await school.events(*LIVE) == [
        "LiveStarted",
        "LiveInterrupted",
        "LiveEnded",
        "LiveStarted",
    ]


async def test_an_encoder_that_stays_away_ends_the_session_once(school: School) -> None:
    await school.go_live()
    await school.rooms.session_interrupted(school.room.id)
    school.clock.advance(60)
    assert await school.rooms.end_lost() == 1
    assert await school.rooms.end_lost() == 0
    await school.rooms.session_ended(school.room.id)
    assert (await school.events(*LIVE)).count("LiveEnded") == 1
    assert await school.rooms.open_session_of(school.room.id) is None


async def test_what_a_dead_process_left_on_air_may_go_on_for_a_minute(school: School) -> None:
    before = await school.go_live()
    assert await school.rooms.interrupt_all() == 1
    found = await school.rooms.open_session_of(school.room.id)
    assert found is not None
    assert found.state == "interrupted"
    assert (await school.go_live()).id == before.id
    await school.rooms.interrupt_all()
    school.clock.advance(61)
    await school.rooms.end_lost()
    assert await school.rooms.open_session_of(school.room.id) is None


async def test_two_beginnings_at_once_are_one_session(school: School) -> None:
    await asyncio.gather(*(school.rooms.session_started(school.room.id) for _ in range(8)))
    assert len(await school.rooms.open_sessions()) == 1
    assert await school.events(*LIVE) == ["LiveStarted"]


async def test_host_and_moderator_and_operator_may_end_a_class(school: School) -> None:
    moderator = await school.user("mod")
    await school.rooms.set_moderator(
        school.shop.host.id, school.room.id, moderator.id, is_appointed=True
    )
    for caller in (
        school.host,
        caller_of(moderator),
        await school.someone("op", "operator"),
    ):
        await school.go_live()
        await school.rooms.end_session(caller, school.room.id)
        assert await school.rooms.open_session_of(school.room.id) is None
    with pytest.raises(NotOnAir):
        await school.rooms.end_session(school.host, school.room.id)


async def test_nobody_else_may_end_or_manage_a_room(school: School) -> None:
    session = await school.go_live()
    other_host = await school.someone("zhou", "host")
    for caller in (school.viewer, other_host):
        with pytest.raises(RoomNotFound):
            await school.rooms.end_session(caller, school.room.id)
    with pytest.raises(NotLoggedIn):
        await school.rooms.end_session(ANONYMOUS, school.room.id)
    stranger = cast("str", other_host.user_id)
    with pytest.raises(RoomNotFound):
        await school.rooms.renew_stream_key(stranger, school.room.id)
    with pytest.raises(RoomNotFound):
        await school.rooms.rename_room(stranger, school.room.id, "Mine", "")
    with pytest.raises(RoomNotFound):
        await school.rooms.set_moderator(stranger, school.room.id, stranger, is_appointed=True)
    found = await school.rooms.open_session_of(school.room.id)
    assert found == session


async def test_a_dismissed_moderator_is_a_viewer_again(school: School) -> None:
    moderator = await school.user("mod")
    for is_appointed in (True, True, False, False):
        await school.rooms.set_moderator(
            school.shop.host.id, school.room.id, moderator.id, is_appointed=is_appointed
        )
        view = await school.rooms.view(caller_of(moderator), school.room.id)
        assert view.is_moderator is is_appointed
    with pytest.raises(RoomNotFound):
        await school.rooms.may_manage(caller_of(moderator), school.room.id)


async def test_a_key_opens_its_room_until_it_is_renewed(school: School) -> None:
    host_id = school.shop.host.id
    old = await school.rooms.renew_stream_key(host_id, school.room.id)
    assert await school.rooms.authorize_key(old, "10.0.0.1") == school.room.id
    new = await school.rooms.renew_stream_key(host_id, school.room.id)
    assert new != old
    assert await school.rooms.authorize_key(old, "10.0.0.1") is None
    assert await school.rooms.authorize_key(new, "10.0.0.1") == school.room.id
    assert await school.shop.count("stream_key", f"key_hash = '{new}'") == 0


async def test_a_wrong_key_is_refused_and_logged_without_the_key(school: School) -> None:
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    try:
        assert await school.rooms.authorize_key("guess' OR 1=1 --", "10.9.8.7") is None
    finally:
        structlog.configure(processors=before)
    assert [(entry["event"], entry["pii.peer"]) for entry in capture.entries] == [
        ("stream_key_refused", "10.9.8.7")
    ]
    assert "guess" not in str(capture.entries)


async def test_after_the_host_has_ended_an_encoder_does_not_begin_at_once(school: School) -> None:
    key = await school.rooms.renew_stream_key(school.shop.host.id, school.room.id)
    await school.go_live()
    await school.rooms.end_session(school.host, school.room.id)
    assert await school.rooms.authorize_key(key, "10.0.0.1") is None
    school.clock.advance(15)
    assert await school.rooms.authorize_key(key, "10.0.0.1") == school.room.id


async def test_a_host_may_have_twenty_rooms_and_several_hosts_go_live(school: School) -> None:
    other = await school.user("zhou", "host")
    rooms = [await school.rooms.add_room(other.id, f"Room {n}") for n in range(ROOMS_MAX)]
    with pytest.raises(TooManyRooms):
        await school.rooms.add_room(other.id, "One more")
    for room in rooms[:3]:
        await school.rooms.session_started(room.id)
    await school.go_live()
    assert len(await school.rooms.open_sessions()) == 4
    cards = await school.live.home.cards(None)
    assert {card.host.username for card in cards} == {"zhou", "lin"}


@pytest.mark.parametrize("title", ["", "   ", "\n\x00", "长" * 81])
async def test_a_title_must_say_something_and_end(school: School, title: str) -> None:
    with pytest.raises(RoomFieldInvalid):
        await school.rooms.add_room(school.shop.host.id, title)


async def test_ticket_holders_come_first_and_the_reason_says_so(school: School) -> None:
    other = await school.user("zhou", "host")
    free = await school.rooms.add_room(other.id, "Free room")
    await school.rooms.session_started(free.id)
    await school.go_live()
    assert [card.reason for card in await school.live.home.cards(None)] == ["start_time"] * 2
    await school.buy_ticket()
    cards = await school.live.home.cards(school.shop.viewer.id)
    assert [(card.room.id, card.reason) for card in cards] == [
        (school.room.id, "ticket_held"),
        (free.id, "start_time"),
    ]
    home = await school.live.home.home(school.shop.viewer.id)
    on_air = [slot.lesson.id for slot in home.slots if slot.is_on_air]
    assert on_air == [school.lesson.id]


async def test_only_the_rooms_own_host_decides_which_class_is_in_it(school: School) -> None:
    """Another host who names this room in a lesson does not make its class theirs."""
    other = await school.user("zhou", "host")
    course = await school.shop.catalog.add_course(other.id, NewCourse("Mine", "Mine"))
    now = school.clock.now()
    new = NewLesson(
        "Hijack", "live", starts_at=now, ends_at=school.lesson.ends_at, room_id=school.room.id
    )
    await school.shop.catalog.add_lesson(other.id, course.id, new)
    assert (await school.go_live()).lesson_id == school.lesson.id
    intruder = Caller(other.id, other.username, "host")
    view = await school.rooms.view(intruder, school.room.id)
    assert view.access.entitled is False


def other_node(school: School) -> RoomsService:
    """The rooms of another process on the same database."""
    terms = replace(school.rooms.terms, node="other", is_alone=False)
    shop = school.shop
    return RoomsService(shop.db, shop.clock, shop.catalog, shop.access, terms)


async def test_the_start_of_one_process_leaves_the_classes_of_another_on_air(
    school: School,
) -> None:
    await school.go_live()
    assert await other_node(school).interrupt_all() == 0
    session = await school.rooms.open_session_of(school.room.id)
    assert session is not None
    assert (session.state, session.node) == ("on_air", school.rooms.terms.node)
    assert await school.rooms.interrupt_all() == 1


async def test_what_a_dead_process_had_on_air_is_interrupted_by_the_others(school: School) -> None:
    other = other_node(school)
    await school.go_live()
    await school.rooms.beat()
    school.clock.advance(15)
    assert await other.beat() == 0
    school.clock.advance(10)
    assert await other.beat() == 1
    session = await other.open_session_of(school.room.id)
    assert session is not None
    assert session.state == "interrupted"
    await other.session_started(school.room.id)  # its encoder comes back through the other one
    session = await other.open_session_of(school.room.id)
    assert session is not None
    assert (session.state, session.node) == ("on_air", "other")
    assert await school.rooms.interrupt_all() == 0
