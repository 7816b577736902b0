"""Shapes of the statement on the wire."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from livelore.knowledge.ledger.model import Proof, StatementLine, StatementPage


class StatementLineOut(Struct):
    """One line of the statement; the words live in the front end, by code and fields."""

    id: int
    at: datetime
    kind: str
    title_code: str
    title_fields: dict[str, Any]  # Any: JSON values of the act
    voucher: str
    delta: int
    balance_after: int | None
    group_id: str | None
    group_count: int
    is_held: bool

    @classmethod
    def of(cls, line: StatementLine) -> "StatementLineOut":
        """From the model."""
        return cls(
            line.id,
            line.at,
            line.kind,
            f"wallet.{line.kind}",
            dict(line.fields),
            line.voucher,
            line.delta,
            line.balance_after,
            line.group_id,
            line.group_count,
            line.is_held,
        )


class ProofOut(Struct):
    """Opening + received - spent - held = available."""

    period_start: datetime
    opening: int
    received: int
    spent: int
    held: int
    available: int
    is_proved: bool

    @classmethod
    def of(cls, proof: Proof) -> "ProofOut":
        """From the model."""
        return cls(
            proof.period_start,
            proof.opening,
            proof.received,
            proof.spent,
            proof.held,
            proof.available,
            proof.is_proved,
        )


class StatementOut(Struct):
    """A page of the statement."""

    items: list[StatementLineOut]
    proof: ProofOut
    next_cursor: str | None

    @classmethod
    def of(cls, page: StatementPage, next_cursor: str | None) -> "StatementOut":
        """From the model."""
        return cls(
            [StatementLineOut.of(line) for line in page.lines],
            ProofOut.of(page.proof),
            next_cursor,
        )
