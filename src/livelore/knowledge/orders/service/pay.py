"""Send a payment to its gateway, and ask for the truth until it is known."""

from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from livelore.kit.errors import AppError
from livelore.knowledge.ledger.model import Act, ActResult, account
from livelore.knowledge.orders.errors import (
    MoveNotAllowed,
    OrderNotFound,
    PaymentPending,
    PaymentUnknown,
    WalletBlocked,
)
from livelore.knowledge.orders.model import QUERY_AFTER_S, Order, Payment, query_at
from livelore.knowledge.orders.service.capture import ApplyFacts
from livelore.knowledge.orders.service.desk import Press
from livelore.knowledge.orders.store import orders, payments, refunds
from livelore.knowledge.orders.store.refunds import Finding
from livelore.ports.payments import METHODS, GatewayUnavailable, Method, PaymentRequest

log = structlog.get_logger(__name__)
UNDER_WAY = frozenset({"created", "sent", "pending"})
PAYMENTS_MAX = 10
"""Tries to pay one order."""
QUERY_PAGE = 50
METHODS_BY_NAME: dict[str, Method] = {method: method for method in METHODS}


class PayOrders(ApplyFacts):
    """Payments, from our side."""

    async def pay(
        self,
        press: Press,
        order_id: str,
        method: str,
        gateway: str = "sandbox",
        options: str | None = None,
    ) -> tuple[Payment, bool]:
        """Begin to pay a placed order: the intent is stored, then the gateway is asked.

        Args:
            press: Who asks, with their key.
            order_id: Their own order.
            method: ``wechat``, ``alipay`` or ``card``.
            gateway: Name of a connected gateway.
            options: The sandbox's scenario.

        Returns:
            The payment and whether it is a replay.

        Raises:
            GatewayUnknown: No such gateway.
            PaymentUnknown: No such method, or a scenario where there is none.
            OrderNotFound: There is none, or it is somebody else's.
            MoveNotAllowed: It is not waiting for money.
            PaymentPending: A payment by this method is under way.
            WalletBlocked: Something is owed.
        """
        self.gateway(gateway)
        known = METHODS_BY_NAME.get(method)
        if known is None or (options is not None and gateway != "sandbox"):
            raise PaymentUnknown(method=method[:20], methods=list(METHODS))

        def work(connection: Connection, party: int, key: str) -> Payment:
            order = self._payable(connection, party, order_id, known)
            payment = self._new_payment(order, gateway, known, options)
            act = Act(
                key,
                press.fingerprint,
                "pay",
                subject=f"order:{order.id}",
                maker=str(party),
                fields={"payment_id": payment.id, "order_id": order.id},
            )
            result = self._ledger.post_in(connection, act).require()
            payments.add(connection, payment, result.act_id)
            first = payment.created_at + timedelta(seconds=QUERY_AFTER_S[0])
            payments.set_query(connection, payment.id, 0, first)
            return payment

        payment, is_replay = await self._once(press, "pay", work, self._replayed_payment)
        if not is_replay:
            payment = await self._send(payment)
        return payment, is_replay

    def _replayed_payment(self, connection: Connection, earlier: ActResult) -> Payment:
        payment = payments.by_id(connection, str(earlier.fields["payment_id"]))
        if payment is None:
            raise OrderNotFound(order_id=str(earlier.fields["order_id"]))
        return payment

    def _payable(self, connection: Connection, party: int, order_id: str, method: str) -> Order:
        order = self._own_order(connection, party, order_id)
        if order.state != "placed" or order.expires_at <= self._now():
            state = "expired" if order.state == "placed" else order.state
            raise MoveNotAllowed(state=state, fact="captured")
        owed = account("buyer.owed", party, order.currency)
        if self._ledger.balance_in(connection, owed).balance_minor > 0:
            raise WalletBlocked
        tries = payments.of_orders(connection, [order_id])
        if len(tries) >= PAYMENTS_MAX:
            raise PaymentPending(payment_id=tries[-1].id)
        for payment in tries:
            if payment.method == method and payment.state in UNDER_WAY:
                raise PaymentPending(payment_id=payment.id)
        return order

    def _new_payment(
        self, order: Order, gateway: str, method: Method, options: str | None
    ) -> Payment:
        payment_id = self._id()
        return Payment(
            id=payment_id,
            no=f"P{payment_id}",
            order_id=order.id,
            gateway=gateway,
            method=method,
            gateway_ref=None,
            options=options,
            currency=order.currency,
            amount_minor=order.total_minor,
            captured_minor=0,
            state="sent",
            created_at=self._now(),
            captured_at=None,
            n_queries=0,
        )

    async def _send(self, payment: Payment) -> Payment:
        """Ask the gateway; without an answer the payment stays ``sent`` and is asked about."""
        try:
            await self.gateway(payment.gateway).create(await self._request(payment))
        except GatewayUnavailable:
            log.warning("payment_not_answered", payment_id=payment.id)
            return payment
        except AppError:
            await self._database.write(lambda c: payments.set_state(c, payment.id, "failed"))
            raise

        def note(connection: Connection) -> Payment:
            found = payments.by_id(connection, payment.id, locked=True)
            if found is not None and found.state in UNDER_WAY:
                payments.set_state(connection, payment.id, "pending")
                return replace(found, state="pending")
            return found or payment

        return await self._database.write(note)

    async def _request(self, payment: Payment) -> PaymentRequest:
        def read(connection: Connection) -> Order | None:
            return orders.by_id(connection, payment.order_id)

        order = await self._database.read(read)
        return PaymentRequest(
            payment_no=payment.no,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            method=METHODS_BY_NAME[payment.method],
            title="" if order is None else order.lines[0].title,
            expires_at=payment.created_at if order is None else order.expires_at,
            options=payment.options,
        )

    async def payment_for(self, user_id: str, payment_id: str) -> Payment:
        """One's own payment, after asking its gateway: for the browser's return page.

        Raises:
            OrderNotFound: There is none, or it is somebody else's.
        """

        def work(connection: Connection) -> Payment | None:
            payment = payments.by_id(connection, payment_id)
            order = None if payment is None else orders.by_id(connection, payment.order_id)
            party = self._ledger.find_party_in(connection, user_id)
            return payment if order is not None and order.buyer == party else None

        payment = await self._database.read(work)
        if payment is None:
            raise OrderNotFound(payment_id=payment_id[:32])
        if payment.state in UNDER_WAY:
            await self._ask(payment)
        return await self._database.read(work) or payment

    async def query_due(self) -> int:
        """Ask the gateways about payments that have been under way long enough."""
        now = self._now()
        due = await self._database.read(lambda c: payments.due_queries(c, now, QUERY_PAGE))
        for payment in due:
            try:
                await self._ask(payment)
            except GatewayUnavailable:
                log.warning("payment_query_not_answered", payment_id=payment.id)
            await self._database.write(lambda c: self._plan_query(c, payment.id))  # noqa: B023
        return len(due)

    async def _ask(self, payment: Payment) -> None:
        facts = await self.gateway(payment.gateway).query(payment.no)
        if facts is None:
            await self._send_again(payment)
            return
        for fact in facts:
            await self._database.write(
                lambda c: self.apply_fact(c, payment.gateway, fact, "query")  # noqa: B023
            )
        refs = {fact.gateway_id for fact in facts if fact.type == "captured"}
        if payment.state == "captured" and payment.gateway_ref not in refs:
            await self._database.write(lambda c: self._doubt(c, payment))

    async def _send_again(self, payment: Payment) -> None:
        """The gateway never heard of our number: tell it now, or close it if the time is over."""

        def is_over(connection: Connection) -> bool:
            order = orders.by_id(connection, payment.order_id, locked=True)
            if order is not None and order.state == "placed" and order.expires_at > self._now():
                return False
            payments.set_state(connection, payment.id, "closed")
            return True

        if payment.state == "sent" and not await self._database.write(is_over):
            await self._send(payment)

    def _doubt(self, connection: Connection, payment: Payment) -> None:
        """A notice said captured, and the gateway, asked, does not know of it."""
        day = (payment.captured_at or payment.created_at).date().isoformat()
        ref = payment.gateway_ref or payment.no
        finding = Finding(
            payment.gateway, day, "lost_by_gateway", ref, payment.captured_minor, None
        )
        refunds.add_finding(connection, finding, self._now())
        log.error("capture_not_confirmed", payment_id=payment.id)

    def _plan_query(self, connection: Connection, payment_id: str) -> None:
        payment = payments.by_id(connection, payment_id, locked=True)
        if payment is None:
            return
        n_queries = payment.n_queries + 1
        is_open = payment.state in UNDER_WAY
        again_at = query_at(payment.created_at, n_queries) if is_open else None
        payments.set_query(connection, payment_id, n_queries, again_at)
