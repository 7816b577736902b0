"""A host's classes: made in one step, moved, changed, listed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from livelore.kit.ids import new_id
from livelore.kit.times import to_iso
from livelore.knowledge.catalog.errors import FieldInvalid
from livelore.knowledge.catalog.model import Course, Lesson, refund_rule_named
from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct
from livelore.knowledge.ledger.errors import KeyReused
from livelore.live.rooms import store
from livelore.live.rooms.errors import ClassClosed, ClassSold, RoomNotFound, TooManyRooms
from livelore.live.rooms.model import ROOMS_MAX, TITLE_MAX, Room, check_title
from livelore.live.rooms.service.class_list import ClassList, HostClass
from livelore.ports.clock import now_ms

STEP = timedelta(minutes=5)
SKEW = timedelta(minutes=1)
"""A form that was filled in slowly: its earliest time is still taken."""


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


class Classes(ClassList):
    """The host's way from an idea to a class that is sold; see `ClassList` for its arguments.

    Everything of a class is made in one transaction, or nothing.
    """

    def earliest(self) -> datetime:
        """The earliest start that forms offer: full five minutes, and at least five from now."""
        at = self._clock.now() + STEP
        whole = at.replace(second=0, microsecond=0)
        early = whole - timedelta(minutes=whole.minute % 5)
        return early if early >= at else early + STEP

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
                return self.found_in(connection, press.host_id, known[1]), True
            lesson = self._add_in(connection, press.host_id, new)
            made = (press.fingerprint, lesson.id)
            store.add_class_request(connection, press.host_id, press.key, made, self._clock.now())
            return self.found_in(connection, press.host_id, lesson.id), False

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
        title = check_title((new.room_title or new.title)[:TITLE_MAX])
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
            before = self.found_in(connection, host_id, lesson_id).lesson
            if before is None or before.cancelled_at is not None or self.is_over(before):
                raise ClassClosed(lesson_id=lesson_id)
            lesson = self._change_lesson(connection, host_id, before, change)
            self._change_ticket(connection, host_id, lesson, change)
            return self.found_in(connection, host_id, lesson_id)

        return await self._database.write(work)

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
        ticket = self.ticket_in(connection, lesson)
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


def _overlap(lesson: Lesson, starts_at: datetime, ends_at: datetime) -> bool:
    if lesson.starts_at is None or lesson.ends_at is None:
        return False
    return starts_at < lesson.ends_at and lesson.starts_at < ends_at


def _own_room(connection: Connection, host_id: str, room_id: str) -> Room:
    room = store.room_by_id(connection, room_id)
    if room is None or room.host_id != host_id:
        raise RoomNotFound(room_id=room_id[:32])
    return room
