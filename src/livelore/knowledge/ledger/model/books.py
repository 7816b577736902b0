"""What a batch of acts does to accounts, decided in memory before the database is asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from livelore.kit.errors import invariant
from livelore.knowledge.ledger.errors import (
    AccountClosed,
    HoldEnded,
    HoldNotFound,
    InsufficientFunds,
)
from livelore.knowledge.ledger.model.accounts import AccountRef
from livelore.knowledge.ledger.model.acts import (
    Act,
    HoldEnding,
    HoldOpening,
    Spend,
    Transfer,
    is_growing,
)
from livelore.knowledge.ledger.model.spend import (
    Period,
    SpendCaps,
    check_caps,
    confirmation_fields,
)


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as a batch finds it; ``id`` None: it does not exist yet."""

    id: int | None = None
    balance_minor: int = 0
    held_minor: int = 0
    held_no: int = 0
    is_closed: bool = False

    @property
    def available_minor(self) -> int:
        """What may be drawn."""
        return self.balance_minor - self.held_minor


@dataclass(frozen=True, slots=True)
class HoldState:
    """An open or ended hold."""

    account: AccountRef
    amount_minor: int
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer with the balances after it; None for summed accounts."""

    transfer: Transfer
    debit_after: int | None
    credit_after: int | None


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A hold opened or ended, with the account's held sum and count of changes after it."""

    account: AccountRef
    held_after: int
    held_no: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What an act does, when it is done."""

    moved: tuple[Moved, ...]
    opened: tuple[HeldChange, ...]
    ended: tuple[HeldChange, ...]


@dataclass(slots=True)
class Books:
    """Accounts, holds and counters that a batch touches, kept in step with each act done.

    Attributes:
        now: When the batch runs.
        periods: Keys of the present day and month.
        site_caps: Caps of the site, per currency of money.
    """

    now: datetime
    periods: tuple[str, str]
    site_caps: SpendCaps
    accounts: dict[AccountRef, AccountState] = field(default_factory=dict[AccountRef, AccountState])
    holds: dict[int, HoldState] = field(default_factory=dict[int, HoldState])
    spent: dict[tuple[int, str, str], int] = field(default_factory=dict[tuple[int, str, str], int])
    own_caps: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]])

    def decide(
        self, act: Act, confirmed: str | None = None
    ) -> Decision | dict[str, str | int | bool | None]:
        """Do an act in memory.

        Args:
            act: Its form is right already.
            confirmed: What an earlier question was bound to, if its token came with this act.

        Returns:
            The decision, or the fields of a confirmation that is needed first (nothing is done).

        Raises:
            AppError: The act is refused, for the state of things; nothing is done.
        """
        periods = self._periods_of(act.spend)
        if act.spend is not None:
            check_caps(act.spend, self.caps_of(act.spend.party).tip_minor, periods)
        fresh: dict[AccountRef, AccountState] = {}
        ended = tuple(self._end(ending, fresh) for ending in act.hold_ends)
        moved = tuple(self._move(transfer, fresh) for transfer in act.transfers)
        opened = tuple(self._open(opening, fresh) for opening in act.holds)
        if act.spend is not None:
            fields = confirmation_fields(act.spend, periods)
            if fields and fields["bound_to"] != confirmed:
                return fields
            self._count(act.spend, periods)
        self._keep(act.hold_ends, fresh)
        return Decision(moved, opened, ended)

    def caps_of(self, party: int) -> SpendCaps:
        """The caps that count for a party now."""
        own = self.own_caps.get(party)
        return self.site_caps.lowered_by(own) if own else self.site_caps

    def _periods_of(self, spend: Spend | None) -> tuple[Period, ...]:
        if spend is None:
            return ()
        caps = self.caps_of(spend.party)
        day, month = self.periods
        return (
            Period("day", day, self._spent(spend, day), caps.day_minor),
            Period("month", month, self._spent(spend, month), caps.month_minor),
        )

    def _spent(self, spend: Spend, key: str) -> int:
        return self.spent.get((spend.party, spend.currency, key), 0)

    def _count(self, spend: Spend, periods: Iterable[Period]) -> None:
        for period in periods:
            key = (spend.party, spend.currency, period.key)
            self.spent[key] = period.spent_minor + spend.amount_minor

    def _keep(self, endings: Iterable[HoldEnding], fresh: dict[AccountRef, AccountState]) -> None:
        self.accounts.update(fresh)
        for ending in endings:
            self.holds[ending.hold_id] = replace(self.holds[ending.hold_id], is_ended=True)

    def _state(self, ref: AccountRef, fresh: dict[AccountRef, AccountState]) -> AccountState:
        state = fresh.get(ref) or self.accounts.get(ref) or AccountState()
        if state.is_closed:
            raise AccountClosed(kind=ref.kind)
        return state

    def _move(self, transfer: Transfer, fresh: dict[AccountRef, AccountState]) -> Moved:
        return Moved(
            transfer,
            self._entry(transfer.debit, transfer.amount_minor, fresh, is_debit=True),
            self._entry(transfer.credit, transfer.amount_minor, fresh, is_debit=False),
        )

    def _entry(
        self,
        ref: AccountRef,
        amount_minor: int,
        fresh: dict[AccountRef, AccountState],
        *,
        is_debit: bool,
    ) -> int | None:
        state = self._state(ref, fresh)
        if not ref.is_guarded:
            return None
        is_up = is_growing(ref, is_debit=is_debit)
        if not is_up and state.available_minor < amount_minor:
            raise InsufficientFunds(
                kind=ref.kind,
                currency=ref.currency,
                needed_minor=amount_minor,
                available_minor=state.available_minor,
            )
        after = state.balance_minor + (amount_minor if is_up else -amount_minor)
        fresh[ref] = replace(state, balance_minor=after)
        return after

    def _open(self, opening: HoldOpening, fresh: dict[AccountRef, AccountState]) -> HeldChange:
        ref, amount = opening.account, opening.amount_minor
        invariant(ref.is_guarded and amount > 0, "a hold is on a guarded account")
        state = self._state(ref, fresh)
        if state.available_minor < amount:
            raise InsufficientFunds(
                kind=ref.kind,
                currency=ref.currency,
                needed_minor=amount,
                available_minor=state.available_minor,
            )
        return self._held(ref, state, amount, fresh)

    def _end(self, ending: HoldEnding, fresh: dict[AccountRef, AccountState]) -> HeldChange:
        hold = self.holds.get(ending.hold_id)
        if hold is None:
            raise HoldNotFound(hold_id=ending.hold_id)
        if hold.is_ended:
            raise HoldEnded(hold_id=ending.hold_id)
        invariant(
            0 <= ending.posted_minor <= hold.amount_minor
            and (ending.posted_minor > 0) == (ending.outcome == "posted"),
            "a hold is posted in part or whole, or not at all",
        )
        return self._held(hold.account, self._state(hold.account, fresh), -hold.amount_minor, fresh)

    def _held(
        self,
        ref: AccountRef,
        state: AccountState,
        change_minor: int,
        fresh: dict[AccountRef, AccountState],
    ) -> HeldChange:
        after = replace(
            state, held_minor=state.held_minor + change_minor, held_no=state.held_no + 1
        )
        fresh[ref] = after
        return HeldChange(ref, after.held_minor, after.held_no)
