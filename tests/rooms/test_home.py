"""The first page's own answers: where somebody goes on, cards by few reads, what opens a class."""

from datetime import timedelta

from sqlalchemy import Engine, event

from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct
from livelore.knowledge.orders.service import RefundAsk
from livelore.live.rooms.service.resume import RESUMES_SHOWN
from tests.fakes import START
from tests.rooms.conftest import School


async def resumes(school: School) -> list[tuple[str, str, int]]:
    home = await school.live.home.home(school.shop.viewer.id)
    return [(each.lesson.title, each.state, each.watched_s) for each in home.resumes]


async def test_nobody_and_newcomers_have_nothing_to_go_on_with(school: School) -> None:
    await school.go_live()
    assert (await school.live.home.home(None)).resumes == []
    assert await resumes(school) == []


async def test_a_ticket_leads_to_its_class_before_and_while_it_is_on(school: School) -> None:
    await school.buy_ticket()
    assert await resumes(school) == [("极限与面积", "upcoming", 0)]
    await school.go_live()
    assert await resumes(school) == [("极限与面积", "live", 0)]
    found = (await school.live.home.home(school.shop.viewer.id)).resumes[0]
    assert (found.room_id, found.course.id) == (school.room.id, school.shop.course.id)
    await school.rooms.session_ended(school.room.id)
    school.clock.advance(3 * 3600)
    assert await resumes(school) == []


async def test_a_course_goes_on_where_it_was_left(school: School) -> None:
    catalog, host_id = school.shop.catalog, school.shop.host.id
    course = await catalog.add_course(host_id, NewCourse("线性代数"))
    whole = await catalog.add_product(host_id, course.id, NewProduct(16_800))
    first = await catalog.add_lesson(
        host_id, course.id, NewLesson("向量", "video", duration_s=1000, is_preview=True)
    )
    await catalog.add_lesson(host_id, course.id, NewLesson("矩阵", "video", duration_s=1000))
    assert await resumes(school) == []
    await school.shop.access.note_watched(school.shop.viewer.id, first.id, 300)
    assert await resumes(school) == [("向量", "open", 300)]
    await school.shop.buy(whole)
    await school.shop.access.note_watched(school.shop.viewer.id, first.id, 680)
    assert await resumes(school) == [("矩阵", "open", 0)]


async def test_what_is_on_air_comes_first_then_what_was_watched_last(school: School) -> None:
    catalog, host_id = school.shop.catalog, school.shop.host.id
    for name in ("甲", "乙", "丙", "丁", "戊"):
        course = await catalog.add_course(host_id, NewCourse(name))
        lesson = await catalog.add_lesson(
            host_id, course.id, NewLesson(name, "video", duration_s=1000)
        )
        school.clock.advance(60)
        await school.shop.access.note_watched(school.shop.viewer.id, lesson.id, 10)
    await school.buy_ticket()
    await school.go_live()
    found = await resumes(school)
    assert [title for title, _, _ in found] == ["极限与面积", "戊", "丁", "丙"]
    assert len(found) == RESUMES_SHOWN


async def test_a_refunded_ticket_is_offered_no_more(school: School) -> None:
    view = await school.buy_ticket()
    assert await resumes(school) == [("极限与面积", "upcoming", 0)]
    await school.shop.orders.request_refund(school.shop.press(), RefundAsk(view.order.id))
    await school.shop.settle_refunds()
    assert await resumes(school) == []


async def test_a_class_without_a_ticket_needs_its_course_and_is_not_called_free(
    school: School,
) -> None:
    catalog, host_id = school.shop.catalog, school.shop.host.id
    starts_at, ends_at = START + timedelta(minutes=10), START + timedelta(hours=1)
    new = NewLesson("答疑", "live", starts_at=starts_at, ends_at=ends_at)
    of_course = await catalog.add_lesson(host_id, school.shop.course.id, new)
    open_course = await catalog.add_course(host_id, NewCourse("公开课"))
    free = await catalog.add_lesson(host_id, open_course.id, new)
    slots = await school.live.home.slots(tonight_only=True)
    offers = {slot.lesson.id: slot.product and slot.product.kind for slot in slots}
    assert offers[school.lesson.id] == "ticket"
    assert offers[of_course.id] == "course"
    assert offers[free.id] is None


async def test_more_rooms_on_air_cost_no_more_reads(school: School) -> None:
    async def n_statements() -> int:
        statements: list[str] = []

        def note(*call: object) -> None:
            if "outbox" not in str(call[2]):
                statements.append(str(call[2]))

        event.listen(Engine, "before_cursor_execute", note)
        await school.live.home.home(school.shop.viewer.id)
        await school.live.home.live_now([school.shop.course.id])
        event.remove(Engine, "before_cursor_execute", note)
        return len(statements)

    await school.buy_ticket()
    await school.go_live()
    before = await n_statements()
    catalog = school.shop.catalog
    for number in range(5):
        host = await school.user(f"host-{number}", "host")
        room = await school.rooms.add_room(host.id, "另一间")
        course = await catalog.add_course(host.id, NewCourse("另一门"))
        new = NewLesson(
            "课", "live", starts_at=START, ends_at=START + timedelta(hours=1), room_id=room.id
        )
        lesson = await catalog.add_lesson(host.id, course.id, new)
        await catalog.add_product(host.id, course.id, NewProduct(900, lesson.id))
        await school.rooms.session_started(room.id)
    assert len(await school.live.home.cards(None)) == 6
    assert await n_statements() == before
