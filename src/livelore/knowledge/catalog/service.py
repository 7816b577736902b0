"""Courses, lessons and products: made and changed by their host, read by everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import invariant
from livelore.kit.ids import new_id
from livelore.knowledge.catalog import store
from livelore.knowledge.catalog.errors import (
    CourseNotFound,
    FieldInvalid,
    LessonNotFound,
    ProductExists,
    ProductNotFound,
)
from livelore.knowledge.catalog.model import (
    Course,
    CourseFacts,
    Lesson,
    LessonKind,
    OutlineItem,
    Product,
    ProductKind,
    SplitPart,
    SplitRule,
    check_course,
    check_lesson,
    check_product,
    refund_rule_named,
)
from livelore.ports.clock import Clock, now_ms

SITE_RULE = "site"
"""The split rule of everything sold and given: host and platform, by the site's percentage."""
TIMETABLE_MAX = 100

Changes = Mapping[str, Any]
"""Field names and their new values (Any: each of its field's own type, checked by the model)."""


@dataclass(frozen=True, slots=True)
class NewCourse:
    """What a host says of a new course."""

    title: str
    title_en: str = ""
    subtitle: str = ""
    subtitle_en: str = ""
    description: str = ""
    description_en: str = ""
    subject: str = ""
    language: str = "zh"
    cover: str = ""
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class NewLesson:
    """What a host says of a new lesson; ``position`` None is after the last."""

    title: str
    kind: LessonKind
    title_en: str = ""
    chapter: str = ""
    chapter_en: str = ""
    position: int | None = None
    duration_s: int = 0
    is_preview: bool = False
    cover: str = ""
    body: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    outline: tuple[OutlineItem, ...] = ()
    room_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewProduct:
    """What a host asks for a course, or for one live lesson of it (a ticket)."""

    amount_minor: int
    lesson_id: str | None = None
    title: str = ""
    title_en: str = ""
    refund_rule: str | None = None
    seat_limit: int | None = None
    replay_days: int | None = None


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course with its counts, as lists show it."""

    course: Course
    facts: CourseFacts = field(default_factory=CourseFacts)


class CatalogService:
    """What is taught and sold.

    Args:
        database: Where it is stored.
        clock: For ids and timetable.
        currency: Of all prices.
        platform_percent: The site's share; a change makes a new version of the site's rule.
    """

    def __init__(
        self, database: Database, clock: Clock, currency: str = "CNY", platform_percent: int = 15
    ) -> None:
        self._database = database
        self._clock = clock
        self.currency = currency
        self.platform_percent = platform_percent

    def now(self) -> datetime:
        """The time by which classes are upcoming, live or over."""
        return self._clock.now()

    # Courses ------------------------------------------------------------------------------------

    async def add_course(self, host_id: str, new: NewCourse) -> Course:
        """Make a course of this host.

        Raises:
            FieldInvalid: Names the field.
        """
        values = {name: getattr(new, name) for name in NewCourse.__dataclass_fields__}
        course = check_course(
            Course(
                id=new_id(now_ms(self._clock)),
                host_id=host_id,
                created_at=self._clock.now(),
                **values,
            )
        )
        await self._database.write(lambda c: store.put_course(c, course))
        return course

    async def update_course(self, host_id: str, course_id: str, changes: Changes) -> Course:
        """Change fields of one's own course.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """

        def work(connection: Connection) -> Course:
            course = check_course(replace(_own_course(connection, host_id, course_id), **changes))
            store.put_course(connection, course)
            return course

        return await self._database.write(work)

    async def course_for(self, user_id: str | None, course_id: str) -> CourseView:
        """A course as this caller may see it: drafts only for their host.

        Raises:
            CourseNotFound: There is none, or it is another host's draft.
        """

        def work(connection: Connection) -> CourseView:
            course = store.course_by_id(connection, course_id)
            if course is None or not (course.is_published or course.host_id == user_id):
                raise CourseNotFound(course_id=course_id[:32])
            return CourseView(course, store.course_facts(connection, [course_id])[course_id])

        return await self._database.read(work)

    async def courses(
        self, before_id: str | None = None, limit: int = 50, subject: str | None = None
    ) -> list[CourseView]:
        """Published courses, newest first, older than the cursor."""

        def work(connection: Connection) -> list[CourseView]:
            found = store.courses(connection, before_id, limit, subject)
            facts = store.course_facts(connection, [course.id for course in found])
            return [CourseView(course, facts[course.id]) for course in found]

        return await self._database.read(work)

    async def courses_of_host(self, host_id: str) -> list[CourseView]:
        """Every course of a host, drafts too."""

        def work(connection: Connection) -> list[CourseView]:
            found = store.courses_of_host(connection, host_id)
            facts = store.course_facts(connection, [course.id for course in found])
            return [CourseView(course, facts[course.id]) for course in found]

        return await self._database.read(work)

    async def courses_by_id(self, ids: Iterable[str]) -> dict[str, Course]:
        """Those of these courses that exist."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.courses_by_id(c, wanted))

    # Lessons ------------------------------------------------------------------------------------

    async def add_lesson(self, host_id: str, course_id: str, new: NewLesson) -> Lesson:
        """Add a lesson to one's own course.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """
        lesson_id = new_id(now_ms(self._clock))

        def work(connection: Connection) -> Lesson:
            _own_course(connection, host_id, course_id)
            values = {name: getattr(new, name) for name in NewLesson.__dataclass_fields__}
            if new.position is None:
                before = store.lessons_of_course(connection, course_id)
                values["position"] = max((each.position for each in before), default=0) + 1
            if new.kind == "live" and new.starts_at and new.ends_at and not new.duration_s:
                values["duration_s"] = max(0, round((new.ends_at - new.starts_at).total_seconds()))
            lesson = check_lesson(
                Lesson(id=lesson_id, course_id=course_id, cancelled_at=None, **values)
            )
            store.put_lesson(connection, lesson)
            return lesson

        return await self._database.write(work)

    async def update_lesson(self, host_id: str, lesson_id: str, changes: Changes) -> Lesson:
        """Change fields of a lesson of one's own course.

        Raises:
            LessonNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
        """

        def work(connection: Connection) -> Lesson:
            lesson = check_lesson(replace(_own_lesson(connection, host_id, lesson_id), **changes))
            store.put_lesson(connection, lesson)
            return lesson

        return await self._database.write(work)

    async def cancel_lesson(self, host_id: str, lesson_id: str) -> Lesson:
        """Call a live class off; its tickets are paid back by the timer of orders.

        Raises:
            LessonNotFound: There is none, or it is another host's.
            FieldInvalid: It is not a live class.
        """

        def work(connection: Connection) -> Lesson:
            lesson = _own_lesson(connection, host_id, lesson_id)
            if lesson.kind != "live":
                raise FieldInvalid(field="kind", why="not_live")
            lesson = replace(lesson, cancelled_at=lesson.cancelled_at or self._clock.now())
            store.put_lesson(connection, lesson)
            return lesson

        return await self._database.write(work)

    async def lesson(self, lesson_id: str) -> Lesson:
        """The lesson of this id.

        Raises:
            LessonNotFound: There is none.
        """
        found = await self._database.read(lambda c: store.lesson_by_id(c, lesson_id))
        if found is None:
            raise LessonNotFound(lesson_id=lesson_id[:32])
        return found

    async def lessons(self, ids: Iterable[str]) -> dict[str, Lesson]:
        """Those of these lessons that exist."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.lessons_by_id(c, wanted))

    async def lessons_of_course(self, course_id: str) -> list[Lesson]:
        """The lessons of a course in their order."""
        return await self._database.read(lambda c: store.lessons_of_course(c, course_id))

    async def lessons_of_room(self, room_id: str, host_id: str) -> list[Lesson]:
        """The live lessons that the room's own host has put into it, by time."""
        return await self._database.read(lambda c: store.live_lessons_of_room(c, room_id, host_id))

    async def timetable(self, days: float = 7) -> list[tuple[Lesson, Course]]:
        """Live lessons that are on or begin within so many days, by start."""
        now = self._clock.now()
        until = now + timedelta(days=days)
        return await self._database.read(lambda c: store.timetable(c, now, until, TIMETABLE_MAX))

    # Products -----------------------------------------------------------------------------------

    async def add_product(self, host_id: str, course_id: str, new: NewProduct) -> Product:
        """Sell one's own course, or with ``lesson_id`` the ticket of a live lesson of it.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            LessonNotFound: The lesson is not a lesson of this course.
            FieldInvalid: Names the field.
            AmountError: The price is not 1 … 10^12.
            ProductExists: It is sold already.
        """

        def work(connection: Connection) -> Product:
            course = _own_course(connection, host_id, course_id)
            lesson = _ticket_lesson(connection, course_id, new.lesson_id)
            kind: ProductKind = "course" if lesson is None else "ticket"
            product = Product(
                id=new_id(now_ms(self._clock)),
                kind=kind,
                title=new.title.strip() or (lesson or course).title,
                title_en=new.title_en.strip() or (lesson or course).title_en,
                host_id=host_id,
                course_id=course_id,
                lesson_id=new.lesson_id,
                amount_minor=new.amount_minor,
                currency=self.currency,
                price_version=1,
                split_rule=self.site_rule(connection),
                refund_rule=refund_rule_named(new.refund_rule, kind),
                seat_limit=new.seat_limit,
                seats_taken=0,
                replay_days=new.replay_days,
                coins=None,
                is_on_sale=True,
            )
            return self._put_product(connection, product)

        return await self._database.write(work)

    async def add_coin_pack(self, coins: int, amount_minor: int, title: str = "") -> Product:
        """Sell a pack of coins of the site.

        Raises:
            AmountError: Coins or price are not 1 … 10^12.
        """

        def work(connection: Connection) -> Product:
            product = Product(
                id=new_id(now_ms(self._clock)),
                kind="coin_pack",
                title=title.strip() or f"{coins:,} 币",
                title_en=f"{coins:,} coins",
                host_id=None,
                course_id=None,
                lesson_id=None,
                amount_minor=amount_minor,
                currency=self.currency,
                price_version=1,
                split_rule=None,
                refund_rule=refund_rule_named(None, "coin_pack"),
                seat_limit=None,
                seats_taken=0,
                replay_days=None,
                coins=coins,
                is_on_sale=True,
            )
            return self._put_product(connection, product)

        return await self._database.write(work)

    def _put_product(self, connection: Connection, product: Product) -> Product:
        if not store.add_product(connection, check_product(product), self._clock.now()):
            raise ProductExists(course_id=product.course_id, lesson_id=product.lesson_id)
        return self.product_in(connection, product.id)

    async def update_product(self, host_id: str, product_id: str, changes: Changes) -> Product:
        """Change price (a new version), seats, title or sale of one's own product.

        Raises:
            ProductNotFound: There is none, or it is another host's.
            FieldInvalid: Names the field.
            AmountError: The price is not 1 … 10^12.
        """

        def work(connection: Connection) -> Product:
            old = store.product_by_id(connection, product_id)
            if old is None or old.host_id != host_id:
                raise ProductNotFound(product_id=product_id[:32])
            product = check_product(replace(old, **changes))
            if product.amount_minor != old.amount_minor:
                product = replace(product, price_version=old.price_version + 1)
                store.add_price(
                    connection,
                    product.id,
                    product.price_version,
                    product.amount_minor,
                    self._clock.now(),
                )
            store.update_product(connection, product)
            return product

        return await self._database.write(work)

    async def product(self, product_id: str) -> Product:
        """The product of this id at its present price, on sale or not.

        Raises:
            ProductNotFound: There is none.
        """
        return await self._database.read(lambda c: self.product_in(c, product_id))

    async def products(self, ids: Iterable[str]) -> dict[str, Product]:
        """Those of these products that exist."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.products_by_id(c, wanted))

    async def products_of_course(self, course_id: str) -> list[Product]:
        """The course's own product and its tickets, on sale or not."""
        return await self._database.read(lambda c: store.products_of_course(c, course_id))

    async def coin_packs(self) -> list[Product]:
        """The coin packs on sale, smallest first."""
        return await self._database.read(store.coin_packs)

    # Inside the transactions of others ----------------------------------------------------------

    def product_in(self, connection: Connection, product_id: str) -> Product:
        """The product at its present price, in the caller's transaction.

        Raises:
            ProductNotFound: There is none.
        """
        product = store.product_by_id(connection, product_id)
        if product is None:
            raise ProductNotFound(product_id=product_id[:32])
        return product

    def products_in(self, connection: Connection, ids: Sequence[str]) -> dict[str, Product]:
        """Those of these products that exist, in the caller's transaction."""
        return store.products_by_id(connection, ids)

    def products_of_course_in(self, connection: Connection, course_id: str) -> list[Product]:
        """The course's own product and its tickets, in the caller's transaction."""
        return store.products_of_course(connection, course_id)

    def lessons_of_course_in(self, connection: Connection, course_id: str) -> list[Lesson]:
        """The lessons of a course, in the caller's transaction."""
        return store.lessons_of_course(connection, course_id)

    def lesson_in(self, connection: Connection, lesson_id: str) -> Lesson | None:
        """A lesson, in the caller's transaction."""
        return store.lesson_by_id(connection, lesson_id)

    def course_in(self, connection: Connection, course_id: str) -> Course | None:
        """A course, in the caller's transaction."""
        return store.course_by_id(connection, course_id)

    def take_seats(self, connection: Connection, product_id: str, n_seats: int) -> bool:
        """Reserve seats; False when not so many are left."""
        return store.take_seats(connection, product_id, n_seats)

    def release_seats(self, connection: Connection, product_id: str, n_seats: int) -> None:
        """Give reserved seats back."""
        store.release_seats(connection, product_id, n_seats)

    def rule_in(self, connection: Connection, rule_id: str, version: int) -> SplitRule:
        """One version of a split rule, as a line has pinned it."""
        rule = store.split_rule(connection, rule_id, version)
        invariant(rule is not None, f"no split rule {rule_id} version {version}")
        return rule or SplitRule(rule_id, version, ())

    def site_rule(self, connection: Connection) -> SplitRule:
        """The present split between host and platform; a changed percentage is a new version."""
        wanted = (
            SplitPart("host", 100 - self.platform_percent),
            SplitPart("platform", self.platform_percent),
        )
        newest = store.split_rule(connection, SITE_RULE)
        if newest is not None and newest.parts == wanted:
            return newest
        rule = SplitRule(SITE_RULE, 1 if newest is None else newest.version + 1, wanted)
        store.add_split_rule(connection, rule, self._clock.now())
        return rule


def _own_course(connection: Connection, host_id: str, course_id: str) -> Course:
    course = store.course_by_id(connection, course_id)
    if course is None or course.host_id != host_id:
        raise CourseNotFound(course_id=course_id[:32])
    return course


def _own_lesson(connection: Connection, host_id: str, lesson_id: str) -> Lesson:
    lesson = store.lesson_by_id(connection, lesson_id)
    course = None if lesson is None else store.course_by_id(connection, lesson.course_id)
    if lesson is None or course is None or course.host_id != host_id:
        raise LessonNotFound(lesson_id=lesson_id[:32])
    return lesson


def _ticket_lesson(connection: Connection, course_id: str, lesson_id: str | None) -> Lesson | None:
    if lesson_id is None:
        return None
    lesson = store.lesson_by_id(connection, lesson_id)
    if lesson is None or lesson.course_id != course_id:
        raise LessonNotFound(lesson_id=lesson_id[:32])
    if lesson.kind != "live":
        raise FieldInvalid(field="lesson_id", why="not_live")
    return lesson
