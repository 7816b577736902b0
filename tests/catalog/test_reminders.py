"""Reminders of classes, kept with the account."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from livelore.app import Platform
from livelore.database.engine import Database
from livelore.knowledge.catalog.errors import LessonNotFound, ReminderTooLate, TooManyReminders
from livelore.knowledge.catalog.model import REMINDERS_MAX, Lesson
from livelore.knowledge.catalog.service import CatalogService, NewCourse, NewLesson
from livelore.knowledge.catalog.service.reminders import Reminders
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService, NewUser
from tests.fakes import START, FakeClock


@pytest.fixture
def reminders(db: Database, clock: FakeClock) -> Reminders:
    return Reminders(db, clock)


@pytest.fixture
async def viewer(identity: IdentityService) -> User:
    return await identity.add_user(NewUser("mia", "chalk and board"), "viewer")


async def add_class(
    catalog: CatalogService, host: User, hours: float, *, is_published: bool = True
) -> Lesson:
    course = await catalog.add_course(host.id, NewCourse("微积分", is_published=is_published))
    starts_at = START + timedelta(hours=hours)
    new = NewLesson("极限", "live", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    return await catalog.add_lesson(host.id, course.id, new)


async def test_classes_to_come_are_remembered_by_start(
    catalog: CatalogService, reminders: Reminders, host: User, viewer: User
) -> None:
    later, sooner = await add_class(catalog, host, 5), await add_class(catalog, host, 2)
    for lesson in (later, sooner, later):
        await reminders.add(viewer.id, lesson.id)
    assert [each.id for each in await reminders.of(viewer.id)] == [sooner.id, later.id]
    assert await reminders.of(host.id) == []
    await reminders.remove(viewer.id, sooner.id)
    await reminders.remove(viewer.id, sooner.id)
    assert [each.id for each in await reminders.of(viewer.id)] == [later.id]


async def test_what_is_over_or_called_off_is_no_longer_listed(
    catalog: CatalogService, reminders: Reminders, host: User, viewer: User, clock: FakeClock
) -> None:
    over, cancelled = await add_class(catalog, host, 1), await add_class(catalog, host, 9)
    for lesson in (over, cancelled):
        await reminders.add(viewer.id, lesson.id)
    clock.advance(2 * 3600)
    await catalog.cancel_lesson(host.id, cancelled.id)
    assert await reminders.of(viewer.id) == []
    for lesson in (over, cancelled):
        with pytest.raises(ReminderTooLate):
            await reminders.add(viewer.id, lesson.id)


async def test_recorded_unknown_and_draft_lessons_cannot_be_waited_for(
    catalog: CatalogService, reminders: Reminders, host: User, viewer: User
) -> None:
    course = await catalog.add_course(host.id, NewCourse("几何"))
    recorded = await catalog.add_lesson(host.id, course.id, NewLesson("圆", "video"))
    with pytest.raises(ReminderTooLate):
        await reminders.add(viewer.id, recorded.id)
    draft = await add_class(catalog, host, 2, is_published=False)
    for lesson_id in (draft.id, "none"):
        with pytest.raises(LessonNotFound):
            await reminders.add(viewer.id, lesson_id)
    await reminders.add(host.id, draft.id)
    assert [each.id for each in await reminders.of(host.id)] == [draft.id]


async def test_reminders_are_limited_and_past_ones_make_room(
    catalog: CatalogService, reminders: Reminders, host: User, viewer: User, clock: FakeClock
) -> None:
    course = await catalog.add_course(host.id, NewCourse("微积分"))
    lessons: list[Lesson] = []
    for number in range(REMINDERS_MAX + 1):
        starts_at = START + timedelta(hours=1 if number == 0 else 5)
        new = NewLesson("极限", "live", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
        lessons.append(await catalog.add_lesson(host.id, course.id, new))
    for lesson in lessons[:-1]:
        await reminders.add(viewer.id, lesson.id)
    with pytest.raises(TooManyReminders):
        await reminders.add(viewer.id, lessons[-1].id)
    assert len(await reminders.of(viewer.id)) == REMINDERS_MAX
    clock.advance(3 * 3600)
    await reminders.add(viewer.id, lessons[-1].id)
    assert len(await reminders.of(viewer.id)) == REMINDERS_MAX


async def test_reminders_over_http(platform: Platform, client: httpx.AsyncClient) -> None:
    add = platform.identity.add_user
    host = await add(NewUser("lin", "chalk and board"), "host")
    viewer = await add(NewUser("mia", "chalk and board"), "viewer")
    token = (await platform.identity.open_session(viewer, "bearer")).token
    own = {"Authorization": f"Bearer {token}"}
    catalog = platform.knowledge.catalog
    course = await catalog.add_course(host.id, NewCourse("微积分"))
    now = datetime.now(UTC)
    new = NewLesson("极限", "live", starts_at=now, ends_at=now + timedelta(hours=1))
    lesson = await catalog.add_lesson(host.id, course.id, new)
    path = f"/me/reminders/{lesson.id}"
    for method, where in (("GET", "/me/reminders"), ("PUT", path), ("DELETE", path)):
        assert (await client.request(method, where)).status_code == 401
    assert (await client.put(path, headers=own)).status_code == 204
    listed = (await client.get("/me/reminders", headers=own)).json()["items"]
    assert [(each["lesson_id"], each["title"]) for each in listed] == [(lesson.id, "极限")]
    assert (await client.put("/me/reminders/none", headers=own)).status_code == 404
    assert (await client.delete(path, headers=own)).status_code == 204
    assert (await client.get("/me/reminders", headers=own)).json() == {"items": []}
