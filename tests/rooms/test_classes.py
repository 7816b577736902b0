"""A host's classes: made in one step or not at all, moved, changed, listed; both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from livelore.kit.money import AmountError
from livelore.knowledge.catalog.errors import CourseNotFound, FieldInvalid, LessonNotFound
from livelore.knowledge.ledger.errors import KeyReused
from livelore.live.rooms.errors import ClassClosed, ClassSold, RoomNotFound
from livelore.live.rooms.schemas_class import ClassPatch, HostClassOut, state_of
from livelore.live.rooms.service import Classes
from livelore.live.rooms.service.class_list import HostClass
from livelore.live.rooms.service.classes import ClassPress, NewClass
from livelore.live.studio.errors import SessionNotFound
from tests.fakes import START
from tests.orders.conftest import shop
from tests.rooms.conftest import School, caller_of, school

__all__ = ["school", "shop"]
TOMORROW = START + timedelta(days=1)


def hours(start: datetime = TOMORROW, minutes: int = 90) -> dict[str, Any]:
    return {"starts_at": start, "ends_at": start + timedelta(minutes=minutes)}


async def make(school: School, key: str = "press-0000000001", **more: Any) -> HostClass:
    fields: dict[str, Any] = {"title": "链式法则", "price_minor": 2_900}
    new = NewClass(**(fields | hours() | more))
    press = ClassPress(school.shop.host.id, key, "f")
    return (await school.live.classes.add(press, new))[0]


async def rows(school: School) -> dict[str, int]:
    return {
        table: await school.shop.count(table)
        for table in ("room", "course", "lesson", "product", "price_version", "class_request")
    }


async def test_one_press_makes_room_course_lesson_and_ticket(school: School) -> None:
    host = await school.user("zhou", "host")
    new = NewClass(
        "第一课", **hours(), subject="math", cover="clock", price_minor=990, seat_limit=9
    )
    classes = school.live.classes
    press = ClassPress(host.id, "press-0000000001", "f")
    made, is_replay = await classes.add(press, new)
    assert not is_replay
    assert made.lesson is not None
    assert made.course is not None
    assert made.product is not None
    assert (made.course.title, made.course.subject) == ("第一课", "math")
    assert (made.product.amount_minor, made.product.seat_limit) == (990, 9)
    assert made.lesson.duration_s == 5_400
    rooms = await school.rooms.rooms_of_host(host.id)
    assert [(room.id, room.title) for room in rooms] == [(made.lesson.room_id, "第一课")]
    before = await rows(school)
    again, is_replay = await classes.add(press, new)
    assert is_replay
    assert again == made
    assert await rows(school) == before
    with pytest.raises(KeyReused):
        await classes.add(ClassPress(host.id, press.key, "other"), new)


@pytest.mark.parametrize(
    ("more", "error", "named"),
    [
        ({"title": " "}, FieldInvalid, "title"),
        ({"cover": "../x"}, FieldInvalid, "cover"),
        ({"price_minor": 0}, AmountError, None),
        ({"price_minor": -5}, AmountError, None),
        ({"price_minor": 10**12 + 1}, AmountError, None),
        ({"seat_limit": -1}, FieldInvalid, "seat_limit"),
        ({"replay_days": 99_999}, FieldInvalid, "replay_days"),
        ({"preview_s": -1}, FieldInvalid, "preview_s"),
        ({"preview_s": 3_601}, FieldInvalid, "preview_s"),
        ({"refund_rule": "never"}, FieldInvalid, "refund_rule"),
        ({"room_id": "none"}, RoomNotFound, None),
        ({"course_id": "none"}, CourseNotFound, None),
        (hours(START - timedelta(hours=1)), FieldInvalid, "starts_at"),
        (hours(minutes=0), FieldInvalid, "ends_at"),
        (hours(minutes=721), FieldInvalid, "ends_at"),
        (hours(START + timedelta(minutes=30)), FieldInvalid, "starts_at"),
    ],
)
async def test_a_class_that_cannot_be_leaves_nothing_behind(
    school: School, more: dict[str, Any], error: type[Exception], named: str | None
) -> None:
    before = await rows(school)
    with pytest.raises(error) as caught:
        await make(school, **more)
    assert await rows(school) == before
    if isinstance(caught.value, FieldInvalid):
        assert caught.value.fields["field"] == named
    await make(school)


async def test_the_earliest_time_is_told_and_taken(school: School) -> None:
    with pytest.raises(FieldInvalid) as caught:
        await make(school, **hours(START - timedelta(minutes=2)))
    assert caught.value.fields["earliest_at"] == "2026-11-23T12:05:00.000Z"
    room = await school.rooms.add_room(school.shop.host.id, "另一间")
    made = await make(school, **hours(school.live.classes.earliest()), room_id=room.id)
    assert made.lesson is not None


async def test_a_form_has_five_minutes_to_be_sent_with_its_earliest_time(school: School) -> None:
    for late_s, minutes in ((0, 5), (1, 10), (299, 10), (300, 10), (301, 15)):
        school.clock.advance(late_s - (school.clock.now() - START).total_seconds())
        assert school.live.classes.earliest() == START + timedelta(minutes=minutes)


async def test_another_hosts_course_and_room_are_not_there(school: School) -> None:
    host = await school.user("zhou", "host")
    press = ClassPress(host.id, "press-0000000002", "f")
    ours: list[dict[str, Any]] = [
        {"course_id": school.shop.course.id},
        {"room_id": school.room.id},
    ]
    for more in ours:
        new = NewClass("课", **hours(), **more)
        with pytest.raises((CourseNotFound, RoomNotFound)):
            await school.live.classes.add(press, new)
    with pytest.raises(LessonNotFound):
        await change(school.live.classes, host.id, school.lesson.id, title="我的")
    with pytest.raises(LessonNotFound):
        await school.live.classes.of_lesson(host.id, school.lesson.id)


async def change(classes: Classes, host_id: str, lesson_id: str, **fields: Any) -> HostClass:
    return await classes.change(host_id, lesson_id, ClassPatch(**fields).to_model())


async def test_a_class_is_moved_renamed_and_priced_before_it_is_sold(school: School) -> None:
    made = await make(school)
    assert made.lesson is not None
    later = TOMORROW + timedelta(days=1)
    fields: dict[str, Any] = {
        "title": "链式法则（二）",
        "price_minor": 1_900,
        "refund_rule": "none",
        "preview_s": 60,
    }
    host_id = school.shop.host.id
    moved = await change(school.live.classes, host_id, made.lesson.id, **fields, **hours(later, 30))
    assert moved.lesson is not None
    assert moved.product is not None
    assert (moved.lesson.starts_at, moved.lesson.duration_s) == (later, 1_800)
    assert (moved.product.amount_minor, moved.product.price_version) == (1_900, 2)
    assert (moved.product.title, moved.product.refund_rule.id) == ("链式法则（二）", "none")
    free = await change(school.live.classes, host_id, made.lesson.id, price_minor=None)
    assert free.lesson is not None
    assert free.product is not None
    assert (free.lesson.is_preview, free.product.is_on_sale) == (True, False)
    paid = await change(school.live.classes, host_id, made.lesson.id, price_minor=2_000)
    assert paid.lesson is not None
    assert paid.product is not None
    assert (paid.lesson.is_preview, paid.product.is_on_sale) == (False, True)
    assert paid.product.amount_minor == 2_000


async def test_a_class_of_a_paid_course_may_be_opened_by_the_course_alone(school: School) -> None:
    """The course of this school is sold whole: a class without a ticket of its own is not free."""
    more: dict[str, Any] = {
        "course_id": school.shop.course.id,
        "price_minor": None,
        "is_with_course": True,
    }
    made = await make(school, **more)
    assert made.lesson is not None
    assert (made.needs, made.product, made.lesson.is_preview) == ("course", None, False)
    access = await school.shop.access.access_to(school.shop.viewer.id, made.lesson.id)
    assert not access.entitled
    classes, host_id = school.live.classes, school.shop.host.id
    free = await change(classes, host_id, made.lesson.id, price_minor=None)
    assert free.needs == "free"
    kept = await change(classes, host_id, made.lesson.id, price_minor=None, is_with_course=True)
    assert kept.needs == "course"
    listed = await classes.of_host(host_id, None, 10)
    needs = {each.lesson.id: each.needs for each in listed.coming if each.lesson}
    assert needs[made.lesson.id] == "course"
    assert needs[school.lesson.id] == "ticket"
    sold = await change(classes, host_id, made.lesson.id, price_minor=900)
    assert sold.needs == "ticket"


async def test_what_was_bought_keeps_its_price_and_rule_and_may_be_moved(school: School) -> None:
    classes, host_id = school.live.classes, school.shop.host.id
    await school.buy_ticket()
    for wrong in ({"price_minor": 1}, {"price_minor": None}, {"refund_rule": "none"}):
        with pytest.raises(ClassSold):
            await change(classes, host_id, school.lesson.id, **wrong)
    kept = await change(classes, host_id, school.lesson.id, price_minor=2_900, seat_limit=30)
    assert kept.product is not None
    assert (kept.product.amount_minor, kept.product.seat_limit) == (2_900, 30)
    await change(classes, host_id, school.lesson.id, **hours())
    with pytest.raises(FieldInvalid):
        await change(classes, host_id, school.lesson.id, seat_limit=0)


async def test_a_class_that_is_over_or_called_off_stays_as_it_was(school: School) -> None:
    made = await make(school)
    assert made.lesson is not None
    classes, host_id = school.live.classes, school.shop.host.id
    await school.shop.catalog.cancel_lesson(host_id, made.lesson.id)
    school.clock.advance(3 * 3600)
    for lesson_id in (made.lesson.id, school.lesson.id):
        with pytest.raises(ClassClosed):
            await change(classes, host_id, lesson_id, title="改")


async def test_a_cancelled_class_pays_back_by_itself(school: School) -> None:
    order = await school.buy_ticket()
    await school.shop.catalog.cancel_lesson(school.shop.host.id, school.lesson.id)
    await school.shop.pass_time(61)
    await school.shop.settle_refunds()
    assert (await school.shop.view(order)).order.state == "refunded"


async def test_the_list_tells_what_is_on_comes_fell_through_and_is_over(school: School) -> None:
    classes, host_id = school.live.classes, school.shop.host.id
    coming = await make(school)
    dropped = await make(school, "press-0000000002", **hours(TOMORROW + timedelta(hours=4)))
    assert coming.lesson is not None
    assert dropped.lesson is not None
    await school.shop.catalog.cancel_lesson(host_id, dropped.lesson.id)
    await school.go_live()
    found = await classes.of_host(host_id, None, 10)
    assert [each.lesson and each.lesson.id for each in found.on_air] == [school.lesson.id]
    assert [each.lesson and each.lesson.id for each in found.coming][-1] == coming.lesson.id
    assert [each.lesson and each.lesson.id for each in found.dropped] == [dropped.lesson.id]
    shown = HostClassOut.of(found.on_air[0], "on_air", classes.now())
    assert shown.starts_at == school.clock.now()
    await school.rooms.end_session(school.host, school.room.id)
    held = await classes.of_lesson(host_id, school.lesson.id)
    assert state_of(held, classes.now()) == "held"
    assert HostClassOut.of(held, "held", classes.now()).starts_at == school.lesson.starts_at
    school.clock.advance(20)
    await school.go_live()
    await school.rooms.end_session(school.host, school.room.id)
    first = await classes.of_host(host_id, None, 1)
    assert (len(first.past), first.has_more, first.on_air) == (1, True, [])
    assert first.past[0].session is not None
    rest = await classes.of_host(host_id, first.past[0].session.id, 1)
    assert (len(rest.past), rest.has_more) == (1, False)
    states = [state_of(each, classes.now()) for each in first.coming]
    assert states.count("held") == 1
    other = await school.user("zhou", "host")
    nothing = await classes.of_host(other.id, None, 10)
    assert (nothing.on_air, nothing.coming, nothing.past) == ([], [], [])


async def test_a_class_has_its_own_free_seconds(school: School) -> None:
    school.clock.advance(3 * 3600)
    made = await make(school, **hours(school.clock.now() + timedelta(minutes=5)), preview_s=30)
    assert made.lesson is not None
    session = await school.go_live()
    assert session.lesson_id == made.lesson.id
    assert await school.rooms.preview_s_of(session) == 30
    await school.preview("v9")
    card = (await school.live.home.cards(None))[0]
    assert card.lesson is not None
    assert card.lesson.preview_s == 30
    await change(school.live.classes, school.shop.host.id, made.lesson.id, preview_s=None)
    assert await school.rooms.preview_s_of(session) == 180


async def test_the_report_of_a_class_remains_after_it(school: School) -> None:
    session = await school.go_live()
    await school.buy_ticket()
    studio = school.live.studio
    await studio.numbers(school.host, school.room.id)
    await school.rooms.end_session(school.host, school.room.id)
    school.clock.advance(86_400)
    report = await studio.report(school.host, session.id)
    assert report.session.state == "ended"
    assert report.agrees_with_ledger
    ticket = next(line for line in report.lines if line.kind == "ticket")
    assert (ticket.count, ticket.amount_minor) == (1, 2_465)
    for stranger in (school.viewer, caller_of(await school.user("zhou", "host"))):
        with pytest.raises(SessionNotFound):
            await studio.report(stranger, session.id)
    with pytest.raises(SessionNotFound):
        await studio.report(school.host, "none")
