"""A long random walk through every act: the reference says beforehand what each must come to.

Operations are plain data with a key of their own, so that they can be sent to another process, and
again after it died. What they may name is kept short, so that a million of them take the same time
each.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.fakes import START
from tests.ledger.conftest import RULES
from tests.ledger.reference import Line, Reference, Refused, Sent

KEPT = 300
"""Gifts, lines and operations that later ones may name."""
WEIGHTS = {
    "topup": 40,
    "gift": 120,
    "undo": 50,
    "order": 30,
    "deliver": 30,
    "refund": 40,
    "refund_paid": 10,
    "coin_refund": 10,
    "settle": 3,
    "repeat": 20,
    "checkpoint": 1,
}
ZONE = ZoneInfo(RULES.time_zone)
ALONE = frozenset({"settle", "checkpoint"})
"""These read before they write: sent with others, they would not come in their turn."""


def release_on(now: datetime) -> date:
    """The day from which a share earned now may be settled."""
    return now.astimezone(ZONE).date() + timedelta(days=RULES.hold_days)


@dataclass(frozen=True, slots=True)
class Operation:
    """One act as it is asked for; ``coins`` of a wallet, ``minor`` of money."""

    kind: str
    key: str
    party: int = 0
    host: int = 0
    coins: int = 0
    minor: int = 0
    act_id: int = 0
    line: str = ""
    parts: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations to be done together at a time, and where to die meanwhile."""

    operations: tuple[Operation, ...]
    now: datetime
    die_at: str | None = None
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ledger says of an operation."""

    is_refused: bool
    act_id: int = 0
    coins_after: int | None = None
    is_replay: bool = False


@dataclass(slots=True)
class Step:
    """An operation and what the reference expects of it."""

    operation: Operation
    is_refused: bool = False
    coins_after: int | None = None
    sent: Sent | None = None
    is_repeat: bool = False
    at: datetime = START

    @property
    def is_stored(self) -> bool:
        """Whether its key is known afterwards: nothing is kept of "more than is left"."""
        kind = self.operation.kind
        return kind not in ALONE and not (self.is_refused and kind in {"undo", "refund"})

    def take(self, answer: Answer) -> None:
        """Compare; a gift learns the number under which it can be undone."""
        assert answer.is_refused == self.is_refused, (self.operation, answer)
        if answer.coins_after is not None and self.coins_after is not None:
            assert answer.coins_after == self.coins_after, (self.operation, answer)
        if self.is_repeat:
            assert answer.is_replay or not self.is_stored, self.operation
        if self.sent is not None:
            self.sent.act_id = answer.act_id


@dataclass
class Walk:
    """Makes operations; the reference is always one ahead of the ledger."""

    rng: random.Random
    viewers: list[int]
    hosts: list[int]
    reference: Reference = field(default_factory=Reference)
    now: datetime = START
    n_made: int = 0
    n_refused: int = 0
    sent: deque[Sent] = field(default_factory=lambda: deque[Sent](maxlen=KEPT))
    lines: deque[Line] = field(default_factory=lambda: deque[Line](maxlen=KEPT))
    recent: deque[Step] = field(default_factory=lambda: deque[Step](maxlen=KEPT))

    def next(self) -> Step:
        """A random step that makes sense now."""
        while True:
            kind = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            step = self.make(kind)
            if step is not None:
                return step

    def make(self, kind: str) -> Step | None:
        """A step of a kind; None when there is nothing yet that it could be about."""
        makers: dict[str, Callable[[str], Step | None]] = {
            "topup": self._topup,
            "gift": self._gift,
            "undo": self._undo,
            "order": self._order,
            "deliver": self._deliver,
            "refund": self._refund,
            "refund_paid": self._refund_paid,
            "coin_refund": self._coin_refund,
            "settle": self._settle,
            "repeat": self._repeat,
            "checkpoint": lambda key: Step(Operation("checkpoint", key)),
        }
        step = makers[kind](f"{kind}-{self.n_made}")
        if step is None:
            return None
        step.at = self.now
        self.n_made += 1
        self.n_refused += step.is_refused
        if step.operation.kind not in ALONE and not step.is_repeat:
            self.recent.append(step)
        return step

    def _topup(self, key: str) -> Step:
        party, coins = self.rng.choice(self.viewers), self.rng.randint(1, 400)
        price = self.rng.randint(1, 5000)
        self.reference.top_up(party, coins, price)
        return self._of_wallet(Operation("topup", key, party, coins=coins, minor=price))

    def _of_wallet(self, operation: Operation) -> Step:
        after = self.reference.have("coins.paid", operation.party)
        return Step(operation, coins_after=after)

    def _gift(self, key: str) -> Step:
        payer, host = self.rng.choice(self.viewers), self.rng.choice(self.hosts)
        operation = Operation("gift", key, payer, host, self.rng.randint(1, 400))
        try:
            share = self.reference.gift(payer, host, operation.coins, release_on(self.now))
        except Refused:
            return Step(operation, is_refused=True)
        step = self._of_wallet(operation)
        step.sent = Sent(0, payer, operation.coins, share)
        self.sent.append(step.sent)
        return step

    def _undo(self, key: str) -> Step | None:
        known = [sent for sent in self.sent if sent.act_id]
        if not known:
            return None
        sent, coins = self.rng.choice(known), self.rng.randint(1, 400)
        operation = Operation("undo", key, sent.payer, coins=coins, act_id=sent.act_id)
        try:
            self.reference.undo(sent, coins)
        except Refused:
            return Step(operation, is_refused=True)
        return self._of_wallet(operation)

    def _order(self, key: str) -> Step:
        amount = self.rng.randint(1, 5000)
        self.lines.append(Line(key, self.rng.choice(self.hosts), amount))
        self.reference.add("gateway.clearing", "sandbox", amount)
        self.reference.add("order.unearned", 0, amount)
        return Step(Operation("order", key, minor=amount, line=key))

    def _deliver(self, key: str) -> Step | None:
        waiting = [line for line in self.lines if line.share is None and line.unearned]
        if not waiting:
            return None
        line = self.rng.choice(waiting)
        amount, line.unearned = line.unearned, 0
        self.reference.add("order.unearned", 0, -amount)
        line.share = self.reference._share(line.host, amount, release_on(self.now))
        parts = (line.share.earned, line.share.fee)
        return Step(Operation("deliver", key, host=line.host, line=line.name, parts=parts))

    def _refund(self, key: str) -> Step | None:
        if not self.lines:
            return None
        line, amount = self.rng.choice(self.lines), self.rng.randint(1, 1500)
        operation = Operation("refund", key, minor=amount, line=line.name)
        try:
            self.reference.refund(line, amount)
        except Refused:
            return Step(operation, is_refused=True)
        return Step(operation)

    def _refund_paid(self, key: str) -> Step | None:
        due = self.reference.have("refund.due", 0)
        if not due:
            return None
        self.reference.add("refund.due", 0, -due)
        self.reference.add("gateway.clearing", "sandbox", -due)
        return Step(Operation("refund_paid", key, minor=due))

    def _coin_refund(self, key: str) -> Step:
        party, coins = self.rng.choice(self.viewers), self.rng.randint(1, 400)
        price = self.rng.randint(1, 5000)
        operation = Operation("coin_refund", key, party, coins=coins, minor=price)
        try:
            self.reference.give_coins_back(party, coins, price)
        except Refused:
            return Step(operation, is_refused=True)
        return self._of_wallet(operation)

    def _settle(self, key: str) -> Step:
        self.now += timedelta(days=self.rng.randint(0, 6))
        self.reference.settle(self.now.astimezone(ZONE).date())
        return Step(Operation("settle", key))

    def _repeat(self, _key: str) -> Step | None:
        """An earlier operation once more: it changes nothing and is told as it was then."""
        if not self.recent:
            return None
        earlier = self.rng.choice(self.recent)
        return Step(earlier.operation, earlier.is_refused, earlier.coins_after, is_repeat=True)
