"""Use cases of the catalogue."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from livelore.knowledge.catalog import store
from livelore.knowledge.catalog.model import Course, Lesson, Product
from livelore.knowledge.catalog.service.courses import (
    Changes,
    CourseView,
    NewCourse,
    NewLesson,
)
from livelore.knowledge.catalog.service.products import SITE_RULE, NewProduct, Products


class CatalogService(Products):
    """What is taught and sold; see `Courses` for what it is made with."""

    # Inside the transactions of others

    def products_in(self, connection: Connection, ids: Sequence[str]) -> dict[str, Product]:
        """Those of these products that exist, in the caller's transaction."""
        return store.products_by_id(connection, ids)

    def products_of_course_in(self, connection: Connection, course_id: str) -> list[Product]:
        """The course's own product and its tickets, in the caller's transaction."""
        return store.products_of_course(connection, course_id)

    def products_of_courses_in(
        self, connection: Connection, ids: Iterable[str]
    ) -> dict[str, list[Product]]:
        """Each of these courses' own product and its tickets, in the caller's transaction."""
        return store.products_of_courses(connection, ids)

    def lessons_of_course_in(self, connection: Connection, course_id: str) -> list[Lesson]:
        """The lessons of a course, in the caller's transaction."""
        return store.lessons_of_course(connection, course_id)

    def live_lessons_of_room_in(
        self, connection: Connection, room_id: str, host_id: str
    ) -> list[Lesson]:
        """As `lessons_of_room`, in the caller's transaction."""
        return store.live_lessons_of_room(connection, room_id, host_id)

    def lesson_in(self, connection: Connection, lesson_id: str) -> Lesson | None:
        """A lesson, in the caller's transaction."""
        return store.lesson_by_id(connection, lesson_id)

    def lessons_in(self, connection: Connection, ids: Iterable[str]) -> dict[str, Lesson]:
        """Those of these lessons that exist, in the caller's transaction."""
        return store.lessons_by_id(connection, ids)

    def courses_in(self, connection: Connection, ids: Iterable[str]) -> dict[str, Course]:
        """Those of these courses that exist, in the caller's transaction."""
        return store.courses_by_id(connection, ids)

    def course_in(self, connection: Connection, course_id: str) -> Course | None:
        """A course, in the caller's transaction."""
        return store.course_by_id(connection, course_id)

    def take_seats(self, connection: Connection, product_id: str, n_seats: int) -> bool:
        """Reserve seats; False when not so many are left."""
        return store.take_seats(connection, product_id, n_seats)

    def release_seats(self, connection: Connection, product_id: str, n_seats: int) -> None:
        """Give reserved seats back."""
        store.release_seats(connection, product_id, n_seats)


__all__ = [
    "SITE_RULE",
    "CatalogService",
    "Changes",
    "CourseView",
    "NewCourse",
    "NewLesson",
    "NewProduct",
]
