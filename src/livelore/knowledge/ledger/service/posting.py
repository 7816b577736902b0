"""Batches of acts: decided in memory, written together, each one's answer its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from livelore.database.dialects import is_out_of_space, is_retryable
from livelore.kit.errors import AppError, InvariantError
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.errors import (
    AboveLeft,
    AccountClosed,
    HoldEnded,
    InsufficientFunds,
    KeyReused,
    SettlementClosed,
    SpendLimitReached,
)
from livelore.knowledge.ledger.model.acts import Act, ActResult, check_act
from livelore.knowledge.ledger.model.books import Books, Decision
from livelore.knowledge.ledger.model.spend import (
    SpendCaps,
    asked_act_id,
    confirmation_token,
    period_keys,
)
from livelore.knowledge.ledger.store import posting as store
from livelore.knowledge.ledger.store import sql, writing

Also = Callable[[Connection, ActResult], None]
"""More to do in the act's transaction, once its rows are written. A refusal (`AppError`) that it
raises refuses the act, for ever; anything else undoes it and binds nothing."""

TRIES_MAX = 3
"""Runs of one act whose key or account another process made at the same moment."""
_MADE_MEANWHILE = frozenset({"act_key", "account_is", "account_pkey", "act_pkey"})
_REFUSALS: dict[str, type[AppError]] = {
    "account_floor": InsufficientFunds,
    "spend_within_cap": SpendLimitReached,
    "transfer_account_closed": AccountClosed,
    "hold_account": AccountClosed,
    "hold_end_once": HoldEnded,
    "hold_end_no_replace": HoldEnded,
    "transfer_reversal_sum": AboveLeft,
    "transfer_release_settled": SettlementClosed,
    "settlement_once": SettlementClosed,
    "settlement_no_replace": SettlementClosed,
    "settlement_rises": SettlementClosed,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One act that waits for its batch."""

    act: Act
    also: Also | None = None


class RunAlone(Exception):
    """A batch cannot be done together: each of its acts is run by itself."""


def told(error: DBAPIError) -> Exception:
    """A refusal of the database in our words: an expected one by its code, else a broken rule."""
    name = sql.constraint_of(error)
    if name in _REFUSALS:
        return _REFUSALS[name](constraint=name)
    return InvariantError(f"the database refused an act: {name or error.orig}")


class Poster:
    """Writes batches of acts on a connection.

    Args:
        now: The present time.
        zone: The site's, for days and months of caps.
        caps: The site's caps.
    """

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, caps: SpendCaps) -> None:
        self._now = now
        self._zone = zone
        self._caps = caps

    def batch(self, connection: Connection, items: Sequence[Item]) -> list[ActResult | Exception]:
        """Post acts in order, in the caller's transaction.

        Returns:
            For each act its result (done, refused or replayed), or the error that bound nothing.

        Raises:
            RunAlone: One of several cannot be done with the others.
            DBAPIError: The database refused one of several; run each alone.
        """
        if len(items) == 1:
            return [self._alone(connection, items[0])]
        return self._together(connection, items)

    def _alone(self, connection: Connection, item: Item) -> ActResult | Exception:
        for _ in range(TRIES_MAX):
            connection.exec_driver_sql("SAVEPOINT act")
            try:
                result = self._together(connection, [item])[0]
            except AppError as refusal:
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT act")
                result = self._refused_by_also(connection, item, refusal)
            except DBAPIError as error:
                if is_retryable(error) or is_out_of_space(error):
                    raise
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT act")
                if sql.constraint_of(error) in _MADE_MEANWHILE:
                    continue
                result = told(error)
            connection.exec_driver_sql("RELEASE SAVEPOINT act")
            return result
        return InvariantError(f"the act {item.act.key} met itself {TRIES_MAX} times")

    def _refused_by_also(
        self, connection: Connection, item: Item, refusal: AppError
    ) -> ActResult | Exception:
        if refusal.retryable or refusal.status in {400, 401, 413, 429}:
            return refusal
        store.share_fence(connection)
        act_id = sql.next_ids(connection, "act", 1)[0]
        now = self._now()
        done = store.Done(item.act, act_id, None, refusal.code, refusal.fields)
        writing.write(connection, self._books(now), [done], to_ms(now))
        return store.result_of(done, to_ms(now))

    def _books(self, now: datetime) -> Books:
        return Books(now, period_keys(now, self._zone), self._caps)

    def _together(
        self, connection: Connection, items: Sequence[Item]
    ) -> list[ActResult | Exception]:
        batch = _Batch(connection, self._books(self._now()), items)
        return batch.run()


class _Batch:
    """One run over acts that wait together."""

    def __init__(self, connection: Connection, books: Books, items: Sequence[Item]) -> None:
        self._connection = connection
        self._books = books
        self._items = items
        self._at_ms = to_ms(books.now)
        self._done: dict[str, store.Done] = {}
        self._act_ids: list[int] = []

    def run(self) -> list[ActResult | Exception]:
        acts = [item.act for item in self._items]
        if len(acts) > 1 and any(act.holds or act.hold_ends for act in acts):
            raise RunAlone
        store.share_fence(self._connection)
        store.fill_books(self._connection, self._books, acts)
        stored = store.acts_by_key(self._connection, [act.key for act in acts])
        new = [act.key for act in acts if act.key not in stored]
        self._act_ids = sql.next_ids(self._connection, "act", len(new)) if new else []
        answers = [self._answer(act, stored.get(act.key)) for act in acts]
        writing.write(self._connection, self._books, list(self._done.values()), self._at_ms)
        results = [
            store.result_of(answer, self._at_ms) if isinstance(answer, store.Done) else answer
            for answer in answers
        ]
        self._do_also(results)
        return self._as_replays(results)

    def _answer(
        self, act: Act, stored: store.StoredAct | None
    ) -> store.Done | ActResult | Exception:
        if stored is not None:
            if stored.fingerprint != act.fingerprint:
                return KeyReused()
            return store.replay(self._connection, stored)
        earlier = self._done.get(act.key)
        if earlier is not None:
            same = earlier.act.fingerprint == act.fingerprint
            return earlier if same else KeyReused()
        try:
            check_act(act)
        except (AppError, InvariantError) as error:
            return error
        done = self._decided(act, self._act_ids[len(self._done)])
        self._done[act.key] = done
        return done

    def _decided(self, act: Act, act_id: int) -> store.Done:
        try:
            decision = self._books.decide(act, self._confirmed(act))
        except AppError as refusal:
            return store.Done(act, act_id, None, refusal.code, refusal.fields)
        if isinstance(decision, Decision):
            return store.Done(act, act_id, decision, None, act.fields)
        token = confirmation_token(act_id, act.key, decision)
        fields = {**decision, "token": token}
        return store.Done(act, act_id, None, "spend.confirmation_needed", fields)

    def _confirmed(self, act: Act) -> str | None:
        token = act.spend.confirmation if act.spend else None
        asked = asked_act_id(token) if token else None
        found = store.question(self._connection, asked) if asked is not None else None
        if asked is None or found is None or act.spend is None:
            return None
        key, fields = found
        is_right = fields["party"] == act.spend.party and token == confirmation_token(
            asked, key, fields
        )
        return str(fields["bound_to"]) if is_right else None

    def _do_also(self, results: Sequence[ActResult | Exception]) -> None:
        for item, result in zip(self._items, results, strict=True):
            if item.also is None or not isinstance(result, ActResult):
                continue
            if result.is_replay or result.error is not None:
                continue
            if self._done[item.act.key].act is not item.act:
                continue
            try:
                item.also(self._connection, result)
            except Exception as error:
                if len(self._items) > 1:
                    raise RunAlone from error
                raise

    def _as_replays(self, results: list[ActResult | Exception]) -> list[ActResult | Exception]:
        """The second of one key in one batch is a replay of the first."""
        seen: set[int] = set()
        answers: list[ActResult | Exception] = []
        for result in results:
            answer = result
            if isinstance(result, ActResult):
                if result.act_id in seen and not result.is_replay:
                    answer = _replayed(result)
                seen.add(result.act_id)
            answers.append(answer)
        return answers


def _replayed(result: ActResult) -> ActResult:
    fields: dict[str, Any] = {  # Any: JSON values
        name: getattr(result, name)
        for name in ("act_id", "at_ms", "transfers", "hold_ids", "fields", "error")
    }
    return ActResult(is_replay=True, **fields)
