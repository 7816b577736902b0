"""Free grants, and what orders, refunds and grants say that must be true elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from livelore.kit.times import from_ms_or_none, to_ms
from livelore.knowledge.orders.store.orders import all_lines


@dataclass(frozen=True, slots=True)
class FreeGrant:
    """Access given without money."""

    act_id: int
    party: int
    product_id: str
    reason: str
    starts_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """An entitlement that orders, refunds and grants say there must be."""

    source: int
    party: int
    product_id: str
    until: datetime | None
    is_revoked: bool


def add(connection: Connection, grant: FreeGrant, granted_by: str) -> None:
    """Store a free grant."""
    connection.execute(
        text(
            "INSERT INTO free_grant (act_id, party, product_id, reason, granted_by, from_ms,"
            " until_ms) VALUES (:act, :party, :product, :reason, :by, :from_ms, :until_ms)"
        ),
        {
            "act": grant.act_id,
            "party": grant.party,
            "product": grant.product_id,
            "reason": grant.reason,
            "by": granted_by,
            "from_ms": to_ms(grant.starts_at),
            "until_ms": None if grant.until is None else to_ms(grant.until),
        },
    )


def due_entitlements(connection: Connection) -> list[Due]:
    """Every entitlement that should be, computed from orders, refunds and free grants alone."""
    bought = [
        Due(
            row.captured_act,
            row.beneficiary,
            row.product_id,
            from_ms_or_none(row.access_until_ms),
            int(row.refunded_minor) >= row.total_minor,
        )
        for row in all_lines(connection)
        if row.kind != "coin_pack" and not row.n_undeliverable
    ]
    rows = connection.execute(
        text("SELECT act_id, party, product_id, until_ms, revoked_act FROM free_grant")
    )
    given = [
        Due(
            row.act_id,
            row.party,
            row.product_id,
            from_ms_or_none(row.until_ms),
            row.revoked_act is not None,
        )
        for row in rows
    ]
    return sorted(bought + given, key=lambda due: (due.source, due.party, due.product_id))


def sums_due(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Balances that the ledger must show, by kind of account, owner and currency.

    What is paid and not delivered nor refunded; what is decided and not paid back; what came and
    belongs nowhere (invariants 14 and 18 of MONEY section 6).
    """
    rows = connection.execute(
        text(
            "SELECT 'order.unearned' AS kind, '0' AS owner, o.currency AS currency,"
            " SUM(l.total_minor - (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r"
            " WHERE r.line_id = l.id)) AS minor"
            ' FROM order_line l JOIN "order" o ON o.id = l.order_id'
            " JOIN payment p ON p.order_id = o.id AND p.state = 'captured'"
            " WHERE l.kind <> 'coin_pack' AND l.delivered_act IS NULL GROUP BY o.currency"
            " UNION ALL SELECT 'refund.due', '0', currency, SUM(amount_minor) FROM refund"
            " WHERE state <> 'succeeded' GROUP BY currency"
            " UNION ALL SELECT 'gateway.unmatched', u.gateway, u.currency,"
            " SUM(CASE WHEN r.id IS NULL THEN u.amount_minor ELSE 0 END) FROM unmatched u"
            " LEFT JOIN refund r ON r.unmatched_id = u.id GROUP BY u.gateway, u.currency"
        )
    )
    return {(row.kind, row.owner, row.currency): int(row.minor) for row in rows}
