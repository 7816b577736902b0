"""What an operator sees first of orders and payments."""

from datetime import datetime

from livelore.knowledge.orders.model import Refund
from livelore.knowledge.orders.service.desk import Desk
from livelore.knowledge.orders.store import refunds, today
from livelore.knowledge.orders.store.today import Today

__all__ = ["LookOver", "Today"]
WAITING_MAX = 200


class LookOver(Desk):
    """Counts and lists for operators."""

    async def today(self, since: datetime) -> Today:
        """Orders and money since a moment, and what waits now."""
        return await self._database.read(lambda c: today.since(c, since))

    async def refunds_waiting(self) -> list[Refund]:
        """Refunds whose money is not back yet, oldest first."""
        return await self._database.read(lambda c: refunds.waiting(c, WAITING_MAX))
