"""The ledger again in plain dictionaries, and a world that does each act in both and compares."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import AppError
from livelore.knowledge.ledger.model import (
    Act,
    ActResult,
    Delivery,
    SpendCaps,
    coin_refund,
    delivery,
    order_paid,
    refund_paid,
)
from livelore.knowledge.ledger.model.builders import Shares
from livelore.knowledge.ledger.service import LedgerRules, LedgerService, UndoGift
from tests.fakes import FakeClock
from tests.ledger.conftest import assert_books_agree
from tests.ledger.makers import gift_act, topup_act

WORLD_RULES = LedgerRules("Asia/Shanghai", SpendCaps(10**12, 10**12, 10**12))


def shared(total: int, weights: list[int]) -> list[int]:
    """Largest remainder, one unit at a time: slow and plain."""
    parts = [total * weight // sum(weights) for weight in weights]
    rest = [(total * weight % sum(weights), -index) for index, weight in enumerate(weights)]
    for _ in range(total - sum(parts)):
        best = max(rest)
        rest.remove(best)
        parts[-best[1]] += 1
    return parts


@dataclass
class Share:
    host: int
    earned: int
    fee: int
    release_on: date
    is_settled: bool = False


@dataclass
class Sent:
    act_id: int
    payer: int
    coins_left: int
    share: Share


@dataclass
class Line:
    name: str
    host: int
    unearned: int
    share: Share | None = None


class Refused(Exception):
    pass


@dataclass
class Reference:
    """Balances on their normal side, by (kind, owner); ``shares`` are those not settled yet."""

    books: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    shares: list[Share] = field(default_factory=list[Share])

    def add(self, kind: str, owner: int | str, change: int) -> None:
        key = (kind, str(owner))
        self.books[key] = self.books.get(key, 0) + change

    def have(self, kind: str, owner: int | str) -> int:
        return self.books.get((kind, str(owner)), 0)

    def top_up(self, party: int, coins: int, price: int) -> None:
        self.add("coins.paid", party, coins)
        self.add("coin.issued", 0, coins)
        self.add("coin.float", "COIN", coins * 10)
        self.add("gateway.clearing", "sandbox", price)
        if price > coins * 10:
            self.add("coin.margin", 0, price - coins * 10)
        elif price < coins * 10:
            self.add("promo.expense", 0, coins * 10 - price)

    def gift(self, payer: int, host: int, coins: int, release_on: date) -> Share:
        if self.have("coins.paid", payer) < coins:
            raise Refused
        self.add("coins.paid", payer, -coins)
        self.add("coin.spent", 0, coins)
        self.add("coin.float", "COIN", -coins * 10)
        return self._share(host, coins * 10, release_on)

    def _share(self, host: int, value: int, release_on: date) -> Share:
        earned, fee = shared(value, [85, 15])
        self.add("earned.pending", host, earned)
        self.add("fee.pending", host, fee)
        share = Share(host, earned, fee, release_on)
        self.shares.append(share)
        return share

    def take_back(self, share: Share, value: int) -> None:
        earned, fee = shared(value, [share.earned, share.fee]) if value else (0, 0)
        share.earned -= earned
        share.fee -= fee
        if not share.is_settled:
            self.add("earned.pending", share.host, -earned)
            self.add("fee.pending", share.host, -fee)
            return
        drawn = min(earned, self.have("earned.available", share.host))
        self.add("earned.available", share.host, -drawn)
        self.add("earned.owed", share.host, earned - drawn)
        self.add("fee.income", 0, -fee)

    def undo(self, sent: Sent, coins: int) -> None:
        if coins > sent.coins_left:
            raise Refused
        sent.coins_left -= coins
        self.add("coins.paid", sent.payer, coins)
        self.add("coin.spent", 0, -coins)
        self.add("coin.float", "COIN", coins * 10)
        self.take_back(sent.share, coins * 10)

    def refund(self, line: Line, amount: int) -> None:
        left = line.unearned + (line.share.earned + line.share.fee if line.share else 0)
        if amount > left:
            raise Refused
        self.add("refund.due", 0, amount)
        if line.share is None:
            line.unearned -= amount
            self.add("order.unearned", 0, -amount)
        else:
            self.take_back(line.share, amount)

    def give_coins_back(self, party: int, coins: int, price: int) -> None:
        if self.have("coins.paid", party) < coins:
            raise Refused
        self.add("coins.paid", party, -coins)
        self.add("coin.issued", 0, -coins)
        self.add("coin.float", "COIN", -coins * 10)
        self.add("refund.due", 0, price)
        if price > coins * 10:
            self.add("coin.margin", 0, coins * 10 - price)
        elif price < coins * 10:
            self.add("promo.expense", 0, price - coins * 10)

    def settle(self, day: date) -> None:
        for host in {share.host for share in self.shares}:
            due = [
                share
                for share in self.shares
                if share.host == host and not share.is_settled and share.release_on <= day
            ]
            earned, fee = sum(s.earned for s in due), sum(s.fee for s in due)
            if not earned + fee:
                continue
            for share in due:
                share.is_settled = True
            self.add("earned.pending", host, -earned)
            self.add("fee.pending", host, -fee)
            self.add("fee.income", 0, fee)
            recovered = min(
                self.have("earned.available", host) + earned, self.have("earned.owed", host)
            )
            self.add("earned.available", host, earned - recovered)
            self.add("earned.owed", host, -recovered)
        self.shares = [share for share in self.shares if not share.is_settled]


class World:
    """Every act of the first version, done in the ledger and in the reference."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.ledger = LedgerService(database, clock, WORLD_RULES)
        self.reference = Reference()
        self.viewers: list[int] = []
        self.hosts: list[int] = []
        self.sent: list[Sent] = []
        self.lines: list[Line] = []
        self.done: list[Act] = []
        self.n_refused = 0
        self._number = 0

    async def begin(self) -> None:
        self.viewers = [await self.ledger.party_of(f"viewer-{number}") for number in range(3)]
        self.hosts = [await self.ledger.party_of(f"host-{number}") for number in range(2)]

    async def end(self) -> None:
        await self.database.close()

    def _next(self, word: str) -> str:
        self._number += 1
        return f"{word}-{self._number}"

    async def _compare(self, act: Act, refused: bool) -> ActResult:
        result = await self.ledger.submit(act)
        assert (result.error is not None) == refused, f"{act.kind}: {result.error}"
        self.n_refused += refused
        self.done.append(act)
        return result

    async def top_up(self, viewer: int, coins: int, price: int) -> None:
        party = self.viewers[viewer % 3]
        self.reference.top_up(party, coins, price)
        await self._compare(topup_act(party, coins, price), refused=False)

    async def gift(self, viewer: int, host: int, coins: int) -> None:
        payer, to = self.viewers[viewer % 3], self.hosts[host % 2]
        act = gift_act(self.ledger, payer, to, coins, self._next("gift"))
        try:
            share = self.reference.gift(payer, to, coins, self.ledger.release_on())
        except Refused:
            await self._compare(act, refused=True)
            return
        result = await self._compare(act, refused=False)
        self.sent.append(Sent(result.act_id, payer, coins, share))

    async def undo(self, which: int, coins: int) -> None:
        if not self.sent:
            return
        sent = self.sent[which % len(self.sent)]
        try:
            self.reference.undo(sent, coins)
        except Refused:
            await self._refuses(self.ledger.undo_gift(UndoGift(sent.act_id, coins)))
            return
        await self.ledger.undo_gift(UndoGift(sent.act_id, coins))

    async def _refuses(self, call: object) -> None:
        try:
            await call  # type: ignore[misc]  # any awaitable
        except AppError:
            self.n_refused += 1
            return
        raise AssertionError("the ledger did what the reference refuses")

    async def order(self, host: int, amount: int) -> None:
        line = Line(self._next("line"), self.hosts[host % 2], amount)
        self.lines.append(line)
        self.reference.add("gateway.clearing", "sandbox", amount)
        self.reference.add("order.unearned", 0, amount)
        leg = order_paid(amount, "CNY", "sandbox", line.name)
        await self._compare(Act(f"capture:{line.name}", "f", "order", (leg,)), refused=False)

    async def deliver(self, which: int) -> None:
        waiting = [line for line in self.lines if line.share is None and line.unearned]
        if not waiting:
            return
        line = waiting[which % len(waiting)]
        amount, line.unearned = line.unearned, 0
        self.reference.add("order.unearned", 0, -amount)
        line.share = self.reference._share(line.host, amount, self.ledger.release_on())
        parts: Shares = (("host", line.share.earned), ("platform", line.share.fee))
        given = Delivery(line.host, tuple(parts), "CNY", self.ledger.release_on(), line.name)
        act = Act(f"deliver:{line.name}", "f", "deliver", delivery(given))
        await self._compare(act, refused=False)

    async def refund(self, which: int, amount: int) -> None:
        if not self.lines:
            return
        line = self.lines[which % len(self.lines)]
        key = self._next("refund")

        def work(connection: Connection) -> None:
            legs = self.ledger.refund_transfers(connection, line.name, amount, "CNY")
            self.ledger.post_in(connection, Act(key, "f", "refund", legs)).require()

        try:
            self.reference.refund(line, amount)
        except Refused:
            await self._refuses(self.database.write(work))
            return
        await self.database.write(work)

    async def pay_refunds(self) -> None:
        due = self.reference.have("refund.due", 0)
        if due:
            self.reference.add("refund.due", 0, -due)
            self.reference.add("gateway.clearing", "sandbox", -due)
            legs = refund_paid(due, "CNY", "sandbox")
            await self._compare(Act(self._next("paid"), "f", "refund_paid", legs), refused=False)

    async def give_coins_back(self, viewer: int, coins: int, price: int) -> None:
        party = self.viewers[viewer % 3]
        act = Act(self._next("back"), "f", "coin_refund", coin_refund(party, coins, price))
        try:
            self.reference.give_coins_back(party, coins, price)
        except Refused:
            await self._compare(act, refused=True)
            return
        await self._compare(act, refused=False)

    async def settle_after(self, days: int) -> None:
        self.clock.advance(timedelta(days=days).total_seconds())
        self.reference.settle(self.ledger.today())
        await self.ledger.settle()

    async def repeat(self, which: int) -> None:
        if self.done:
            assert (await self.ledger.submit(self.done[which % len(self.done)])).is_replay

    async def checkpoint(self) -> None:
        await self.ledger.checkpoint()

    async def agrees(self) -> None:
        """All balances are those of the reference, and the books agree with themselves."""
        stored = {
            (found.ref.kind, found.ref.owner): found.balance_minor
            for found in await self.ledger.balances()
            if found.balance_minor
        }
        assert stored == {key: value for key, value in self.reference.books.items() if value}
        await assert_books_agree(self.ledger)
