"""Money that came and belongs to no open order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from livelore.kit.times import to_ms

_UNMATCHED = (
    "SELECT id, gateway, gateway_ref, payment_no, payment_id, amount_minor, currency, reason"
    " FROM unmatched"
)


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
