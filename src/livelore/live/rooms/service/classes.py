"""A host's classes: made in one step, moved, changed, listed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.ids import new_id
from livelore.kit.times import to_iso
from livelore.knowledge.catalog.errors import FieldInvalid, LessonNotFound
from livelore.knowledge.catalog.model import Course, Lesson, Product, refund_rule_named
from livelore.knowledge.catalog.service import CatalogService, NewCourse, NewLesson, NewProduct
from livelore.knowledge.ledger.errors import KeyReused
from livelore.live.rooms import store
from livelore.live.rooms.errors import ClassClosed, ClassSold, RoomNotFound, TooManyRooms
from livelore.live.rooms.model import ROOMS_MAX, LiveSession, Room, check_title, offer_of
from livelore.ports.clock import Clock, now_ms

STEP = timedelta(minutes=5)
SKEW = timedelta(minutes=1)
"""A form that was filled in slowly: its earliest time is still taken."""
MISSED_SHOWN = timedelta(days=30)
Needs = Literal["ticket", "course", "free"]


@dataclass(frozen=True, slots=True)
class NewClass:
    """What a host says of a new class; without a price it is free, or opened by its course's.

    ``room_id`` None takes the host's first room, or opens one named ``room_title``; ``course_id``
    None makes a course of the class's own title and ``subject``.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    title_en: str = ""
    cover: str = ""
    subject: str = ""
    room_id: str | None = None
    room_title: str = ""
    course_id: str | None = None
    price_minor: int | None = None
    is_with_course: bool = False
    seat_limit: int | None = None
    replay_days: int | None = None
    preview_s: int | None = None
    refund_rule: str | None = None


@dataclass(frozen=True, slots=True)
class HostClass:
    """A class in its host's list; ``lesson`` is None for a live session outside the timetable.

    ``product`` is its own ticket, on sale or not; ``needs`` is what opens it.
    """

    lesson: Lesson | None
    course: Course | None
    product: Product | None
    session: LiveSession | None
    was_held: bool = False
    needs: Needs = "free"


@dataclass(frozen=True, slots=True)
class HostClasses:
    """What is on, what comes, what came to nothing, and a page of what is over."""

    on_air: list[HostClass]
    coming: list[HostClass]
    dropped: list[HostClass]
    past: list[HostClass]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ClassPress:
    """One press of the button that makes a class: who, and the key that their page made."""

    host_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ClassChange:
    """What changes of a class, by the names of `Lesson` and `Product`.

    With ``has_price`` a price of None takes the ticket off sale: then the class is free, or opened
    by its course alone.
    """

    lesson: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: each of its own type
    product: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: likewise
    has_price: bool = False
    price_minor: int | None = None
    is_with_course: bool = False

    @property
    def is_free(self) -> bool:
        """Whether anybody may watch after this change."""
        return self.price_minor is None and not self.is_with_course


class Classes:
    """The host's way from an idea to a class that is sold.

    Args:
        database: Everything of a class is made in one transaction, or nothing.
        clock: A class cannot begin in the past.
        catalog: Courses, lessons, tickets.
    """

    def __init__(self, database: Database, clock: Clock, catalog: CatalogService) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog

    def now(self) -> datetime:
        """The time by which classes come or are over."""
        return self._clock.now()

    def earliest(self) -> datetime:
        """When a new class may begin at the earliest: the next full five minutes."""
        at = self._clock.now().replace(second=0, microsecond=0)
        return at + STEP - timedelta(minutes=at.minute % 5)

    async def add(self, press: ClassPress, new: NewClass) -> tuple[HostClass, bool]:
        """Make a class with its room, course and ticket; the same press again makes no second.

        Returns:
            The class, and whether this press had made it before.

        Raises:
            FieldInvalid: Names the field; ``starts_at`` says the earliest time.
            RoomFieldInvalid: The room's title.
            RoomNotFound: There is no such room, or it is another host's.
            CourseNotFound: There is no such course, or it is another host's.
            AmountError: The price is not 1 … 10^12.
            KeyReused: The key stands for another class.
        """

        def work(connection: Connection) -> tuple[HostClass, bool]:
            known = store.class_request(connection, press.host_id, press.key)
            if known is not None:
                if known[0] != press.fingerprint:
                    raise KeyReused
                return self._found(connection, press.host_id, known[1]), True
            lesson = self._add_in(connection, press.host_id, new)
            made = (press.fingerprint, lesson.id)
            store.add_class_request(connection, press.host_id, press.key, made, self._clock.now())
            return self._found(connection, press.host_id, lesson.id), False

        return await self._database.write(work)

    def _add_in(self, connection: Connection, host_id: str, new: NewClass) -> Lesson:
        self._check_start(new.starts_at)
        room = self._room(connection, host_id, new)
        self._check_free(connection, room, (new.starts_at, new.ends_at), None)
        course_id = new.course_id or self._course(connection, host_id, new).id
        lesson = self._catalog.add_lesson_in(
            connection,
            host_id,
            course_id,
            NewLesson(
                new.title,
                "live",
                title_en=new.title_en,
                cover=new.cover,
                starts_at=new.starts_at,
                ends_at=new.ends_at,
                room_id=room.id,
                is_preview=new.price_minor is None and not new.is_with_course,
                preview_s=new.preview_s,
            ),
        )
        if new.price_minor is not None:
            ticket = NewProduct(
                new.price_minor,
                lesson.id,
                refund_rule=new.refund_rule,
                seat_limit=new.seat_limit,
                replay_days=new.replay_days,
            )
            self._catalog.add_product_in(connection, host_id, course_id, ticket)
        return lesson

    def _course(self, connection: Connection, host_id: str, new: NewClass) -> Course:
        course = NewCourse(new.title, new.title_en, subject=new.subject, cover=new.cover)
        return self._catalog.add_course_in(connection, host_id, course)

    def _room(self, connection: Connection, host_id: str, new: NewClass) -> Room:
        rooms = store.rooms_of_host(connection, host_id)
        if new.room_id is not None:
            return _own_room(connection, host_id, new.room_id)
        if rooms and not new.room_title:
            return rooms[0]
        if len(rooms) >= ROOMS_MAX:
            raise TooManyRooms(rooms_max=ROOMS_MAX)
        title = check_title(new.room_title or new.title)
        cover = new.cover or "board"
        at = self._clock.now()
        room = Room(new_id(now_ms(self._clock)), host_id, title, "", cover, at)
        store.add_room(connection, room)
        return room

    def _check_start(self, starts_at: datetime) -> None:
        if starts_at < self._clock.now() - SKEW:
            earliest = to_iso(self.earliest())
            raise FieldInvalid(field="starts_at", why="too_early", earliest_at=earliest)

    def _check_free(
        self,
        connection: Connection,
        room: Room,
        hours: tuple[datetime, datetime],
        lesson_id: str | None,
    ) -> None:
        """Two classes of one room do not overlap: an encoder could open only one of them."""
        starts_at, ends_at = hours
        for other in self._catalog.live_lessons_of_room_in(connection, room.id, room.host_id):
            if other.id == lesson_id or other.cancelled_at is not None:
                continue
            if _overlap(other, starts_at, ends_at):
                raise FieldInvalid(field="starts_at", why="room_taken", title=other.title)

    async def change(self, host_id: str, lesson_id: str, change: ClassChange) -> HostClass:
        """Move a class, or change what it is called, costs or gives.

        Raises:
            LessonNotFound: There is none, or it is another host's.
            ClassClosed: It is over or called off.
            ClassSold: Price and refund rule of a class that somebody has bought.
            FieldInvalid: Names the field.
            AmountError: The price is not 1 … 10^12.
        """

        def work(connection: Connection) -> HostClass:
            before = self._found(connection, host_id, lesson_id).lesson
            if before is None or before.cancelled_at is not None or self._is_over(before):
                raise ClassClosed(lesson_id=lesson_id)
            lesson = self._change_lesson(connection, host_id, before, change)
            self._change_ticket(connection, host_id, lesson, change)
            return self._found(connection, host_id, lesson_id)

        return await self._database.write(work)

    def _is_over(self, lesson: Lesson) -> bool:
        return lesson.ends_at is not None and lesson.ends_at <= self._clock.now()

    def _change_lesson(
        self, connection: Connection, host_id: str, before: Lesson, change: ClassChange
    ) -> Lesson:
        fields = dict(change.lesson)
        if change.has_price:
            fields["is_preview"] = change.is_free
        after = replace(before, **fields)
        if after.starts_at is not None and after.starts_at != before.starts_at:
            self._check_start(after.starts_at)
        if after.starts_at is not None and after.ends_at is not None:
            fields["duration_s"] = max(0, round((after.ends_at - after.starts_at).total_seconds()))
            if after.room_id is not None:
                room = _own_room(connection, host_id, after.room_id)
                self._check_free(connection, room, (after.starts_at, after.ends_at), after.id)
        return self._catalog.update_lesson_in(connection, host_id, before.id, fields)

    def _change_ticket(
        self, connection: Connection, host_id: str, lesson: Lesson, change: ClassChange
    ) -> None:
        ticket = self._ticket(connection, lesson)
        fields = dict(change.product)
        if "refund_rule" in fields:
            fields["refund_rule"] = refund_rule_named(fields["refund_rule"], "ticket")
        if change.has_price:
            fields["is_on_sale"] = change.price_minor is not None
            if change.price_minor is not None:
                fields["amount_minor"] = change.price_minor
        if ticket is None:
            if change.price_minor is not None:
                self._new_ticket(connection, host_id, lesson, change)
            return
        fields["title"], fields["title_en"] = lesson.title, lesson.title_en
        after = replace(ticket, **fields)
        terms = [(each.amount_minor, each.refund_rule, each.is_on_sale) for each in (ticket, after)]
        if ticket.seats_taken and terms[0] != terms[1]:
            raise ClassSold(seats_taken=ticket.seats_taken)
        self._catalog.update_product_in(connection, host_id, ticket.id, fields)

    def _new_ticket(
        self, connection: Connection, host_id: str, lesson: Lesson, change: ClassChange
    ) -> None:
        new = NewProduct(change.price_minor or 0, lesson.id, **change.product)
        self._catalog.add_product_in(connection, host_id, lesson.course_id, new)

    def _ticket(self, connection: Connection, lesson: Lesson) -> Product | None:
        return _ticket_of(self._products(connection, lesson), lesson)

    def _products(self, connection: Connection, lesson: Lesson) -> list[Product]:
        return self._catalog.products_of_course_in(connection, lesson.course_id)

    def _found(self, connection: Connection, host_id: str, lesson_id: str) -> HostClass:
        lesson = self._catalog.lesson_in(connection, lesson_id)
        course = None if lesson is None else self._catalog.course_in(connection, lesson.course_id)
        if lesson is None or course is None or course.host_id != host_id:
            raise LessonNotFound(lesson_id=lesson_id[:32])
        session = None
        if lesson.room_id is not None:
            last = store.last_session(connection, lesson.room_id)
            session = last if last is not None and last.lesson_id == lesson.id else None
        products = self._products(connection, lesson)
        ticket, needs = _ticket_of(products, lesson), _needs(products, lesson)
        return HostClass(lesson, course, ticket, session, session is not None, needs)

    async def of_lesson(self, host_id: str, lesson_id: str) -> HostClass:
        """One of the host's classes.

        Raises:
            LessonNotFound: There is none, or it is another host's.
        """
        return await self._database.read(lambda c: self._found(c, host_id, lesson_id))

    async def of_host(self, host_id: str, before_id: str | None, limit: int) -> HostClasses:
        """All that is on and comes, and one page of what is over.

        Args:
            host_id: Whose.
            before_id: The live session above the page.
            limit: Live sessions on the page.
        """
        now = self._clock.now()
        lessons = await self._catalog.live_lessons_of_host(host_id, now - MISSED_SHOWN)

        def work(connection: Connection) -> HostClasses:
            rooms = store.rooms_of_host(connection, host_id)
            is_open = store.open_sessions_of(connection, [room.id for room in rooms])
            ended = store.ended_sessions_of_host(connection, host_id, before_id, limit + 1)
            held = store.lessons_taught(connection, [each.id for each in lessons])
            on = {each.lesson_id for each in is_open.values()}
            rest = [each for each in lessons if each.id not in on]
            coming = [x for x in rest if x.cancelled_at is None and not self._is_over(x)]
            dropped = [
                each
                for each in rest
                if each.id not in held and (each.cancelled_at is not None or self._is_over(each))
            ]
            join = self._joiner(connection, [*is_open.values(), *ended], lessons)
            return HostClasses(
                [join(each, None, True) for each in is_open.values()],
                [join(None, each, each.id in held) for each in coming],
                [join(None, each, False) for each in reversed(dropped)],
                [join(each, None, True) for each in ended[:limit]],
                len(ended) > limit,
            )

        return await self._database.read(work)

    def _joiner(
        self, connection: Connection, sessions: Sequence[LiveSession], lessons: Sequence[Lesson]
    ) -> Callable[[LiveSession | None, Lesson | None, bool], HostClass]:
        taught = [each.lesson_id for each in sessions if each.lesson_id is not None]
        known = self._catalog.lessons_in(connection, taught) | {each.id: each for each in lessons}
        course_ids = {each.course_id for each in known.values()}
        courses = self._catalog.courses_in(connection, course_ids)
        products = self._catalog.products_of_courses_in(connection, course_ids)

        def join(session: LiveSession | None, lesson: Lesson | None, was_held: bool) -> HostClass:
            if lesson is None and session is not None and session.lesson_id is not None:
                lesson = known.get(session.lesson_id)
            if lesson is None:
                return HostClass(None, None, None, session, was_held)
            sold = products[lesson.course_id]
            ticket, needs = _ticket_of(sold, lesson), _needs(sold, lesson)
            return HostClass(
                lesson, courses.get(lesson.course_id), ticket, session, was_held, needs
            )

        return join


def _ticket_of(products: Sequence[Product], lesson: Lesson) -> Product | None:
    return next((each for each in products if each.lesson_id == lesson.id), None)


def _needs(products: Sequence[Product], lesson: Lesson) -> Needs:
    offer = offer_of(products, lesson)
    if offer is None:
        return "free"
    return "ticket" if offer.kind == "ticket" else "course"


def _overlap(lesson: Lesson, starts_at: datetime, ends_at: datetime) -> bool:
    if lesson.starts_at is None or lesson.ends_at is None:
        return False
    return starts_at < lesson.ends_at and lesson.starts_at < ends_at


def _own_room(connection: Connection, host_id: str, room_id: str) -> Room:
    room = store.room_by_id(connection, room_id)
    if room is None or room.host_id != host_id:
        raise RoomNotFound(room_id=room_id[:32])
    return room
