"""What a gateway says of refunds, and how facts are told on."""

from datetime import timedelta

from sqlalchemy import Connection

from livelore.database.outbox import event_payload, put_event
from livelore.knowledge.ledger.model import (
    Act,
    Event,
    refund_paid,
    refund_paid_key,
)
from livelore.knowledge.orders.events import (
    RefundPaid,
)
from livelore.knowledge.orders.model import (
    REFUND_RETRY_S,
    Refund,
)
from livelore.knowledge.orders.service.desk import Desk
from livelore.knowledge.orders.store import payments, refunds
from livelore.ports.clock import now_ms
from livelore.ports.payments import Fact

APPLIED, UNMATCHED, STUCK = "applied", "unmatched", "stuck"
MACHINE = "machine"
"""Fingerprint of acts whose natural key says everything."""
REFUND_SENT_S = 300
"""A refund that was sent and not answered is asked about after this."""


class RefundFacts(Desk):
    """Confirmed refunds leave the books; failed ones are sent again, in the end by hand."""

    def _refund_fact(
        self, connection: Connection, gateway: str, fact: Fact, source: str
    ) -> tuple[str, int | None]:
        refund = refunds.by_no(connection, fact.refund_no or "", locked=True)
        if refund is None or refund.gateway != gateway:
            return STUCK, None
        if refund.payment_id is not None:
            payments.add_fact(connection, refund.payment_id, fact, source, self._now())
        if refund.state == "succeeded":
            return APPLIED, None
        if fact.type == "refund_failed":
            self._refund_failed(connection, refund)
            return APPLIED, None
        if (fact.amount_minor, fact.currency) != (refund.amount_minor, refund.currency):
            return STUCK, None
        paid = RefundPaid(refund.no, refund.amount_minor, refund.currency)
        act = Act(
            refund_paid_key(gateway, fact.gateway_id),
            MACHINE,
            "refund_paid",
            refund_paid(refund.amount_minor, refund.currency, gateway),
            events=(Event("RefundPaid", event_payload(paid)),),
            fields={"refund_no": refund.no},
        )
        result = self._ledger.post_in(connection, act).require()
        refunds.set_succeeded(connection, refund.no, fact.gateway_id, result.act_id, self._now())
        return APPLIED, result.act_id

    def _refund_failed(self, connection: Connection, refund: Refund) -> None:
        n_failed = max(0, refund.n_tries - 1)
        if n_failed >= len(REFUND_RETRY_S):
            refunds.set_failed(connection, refund.no, "by_hand", None)
            return
        again_at = self._now() + timedelta(seconds=REFUND_RETRY_S[n_failed])
        refunds.set_failed(connection, refund.no, "failed", again_at)

    def _tell(self, connection: Connection, topic: str, event: object, act_id: int | None) -> None:
        put_event(connection, topic, event_payload(event), act_id, now_ms(self._clock))
