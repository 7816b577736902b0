"""Place, show, cancel and expire orders."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from livelore.database.outbox import event_payload
from livelore.knowledge.catalog.model import Product
from livelore.knowledge.ledger.errors import WalletFull
from livelore.knowledge.ledger.model import Act, ActResult, Event, wallet_of
from livelore.knowledge.orders.errors import (
    AlreadyOwned,
    IdenticalOrder,
    NotOnSale,
    OrderNotFound,
    RuleNotAccepted,
    SoldOut,
)
from livelore.knowledge.orders.events import OrderPlaced
from livelore.knowledge.orders.model import (
    IDENTICAL_WITHIN,
    Order,
    OrderFact,
    OrderLine,
    Wanted,
    check_wanted,
    content_hash,
    move,
)
from livelore.knowledge.orders.service.desk import Desk, OrderView, Press
from livelore.knowledge.orders.store import orders

EXPIRE_PAGE = 100


class PlaceOrders(Desk):
    """From the intent to buy to the end of its time."""

    async def place_order(
        self,
        press: Press,
        wanted: Sequence[Wanted],
        *,
        rule_accepted: bool,
        is_repeat_meant: bool = False,
    ) -> tuple[OrderView, bool]:
        """Freeze prices and rules, reserve seats, and wait for the money.

        Args:
            press: Who asks, with their key.
            wanted: What, and at which price they saw it.
            rule_accepted: Whether the box beside the refund rule was ticked (M8).
            is_repeat_meant: Whether ordering the same again within 30 s is meant.

        Returns:
            The order and whether it is a replay.

        Raises:
            RuleNotAccepted: The box was not ticked.
            LinesInvalid: The lines cannot stand together.
            PriceChanged: A price is not the one that was shown.
            AlreadyOwned: A product is held already.
            SoldOut: No seat is left.
            NotOnSale: A product cannot be bought any more.
            IdenticalOrder: The same was ordered a moment ago.
            WalletFull: The coins would not fit.
        """
        if rule_accepted is not True:
            raise RuleNotAccepted

        def work(connection: Connection, party: int, key: str) -> OrderView:
            order = self._new_order(connection, party, wanted)
            hashed = content_hash(wanted)
            since = order.created_at - IDENTICAL_WITHIN
            twin = orders.identical_since(connection, party, hashed, since)
            if twin is not None and not is_repeat_meant:
                raise IdenticalOrder(order_id=twin)
            self._take_seats(connection, order)
            placed = OrderPlaced(
                order.id,
                press.user_id,
                tuple(line.product_id for line in order.lines),
                order.total_minor,
                order.currency,
            )
            act = Act(
                key,
                press.fingerprint,
                "order",
                events=(Event("OrderPlaced", event_payload(placed)),),
                subject=f"order:{order.id}",
                maker=str(party),
                fields={"order_id": order.id},
            )
            result = self._ledger.post_in(connection, act).require()
            orders.add(connection, order, result.act_id, hashed)
            return OrderView(order)

        return await self._once(press, "order", work, self._replayed_order)

    def _replayed_order(self, connection: Connection, earlier: ActResult) -> OrderView:
        return self._view(connection, str(earlier.fields["order_id"]))

    def _new_order(self, connection: Connection, party: int, wanted: Sequence[Wanted]) -> Order:
        products = {
            line.product_id: self._catalog.product_in(connection, line.product_id)
            for line in wanted
        }
        check_wanted(wanted, products)
        now = self._now()
        held = self._access.held_in(connection, party)
        lines: list[OrderLine] = []
        for position, line in enumerate(wanted, 1):
            product = products[line.product_id]
            self._check_buyable(connection, party, product, line.quantity)
            if product.id in held:
                raise AlreadyOwned(product_id=product.id)
            lines.append(self._new_line(connection, party, product, (position, line.quantity)))
        order_id = self._id()
        return Order(
            id=order_id,
            no=f"L{order_id}",
            buyer=party,
            currency=products[wanted[0].product_id].currency,
            total_minor=sum(line.total_minor for line in lines),
            state="placed",
            created_at=now,
            expires_at=now + timedelta(seconds=self._terms.order_life_s),
            paid_at=None,
            has_seats=True,
            lines=tuple(lines),
        )

    def _check_buyable(
        self, connection: Connection, party: int, product: Product, quantity: int
    ) -> None:
        if product.coins is not None:
            coins_max = self._terms.wallet_coins_max
            has = self._ledger.balance_in(connection, wallet_of(party)).balance_minor
            if has + product.coins * quantity > coins_max:
                raise WalletFull(ceiling=coins_max)
            return
        if not self._is_given_still(connection, product):
            raise NotOnSale(product_id=product.id)
        if self._user(connection, party) == product.host_id:
            raise AlreadyOwned(product_id=product.id)

    def _is_given_still(self, connection: Connection, product: Product) -> bool:
        until = product.access_until
        course = self._catalog.course_in(connection, product.course_id or "")
        lesson = self._catalog.lesson_in(connection, product.lesson_id or "")
        return (
            (until is None or until > self._now())
            and course is not None
            and course.is_published
            and (lesson is None or lesson.cancelled_at is None)
        )

    def _new_line(
        self, connection: Connection, party: int, product: Product, place: tuple[int, int]
    ) -> OrderLine:
        position, quantity = place
        rule = product.split_rule
        host = (
            None if product.host_id is None else self._ledger.party_in(connection, product.host_id)
        )
        return OrderLine(
            id=self._id(),
            position=position,
            product_id=product.id,
            kind=product.kind,
            title=product.title,
            title_en=product.title_en,
            beneficiary=party,
            host=host,
            course_id=product.course_id,
            lesson_id=product.lesson_id,
            quantity=quantity,
            unit_minor=product.amount_minor,
            total_minor=product.amount_minor * quantity,
            price_version=product.price_version,
            split_rule_id=None if rule is None else rule.id,
            split_rule_version=None if rule is None else rule.version,
            refund_rule=product.refund_rule,
            coins=product.coins,
            access_until=product.access_until,
        )

    def _take_seats(self, connection: Connection, order: Order) -> None:
        for line in order.lines:
            if line.kind == "coin_pack":
                continue
            if not self._catalog.take_seats(connection, line.product_id, line.quantity):
                raise SoldOut(product_id=line.product_id, seats_left=0)

    def _release_seats(self, connection: Connection, order: Order) -> None:
        if not order.has_seats:
            return
        for line in order.lines:
            if line.kind != "coin_pack":
                self._catalog.release_seats(connection, line.product_id, line.quantity)
        orders.set_seats(connection, order.id, held=False)

    async def order_for(self, user_id: str, order_id: str) -> OrderView:
        """One's own order.

        Raises:
            OrderNotFound: There is none, or it is somebody else's.
        """

        def work(connection: Connection) -> OrderView:
            order = orders.by_id(connection, order_id)
            party = self._ledger.find_party_in(connection, user_id)
            if order is None or order.buyer != party:
                raise OrderNotFound(order_id=order_id[:32])
            return self._views(connection, [order])[0]

        return await self._database.read(work)

    async def orders_of(
        self, user_id: str, before_id: str | None = None, limit: int = 50
    ) -> list[OrderView]:
        """One's own orders, newest first, below a cursor."""

        def work(connection: Connection) -> list[OrderView]:
            party = self._ledger.find_party_in(connection, user_id)
            if party is None:
                return []
            return self._views(connection, orders.of_buyer(connection, party, before_id, limit))

        return await self._database.read(work)

    async def cancel_order(self, user_id: str, order_id: str) -> OrderView:
        """Give a placed order up; a cancelled one stays so.

        Raises:
            OrderNotFound: There is none, or it is somebody else's.
            MoveNotAllowed: It is paid or over.
        """

        def work(connection: Connection) -> OrderView:
            party = self._ledger.find_party_in(connection, user_id)
            order = self._own_order(connection, party, order_id)
            if order.state != "cancelled":
                self._end(connection, order, "cancelled")
            return self._view(connection, order_id)

        return await self._database.write(work)

    async def expire_due(self) -> int:
        """End the orders whose time is over; returns how many."""
        now = self._now()
        due = await self._database.read(lambda c: orders.due_to_expire(c, now, EXPIRE_PAGE))
        for order_id in due:
            await self._database.write(lambda c: self._expire(c, order_id))  # noqa: B023
        return len(due)

    def _expire(self, connection: Connection, order_id: str) -> None:
        order = orders.by_id(connection, order_id, locked=True)
        if order is not None and order.state == "placed" and order.expires_at <= self._now():
            self._end(connection, order, "expired")

    def _end(self, connection: Connection, order: Order, fact: OrderFact) -> None:
        orders.set_state(connection, order.id, move(order.state, fact))
        self._release_seats(connection, order)
