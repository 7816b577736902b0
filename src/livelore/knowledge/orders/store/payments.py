"""Payments, facts, the inbox of notices, and money that belongs to no order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.knowledge.orders.model import Payment, PaymentFact, PaymentState
from livelore.ports.payments import Fact

_PAYMENT = (
    "id, no, order_id, gateway, method, gateway_ref, options, currency, amount_minor,"
    " captured_minor, state, created_at_ms, captured_at_ms, n_queries"
)


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
