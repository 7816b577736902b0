"""Use cases of the ledger: post acts, read statements, settle, check."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import invariant
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.errors import (
    AboveLeft,
    ActNotFound,
    KeyReused,
    SettlementClosed,
)
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
    Leg,
    Proof,
    SpendCaps,
    StatementPage,
    Transfer,
    Value,
    folded,
    period_keys,
    refund_unearned,
    settle_key,
    settlement,
    site,
    undo_gift,
    undo_shares,
    wallet_of,
)
from livelore.knowledge.ledger.model.builders import is_share
from livelore.knowledge.ledger.model.spend import RAISE_AFTER, check_cap
from livelore.knowledge.ledger.service.checking import Finding, findings
from livelore.knowledge.ledger.service.posting import Also, Item, Poster
from livelore.knowledge.ledger.store import posting, reading, sql, upkeep
from livelore.knowledge.ledger.store import posting as posting_store
from livelore.knowledge.ledger.store.reading import Balance, Direction, RevenueLine
from livelore.ports.clock import Clock

REFUSED_KEPT = timedelta(days=90)
"""Refused acts are kept so long; then their key is forgotten (MONEY section 5)."""
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


@dataclass(frozen=True, slots=True)
class UndoGift:
    """A gift to be undone, whole or in part.

    Attributes:
        act_id: The gift.
        coins: How many coins go back; None for all that are left.
        key: Of the undoing act; None for ``undo:<act>:<no>``.
        maker: Who decided it.
        fields: Reason and what the statement shows.
        events: As ``GiftUndone``.
        fingerprint: What the key stands for.
    """

    act_id: int
    coins: int | None = None
    key: str | None = None
    maker: str | None = None
    fields: dict[str, Value] = field(default_factory=dict[str, Value])
    events: tuple[Event, ...] = ()
    fingerprint: str = "undo"


@dataclass(frozen=True, slots=True)
class Spending:
    """A person's caps and what counts against them now, minor units of ``currency``."""

    currency: str
    caps: SpendCaps
    day_spent_minor: int
    month_spent_minor: int


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one kind and currency together, on their normal side."""

    kind: str
    currency: str
    side: str
    balance_minor: int


class LedgerService:
    """The one way to money.

    Args:
        database: Where it is kept.
        clock: For the time of acts, caps and settlement.
        rules: What the operator has set.
    """

    def __init__(self, database: Database, clock: Clock, rules: LedgerRules) -> None:
        self._database = database
        self._clock = clock
        self.rules = rules
        self.zone = ZoneInfo(rules.time_zone)
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
        posting.lock_reversals(connection, act_id=undo.act_id)
        legs = reading.legs_of_act(connection, undo.act_id)
        taken = [leg for leg in legs if leg.credit.kind == "coin.spent"]
        if not taken:
            raise ActNotFound(act_id=undo.act_id)
        no = reading.n_reversing_acts(connection, undo.act_id) + 1
        key = undo.key or f"undo:{undo.act_id}:{no}"
        left = sum(leg.left_minor for leg in taken)
        coins = left if undo.coins is None else undo.coins
        if undo.key is None or not self._is_known(connection, key):
            if not 0 < coins <= left:
                raise AboveLeft(left_minor=left)
            transfers = undo_gift(coins, legs, self._available(connection, legs), COIN)
        else:
            transfers = ()
        act = Act(
            key=key,
            fingerprint=undo.fingerprint,
            kind="undo",
            transfers=transfers,
            events=undo.events,
            subject=f"act:{undo.act_id}",
            maker=undo.maker,
            fields={"undone_act_id": undo.act_id, "coins": coins, **undo.fields},
        )
        return self.post_in(connection, act, also)

    def refund_transfers(
        self, connection: Connection, line_id: str, amount_minor: int, currency: str
    ) -> tuple[Transfer, ...]:
        """Transfers of a refund of an order line: from unearned, or from its shares.

        Args:
            connection: Of the transaction that posts them.
            line_id: As given to the line's transfers.
            amount_minor: At most what was paid and not refunded.
            currency: Of the order.

        Raises:
            AboveLeft: More than is left of the line.
        """
        posting.lock_reversals(connection, line_id=line_id)
        unearned = reading.unearned_of_line(connection, line_id)
        legs = [leg for leg in reading.legs_of_line(connection, line_id) if is_share(leg)]
        left = unearned + sum(leg.left_minor for leg in legs)
        if not 0 < amount_minor <= left:
            raise AboveLeft(left_minor=left)
        first = min(amount_minor, unearned)
        transfers = refund_unearned(first, currency, line_id) if first else ()
        rest = amount_minor - first
        if not rest:
            return transfers
        available = self._available(connection, legs)
        due = site("refund.due", currency)
        return (*transfers, *undo_shares(rest, legs, available, due, "refund"))

    def _is_known(self, connection: Connection, key: str) -> bool:
        return sql.one(connection, "SELECT 1 FROM act WHERE key = ?", key) is not None

    def _available(self, connection: Connection, legs: Sequence[Leg]) -> dict[str, int]:
        owners = {leg.credit.owner for leg in legs if leg.credit.kind == "earned.pending"}
        currencies = {leg.credit.currency for leg in legs if is_share(leg)}
        invariant(len(currencies) <= 1, "shares of one act in several currencies")
        return (
            reading.available_of(connection, owners, currencies.pop())
            if owners and currencies
            else {}
        )

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
        stored = posting_store.acts_by_key(connection, [key]).get(key)
        if stored is None:
            return None
        if stored.fingerprint != fingerprint:
            raise KeyReused
        return posting_store.replay(connection, stored)

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
        return await self._database.read(
            lambda c: self._statement(c, ref, before_id, limit, direction)
        )

    def _statement(
        self,
        connection: Connection,
        ref: AccountRef,
        before_id: int | None,
        limit: int,
        direction: str,
    ) -> StatementPage:
        now = self._clock.now().astimezone(self.zone)
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        row_id = reading.account_id(connection, ref)
        if row_id is None:
            return StatementPage((), Proof(start, 0, 0, 0, 0, 0), None)
        state = reading.balance(connection, ref)
        moved = reading.movement_since(connection, row_id, to_ms(start))
        proof = Proof(
            start,
            moved.opening,
            moved.received,
            moved.spent,
            state.held_minor,
            state.available_minor,
        )
        if direction == "held":
            held = reading.open_holds(connection, row_id, limit)
            return StatementPage(tuple(held), proof, None)
        sides: Direction = "in" if direction == "in" else "out" if direction == "out" else "all"
        before = reading.ID_MAX if before_id is None else before_id
        lines = reading.entries(connection, row_id, before, limit + 1, sides)
        more, lines = len(lines) > limit, lines[:limit]
        while more and lines[-1].group_id and len(lines) < limit + reading.GROUP_MAX:
            following = reading.entries(connection, row_id, lines[-1].id, limit, sides)
            same = [line for line in following if line.group_id == lines[-1].group_id]
            lines += same
            more = bool(following)
            if len(same) < len(following) or not following:
                break
        return StatementPage(folded(lines), proof, lines[-1].id if more and lines else None)

    async def revenue_of(self, *subjects: str) -> list[RevenueLine]:
        """What acts about these subjects earned by kind, less what was undone."""
        return await self._database.read(lambda c: reading.revenue(c, subjects))

    def revenue_in(self, connection: Connection, *subjects: str) -> list[RevenueLine]:
        """As `revenue_of`, inside a larger transaction."""
        return reading.revenue(connection, subjects)

    def left_of_lines_in(self, connection: Connection, line_ids: Sequence[str]) -> int:
        """What of these order lines is unearned or a share that was not taken back, together."""
        return reading.left_of_lines(connection, line_ids)

    # Caps

    async def spending_of(self, party: int, currency: str = "CNY") -> Spending:
        """A person's caps and what counts against them in the present day and month."""
        return await self._database.read(lambda c: self._spending(c, party, currency))

    def _spending(self, connection: Connection, party: int, currency: str) -> Spending:
        now = self._clock.now()
        day, month = period_keys(now, self.zone)
        spent = {
            row[0]: row[1]
            for row in sql.rows(
                connection,
                "SELECT period, spent_minor FROM spend_limit"
                " WHERE party = ? AND currency = ? AND period IN (?, ?)",
                party,
                currency,
                day,
                month,
            )
        }
        own = {
            row[0]: row[1]
            for row in sql.rows(
                connection,
                "SELECT period, cap_minor FROM spend_cap WHERE party = ? AND from_ms <= ?"
                " ORDER BY id",
                party,
                to_ms(now),
            )
        }
        caps = self.rules.caps.lowered_by(own)
        return Spending(currency, caps, spent.get(day, 0), spent.get(month, 0))

    async def set_caps(self, party: int, wanted: dict[CapPeriod, int]) -> Spending:
        """Set a person's own caps: lower ones count at once, higher ones after 24 hours.

        Raises:
            CapInvalid: Not an integer from 0 to the site's cap.
        """
        for period, cap in wanted.items():
            invariant(period in CAP_PERIODS, f"no such period {period}")
            check_cap(cap, self.rules.caps.of(period))
        await self._database.write(lambda c: self._set_caps(c, party, wanted))
        return await self.spending_of(party)

    def _set_caps(self, connection: Connection, party: int, wanted: dict[CapPeriod, int]) -> None:
        present = self._spending(connection, party, COIN.backing or "").caps
        now = self._clock.now()
        for period, cap in wanted.items():
            from_at = now if cap <= present.of(period) else now + RAISE_AFTER
            upkeep.add_cap(connection, party, period, cap, to_ms(from_at))

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
        parties = await self._database.read(lambda c: reading.to_settle(c, last))
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
        found = reading.released(connection, party, currency, day)
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

    async def checkpoint(self) -> int:
        """Sum up all summed accounts; balances then read only what came after."""
        return await self._database.write(upkeep.checkpoint)

    async def prune_refused(self) -> int:
        """Forget refused acts older than 90 days."""
        before = to_ms(self._clock.now() - REFUSED_KEPT)
        return await self._database.write(lambda c: upkeep.prune_refused(c, before))

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

    async def nightly_check(self, only: Collection[int] | None = None) -> list[Finding]:
        """Count everything again (``livelore doctor --money``); an empty list is health.

        Args:
            only: Numbers of invariants of MONEY section 6; default all.
        """
        now = self._clock.now()
        return await self._database.read(lambda c: findings(c, now, self.zone, only))

    async def trial_balance(self) -> list[TrialLine]:
        """Every kind of account and currency with its balance: both sides sum to the same."""
        return await self._database.read(_trial_balance)


def _trial_balance(connection: Connection) -> list[TrialLine]:
    totals: dict[tuple[str, str, str], int] = {}
    for found in reading.balances(connection):
        key = (found.ref.currency, found.ref.kind, found.side)
        totals[key] = totals.get(key, 0) + found.balance_minor
    return [
        TrialLine(kind, currency, side, total)
        for (currency, kind, side), total in sorted(totals.items())
    ]


def _settled_payload(party: str, currency: str, day: date) -> bytes:
    return f'{{"party":"{party}","currency":"{currency}","day":"{day.isoformat()}"}}'.encode()


__all__ = [
    "Also",
    "Balance",
    "Finding",
    "LedgerRules",
    "LedgerService",
    "RevenueLine",
    "Spending",
    "TrialLine",
    "UndoGift",
]
