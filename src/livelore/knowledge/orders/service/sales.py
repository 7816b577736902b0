"""What was sold, for the host's numbers."""

from dataclasses import dataclass

from sqlalchemy import Connection

from livelore.knowledge.orders.service.desk import Desk
from livelore.knowledge.orders.store import sales


@dataclass(frozen=True, slots=True)
class Sales:
    """Paid lines and the host's part of what is left of them, minor units."""

    n_lines: int
    host_minor: int
    total_minor: int
    booked_minor: int
    """What the books hold of the same lines: unearned and shares together."""


class CountSales(Desk):
    """Sums over paid lines."""

    def sales_of_lesson_in(self, connection: Connection, lesson_id: str) -> Sales:
        """Tickets of one class that are paid and not wholly refunded, delivered or not."""
        lines = sales.of_lesson(connection, lesson_id)
        host_minor = 0
        for line in lines:
            if line.split_rule_id is not None and line.split_rule_version is not None:
                rule = self._catalog.rule_in(
                    connection, line.split_rule_id, line.split_rule_version
                )
                host_minor += dict(rule.shares(line.left_minor))["host"]
        return Sales(
            len(lines),
            host_minor,
            sum(line.left_minor for line in lines),
            self._ledger.left_of_lines_in(connection, [line.id for line in lines]),
        )

    async def payments_by_state(self) -> dict[str, int]:
        """How many payments are in each state; reads all of them."""
        return await self._database.read(sales.payments_by_state)
