"""Acts by kind and outcome, for whoever watches over the site; each act is read once."""

from collections import Counter

from sqlalchemy import Connection

from livelore.knowledge.ledger.store import counting


class ActCounter:
    """Counts all acts at first, then those that came since."""

    def __init__(self) -> None:
        self._up_to_id = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    def read(self, connection: Connection, now_ms: int) -> tuple[int, list[counting.ActCount]]:
        """What came since the last `add`, and up to which act."""
        up_to_id = counting.settled_id(connection, now_ms)
        return up_to_id, counting.acts_between(connection, self._up_to_id, up_to_id)

    def add(self, up_to_id: int, found: list[counting.ActCount]) -> dict[tuple[str, str], int]:
        """Take it into account, unless somebody else has; gives all counts."""
        if up_to_id > self._up_to_id:
            self._up_to_id = up_to_id
            for each in found:
                self._counts[each.kind, each.outcome] += each.n
        return dict(self._counts)
