"""Courses, lessons and products on real databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelore.database.engine import Database
from livelore.knowledge.catalog.errors import (
    CourseNotFound,
    FieldInvalid,
    LessonNotFound,
    ProductExists,
    ProductNotFound,
)
from livelore.knowledge.catalog.model import Course, Lesson, OutlineItem
from livelore.knowledge.catalog.service import CatalogService, NewCourse, NewLesson, NewProduct
from livelore.trust.identity.model import User
from tests.fakes import START, FakeClock


async def make_course(catalog: CatalogService, host: User, title: str = "微积分") -> Course:
    return await catalog.add_course(host.id, NewCourse(title, "Calculus", subject="math"))


async def make_class(catalog: CatalogService, host: User, course: Course) -> Lesson:
    new = NewLesson(
        "定积分",
        "live",
        starts_at=START + timedelta(hours=1),
        ends_at=START + timedelta(hours=2),
        outline=(OutlineItem(0, "面积"),),
        room_id="room-1",
    )
    return await catalog.add_lesson(host.id, course.id, new)


async def test_a_course_comes_back_as_it_was_made(catalog: CatalogService, host: User) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    assert (await catalog.course_for(None, course.id)).course == course
    assert await catalog.lesson(lesson.id) == lesson
    assert lesson.position == 1
    assert lesson.duration_s == 3600


async def test_another_hosts_course_looks_absent(
    catalog: CatalogService, host: User, other_host: User
) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    product = await catalog.add_product(host.id, course.id, NewProduct(19_900))
    with pytest.raises(CourseNotFound):
        await catalog.update_course(other_host.id, course.id, {"title": "mine"})
    with pytest.raises(CourseNotFound):
        await catalog.add_lesson(other_host.id, course.id, NewLesson("x", "text"))
    with pytest.raises(CourseNotFound):
        await catalog.add_product(other_host.id, course.id, NewProduct(1))
    with pytest.raises(LessonNotFound):
        await catalog.update_lesson(other_host.id, lesson.id, {"title": "mine"})
    with pytest.raises(LessonNotFound):
        await catalog.cancel_lesson(other_host.id, lesson.id)
    with pytest.raises(ProductNotFound):
        await catalog.update_product(other_host.id, product.id, {"amount_minor": 1})
    assert (await catalog.product(product.id)).amount_minor == 19_900


async def test_a_draft_is_seen_by_its_host_alone(
    catalog: CatalogService, host: User, other_host: User
) -> None:
    draft = await catalog.add_course(host.id, NewCourse("草稿", is_published=False))
    assert (await catalog.course_for(host.id, draft.id)).course.id == draft.id
    for stranger in (other_host.id, None):
        with pytest.raises(CourseNotFound):
            await catalog.course_for(stranger, draft.id)
    assert await catalog.courses() == []


async def test_the_list_goes_on_below_the_cursor_without_gap_or_doubling(
    catalog: CatalogService, host: User, clock: FakeClock
) -> None:
    made: list[str] = []
    for number in range(5):
        made.append((await make_course(catalog, host, f"课 {number}")).id)
        clock.advance(1)
    first = [view.course.id for view in await catalog.courses(limit=2)]
    second = [view.course.id for view in await catalog.courses(first[-1], limit=10)]
    assert first + second == list(reversed(made))
    assert await catalog.courses(subject="cooking") == []


async def test_a_card_counts_lessons_and_shows_the_price(
    catalog: CatalogService, host: User
) -> None:
    course = await make_course(catalog, host)
    await make_class(catalog, host, course)
    await catalog.add_lesson(host.id, course.id, NewLesson("录像", "video", duration_s=600))
    product = await catalog.add_product(host.id, course.id, NewProduct(19_900))
    facts = (await catalog.courses())[0].facts
    assert (facts.n_lessons, facts.n_live_lessons, facts.duration_s) == (2, 1, 4200)
    assert facts.product is not None
    assert facts.product.id == product.id


async def test_a_new_price_is_a_new_version_and_the_old_one_stays(
    catalog: CatalogService, host: User, db: Database
) -> None:
    course = await make_course(catalog, host)
    product = await catalog.add_product(host.id, course.id, NewProduct(19_900))
    changed = await catalog.update_product(host.id, product.id, {"amount_minor": 9_900})
    assert (changed.price_version, changed.amount_minor) == (2, 9_900)
    same = await catalog.update_product(host.id, product.id, {"title": "全课"})
    assert same.price_version == 2
    rows = await db.read(
        lambda c: c.execute(text("SELECT amount_minor FROM price_version ORDER BY version")).all()
    )
    assert [row[0] for row in rows] == [19_900, 9_900]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE price_version SET amount_minor = 1",
        "DELETE FROM price_version",
        "UPDATE split_rule SET parties = '[]'",
        "DELETE FROM split_rule",
        "UPDATE product SET currency = 'USD'",
        "DELETE FROM product",
    ],
)
async def test_prices_and_split_rules_are_for_ever(
    catalog: CatalogService, host: User, db: Database, statement: str
) -> None:
    course = await make_course(catalog, host)
    await catalog.add_product(host.id, course.id, NewProduct(19_900))
    with pytest.raises(DBAPIError) as refusal:
        await db.write(lambda c: c.execute(text(statement)))
    table = statement.split()[1 if statement.startswith("UPDATE") else 2]
    assert f"{table}_no_{statement.split(maxsplit=1)[0].lower()}" in str(refusal.value.orig)


async def test_a_course_is_sold_once_and_a_class_has_one_ticket(
    catalog: CatalogService, host: User
) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    await catalog.add_product(host.id, course.id, NewProduct(19_900))
    with pytest.raises(ProductExists):
        await catalog.add_product(host.id, course.id, NewProduct(100))
    ticket = NewProduct(2_900, lesson.id, replay_days=180)
    assert (await catalog.add_product(host.id, course.id, ticket)).kind == "ticket"
    with pytest.raises(ProductExists):
        await catalog.add_product(host.id, course.id, ticket)


async def test_only_a_live_lesson_of_the_same_course_has_a_ticket(
    catalog: CatalogService, host: User
) -> None:
    course, other = await make_course(catalog, host), await make_course(catalog, host)
    lesson = await make_class(catalog, host, other)
    with pytest.raises(LessonNotFound):
        await catalog.add_product(host.id, course.id, NewProduct(100, lesson.id))
    video = await catalog.add_lesson(host.id, course.id, NewLesson("录像", "video"))
    with pytest.raises(FieldInvalid):
        await catalog.add_product(host.id, course.id, NewProduct(100, video.id))


async def test_seats_run_out_exactly(catalog: CatalogService, host: User, db: Database) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    product = await catalog.add_product(
        host.id, course.id, NewProduct(2_900, lesson.id, seat_limit=2)
    )
    taken = [await db.write(lambda c: catalog.take_seats(c, product.id, 1)) for _ in range(3)]
    assert taken == [True, True, False]
    assert (await catalog.product(product.id)).seats_left == 0
    await db.write(lambda c: catalog.release_seats(c, product.id, 2))
    with pytest.raises(DBAPIError, match="product_seats"):
        await db.write(lambda c: catalog.release_seats(c, product.id, 1))


async def test_a_changed_percentage_makes_a_new_version_of_the_rule(
    catalog: CatalogService, host: User, db: Database, clock: FakeClock
) -> None:
    assert (await db.write(catalog.site_rule)).version == 1
    assert (await db.write(catalog.site_rule)).version == 1
    dearer = CatalogService(db, clock, platform_percent=20)
    assert (await db.write(dearer.site_rule)).version == 2


async def test_the_timetable_shows_what_is_on_and_what_comes(
    catalog: CatalogService, host: User, clock: FakeClock
) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    assert [each.id for each, _ in await catalog.timetable()] == [lesson.id]
    clock.advance(5400)
    assert [each.id for each, _ in await catalog.timetable()] == [lesson.id]
    clock.advance(3600)
    assert await catalog.timetable() == []


async def test_a_cancelled_class_leaves_the_timetable(catalog: CatalogService, host: User) -> None:
    course = await make_course(catalog, host)
    lesson = await make_class(catalog, host, course)
    assert (await catalog.cancel_lesson(host.id, lesson.id)).cancelled_at == START
    assert await catalog.timetable() == []


async def test_a_room_shows_only_the_classes_of_its_own_host(
    catalog: CatalogService, host: User, other_host: User
) -> None:
    mine = await make_class(catalog, host, await make_course(catalog, host))
    await make_class(catalog, other_host, await make_course(catalog, other_host))
    found = await catalog.lessons_of_room("room-1", host.id)
    assert [lesson.id for lesson in found] == [mine.id]


async def test_a_new_site_sells_coins_and_keeps_what_its_owner_chose(
    catalog: CatalogService,
) -> None:
    await catalog.stock_coin_packs()
    await catalog.stock_coin_packs()
    assert [(pack.coins, pack.amount_minor) for pack in await catalog.coin_packs()] == [
        (100, 1_000),
        (500, 5_000),
        (1_000, 10_000),
        (2_000, 20_000),
    ]


async def test_a_site_with_packs_of_its_own_gets_no_others(catalog: CatalogService) -> None:
    await catalog.add_coin_pack(300, 3_000)
    await catalog.stock_coin_packs()
    assert [pack.coins for pack in await catalog.coin_packs()] == [300]


async def test_coin_packs_are_listed_smallest_first(catalog: CatalogService) -> None:
    await catalog.add_coin_pack(500, 5000)
    await catalog.add_coin_pack(100, 1000)
    assert [pack.coins for pack in await catalog.coin_packs()] == [100, 500]
