"""Payments, facts, the inbox of notices, and money that belongs to no order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.knowledge.orders.model import Payment, PaymentFact, PaymentState
from livelore.ports.payments import Fact, VerifiedNotice

_PAYMENT = (
    "id, no, order_id, gateway, method, gateway_ref, options, currency, amount_minor,"
    " captured_minor, state, created_at_ms, captured_at_ms, n_queries"
)
FORGED_KEPT = 1000
"""Forged notices kept with their words; older ones are only counted."""


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A genuine notice in the inbox."""

    id: int
    gateway: str
    dedup_key: str
    fact: str
    outcome: str
    n_tries: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Money that came and belongs to no open order."""

    id: str
    gateway: str
    gateway_ref: str
    payment_no: str
    payment_id: str | None
    amount_minor: int
    currency: str
    reason: str


def _payment(row: Row[Any]) -> Payment:
    return Payment(
        id=row.id,
        no=row.no,
        order_id=row.order_id,
        gateway=row.gateway,
        method=row.method,
        gateway_ref=row.gateway_ref,
        options=row.options,
        currency=row.currency,
        amount_minor=row.amount_minor,
        captured_minor=row.captured_minor,
        state=cast("PaymentState", row.state),
        created_at=from_ms(row.created_at_ms),
        captured_at=from_ms_or_none(row.captured_at_ms),
        n_queries=row.n_queries,
    )


def add(connection: Connection, payment: Payment, act_id: int) -> None:
    """Store the intent to pay, before the gateway hears of it."""
    connection.execute(
        text(
            "INSERT INTO payment (id, no, order_id, act_id, gateway, method, options, currency,"
            " amount_minor, state, created_at_ms) VALUES (:id, :no, :order_id, :act_id, :gateway,"
            " :method, :options, :currency, :amount, :state, :at_ms)"
        ),
        {
            "id": payment.id,
            "no": payment.no,
            "order_id": payment.order_id,
            "act_id": act_id,
            "gateway": payment.gateway,
            "method": payment.method,
            "options": payment.options,
            "currency": payment.currency,
            "amount": payment.amount_minor,
            "state": payment.state,
            "at_ms": to_ms(payment.created_at),
        },
    )


def _one(connection: Connection, column: str, value: str, *, locked: bool) -> Payment | None:
    lock = " FOR UPDATE" if locked and connection.dialect.name == "postgresql" else ""
    row = connection.execute(
        text(f"SELECT {_PAYMENT} FROM payment WHERE {column} = :value{lock}"),  # noqa: S608
        {"value": value},
    ).first()
    return None if row is None else _payment(row)


def by_id(connection: Connection, payment_id: str, *, locked: bool = False) -> Payment | None:
    """The payment of this id."""
    return _one(connection, "id", payment_id, locked=locked)


def by_no(connection: Connection, no: str, *, locked: bool = False) -> Payment | None:
    """The payment of this number; ``locked`` keeps other processes away until the commit."""
    return _one(connection, "no", no, locked=locked)


def of_orders(connection: Connection, order_ids: Sequence[str]) -> list[Payment]:
    """The payments of these orders, oldest first."""
    if not order_ids:
        return []
    statement = text(
        f"SELECT {_PAYMENT} FROM payment WHERE order_id IN :ids ORDER BY id"  # noqa: S608
    ).bindparams(bindparam("ids", expanding=True))
    return [_payment(row) for row in connection.execute(statement, {"ids": list(order_ids)})]


def set_state(connection: Connection, payment_id: str, state: PaymentState) -> None:
    """Move a payment that is not captured; one that is stays so."""
    connection.execute(
        text("UPDATE payment SET state = :state WHERE id = :id AND state <> 'captured'"),
        {"state": state, "id": payment_id},
    )


def set_query(connection: Connection, payment_id: str, n_queries: int, at: datetime | None) -> None:
    """When the gateway is asked next; None is never."""
    connection.execute(
        text("UPDATE payment SET n_queries = :n, next_query_at_ms = :at_ms WHERE id = :id"),
        {"n": n_queries, "at_ms": None if at is None else to_ms(at), "id": payment_id},
    )


def set_captured(
    connection: Connection, payment: Payment, gateway_ref: str, act_id: int, at: datetime
) -> None:
    """Bind a payment to its capture, for ever."""
    connection.execute(
        text(
            "UPDATE payment SET state = 'captured', captured_minor = amount_minor,"
            " gateway_ref = :ref, captured_at_ms = :at_ms, captured_act = :act,"
            " next_query_at_ms = NULL WHERE id = :id"
        ),
        {"ref": gateway_ref, "at_ms": to_ms(at), "act": act_id, "id": payment.id},
    )


def captured_act(connection: Connection, payment_id: str) -> int | None:
    """The act that a payment was captured by."""
    found = connection.execute(
        text("SELECT captured_act FROM payment WHERE id = :id"), {"id": payment_id}
    ).scalar()
    return None if found is None else int(found)


def due_queries(connection: Connection, now: datetime, limit: int) -> list[Payment]:
    """Payments under way whose gateway should be asked now."""
    rows = connection.execute(
        text(
            f"SELECT {_PAYMENT} FROM payment WHERE next_query_at_ms <= :now"  # noqa: S608
            " ORDER BY next_query_at_ms LIMIT :limit"
        ),
        {"now": to_ms(now), "limit": limit},
    )
    return [_payment(row) for row in rows]


def add_fact(
    connection: Connection, payment_id: str, fact: Fact, source: str, at: datetime
) -> bool:
    """Store what a gateway said; False when it was known."""
    done = connection.execute(
        text(
            "INSERT INTO payment_fact (payment_id, type, gateway_id, amount_minor, currency,"
            " gateway_at_ms, source, at_ms) VALUES (:payment, :type, :gateway_id, :amount,"
            " :currency, :gateway_at, :source, :at_ms)"
            " ON CONFLICT (payment_id, type, gateway_id) DO NOTHING"
        ),
        {
            "payment": payment_id,
            "type": fact.type,
            "gateway_id": fact.gateway_id,
            "amount": fact.amount_minor,
            "currency": fact.currency,
            "gateway_at": to_ms(fact.at),
            "source": source,
            "at_ms": to_ms(at),
        },
    )
    return done.rowcount == 1


def facts_of(connection: Connection, payment_id: str) -> list[PaymentFact]:
    """All that the gateway has said of a payment."""
    rows = connection.execute(
        text(
            "SELECT type, gateway_id, amount_minor, currency FROM payment_fact"
            " WHERE payment_id = :id ORDER BY id"
        ),
        {"id": payment_id},
    )
    return [PaymentFact(row.type, row.gateway_id, row.amount_minor, row.currency) for row in rows]


# Inbox ------------------------------------------------------------------------------------------


def receive(
    connection: Connection, gateway: str, notice: VerifiedNotice, raw_body: bytes, at: datetime
) -> int | None:
    """Store a genuine notice; None when it is known (then it is counted)."""
    known = connection.execute(
        text(
            "UPDATE notice SET n_received = n_received + 1"
            " WHERE gateway = :gateway AND dedup_key = :key"
        ),
        {"gateway": gateway, "key": notice.dedup_key},
    )
    if known.rowcount:
        return None
    row = connection.execute(
        text(
            "INSERT INTO notice (gateway, dedup_key, verdict, body, fact, outcome, received_at_ms,"
            " next_try_at_ms) VALUES (:gateway, :key, 'genuine', :body, :fact, 'new', :at_ms,"
            " :at_ms)"
            " ON CONFLICT (gateway, dedup_key) DO NOTHING RETURNING id"
        ),
        {
            "gateway": gateway,
            "key": notice.dedup_key,
            "body": raw_body.decode("utf-8", "replace"),
            "fact": msgspec.json.encode(notice.fact).decode(),
            "at_ms": to_ms(at),
        },
    ).first()
    return None if row is None else int(row.id)


def notice_by_id(connection: Connection, notice_id: int) -> StoredNotice | None:
    """A stored notice, locked until the commit."""
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    row = connection.execute(
        text(
            "SELECT id, gateway, dedup_key, fact, outcome, n_tries FROM notice"  # noqa: S608
            f" WHERE id = :id{lock}"
        ),
        {"id": notice_id},
    ).first()
    return None if row is None else StoredNotice(*row)


def due_notices(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Notices that are stored and not applied."""
    rows = connection.execute(
        text(
            "SELECT id FROM notice WHERE outcome IN ('new', 'stuck') AND next_try_at_ms <= :now"
            " ORDER BY id LIMIT :limit"
        ),
        {"now": to_ms(now), "limit": limit},
    )
    return [int(row.id) for row in rows]


def set_notice(connection: Connection, notice_id: int, outcome: str, act_id: int | None) -> None:
    """Note what became of a notice."""
    connection.execute(
        text(
            "UPDATE notice SET outcome = :outcome, act_id = :act, next_try_at_ms = NULL"
            " WHERE id = :id"
        ),
        {"outcome": outcome, "act": act_id, "id": notice_id},
    )


def postpone_notice(
    connection: Connection, notice_id: int, outcome: str, next_try_at: datetime
) -> None:
    """Try a notice again later."""
    connection.execute(
        text(
            "UPDATE notice SET outcome = :outcome, n_tries = n_tries + 1, next_try_at_ms = :at_ms"
            " WHERE id = :id"
        ),
        {"outcome": outcome, "at_ms": to_ms(next_try_at), "id": notice_id},
    )


def add_forged(
    connection: Connection, gateway: str, reason: str, raw_body: bytes, address: str, at: datetime
) -> None:
    """Keep the start of a forged notice, apart from the genuine ones."""
    connection.execute(
        text(
            "INSERT INTO forged_notice (gateway, reason, body_start, address, at_ms)"
            " VALUES (:gateway, :reason, :body, :address, :at_ms)"
        ),
        {
            "gateway": gateway[:40],
            "reason": reason,
            "body": raw_body[:512].decode("utf-8", "replace").replace("\0", ""),
            "address": address[:64],
            "at_ms": to_ms(at),
        },
    )
    connection.execute(
        text("DELETE FROM forged_notice WHERE id <= (SELECT MAX(id) FROM forged_notice) - :kept"),
        {"kept": FORGED_KEPT},
    )


def count_notices(connection: Connection) -> dict[str, int]:
    """How many notices are in which state, forged ones included."""
    rows = connection.execute(text("SELECT outcome, COUNT(*) AS n FROM notice GROUP BY outcome"))
    counts = {str(row.outcome): int(row.n) for row in rows}
    forged = connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM forged_notice"))
    return counts | {"forged": int(forged.scalar_one())}


# Unmatched --------------------------------------------------------------------------------------


def _unmatched(row: Row[Any]) -> Unmatched:
    return Unmatched(
        row.id,
        row.gateway,
        row.gateway_ref,
        row.payment_no,
        row.payment_id,
        row.amount_minor,
        row.currency,
        row.reason,
    )


_UNMATCHED = (
    "SELECT id, gateway, gateway_ref, payment_no, payment_id, amount_minor, currency, reason"
    " FROM unmatched"
)


def add_unmatched(
    connection: Connection,
    unmatched: Unmatched,
    act_id: int,
    times: tuple[datetime, datetime, datetime],
) -> bool:
    """Store money that belongs to no open order; False when it is known.

    Args:
        connection: Inside a write.
        unmatched: What came.
        act_id: The act that booked it.
        times: Of the gateway, of now, and when it goes back by itself.
    """
    gateway_at, at, refund_at = times
    done = connection.execute(
        text(
            "INSERT INTO unmatched (id, gateway, gateway_ref, payment_no, payment_id,"
            " amount_minor, currency, reason, act_id, gateway_at_ms, created_at_ms,"
            " refund_at_ms) VALUES (:id, :gateway, :ref, :payment_no, :payment_id, :amount,"
            " :currency, :reason, :act, :gateway_ms, :at_ms, :refund_ms)"
            " ON CONFLICT (gateway, gateway_ref) DO NOTHING"
        ),
        {
            "id": unmatched.id,
            "gateway": unmatched.gateway,
            "ref": unmatched.gateway_ref,
            "payment_no": unmatched.payment_no,
            "payment_id": unmatched.payment_id,
            "amount": unmatched.amount_minor,
            "currency": unmatched.currency,
            "reason": unmatched.reason,
            "act": act_id,
            "gateway_ms": to_ms(gateway_at),
            "at_ms": to_ms(at),
            "refund_ms": to_ms(refund_at),
        },
    )
    return done.rowcount == 1


def unmatched_by_ref(connection: Connection, gateway: str, ref: str) -> Unmatched | None:
    """Money apart, by the gateway's own id."""
    row = connection.execute(
        text(f"{_UNMATCHED} WHERE gateway = :gateway AND gateway_ref = :ref"),
        {"gateway": gateway, "ref": ref},
    ).first()
    return None if row is None else _unmatched(row)


def unmatched_by_id(connection: Connection, unmatched_id: str) -> Unmatched | None:
    """Money apart, by our id."""
    row = connection.execute(text(f"{_UNMATCHED} WHERE id = :id"), {"id": unmatched_id}).first()
    return None if row is None else _unmatched(row)


def due_unmatched(connection: Connection, now: datetime, limit: int) -> list[Unmatched]:
    """Money apart that goes back now."""
    rows = connection.execute(
        text(f"{_UNMATCHED} WHERE refund_at_ms <= :now ORDER BY refund_at_ms LIMIT :limit"),
        {"now": to_ms(now), "limit": limit},
    )
    return [_unmatched(row) for row in rows]


def close_unmatched(connection: Connection, unmatched_id: str) -> None:
    """Money apart that is on its way back needs no timer any more."""
    connection.execute(
        text("UPDATE unmatched SET refund_at_ms = NULL WHERE id = :id"), {"id": unmatched_id}
    )


def all_unmatched(connection: Connection, limit: int) -> list[Unmatched]:
    """Money apart, newest first, for the operator."""
    rows = connection.execute(text(f"{_UNMATCHED} ORDER BY id DESC LIMIT :n"), {"n": limit})
    return [_unmatched(row) for row in rows]
