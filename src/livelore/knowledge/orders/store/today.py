"""Counts for the operator's first look: what came in, what went back, what waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from livelore.kit.times import to_ms


@dataclass(frozen=True, slots=True)
class Today:
    """Orders and money since a moment, minor units; and what waits now."""

    n_paid: int
    paid_minor: int
    refunded_minor: int
    n_failed: int
    n_unmatched: int
    n_refunds_waiting: int


_COUNTS = """
SELECT
  (SELECT count(*) FROM "order" WHERE paid_at_ms >= :since) AS n_paid,
  (SELECT COALESCE(sum(total_minor), 0) FROM "order" WHERE paid_at_ms >= :since) AS paid_minor,
  (SELECT COALESCE(sum(amount_minor), 0) FROM refund
    WHERE created_at_ms >= :since AND line_id IS NOT NULL) AS refunded_minor,
  (SELECT count(*) FROM payment WHERE state = 'failed' AND created_at_ms >= :since) AS n_failed,
  (SELECT count(*) FROM unmatched u WHERE NOT EXISTS (SELECT 1 FROM refund r
    WHERE r.unmatched_id = u.id AND r.state = 'succeeded')) AS n_unmatched,
  (SELECT count(*) FROM refund WHERE state <> 'succeeded') AS n_refunds_waiting
"""


def since(connection: Connection, at: datetime) -> Today:
    """What happened since a moment."""
    row = connection.execute(text(_COUNTS), {"since": to_ms(at)}).one()
    return Today(
        row.n_paid,
        int(row.paid_minor),
        int(row.refunded_minor),
        row.n_failed,
        row.n_unmatched,
        row.n_refunds_waiting,
    )
