"""Refunds: decided by the rule, paid by the gateway, tried again with the same number."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from livelore.database.outbox import event_payload
from livelore.kit.errors import AppError
from livelore.kit.money import check_amount
from livelore.knowledge.ledger.model import (
    Act,
    ActResult,
    Event,
    Transfer,
    coin_refund,
    unmatched_refund,
    wallet_of,
)
from livelore.knowledge.orders.errors import LinesInvalid, RefundRefused
from livelore.knowledge.orders.events import CoinsRefunded, RefundDecided
from livelore.knowledge.orders.model import (
    CoinRefund,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundCase,
    decide_refund,
    plan_coin_refund,
)
from livelore.knowledge.orders.service.capture import ApplyFacts
from livelore.knowledge.orders.service.desk import OrderView, Press
from livelore.knowledge.orders.service.refund_facts import MACHINE, REFUND_SENT_S
from livelore.knowledge.orders.store import orders, payments, refunds, unmatched_money
from livelore.knowledge.orders.store.unmatched_money import Unmatched
from livelore.ports.payments import GatewayUnavailable, RefundRequest

log = structlog.get_logger(__name__)
PAGE = 50
REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """What a buyer asks back: a line or all of the order, a sum or all that is left."""

    order_id: str
    line_id: str | None = None
    amount_minor: int | None = None
    reason: str = ""


class RefundOrders(ApplyFacts):
    """Money back."""

    async def request_refund(self, press: Press, ask: RefundAsk) -> tuple[OrderView, bool]:
        """Decide a refund by the rule frozen in the order; access ends in the same transaction.

        Returns:
            The order after it and whether it is a replay.

        Raises:
            OrderNotFound: There is none, or it is somebody else's.
            RefundRefused: The rule says no.
            RefundAboveLeft: More is asked than is left.
            LinesInvalid: A sum without a line in an order of several.
            AmountError: The sum is not 1 … 10^12.
        """
        if ask.amount_minor is not None:
            check_amount(ask.amount_minor)

        def work(connection: Connection, party: int, key: str) -> OrderView:
            order = self._own_order(connection, party, ask.order_id)
            payment = self._captured_payment(connection, order.id)
            if payment is None or order.state == "placed":
                raise RefundRefused(reason="not_paid")
            parts = self._decide(connection, order, ask)
            legs: list[Transfer] = []
            for line, amount in parts:
                legs += self._ledger.refund_transfers(connection, line.id, amount, order.currency)
            total = sum(amount for _, amount in parts)
            decided = RefundDecided(
                order.id, press.user_id, total, order.currency, ask.reason[:REASON_MAX]
            )
            act = Act(
                key,
                press.fingerprint,
                "refund",
                tuple(legs),
                events=(Event("RefundDecided", event_payload(decided)),),
                subject=f"order:{order.id}",
                maker=str(party),
                fields={"order_id": order.id, "reason": ask.reason[:REASON_MAX]},
            )
            result = self._ledger.post_in(connection, act).require()
            for line, amount in parts:
                reason = ask.reason[:REASON_MAX] or "asked"
                refund = self._new_refund(payment, line, amount, reason)
                refunds.add(connection, refund, result.act_id)
                order = orders.by_id(connection, order.id, locked=True) or order
                self._after_refund(connection, order, payment, line, result.act_id)
            return self._view(connection, order.id)

        view, is_replay = await self._once(press, "refund", work, self._replayed_refund)
        if not is_replay:
            await self._send_all([each for each in view.refunds if each.state == "approved"])
        return view, is_replay

    def _replayed_refund(self, connection: Connection, earlier: ActResult) -> OrderView:
        return self._view(connection, str(earlier.fields["order_id"]))

    def _decide(
        self, connection: Connection, order: Order, ask: RefundAsk
    ) -> list[tuple[OrderLine, int]]:
        lines = [line for line in order.lines if ask.line_id in {None, line.id}]
        if not lines or (ask.amount_minor is not None and len(lines) > 1):
            raise LinesInvalid(why="line")
        open_lines = [
            line for line in lines if refunds.refunded_minor(connection, line.id) < line.total_minor
        ]
        if not open_lines:
            raise RefundRefused(reason="nothing_left")
        return [
            (line, self._decide_line(connection, order, line, ask.amount_minor))
            for line in open_lines
        ]

    def _decide_line(
        self, connection: Connection, order: Order, line: OrderLine, amount_minor: int | None
    ) -> int:
        if line.kind == "coin_pack":
            raise RefundRefused(reason="coins_by_wallet")
        lessons = (
            [line.lesson_id]
            if line.lesson_id is not None
            else [
                lesson.id
                for lesson in self._catalog.lessons_of_course_in(connection, line.course_id or "")
            ]
        )
        case = RefundCase(
            rule=line.refund_rule,
            paid_at=order.paid_at or order.created_at,
            watched_s=self._access.watched_s_in(connection, line.beneficiary, lessons),
            total_minor=line.total_minor,
            refunded_minor=refunds.refunded_minor(connection, line.id),
            is_disputed=order.state == "disputed",
        )
        return decide_refund(case, amount_minor, self._now())

    # Coins --------------------------------------------------------------------------------------

    async def refund_coins(self, press: Press, coins: int) -> tuple[list[Refund], bool]:
        """Give unspent coins back for the money they were bought with, newest top-up first.

        Returns:
            The refunds and whether they are a replay.

        Raises:
            AmountError: Not 1 … 10^12 coins.
            RefundAboveLeft: Not so many are unspent.
        """
        check_amount(coins)

        def work(connection: Connection, party: int, key: str) -> list[Refund]:
            wallet = self._ledger.balance_in(connection, wallet_of(party))
            top_ups = refunds.top_ups(connection, party)
            plan = plan_coin_refund(coins, wallet.available_minor, top_ups)
            legs: list[Transfer] = []
            for part in plan:
                legs += coin_refund(party, part.coins, part.amount_minor)
            total = sum(part.amount_minor for part in plan)
            found = orders.of_line(connection, plan[0].line_id)
            currency = "" if found is None else found.currency
            told = CoinsRefunded(press.user_id, coins, total, currency)
            act = Act(
                key,
                press.fingerprint,
                "coin_refund",
                tuple(legs),
                events=(Event("CoinsRefunded", event_payload(told)),),
                maker=str(party),
                fields={"coins": coins, "amount_minor": total, "currency": currency},
            )
            result = self._ledger.post_in(connection, act).require()
            return [self._coin_part(connection, part, result.act_id) for part in plan]

        def replay(connection: Connection, earlier: ActResult) -> list[Refund]:
            return refunds.of_act(connection, earlier.act_id)

        made, is_replay = await self._once(press, "coin_refund", work, replay)
        if not is_replay:
            await self._send_all(made)
        return made, is_replay

    def _coin_part(self, connection: Connection, part: CoinRefund, act_id: int) -> Refund:
        payment = payments.by_id(connection, part.payment_id)
        order = orders.of_line(connection, part.line_id)
        if payment is None or order is None:
            raise RefundRefused(reason="not_paid")
        line = next(each for each in order.lines if each.id == part.line_id)
        refund = self._new_refund(payment, line, part.amount_minor, "coins_unspent", part.coins)
        refunds.add(connection, refund, act_id)
        self._after_refund(connection, order, payment, line, act_id)
        return refund

    # Money that belongs nowhere -----------------------------------------------------------------

    async def return_unmatched(self) -> int:
        """Send back the money that has waited long enough; returns how many sums."""
        now = self._now()
        due = await self._database.read(lambda c: unmatched_money.due_unmatched(c, now, PAGE))
        for row in due:
            made = await self._database.write(lambda c: self._return_one(c, row))  # noqa: B023
            await self._send_all(made)
        return len(due)

    def _return_one(self, connection: Connection, row: Unmatched) -> list[Refund]:
        refund_id = self._id()
        refund = Refund(
            id=refund_id,
            no=f"R{refund_id}",
            payment_id=None,
            line_id=None,
            unmatched_id=row.id,
            gateway=row.gateway,
            capture_ref=row.gateway_ref,
            amount_minor=row.amount_minor,
            currency=row.currency,
            coins=None,
            state="approved",
            reason=row.reason,
            n_tries=0,
            created_at=self._now(),
        )
        decided = RefundDecided(None, None, row.amount_minor, row.currency, row.reason)
        act = Act(
            f"refund:unmatched:{row.id}",
            MACHINE,
            "refund",
            unmatched_refund(row.amount_minor, row.currency, row.gateway),
            events=(Event("RefundDecided", event_payload(decided)),),
            fields={"reason": row.reason},
        )
        result = self._ledger.post_in(connection, act).require()
        if result.is_replay:
            return []  # another process was first
        refunds.add(connection, refund, result.act_id)
        unmatched_money.close_unmatched(connection, row.id)
        return [refund]

    # To the gateway -----------------------------------------------------------------------------

    async def send_refunds(self) -> int:
        """Send refunds that are decided, failed or not answered; returns how many."""
        now = self._now()
        due = await self._database.read(lambda c: refunds.due(c, now, PAGE))
        for refund in due:
            if refund.state == "sent" and await self._is_settled(refund):
                continue
            await self._send_all([refund])
        return len(due)

    async def _is_settled(self, refund: Refund) -> bool:
        """Ask the gateway about a refund without an answer before sending its number again."""
        payment_no = await self._database.read(lambda c: self._payment_no(c, refund))
        try:
            facts = await self.gateway(refund.gateway).query(payment_no) or ()
        except AppError:
            return False
        told = [fact for fact in facts if fact.refund_no == refund.no]
        for fact in told:
            await self._database.write(
                lambda c: self.apply_fact(c, refund.gateway, fact, "query")  # noqa: B023
            )
        return any(fact.type == "refunded" for fact in told)

    def _payment_no(self, connection: Connection, refund: Refund) -> str:
        if refund.payment_id is not None:
            payment: Payment | None = payments.by_id(connection, refund.payment_id)
            return "" if payment is None else payment.no
        row = unmatched_money.unmatched_by_id(connection, refund.unmatched_id or "")
        return "" if row is None else row.payment_no

    async def _send_all(self, wanted: list[Refund]) -> None:
        for refund in wanted:
            ask_at = self._now() + timedelta(seconds=REFUND_SENT_S)
            n_tries = refund.n_tries + 1
            await self._database.write(
                lambda c: refunds.set_sent(c, refund.no, n_tries, ask_at)  # noqa: B023
            )
            request = RefundRequest(
                refund.no, refund.capture_ref, refund.amount_minor, refund.currency
            )
            try:
                await self.gateway(refund.gateway).refund(request)
            except GatewayUnavailable:
                log.warning("refund_not_answered", refund_no=refund.no)
