"""Free grants, and what orders and grants say about entitlements."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from livelore.kit.times import from_ms, to_ms
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
            None if row.access_until_ms is None else from_ms(row.access_until_ms),
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
            None if row.until_ms is None else from_ms(row.until_ms),
            row.revoked_act is not None,
        )
        for row in rows
    ]
    return sorted(bought + given, key=lambda due: (due.source, due.party, due.product_id))
