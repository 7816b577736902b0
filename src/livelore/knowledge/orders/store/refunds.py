"""Refunds, top-ups that may be refunded, and what the bill found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, to_ms
from livelore.knowledge.orders.model import Refund, RefundState, TopUp

_REFUND = (
    "SELECT r.id, r.no, r.payment_id, r.line_id, r.unmatched_id, r.gateway, r.amount_minor,"
    " r.currency, r.coins, r.state, r.reason, r.n_tries, r.created_at_ms,"
    " COALESCE(p.gateway_ref, u.gateway_ref, '') AS capture_ref FROM refund r"
    " LEFT JOIN payment p ON p.id = r.payment_id LEFT JOIN unmatched u ON u.id = r.unmatched_id"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between our books and a gateway's bill."""

    gateway: str
    day: str
    kind: str
    ref: str
    ours_minor: int | None
    theirs_minor: int | None


def _refund(row: Row[Any]) -> Refund:
    return Refund(
        id=row.id,
        no=row.no,
        payment_id=row.payment_id,
        line_id=row.line_id,
        unmatched_id=row.unmatched_id,
        gateway=row.gateway,
        capture_ref=row.capture_ref,
        amount_minor=row.amount_minor,
        currency=row.currency,
        coins=row.coins,
        state=cast("RefundState", row.state),
        reason=row.reason,
        n_tries=row.n_tries,
        created_at=from_ms(row.created_at_ms),
    )


def add(connection: Connection, refund: Refund, act_id: int) -> None:
    """Store a refund that was decided; the database refuses more than was captured."""
    connection.execute(
        text(
            "INSERT INTO refund (id, no, payment_id, line_id, unmatched_id, gateway, amount_minor,"
            " currency, coins, state, reason, act_id, created_at_ms, next_try_at_ms)"
            " VALUES (:id, :no, :payment_id, :line_id, :unmatched_id, :gateway, :amount,"
            " :currency, :coins, 'approved', :reason, :act, :at_ms, :at_ms)"
        ),
        {
            "id": refund.id,
            "no": refund.no,
            "payment_id": refund.payment_id,
            "line_id": refund.line_id,
            "unmatched_id": refund.unmatched_id,
            "gateway": refund.gateway,
            "amount": refund.amount_minor,
            "currency": refund.currency,
            "coins": refund.coins,
            "reason": refund.reason,
            "act": act_id,
            "at_ms": to_ms(refund.created_at),
        },
    )


def by_no(connection: Connection, no: str, *, locked: bool = False) -> Refund | None:
    """The refund of this number."""
    lock = " FOR UPDATE OF r" if locked and connection.dialect.name == "postgresql" else ""
    row = connection.execute(text(f"{_REFUND} WHERE r.no = :no{lock}"), {"no": no}).first()
    return None if row is None else _refund(row)


def of_act(connection: Connection, act_id: int) -> list[Refund]:
    """The refunds that one act decided."""
    rows = connection.execute(
        text(f"{_REFUND} WHERE r.act_id = :act ORDER BY r.id"), {"act": act_id}
    )
    return [_refund(row) for row in rows]


def of_orders(connection: Connection, order_ids: Sequence[str]) -> list[tuple[str, Refund]]:
    """The refunds of these orders, oldest first, each with its order's id."""
    if not order_ids:
        return []
    statement = text(
        _REFUND.replace("SELECT", "SELECT p.order_id,", 1)
        + " WHERE p.order_id IN :ids ORDER BY r.id"
    ).bindparams(bindparam("ids", expanding=True))
    rows = connection.execute(statement, {"ids": list(order_ids)})
    return [(str(row.order_id), _refund(row)) for row in rows]


def refunded_minor(connection: Connection, line_id: str) -> int:
    """How much of a line is on its way back or back."""
    return int(
        connection.execute(
            text("SELECT COALESCE(SUM(amount_minor), 0) FROM refund WHERE line_id = :id"),
            {"id": line_id},
        ).scalar_one()
    )


def waiting(connection: Connection, limit: int) -> list[Refund]:
    """Refunds whose money is not back yet, oldest first."""
    rows = connection.execute(
        text(f"{_REFUND} WHERE r.state <> 'succeeded' ORDER BY r.id LIMIT :limit"),
        {"limit": limit},
    )
    return [_refund(row) for row in rows]


def due(connection: Connection, now: datetime, limit: int) -> list[Refund]:
    """Refunds to be sent, or to be asked about, now."""
    rows = connection.execute(
        text(
            f"{_REFUND} WHERE r.next_try_at_ms <= :now AND r.state IN ('approved', 'sent',"
            " 'failed') ORDER BY r.next_try_at_ms LIMIT :limit"
        ),
        {"now": to_ms(now), "limit": limit},
    )
    return [_refund(row) for row in rows]


def set_sent(connection: Connection, no: str, n_tries: int, next_try_at: datetime | None) -> None:
    """Note that a refund leaves for the gateway, before it does."""
    connection.execute(
        text(
            "UPDATE refund SET state = 'sent', n_tries = :n, next_try_at_ms = :at_ms"
            " WHERE no = :no AND state IN ('approved', 'sent', 'failed')"
        ),
        {"n": n_tries, "no": no, "at_ms": None if next_try_at is None else to_ms(next_try_at)},
    )


def set_failed(
    connection: Connection, no: str, state: RefundState, next_try_at: datetime | None
) -> None:
    """Note that the gateway could not; it is tried again with the same number, or by hand."""
    connection.execute(
        text(
            "UPDATE refund SET state = :state, next_try_at_ms = :at_ms"
            " WHERE no = :no AND state <> 'succeeded'"
        ),
        {
            "state": state,
            "no": no,
            "at_ms": None if next_try_at is None else to_ms(next_try_at),
        },
    )


def set_succeeded(
    connection: Connection, no: str, gateway_ref: str, act_id: int, at: datetime
) -> None:
    """Note that the money is back."""
    connection.execute(
        text(
            "UPDATE refund SET state = 'succeeded', gateway_ref = :ref, paid_act = :act,"
            " done_at_ms = :at_ms, next_try_at_ms = NULL WHERE no = :no"
        ),
        {"ref": gateway_ref, "act": act_id, "at_ms": to_ms(at), "no": no},
    )


def top_ups(connection: Connection, buyer: int) -> list[TopUp]:
    """The captured top-ups of a viewer, with what was paid back of each."""
    rows = connection.execute(
        text(
            "SELECT l.id, p.id AS payment_id, l.coins * l.quantity AS coins, l.total_minor,"
            " o.paid_at_ms,"
            " (SELECT COALESCE(SUM(r.coins), 0) FROM refund r WHERE r.line_id = l.id) AS back,"
            " (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.line_id = l.id)"
            " AS back_minor"
            ' FROM order_line l JOIN "order" o ON o.id = l.order_id'
            " JOIN payment p ON p.order_id = o.id AND p.state = 'captured'"
            " WHERE o.buyer = :buyer AND l.kind = 'coin_pack' AND o.state IN"
            " ('fulfilled', 'part_refunded') ORDER BY o.paid_at_ms"
        ),
        {"buyer": buyer},
    )
    return [
        TopUp(
            row.id,
            row.payment_id,
            row.coins,
            row.total_minor,
            int(row.back),
            int(row.back_minor),
            from_ms(row.paid_at_ms),
        )
        for row in rows
    ]


# The bill ---------------------------------------------------------------------------------------


def captures_between(
    connection: Connection, gateway: str, start: datetime, end: datetime
) -> dict[str, tuple[str, int, str]]:
    """What we hold as captured, by the gateway's id: our number, sum, currency."""
    rows = connection.execute(
        text(
            "SELECT p.gateway_ref AS ref, p.no AS no, p.captured_minor AS amount, p.currency"
            " FROM payment p JOIN payment_fact f ON f.payment_id = p.id AND f.type = 'captured'"
            " AND f.gateway_id = p.gateway_ref WHERE p.gateway = :gateway"
            " AND f.gateway_at_ms >= :start AND f.gateway_at_ms < :end"
            " UNION ALL SELECT u.gateway_ref, u.payment_no, u.amount_minor, u.currency"
            " FROM unmatched u WHERE u.gateway = :gateway"
            " AND u.gateway_at_ms >= :start AND u.gateway_at_ms < :end"
        ),
        {"gateway": gateway, "start": to_ms(start), "end": to_ms(end)},
    )
    return {str(row.ref): (str(row.no), int(row.amount), str(row.currency)) for row in rows}


def known_captures(connection: Connection, gateway: str, refs: Sequence[str]) -> set[str]:
    """Which of these captures we hold, of whatever day."""
    if not refs:
        return set()
    statement = text(
        "SELECT gateway_ref FROM payment WHERE gateway = :gateway AND gateway_ref IN :refs"
        " UNION SELECT gateway_ref FROM unmatched WHERE gateway = :gateway"
        " AND gateway_ref IN :refs"
    ).bindparams(bindparam("refs", expanding=True))
    rows = connection.execute(statement, {"gateway": gateway, "refs": list(refs)})
    return {str(row.gateway_ref) for row in rows}


def refunds_between(
    connection: Connection, gateway: str, start: datetime, end: datetime
) -> dict[str, tuple[int, str]]:
    """Refunds that we hold as paid, by our number: sum and currency."""
    rows = connection.execute(
        text(
            "SELECT no, amount_minor, currency FROM refund WHERE gateway = :gateway"
            " AND state = 'succeeded' AND done_at_ms >= :start AND done_at_ms < :end"
        ),
        {"gateway": gateway, "start": to_ms(start), "end": to_ms(end)},
    )
    return {str(row.no): (int(row.amount_minor), str(row.currency)) for row in rows}


def add_finding(connection: Connection, finding: Finding, at: datetime) -> bool:
    """Store a difference with its owner; False when it is known."""
    done = connection.execute(
        text(
            "INSERT INTO bill_finding (gateway, day, kind, ref, ours_minor, theirs_minor, owner,"
            " found_at_ms) VALUES (:gateway, :day, :kind, :ref, :ours, :theirs, 'operator',"
            " :at_ms) ON CONFLICT (gateway, kind, ref) DO NOTHING"
        ),
        {
            "gateway": finding.gateway,
            "day": finding.day,
            "kind": finding.kind,
            "ref": finding.ref,
            "ours": finding.ours_minor,
            "theirs": finding.theirs_minor,
            "at_ms": to_ms(at),
        },
    )
    return done.rowcount == 1


def close_finding(
    connection: Connection, which: tuple[str, str, str], word: tuple[str, str], at: datetime
) -> bool:
    """Note who closed a difference (gateway, kind, ref) and why; False when none is open."""
    done = connection.execute(
        text(
            "UPDATE bill_finding SET closed_at_ms = :at_ms, closed_by = :by, close_reason = :why"
            " WHERE gateway = :gateway AND kind = :kind AND ref = :ref AND closed_at_ms IS NULL"
        ),
        {
            "at_ms": to_ms(at),
            "by": word[0],
            "why": word[1],
            "gateway": which[0],
            "kind": which[1],
            "ref": which[2],
        },
    )
    return done.rowcount == 1


def open_findings(connection: Connection, limit: int) -> list[Finding]:
    """Differences that nobody has closed, newest first."""
    rows = connection.execute(
        text(
            "SELECT gateway, day, kind, ref, ours_minor, theirs_minor FROM bill_finding"
            " WHERE closed_at_ms IS NULL ORDER BY id DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [Finding(*row) for row in rows]
