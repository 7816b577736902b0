"""What `/metrics` must read from the database; what is dear is read once a minute."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from livelore.database.outbox import backlog
from livelore.kit.errors import AppError
from livelore.ports.clock import now_ms

if TYPE_CHECKING:
    from livelore.app import Platform

PAYMENTS_KEPT_S = 60.0
"""Counting payments reads all of them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was read; ``is_up`` is false when nothing could be."""

    is_up: bool = False
    n_outbox: int = 0
    outbox_age_s: float = 0.0
    acts: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    payments: dict[str, int] = field(default_factory=dict[str, int])


class StoredReader:
    """Reads for one platform.

    Args:
        platform: Which.
    """

    def __init__(self, platform: "Platform") -> None:
        self._platform = platform
        self._payments: dict[str, int] = {}
        self._payments_until: float | None = None

    async def read(self) -> Stored:
        """As of now; a database that is gone is a number too."""
        try:
            return await self._read()
        except (AppError, SQLAlchemyError):
            return Stored()

    async def _read(self) -> Stored:
        platform = self._platform
        waiting = await platform.database.read(backlog)
        age_ms = 0 if waiting.oldest_ms is None else now_ms(platform.clock) - waiting.oldest_ms
        acts = await platform.knowledge.ledger.act_counts()
        return Stored(
            True, waiting.n_waiting, max(0, age_ms) / 1000, acts, await self._payments_now()
        )

    async def _payments_now(self) -> dict[str, int]:
        now = self._platform.clock.monotonic()
        if self._payments_until is None or now >= self._payments_until:
            self._payments = await self._platform.knowledge.orders.payments_by_state()
            self._payments_until = now + PAYMENTS_KEPT_S
        return self._payments
