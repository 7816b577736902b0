"""Products: what of it is sold, at which price, to how many."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from livelore.kit.errors import invariant
from livelore.kit.ids import new_id
from livelore.knowledge.catalog import store
from livelore.knowledge.catalog.errors import (
    FieldInvalid,
    LessonNotFound,
    ProductExists,
    ProductNotFound,
)
from livelore.knowledge.catalog.model import (
    Lesson,
    Product,
    ProductKind,
    SplitPart,
    SplitRule,
    check_product,
    refund_rule_named,
)
from livelore.knowledge.catalog.service.courses import Changes, Courses, own_course
from livelore.ports.clock import now_ms

SITE_RULE = "site"
"""The split rule of everything sold and given: host and platform, by the site's percentage."""


COIN_PACKS = ((100, 1_000), (500, 5_000), (1_000, 10_000), (2_000, 20_000))
"""What a new site sells: coins, and their price in the currency's smallest unit."""


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


class Products(Courses):
    """What can be ordered."""

    async def add_product(self, host_id: str, course_id: str, new: NewProduct) -> Product:
        """Sell one's own course, or with ``lesson_id`` the ticket of a live lesson of it.

        Raises:
            CourseNotFound: There is none, or it is another host's.
            LessonNotFound: The lesson is not a lesson of this course.
            FieldInvalid: Names the field.
            AmountError: The price is not 1 … 10^12.
            ProductExists: It is sold already.
        """
        return await self._database.write(lambda c: self.add_product_in(c, host_id, course_id, new))

    def add_product_in(
        self, connection: Connection, host_id: str, course_id: str, new: NewProduct
    ) -> Product:
        """As `add_product`, in the caller's transaction."""
        course = own_course(connection, host_id, course_id)
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

    async def add_coin_pack(self, coins: int, amount_minor: int, title: str = "") -> Product:
        """Sell a pack of coins of the site.

        Raises:
            AmountError: Coins or price are not 1 … 10^12.
        """
        return await self._database.write(
            lambda connection: self._put_pack(connection, coins, amount_minor, title.strip())
        )

    async def stock_coin_packs(self) -> None:
        """Give a site that never sold coins the usual packs; what was taken off sale stays off."""

        def work(connection: Connection) -> None:
            if store.has_coin_packs(connection):
                return
            for coins, amount_minor in COIN_PACKS:
                self._put_pack(connection, coins, amount_minor, "")

        await self._database.write(work)

    def _put_pack(
        self, connection: Connection, coins: int, amount_minor: int, title: str
    ) -> Product:
        product = Product(
            id=new_id(now_ms(self._clock)),
            kind="coin_pack",
            title=title or f"{coins:,} 币",
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
        return await self._database.write(
            lambda c: self.update_product_in(c, host_id, product_id, changes)
        )

    def update_product_in(
        self, connection: Connection, host_id: str, product_id: str, changes: Changes
    ) -> Product:
        """As `update_product`, in the caller's transaction."""
        old = store.product_by_id(connection, product_id)
        if old is None or old.host_id != host_id:
            raise ProductNotFound(product_id=product_id[:32])
        product = check_product(replace(old, **changes))
        if product.amount_minor != old.amount_minor:
            version, at = old.price_version + 1, self._clock.now()
            product = replace(product, price_version=version)
            store.add_price(connection, product.id, version, product.amount_minor, at)
        store.update_product(connection, product)
        return product

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

    async def products_of_courses(self, ids: Iterable[str]) -> dict[str, list[Product]]:
        """Each of these courses' own product and its tickets, on sale or not."""
        wanted = list(ids)
        return await self._database.read(lambda c: store.products_of_courses(c, wanted))

    async def coin_packs(self) -> list[Product]:
        """The coin packs on sale, smallest first."""
        return await self._database.read(store.coin_packs)

    def product_in(self, connection: Connection, product_id: str) -> Product:
        """The product at its present price, in the caller's transaction.

        Raises:
            ProductNotFound: There is none.
        """
        product = store.product_by_id(connection, product_id)
        if product is None:
            raise ProductNotFound(product_id=product_id[:32])
        return product

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


def _ticket_lesson(connection: Connection, course_id: str, lesson_id: str | None) -> Lesson | None:
    if lesson_id is None:
        return None
    lesson = store.lesson_by_id(connection, lesson_id)
    if lesson is None or lesson.course_id != course_id:
        raise LessonNotFound(lesson_id=lesson_id[:32])
    if lesson.kind != "live":
        raise FieldInvalid(field="lesson_id", why="not_live")
    return lesson
