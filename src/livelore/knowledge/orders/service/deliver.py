"""Tickets become earned when the class is over, or go back when it was not held; free grants."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from livelore.kit.times import from_ms
from livelore.knowledge.access.model import Grant
from livelore.knowledge.catalog.errors import ProductNotFound
from livelore.knowledge.catalog.model import LATE_HOST
from livelore.knowledge.ledger.model import Act, ActResult, delivery
from livelore.knowledge.orders.errors import FreeGrantInvalid
from livelore.knowledge.orders.model import Refund, move
from livelore.knowledge.orders.service.desk import Press
from livelore.knowledge.orders.service.refund import RefundOrders
from livelore.knowledge.orders.service.refund_facts import MACHINE
from livelore.knowledge.orders.store import grants, orders, refunds
from livelore.knowledge.orders.store.grants import FreeGrant

REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Access given without money: to whom, to what, why, until when."""

    user_id: str
    product_id: str
    reason: str
    until: datetime | None = None


class DeliverOrders(RefundOrders):
    """What happens to tickets when their class has, or has not, been held."""

    async def note_live_started(
        self, live_session_id: str, lesson_id: str, started_at: datetime
    ) -> None:
        """Remember that the host of a class has come."""
        await self._database.write(
            lambda c: orders.note_session(c, live_session_id, lesson_id, started_at)
        )

    async def deliver_session(self, live_session_id: str, lesson_id: str) -> int:
        """The class is over: its tickets are earned; returns how many lines.

        May be called again; each line is delivered once (``deliver:<session>:<line>``).
        """
        now = self._now()

        def begin(connection: Connection) -> list[tuple[str, str]]:
            orders.note_session(connection, live_session_id, lesson_id, now)
            orders.end_session(connection, live_session_id, now)
            return orders.undelivered_tickets(connection, lesson_id)

        due = await self._database.write(begin)
        for order_id, line_id in due:
            await self._database.write(
                lambda c: self._deliver(c, live_session_id, order_id, line_id)  # noqa: B023
            )
        return len(due)

    def _deliver(
        self, connection: Connection, live_session_id: str, order_id: str, line_id: str
    ) -> None:
        order = orders.by_id(connection, order_id, locked=True)
        if order is None:
            return
        line = next(each for each in order.lines if each.id == line_id)
        left = line.total_minor - refunds.refunded_minor(connection, line_id)
        if line.delivered_at is not None or left <= 0:
            return
        act = Act(
            f"deliver:{live_session_id}:{line_id}",
            MACHINE,
            "deliver",
            delivery(self._delivery(connection, order, line, left, "deliver")),
            subject=f"order:{order_id}",
            fields={"order_id": order_id, "line_id": line_id},
        )
        result = self._ledger.post_in(connection, act).require()
        orders.set_delivered(connection, line_id, result.act_id, self._now())
        others = [each for each in order.lines if each.id != line_id]
        if all(each.delivered_at is not None for each in others) and order.state != "disputed":
            orders.set_state(connection, order_id, move(order.state, "delivered"))

    async def refund_class(self, lesson_id: str, reason: str) -> int:
        """Pay every undelivered ticket of a class back; returns how many lines."""
        due = await self._database.read(lambda c: orders.undelivered_tickets(c, lesson_id))
        for order_id, line_id in due:
            made = await self._database.write(
                lambda c: self._return_ticket(c, order_id, line_id, reason)  # noqa: B023
            )
            await self._send_all(made)
        return len(due)

    def _return_ticket(
        self, connection: Connection, order_id: str, line_id: str, reason: str
    ) -> list[Refund]:
        order = orders.by_id(connection, order_id, locked=True)
        if order is None or order.state not in {"paid", "part_refunded"}:
            return []
        lines = [line for line in order.lines if line.id == line_id and line.delivered_at is None]
        return self._return_lines(connection, order_id, lines, reason)

    async def refund_classes_not_held(self) -> int:
        """Pay back classes that were called off, or whose host did not come within 30 minutes."""
        lesson_ids = await self._database.read(orders.undelivered_lessons)
        lessons = await self._catalog.lessons(lesson_ids)
        n_lines = 0
        for lesson in lessons.values():
            if lesson.cancelled_at is not None:
                n_lines += await self.refund_class(lesson.id, "class_cancelled")
            elif lesson.starts_at is not None and self._now() >= lesson.starts_at + LATE_HOST:
                n_lines += await self.refund_class(lesson.id, "host_absent")
        return n_lines

    # Without money ------------------------------------------------------------------------------

    async def grant_free(
        self, press: Press, new: NewGrant, *, is_operator: bool
    ) -> tuple[int, bool]:
        """Give access without money: an act without transfers, with maker and reason.

        Args:
            press: Who gives, with their key.
            new: What, to whom, why.
            is_operator: An operator may give anything, a host only what is theirs.

        Returns:
            The act and whether it is a replay.

        Raises:
            ProductNotFound: There is no such product, or it is another host's.
            UserNotFound: There is no such user.
            FreeGrantInvalid: No reason, a pack of coins, or an end that has passed.
        """

        def work(connection: Connection, party: int, key: str) -> int:
            product = self._catalog.product_in(connection, new.product_id)
            if not is_operator and product.host_id != press.user_id:
                raise ProductNotFound(product_id=product.id)
            reason = new.reason.strip()[:REASON_MAX]
            until = new.until or product.access_until
            is_over = until is not None and until <= self._clock.now()
            if product.kind == "coin_pack" or not reason or is_over:
                raise FreeGrantInvalid(product_id=product.id)
            holder = self._ledger.party_in(connection, new.user_id)
            act = Act(
                key,
                press.fingerprint,
                "free_grant",
                maker=str(party),
                subject=f"product:{product.id}",
                fields={"product_id": product.id, "reason": reason},
            )
            result = self._ledger.post_in(connection, act).require()
            now = from_ms(result.at_ms)
            grant = FreeGrant(result.act_id, holder, product.id, reason, now, until)
            grants.add(connection, grant, str(party))
            right = Grant(holder, product.id, result.act_id, now, until)
            self._access.grant(connection, right)
            return result.act_id

        def replay(_connection: Connection, earlier: ActResult) -> int:
            return earlier.act_id

        return await self._once(press, "free_grant", work, replay)
