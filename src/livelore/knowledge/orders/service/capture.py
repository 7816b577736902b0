"""What a gateway says becomes money in the books: captures, failures, and what belongs nowhere."""

from typing import Literal

from sqlalchemy import Connection

from livelore.database.outbox import event_payload
from livelore.knowledge.access.model import Grant
from livelore.knowledge.ledger.model import (
    COIN,
    CURRENCIES,
    Act,
    Delivery,
    Event,
    Transfer,
    capture_key,
    delivery,
    order_paid,
    topup,
    unmatched,
    unmatched_key,
)
from livelore.knowledge.orders.events import (
    CoinsBought,
    MoneyUnmatched,
    OrderPaid,
    PaymentFailed,
    RefundDecided,
)
from livelore.knowledge.orders.model import (
    RETURN_UNMATCHED_AFTER,
    Order,
    OrderFact,
    OrderLine,
    Payment,
    Refund,
    move,
    summary,
)
from livelore.knowledge.orders.service.refund_facts import (
    APPLIED,
    MACHINE,
    STUCK,
    UNMATCHED,
    RefundFacts,
)
from livelore.knowledge.orders.store import orders, payments, refunds, unmatched_money
from livelore.knowledge.orders.store.unmatched_money import Unmatched
from livelore.ports.payments import Fact


class ApplyFacts(RefundFacts):
    """Facts of gateways, from notices, queries and bills alike; any order, any repetition."""

    def apply_fact(
        self, connection: Connection, gateway: str, fact: Fact, source: str
    ) -> tuple[str, int | None]:
        """Bring one verified fact into the books.

        Args:
            connection: Inside a write.
            gateway: Whose fact it is.
            fact: What it says.
            source: ``notice``, ``query`` or ``bill``.

        Returns:
            What became of it, and the act if it moved money.
        """
        if fact.type in {"refunded", "refund_failed"}:
            return self._refund_fact(connection, gateway, fact, source)
        payment = payments.by_no(connection, fact.payment_no, locked=True)
        is_ours = (
            payment is not None
            and payment.gateway == gateway
            and fact.merchant == self.gateway(gateway).merchant
        )
        if payment is None or not is_ours:
            return self._not_ours(connection, gateway, fact)
        payments.add_fact(connection, payment.id, fact, source, self._now())
        if fact.type == "captured":
            return self._captured(connection, payment, fact)
        return self._not_captured(connection, payment), None

    def _not_ours(self, connection: Connection, gateway: str, fact: Fact) -> tuple[str, int | None]:
        if fact.type != "captured":
            return STUCK, None
        payment = payments.by_no(connection, fact.payment_no)
        reason = "unknown_order" if payment is None else "wrong_merchant"
        return self._unmatched(connection, gateway, fact, reason)

    def _not_captured(self, connection: Connection, payment: Payment) -> str:
        if payment.state == "captured":
            return APPLIED
        told = summary(
            "pending",
            payment.amount_minor,
            payment.currency,
            payments.facts_of(connection, payment.id),
        )
        if told.state in {"failed", "closed"} and told.state != payment.state:
            payments.set_state(connection, payment.id, told.state)
            payments.set_query(connection, payment.id, payment.n_queries, None)
            order = orders.by_id(connection, payment.order_id)
            user_id = None if order is None else self._user(connection, order.buyer)
            failed = PaymentFailed(payment.order_id, payment.id, user_id, told.state)
            self._tell(connection, "PaymentFailed", failed, None)
        return APPLIED

    def _captured(
        self, connection: Connection, payment: Payment, fact: Fact
    ) -> tuple[str, int | None]:
        if payment.state == "captured":
            if payment.gateway_ref == fact.gateway_id:
                return APPLIED, payments.captured_act(connection, payment.id)
            return self._unmatched(connection, payment.gateway, fact, "second_capture", payment)
        if fact.currency != payment.currency:
            return self._unmatched(connection, payment.gateway, fact, "wrong_currency", payment)
        if fact.amount_minor != payment.amount_minor:
            return self._unmatched(connection, payment.gateway, fact, "wrong_sum", payment)
        order = orders.by_id(connection, payment.order_id, locked=True)
        if order is None or order.state not in {"placed", "expired", "cancelled"}:
            return self._unmatched(connection, payment.gateway, fact, "order_paid", payment)
        return APPLIED, self._pay(connection, order, payment, fact)

    # Money that came for an order ---------------------------------------------------------------

    def _pay(self, connection: Connection, order: Order, payment: Payment, fact: Fact) -> int:
        now = self._now()
        kept, lost = self._deliverable(connection, order)
        at_once = [line for line in kept if self._is_delivered_at_once(connection, line)]
        legs: list[Transfer] = []
        for line in order.lines:
            legs += self._money_legs(connection, order, payment, line, is_delivered=line in at_once)
        act = Act(
            capture_key(payment.gateway, fact.gateway_id),
            MACHINE,
            "topup" if order.lines[0].kind == "coin_pack" else "order",
            tuple(legs),
            events=(self._paid_event(connection, order),),
            subject=f"order:{order.id}",
            fields={
                "order_id": order.id,
                "payment_id": payment.id,
                "method": payment.method,
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "title": order.lines[0].title,
                "title_en": order.lines[0].title_en,
            },
        )
        result = self._ledger.post_in(connection, act).require()
        payments.set_captured(connection, payment, fact.gateway_id, result.act_id, now)
        payments.set_query(connection, payment.id, payment.n_queries, now)
        for line in at_once:
            orders.set_delivered(connection, line.id, result.act_id, now)
        for line in kept:
            self._grant(connection, line, result.act_id)
        state = move(order.state, "captured")
        if len(at_once) == len(order.lines):
            state = move(state, "delivered")
        orders.set_paid(connection, order.id, state, now)
        if lost:
            self._return_lines(connection, order.id, lost, "undeliverable")
        return result.act_id

    def _paid_event(self, connection: Connection, order: Order) -> Event:
        user_id = self._user(connection, order.buyer)
        coins = sum((line.coins or 0) * line.quantity for line in order.lines)
        if coins:
            bought = CoinsBought(order.id, user_id, coins, order.total_minor, order.currency)
            return Event("CoinsBought", event_payload(bought))
        paid = OrderPaid(
            order.id,
            user_id,
            tuple(line.product_id for line in order.lines),
            tuple(line.lesson_id for line in order.lines if line.lesson_id),
            tuple(line.course_id for line in order.lines if line.course_id),
            tuple(line.host for line in order.lines if line.host is not None),
            order.total_minor,
            order.currency,
        )
        return Event("OrderPaid", event_payload(paid))

    def _deliverable(
        self, connection: Connection, order: Order
    ) -> tuple[list[OrderLine], list[OrderLine]]:
        """Lines that can be given, and those that cannot any more (late money)."""
        held = self._access.held_in(connection, order.buyer)
        kept: list[OrderLine] = []
        lost: list[OrderLine] = []
        for line in order.lines:
            can = line.kind == "coin_pack" or (
                line.product_id not in held
                and self._is_still_given(connection, line)
                and (
                    order.has_seats
                    or self._catalog.take_seats(connection, line.product_id, line.quantity)
                )
            )
            (kept if can else lost).append(line)
        if order.has_seats:
            for line in lost:
                self._catalog.release_seats(connection, line.product_id, line.quantity)
        return kept, lost

    def _is_still_given(self, connection: Connection, line: OrderLine) -> bool:
        if line.lesson_id is None:
            return True
        lesson = self._catalog.lesson_in(connection, line.lesson_id)
        is_over = line.access_until is not None and line.access_until <= self._now()
        return lesson is not None and lesson.cancelled_at is None and not is_over

    def _is_delivered_at_once(self, connection: Connection, line: OrderLine) -> bool:
        if line.lesson_id is None:
            return True
        return orders.ended_session_of(connection, line.lesson_id) is not None

    def _money_legs(
        self,
        connection: Connection,
        order: Order,
        payment: Payment,
        line: OrderLine,
        *,
        is_delivered: bool,
    ) -> list[Transfer]:
        if line.coins is not None:
            coins = line.coins * line.quantity
            return list(topup(order.buyer, coins, line.total_minor, payment.gateway, COIN))
        legs = [order_paid(line.total_minor, order.currency, payment.gateway, line.id)]
        if is_delivered:
            legs += delivery(self._delivery(connection, order, line, line.total_minor, "order"))
        return legs

    def _delivery(
        self,
        connection: Connection,
        order: Order,
        line: OrderLine,
        amount_minor: int,
        act: Literal["order", "deliver"],
    ) -> Delivery:
        rule = self._catalog.rule_in(
            connection, line.split_rule_id or "", line.split_rule_version or 0
        )
        return Delivery(
            host=line.host or 0,
            shares=tuple(rule.shares(amount_minor)),
            currency=order.currency,
            release_on=self._release_on(line.refund_rule),
            line_id=line.id,
            act=act,
        )

    def _grant(self, connection: Connection, line: OrderLine, act_id: int) -> None:
        if line.kind == "coin_pack":
            return
        self._access.grant(
            connection,
            Grant(line.beneficiary, line.product_id, act_id, self._now(), line.access_until),
        )

    # Money that goes back by itself -------------------------------------------------------------

    def _return_lines(
        self, connection: Connection, order_id: str, lines: list[OrderLine], reason: str
    ) -> list[Refund]:
        """Pay back what is left of lines that are not delivered; one act a line."""
        made: list[Refund] = []
        for line in lines:
            order = orders.by_id(connection, order_id, locked=True)
            payment = self._captured_payment(connection, order_id)
            left = line.total_minor - refunds.refunded_minor(connection, line.id)
            if order is None or payment is None or left <= 0:
                continue
            decided = RefundDecided(
                order_id, self._user(connection, order.buyer), left, order.currency, reason
            )
            act = Act(
                f"refund:{reason}:{line.id}",
                MACHINE,
                "refund",
                self._ledger.refund_transfers(connection, line.id, left, order.currency),
                events=(Event("RefundDecided", event_payload(decided)),),
                subject=f"order:{order_id}",
                fields={"order_id": order_id, "line_id": line.id, "reason": reason},
            )
            result = self._ledger.post_in(connection, act).require()
            refund = self._new_refund(payment, line, left, reason)
            refunds.add(connection, refund, result.act_id)
            self._after_refund(connection, order, payment, line, result.act_id)
            made.append(refund)
        return made

    def _captured_payment(self, connection: Connection, order_id: str) -> Payment | None:
        found = payments.of_orders(connection, [order_id])
        return next((payment for payment in found if payment.state == "captured"), None)

    def _new_refund(
        self,
        payment: Payment,
        line: OrderLine,
        amount_minor: int,
        reason: str,
        coins: int | None = None,
    ) -> Refund:
        refund_id = self._id()
        return Refund(
            id=refund_id,
            no=f"R{refund_id}",
            payment_id=payment.id,
            line_id=line.id,
            unmatched_id=None,
            gateway=payment.gateway,
            capture_ref=payment.gateway_ref or "",
            amount_minor=amount_minor,
            currency=payment.currency,
            coins=coins,
            state="approved",
            reason=reason,
            n_tries=0,
            created_at=self._now(),
        )

    def _after_refund(
        self, connection: Connection, order: Order, payment: Payment, line: OrderLine, act_id: int
    ) -> None:
        """Revoke what is wholly paid back, and move the order."""
        if refunds.refunded_minor(connection, line.id) >= line.total_minor:
            source = payments.captured_act(connection, payment.id)
            ended = self._access.revoke(connection, source or 0, line.product_id, act_id)
            if ended and line.kind != "coin_pack":
                self._catalog.release_seats(connection, line.product_id, line.quantity)
        back = sum(refunds.refunded_minor(connection, each.id) for each in order.lines)
        fact: OrderFact = "refunded" if back >= order.total_minor else "part_refunded"
        orders.set_state(connection, order.id, move(order.state, fact))

    # Money that belongs nowhere -----------------------------------------------------------------

    def _unmatched(
        self,
        connection: Connection,
        gateway: str,
        fact: Fact,
        reason: str,
        payment: Payment | None = None,
    ) -> tuple[str, int | None]:
        known = unmatched_money.unmatched_by_ref(connection, gateway, fact.gateway_id)
        if known is not None:
            return UNMATCHED, None
        if fact.amount_minor is None or fact.currency not in CURRENCIES:
            return STUCK, None
        now = self._now()
        is_sure = reason in {"second_capture", "order_paid"}
        refund_at = now if is_sure else now + RETURN_UNMATCHED_AFTER
        told = MoneyUnmatched(gateway, fact.gateway_id, fact.amount_minor, fact.currency, reason)
        act = Act(
            unmatched_key(gateway, fact.gateway_id),
            MACHINE,
            "unmatched",
            unmatched(fact.amount_minor, fact.currency, gateway),
            events=(Event("MoneyUnmatched", event_payload(told)),),
            fields={"reason": reason, "payment_no": fact.payment_no[:64]},
        )
        result = self._ledger.post_in(connection, act).require()
        row = Unmatched(
            self._id(),
            gateway,
            fact.gateway_id,
            fact.payment_no,
            None if payment is None else payment.id,
            fact.amount_minor,
            fact.currency,
            reason,
        )
        unmatched_money.add_unmatched(connection, row, result.act_id, (fact.at, now, refund_at))
        return UNMATCHED, result.act_id
