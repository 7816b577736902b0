"""Use cases of the ledger: post acts, read statements, settle, check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import invariant
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.errors import KeyReused, SettlementClosed
from livelore.knowledge.ledger.model import (
    CAP_PERIODS,
    COIN,
    AccountRef,
    Act,
    ActResult,
    CapPeriod,
    Currency,
    Event,
    HoldEnding,
    SpendCaps,
    StatementPage,
    Transfer,
    settle_key,
    settlement,
    wallet_of,
)
from livelore.knowledge.ledger.model.spend import check_cap
from livelore.knowledge.ledger.service.checking import BooksCheck, Finding
from livelore.knowledge.ledger.service.keeping import BookKeeping
from livelore.knowledge.ledger.service.posting import Also, Item, Poster
from livelore.knowledge.ledger.service.spending import CapsOfSite, Spending
from livelore.knowledge.ledger.service.statements import (
    PageWanted,
    TrialLine,
    statement_page,
)
from livelore.knowledge.ledger.service.undoing import UndoGift, refund_transfers, undoing_act
from livelore.knowledge.ledger.store import posting, reading, shares, upkeep
from livelore.knowledge.ledger.store.earnings import DaySum, Earnings, earnings
from livelore.knowledge.ledger.store.reading import Balance, Direction
from livelore.knowledge.ledger.store.shares import RevenueLine
from livelore.ports.clock import Clock

HOLDS_AT_ONCE = 200
"""Expired holds voided in one transaction."""


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """What the operator has set.

    Attributes:
        time_zone: IANA name: days and months of caps, statements and settlement.
        caps: Caps of the site, in the backing currency of the coin.
        hold_days: Days before a share may be settled (M3).
        wallet_coins_max: Most coins that a wallet may hold.
    """

    time_zone: str
    caps: SpendCaps
    hold_days: int = 7
    wallet_coins_max: int = 50_000


class LedgerService(BookKeeping):
    """The one way to money.

    Args:
        database: Where it is kept.
        clock: For the time of acts, caps and settlement.
        rules: What the operator has set.
    """

    def __init__(self, database: Database, clock: Clock, rules: LedgerRules) -> None:
        super().__init__(database, clock, ZoneInfo(rules.time_zone))
        self.rules = rules
        self._caps = CapsOfSite(rules.caps, self.zone)
        self._poster = Poster(clock.now, self.zone, rules.caps)
        self._handler = self._poster.batch
        self._parties: dict[str, int] = {}

    # Posting

    async def post(self, act: Act, also: Also | None = None) -> ActResult:
        """Do an act, once for its key, together with the acts that wait beside it.

        Args:
            act: What to do.
            also: More to do in the same transaction, with the act's rows written. An `AppError`
                that it raises refuses the act for ever; anything else binds nothing.

        Returns:
            What was done, once it is on disk; ``is_replay`` if the key was used before.

        Raises:
            AppError: The act is refused; the same again for the same key.
            KeyReused: The key stands for another request.
            UnavailableError: Nothing could be stored; nothing was done.
        """
        return (await self.submit(act, also)).require()

    async def submit(self, act: Act, also: Also | None = None) -> ActResult:
        """As `post`, but a refusal is told in the result, with ``is_replay``.

        Raises:
            KeyReused: The key stands for another request.
        """
        return await self._database.write_batch(self._handler, Item(act, also))

    def post_in(self, connection: Connection, act: Act, also: Also | None = None) -> ActResult:
        """Do an act inside a larger transaction of `Database.write`.

        A refusal is returned, not raised, and is stored with the transaction: raise it and the
        transaction, with the stored refusal, is undone.

        Raises:
            KeyReused: The key stands for another request.
        """
        result = self._poster.batch(connection, [Item(act, also)])[0]
        if isinstance(result, Exception):
            raise result
        return result

    async def undo_gift(self, undo: UndoGift, also: Also | None = None) -> ActResult:
        """Give coins of a gift or super chat back, and take the shares of their value back.

        Raises:
            ActNotFound: There is no such gift.
            AboveLeft: More coins than are left of it.
        """
        return (await self._database.write(lambda c: self.undo_gift_in(c, undo, also))).require()

    def undo_gift_in(
        self, connection: Connection, undo: UndoGift, also: Also | None = None
    ) -> ActResult:
        """As `undo_gift`, inside a larger transaction."""
        return self.post_in(connection, undoing_act(connection, undo), also)

    def refund_transfers(
        self, connection: Connection, line_id: str, amount_minor: int, currency: str
    ) -> tuple[Transfer, ...]:
        """Transfers of a refund of an order line: from unearned, then from its shares.

        Args:
            connection: Of the transaction that posts them.
            line_id: As given to the line's transfers.
            amount_minor: At most what was paid and not refunded.
            currency: Of the order.

        Raises:
            AboveLeft: More than is left of the line.
        """
        return refund_transfers(connection, line_id, amount_minor, currency)

    # Parties

    async def party_of(self, user_id: str) -> int:
        """The number that the ledger knows a user by; made at the first question."""
        known = self._parties.get(user_id)
        if known is None:
            known = await self._database.read(lambda c: reading.party_of(c, user_id))
        if known is None:
            known = await self._database.write(lambda c: reading.make_party(c, user_id))
        self._parties[user_id] = known
        return known

    def party_in(self, connection: Connection, user_id: str) -> int:
        """As `party_of`, inside a larger transaction."""
        return reading.make_party(connection, user_id)

    def find_party_in(self, connection: Connection, user_id: str) -> int | None:
        """The number of a user, if the ledger has met them; makes none, so it may only read."""
        return reading.party_of(connection, user_id)

    def user_of_in(self, connection: Connection, party: int) -> str | None:
        """As `user_of`, inside a larger transaction."""
        return reading.user_of(connection, party)

    def balance_in(self, connection: Connection, ref: AccountRef) -> Balance:
        """As `balance`, inside a larger transaction."""
        return reading.balance(connection, ref)

    def known_in(self, connection: Connection, key: str, fingerprint: str) -> ActResult | None:
        """What a key was used for before, done or refused; None when it is new.

        Raises:
            KeyReused: The key stands for another request.
        """
        stored = posting.acts_by_key(connection, [key]).get(key)
        if stored is None:
            return None
        if stored.fingerprint != fingerprint:
            raise KeyReused
        return posting.replay(connection, stored)

    async def user_of(self, party: int) -> str | None:
        """The user behind a party; None after erasure."""
        return await self._database.read(lambda c: reading.user_of(c, party))

    # Days

    def today(self) -> date:
        """The present day of the site's zone."""
        return self._clock.now().astimezone(self.zone).date()

    def release_on(self, at: datetime | None = None) -> date:
        """The day from which a share earned now may be settled."""
        day = (at or self._clock.now()).astimezone(self.zone).date()
        return day + timedelta(days=self.rules.hold_days)

    # Reading

    async def balance(self, ref: AccountRef) -> Balance:
        """An account now, on its normal side."""
        return await self._database.read(lambda c: reading.balance(c, ref))

    async def wallet(self, party: int, coin: Currency = COIN) -> Balance:
        """The paid coins of a party."""
        return await self.balance(wallet_of(party, coin))

    async def balances(self, owner: int | str | None = None) -> list[Balance]:
        """All accounts, or those of one owner."""
        named = None if owner is None else str(owner)
        return await self._database.read(lambda c: reading.balances(c, named))

    async def statement(
        self,
        ref: AccountRef,
        *,
        before_id: int | None = None,
        limit: int = 50,
        direction: Direction | str = "all",
    ) -> StatementPage:
        """A page of an account's entries, newest first, with the sum that proves the month.

        Args:
            ref: A guarded account, as `model.wallet_of`.
            before_id: ``next_id`` of the page before.
            limit: Rows before groups are folded, 1 to 200.
            direction: ``all``, ``in``, ``out`` or ``held``.
        """
        now = self._clock.now().astimezone(self.zone)
        wanted = PageWanted(before_id, limit, direction)
        return await self._database.read(lambda c: statement_page(c, ref, wanted, now))

    async def revenue_of(self, *subjects: str) -> list[RevenueLine]:
        """What acts about these subjects earned by kind, less what was undone."""
        return await self._database.read(lambda c: shares.revenue(c, subjects))

    def revenue_in(self, connection: Connection, *subjects: str) -> list[RevenueLine]:
        """As `revenue_of`, inside a larger transaction."""
        return shares.revenue(connection, subjects)

    def left_of_lines_in(self, connection: Connection, line_ids: Sequence[str]) -> int:
        """What of these order lines is unearned or a share that was not taken back, together."""
        return shares.left_of_lines(connection, line_ids)

    # Caps

    async def spending_of(self, party: int, currency: str = "CNY") -> Spending:
        """A person's caps and what counts against them in the present day and month."""
        now = self._clock.now()
        return await self._database.read(lambda c: self._caps.spending(c, party, currency, now))

    async def set_caps(self, party: int, wanted: dict[CapPeriod, int]) -> Spending:
        """Set a person's own caps: lower ones count at once, higher ones after 24 hours.

        Raises:
            CapInvalid: Not an integer from 0 to the site's cap.
        """
        for period, cap in wanted.items():
            invariant(period in CAP_PERIODS, f"no such period {period}")
            check_cap(cap, self.rules.caps.of(period))
        now = self._clock.now()
        await self._database.write(lambda c: self._caps.lower_or_raise(c, party, wanted, now))
        return await self.spending_of(party)

    async def earnings_of(self, user_id: str, currency: str = "CNY") -> Earnings:
        """What somebody has earned: pending by release day, available, owed, settled."""

        def work(connection: Connection) -> Earnings:
            party = reading.party_of(connection, user_id)
            return earnings(connection, "" if party is None else str(party), currency)

        return await self._database.read(work)

    # Upkeep

    async def settle(self, day: date | None = None) -> list[ActResult]:
        """Settle every party's shares released by a day: one act each, done ones are replays.

        Args:
            day: Default: today in the site's zone.

        Raises:
            SettlementClosed: The day has not begun yet.
        """
        day = day or self.today()
        if day > self.today():
            raise SettlementClosed(day=day.isoformat())
        last = day
        parties = await self._database.read(lambda c: shares.to_settle(c, last))
        return [
            result
            for party, currency in parties
            if (result := await self._settle_one(party, currency, day)) is not None
        ]

    async def _settle_one(self, party: str, currency: str, day: date) -> ActResult | None:
        return await self._database.write(lambda c: self.settle_in(c, party, currency, day))

    def settle_in(
        self, connection: Connection, party: str, currency: str, day: date
    ) -> ActResult | None:
        """Settle one party; None when nothing is released. Waits until no posting is under way."""
        posting.close_fence(connection)
        found = shares.released(connection, party, currency, day)
        transfers = settlement(party, currency, found)
        if not transfers:
            return None
        act = Act(
            key=settle_key(party, currency, day),
            fingerprint="settle",
            kind="settle",
            transfers=transfers,
            events=(Event("Settled", _settled_payload(party, currency, day)),),
            subject=f"party:{party}",
            maker="system",
            fields={"day": day.isoformat()},
        )
        return self.post_in(
            connection,
            act,
            lambda c, done: upkeep.add_settlement(c, party, currency, day, done.act_id),
        )

    async def void_expired_holds(self) -> int:
        """Give back what was set aside and never used."""
        now = to_ms(self._clock.now())
        hold_ids = await self._database.read(lambda c: upkeep.expired_holds(c, now, HOLDS_AT_ONCE))
        for hold_id in hold_ids:
            act = Act(
                key=f"expire:hold:{hold_id}",
                fingerprint="expire",
                kind="hold_expired",
                maker="system",
                fields={"hold_id": hold_id},
                hold_ends=(HoldEnding(hold_id, "expired"),),
            )
            await self.submit(act)
        return len(hold_ids)


def _settled_payload(party: str, currency: str, day: date) -> bytes:
    return f'{{"party":"{party}","currency":"{currency}","day":"{day.isoformat()}"}}'.encode()


__all__ = [
    "Also",
    "Balance",
    "BooksCheck",
    "DaySum",
    "Earnings",
    "Finding",
    "LedgerRules",
    "LedgerService",
    "RevenueLine",
    "Spending",
    "TrialLine",
    "UndoGift",
]
