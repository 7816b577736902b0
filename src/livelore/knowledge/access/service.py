"""Grant, revoke, and the one answer to "may this person see this?"."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.database.outbox import event_payload, put_event
from livelore.kit.times import to_ms
from livelore.knowledge.access import store
from livelore.knowledge.access.errors import WatchInvalid
from livelore.knowledge.access.events import EntitlementGranted, EntitlementRevoked
from livelore.knowledge.access.model import (
    NO_ACCESS,
    WATCH_STEP_MAX,
    Access,
    Entitlement,
    Grant,
    Held,
    Reason,
    Watched,
    end_of,
    lesson_access,
    open_products,
    state_of,
)
from livelore.knowledge.catalog.errors import LessonNotFound
from livelore.knowledge.catalog.model import Lesson, Product
from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.service import LedgerService
from livelore.ports.clock import Clock, now_ms

FIRST_PAGE = 1 << 62
"""Above every row id: where a list begins."""
_REASONS: dict[str, Reason] = {"course": "course", "ticket": "ticket"}


class AccessService:
    """Entitlements.

    Args:
        database: Where they are stored.
        clock: For replay windows.
        catalog: What products open.
        ledger: Which party a user is.
    """

    def __init__(
        self, database: Database, clock: Clock, catalog: CatalogService, ledger: LedgerService
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog
        self._ledger = ledger

    # Inside the transaction of an act -----------------------------------------------------------

    def grant(self, connection: Connection, grant: Grant) -> None:
        """Give a right, and tell of it; the same act gives it once."""
        if not store.add(connection, grant):
            return
        product = self._catalog.product_in(connection, grant.product_id)
        event = EntitlementGranted(
            user_id=self._ledger.user_of_in(connection, grant.party),
            product_id=product.id,
            kind=product.kind,
            course_id=product.course_id,
            lesson_id=product.lesson_id,
            room_id=product.room_id,
            until_ms=None if grant.until is None else to_ms(grant.until),
        )
        put_event(
            connection,
            "EntitlementGranted",
            event_payload(event),
            grant.source,
            now_ms(self._clock),
        )

    def revoke(self, connection: Connection, source: int, product_id: str, by_act: int) -> int:
        """End the right to a product that an act gave, now; returns how many ended."""
        ended = store.revoke(connection, source, product_id, by_act, self._clock.now())
        for each in ended:
            product = self._catalog.product_in(connection, product_id)
            event = EntitlementRevoked(
                user_id=self._ledger.user_of_in(connection, each.party),
                product_id=product.id,
                kind=product.kind,
                course_id=product.course_id,
                lesson_id=product.lesson_id,
                room_id=product.room_id,
            )
            put_event(
                connection,
                "EntitlementRevoked",
                event_payload(event),
                by_act,
                now_ms(self._clock),
            )
        return len(ended)

    def held_in(self, connection: Connection, party: int) -> dict[str, datetime | None]:
        """Products that a party holds now, each with its end."""
        return self._held(connection, party, self._clock.now())

    def watched_s_in(self, connection: Connection, party: int, lesson_ids: Iterable[str]) -> int:
        """Seconds that a party has watched of these lessons."""
        return store.watched_ms(connection, party, lesson_ids) // 1000

    def all_in(self, connection: Connection) -> list[Entitlement]:
        """Every entitlement, for the comparison with what orders say."""
        return store.all_rows(connection)

    def _held(
        self, connection: Connection, party: int, now: datetime
    ) -> dict[str, datetime | None]:
        held = [each for each in store.of_party(connection, party) if each.revoked_at is None]
        products = self._catalog.products_in(connection, [each.product_id for each in held])
        return open_products(held, products, now)

    def _held_by(self, connection: Connection, user_id: str | None) -> dict[str, datetime | None]:
        party = None if user_id is None else self._ledger.find_party_in(connection, user_id)
        return {} if party is None else self._held(connection, party, self._clock.now())

    # Questions ----------------------------------------------------------------------------------

    async def access_to(
        self, user_id: str | None, lesson_id: str, *, is_operator: bool = False
    ) -> Access:
        """Whether somebody may watch a lesson, why, and until when.

        Args:
            user_id: None is somebody unknown.
            lesson_id: Of whatever kind.
            is_operator: An operator of the site may watch everything.

        Raises:
            LessonNotFound: There is no such lesson.
        """
        found = await self.access_to_all(user_id, [lesson_id], is_operator=is_operator)
        if lesson_id not in found:
            raise LessonNotFound(lesson_id=lesson_id[:32])
        return found[lesson_id]

    async def access_to_all(
        self, user_id: str | None, lesson_ids: Iterable[str], *, is_operator: bool = False
    ) -> dict[str, Access]:
        """As `access_to`, for many lessons in one read; those that do not exist are left out."""
        wanted = list(lesson_ids)

        def work(connection: Connection) -> dict[str, Access]:
            lessons = self._catalog.lessons_in(connection, wanted).values()
            ids = {lesson.course_id for lesson in lessons}
            courses = self._catalog.courses_in(connection, ids)
            products = self._catalog.products_of_courses_in(connection, ids)
            held = self._held_by(connection, user_id)

            def of(lesson: Lesson) -> Access:
                if user_id is not None and courses[lesson.course_id].host_id == user_id:
                    return Access(entitled=True, reason="host")
                if is_operator:
                    return Access(entitled=True, reason="operator")
                return lesson_access(lesson, products[lesson.course_id], held)

            return {lesson.id: of(lesson) for lesson in lessons}

        return await self._database.read(work)

    async def may_watch(self, user_id: str | None, product_ids: Sequence[str]) -> Access:
        """Whether somebody holds one of these products now; the longest one counts."""

        def work(connection: Connection) -> Access:
            held = self._held_by(connection, user_id)
            products = self._catalog.products_in(connection, product_ids)
            return _best([(products[each], held[each]) for each in product_ids if each in held])

        return await self._database.read(work)

    async def open_lessons(
        self, user_id: str | None, course_id: str, *, is_operator: bool = False
    ) -> frozenset[str]:
        """The lessons of a course that somebody may watch now."""

        def work(connection: Connection) -> frozenset[str]:
            course = self._catalog.course_in(connection, course_id)
            lessons = self._catalog.lessons_of_course_in(connection, course_id)
            if is_operator or (course is not None and course.host_id == user_id):
                return frozenset(lesson.id for lesson in lessons)
            held = self._held_by(connection, user_id)
            products = self._catalog.products_of_course_in(connection, course_id)
            return frozenset(
                lesson.id for lesson in lessons if lesson_access(lesson, products, held).entitled
            )

        return await self._database.read(work)

    async def owned_products(self, user_id: str | None) -> frozenset[str]:
        """The products that somebody holds now."""
        return await self._database.read(lambda c: frozenset(self._held_by(c, user_id)))

    async def entitlements(
        self, user_id: str, before_id: int = FIRST_PAGE, limit: int = 50
    ) -> list[Held]:
        """What somebody holds or held, newest first, below a cursor."""

        def work(connection: Connection) -> list[Held]:
            party = self._ledger.find_party_in(connection, user_id)
            if party is None:
                return []
            page = store.page_of_party(connection, party, before_id, limit)
            products = self._catalog.products_in(connection, [each.product_id for each in page])
            now = self._clock.now()
            return [_shown(each, products[each.product_id], now) for each in page]

        return await self._database.read(work)

    async def holders(self, product_id: str) -> list[str]:
        """Users who hold a product and were not revoked."""

        def work(connection: Connection) -> list[str]:
            users = (
                self._ledger.user_of_in(connection, party)
                for party in store.holders(connection, product_id)
            )
            return [user for user in users if user is not None]

        return await self._database.read(work)

    async def watched(self, user_id: str, limit: int = 50) -> list[Watched]:
        """What somebody has watched, the latest first."""

        def work(connection: Connection) -> list[Watched]:
            party = self._ledger.find_party_in(connection, user_id)
            return [] if party is None else store.watched_by(connection, party, limit)

        return await self._database.read(work)

    async def note_watched(self, user_id: str, lesson_id: str, seconds: float) -> None:
        """Add to what somebody has watched of a lesson: the refund rule looks at it.

        Raises:
            WatchInvalid: Not 0 … 3600 s at a time.
            LessonNotFound: There is no such lesson.
        """
        if not 0 <= seconds <= WATCH_STEP_MAX.total_seconds():
            raise WatchInvalid(seconds=seconds)
        at = self._clock.now()

        def work(connection: Connection) -> None:
            if self._catalog.lesson_in(connection, lesson_id) is None:
                raise LessonNotFound(lesson_id=lesson_id[:32])
            party = self._ledger.party_in(connection, user_id)
            store.add_watched(connection, party, lesson_id, round(seconds * 1000), at)

        await self._database.write(work)


def _best(held: Sequence[tuple[Product, datetime | None]]) -> Access:
    for_ever = [product for product, until in held if until is None]
    if for_ever:
        return Access(entitled=True, reason=_REASONS[for_ever[0].kind])
    ends = [(until, product) for product, until in held if until is not None]
    if not ends:
        return NO_ACCESS
    until, product = max(ends, key=lambda pair: pair[0])
    return Access(entitled=True, reason=_REASONS[product.kind], until=until)


def _shown(entitlement: Entitlement, product: Product, now: datetime) -> Held:
    return Held(
        entitlement, product, end_of(entitlement, product), state_of(entitlement, product, now)
    )
