"""A person's caps and what counts against them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from livelore.kit.times import to_ms
from livelore.knowledge.ledger.model import CapPeriod, SpendCaps, period_keys
from livelore.knowledge.ledger.model.spend import RAISE_AFTER
from livelore.knowledge.ledger.store import reading, upkeep


@dataclass(frozen=True, slots=True)
class Spending:
    """A person's caps and what counts against them now, minor units of ``currency``."""

    currency: str
    caps: SpendCaps
    day_spent_minor: int
    month_spent_minor: int


@dataclass(frozen=True, slots=True)
class CapsOfSite:
    """The site's caps, and the zone of its days and months."""

    caps: SpendCaps
    zone: tzinfo

    def spending(
        self, connection: Connection, party: int, currency: str, now: datetime
    ) -> Spending:
        """Caps and counters of a party at an instant."""
        day, month = period_keys(now, self.zone)
        spent = reading.spent_in(connection, party, currency, (day, month))
        caps = self.caps.lowered_by(reading.own_caps(connection, party, to_ms(now)))
        return Spending(currency, caps, spent.get(day, 0), spent.get(month, 0))

    def lower_or_raise(
        self, connection: Connection, party: int, wanted: dict[CapPeriod, int], now: datetime
    ) -> None:
        """A lower cap from now on, a higher one after 24 hours."""
        present = self.spending(connection, party, "", now).caps
        for period, cap in wanted.items():
            from_at = now if cap <= present.of(period) else now + RAISE_AFTER
            upkeep.add_cap(connection, party, period, cap, to_ms(from_at))
