"""Acts into tables: what a batch needs is read at once, decided in memory, written at once."""

# ruff: noqa: S608  # names of tables and columns are constants; values are parameters

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from livelore.database.engine import is_postgresql
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.model.accounts import ACCOUNT_KINDS, AccountRef
from livelore.knowledge.ledger.model.acts import (
    Act,
    ActResult,
    PostedTransfer,
    Transfer,
    refusal_of,
)
from livelore.knowledge.ledger.model.books import AccountState, Books, Decision, HoldState
from livelore.knowledge.ledger.store import sql

FENCE = 4_805_001
"""Advisory lock on PostgreSQL: shared by postings, exclusive for checkpoints and settlement."""
REVERSAL = 4_805_002
"""Advisory lock on PostgreSQL, with the original's id folded in: its reversals stand in a row."""


_STATE = "a.id, a.balance_minor, a.held_minor, a.held_no, a.closed_at_ms"


@dataclass(frozen=True, slots=True)
class StoredAct:
    """An act that its key found."""

    id: int
    key: str
    fingerprint: str
    code: str | None
    fields: str
    at_ms: int


@dataclass(slots=True)
class Done:
    """An act that was decided, on its way into the tables."""

    act: Act
    act_id: int
    decision: Decision | None
    code: str | None
    fields: Mapping[str, Any]  # Any: JSON values
    transfer_ids: Sequence[int] = ()
    hold_ids: Sequence[int] = ()


def share_fence(connection: Connection) -> None:
    """Take the fence of postings: before ids are drawn, before anything is read."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(%s)", (FENCE,))


def close_fence(connection: Connection) -> None:
    """Wait until no posting is under way, and let none begin, until this transaction ends."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (FENCE,))


def lock_reversals(connection: Connection, *, act_id: int = 0, line_id: str = "") -> None:
    """Before reading what is left of an act's or a line's transfers: let nobody change it.

    Settlement is kept away by the fence, other reversals by a lock on each original.
    """
    share_fence(connection)
    if is_postgresql(connection):
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(%s, (id & 2147483647)::int) FROM"
            " (SELECT id FROM transfer WHERE act_id = %s OR line_id = %s ORDER BY id) originals",
            (REVERSAL, act_id, line_id),
        )


def refs_of(acts: Iterable[Act]) -> set[AccountRef]:
    """Every account that these acts name."""
    refs: set[AccountRef] = set()
    for act in acts:
        for transfer in act.transfers:
            refs.add(transfer.debit)
            refs.add(transfer.credit)
        for opening in act.holds:
            refs.add(opening.account)
    return refs


def accounts(
    connection: Connection, refs: Iterable[AccountRef], *, lock: bool = False
) -> dict[AccountRef, AccountState]:
    """Those of these accounts that exist; locked first where several processes write.

    Lock, then read, in two statements: what the statement that waited has read is stale.
    """
    wanted = list(refs)
    if not wanted:
        return {}
    if is_postgresql(connection):
        arrays = [
            list(part)
            for part in zip(*((r.owner, r.kind, r.currency) for r in wanted), strict=True)
        ]
        source = (
            " FROM account a JOIN unnest(%s::text[], %s::text[], %s::text[])"
            " AS w (owner, kind, currency) USING (owner, kind, currency)"
        )
        if lock:
            connection.exec_driver_sql(
                f"SELECT a.id{source} WHERE a.guarded = 1 ORDER BY a.id FOR UPDATE OF a",
                tuple(arrays),
            )
        found = connection.exec_driver_sql(
            f"SELECT a.kind, a.owner, a.currency, {_STATE}{source}",
            tuple(arrays),
        )
    else:
        found = connection.exec_driver_sql(
            f"SELECT a.kind, a.owner, a.currency, {_STATE}"
            " FROM json_each(?) j CROSS JOIN account a ON a.owner = j.value ->> 0"
            " AND a.kind = j.value ->> 1 AND a.currency = j.value ->> 2",
            (json.dumps([(r.owner, r.kind, r.currency) for r in wanted]),),
        )
    return {
        AccountRef(row[0], row[1], row[2]): AccountState(
            row[3], row[4] or 0, row[5], row[6], row[7] is not None
        )
        for row in found
    }


def make_accounts(connection: Connection, refs: Iterable[AccountRef]) -> None:
    """Open accounts that do not exist yet, in an order that cannot lock two processes up."""
    words = (
        "INSERT INTO account (kind, owner, currency, side, guarded, balance_minor)"
        " SELECT ?, ?, ?, ?, ?, ?"
    )
    words += (
        " ON CONFLICT DO NOTHING"
        if is_postgresql(connection)
        else " WHERE NOT EXISTS (SELECT 1 FROM account WHERE owner = ?2 AND kind = ?1"
        " AND currency = ?3)"
    )
    if is_postgresql(connection):
        words = words.replace(
            "?, ?, ?, ?, ?, ?", "%s::text, %s::text, %s::text, %s::text, %s::bigint, %s::bigint"
        )
    for ref in sorted(refs):
        kind = ACCOUNT_KINDS[ref.kind]
        balance = 0 if kind.is_guarded else None
        connection.exec_driver_sql(
            words, (ref.kind, ref.owner, ref.currency, kind.side, int(kind.is_guarded), balance)
        )


def fill_books(connection: Connection, books: Books, acts: Sequence[Act]) -> None:
    """Read all that deciding these acts takes."""
    hold_ids = [ending.hold_id for act in acts for ending in act.hold_ends]
    refs = refs_of(acts)
    if hold_ids:
        books.holds.update(holds(connection, hold_ids))
        refs |= {hold.account for hold in books.holds.values()}
    books.accounts.update(accounts(connection, refs, lock=True))
    if hold_ids:
        books.holds.update(holds(connection, hold_ids))
    parties = sorted({act.spend.party for act in acts if act.spend is not None})
    if parties:
        _fill_spending(connection, books, parties)


def _fill_spending(connection: Connection, books: Books, parties: list[int]) -> None:
    given = sql.a_list(connection, parties)
    for row in sql.rows(
        connection,
        "SELECT party, currency, period, spent_minor FROM spend_limit"
        f" WHERE {sql.among(connection, 'party')} AND period IN (?, ?)",
        given,
        *books.periods,
    ):
        books.spent[row[0], row[1], row[2]] = row[3]
    for row in sql.rows(
        connection,
        "SELECT party, period, cap_minor FROM spend_cap"
        f" WHERE {sql.among(connection, 'party')} AND from_ms <= ? ORDER BY id",
        given,
        to_ms(books.now),
    ):
        books.own_caps.setdefault(row[0], {})[row[1]] = row[2]


def holds(connection: Connection, hold_ids: Sequence[int]) -> dict[int, HoldState]:
    """These holds, open or ended."""
    return {
        row[0]: HoldState(AccountRef(row[1], row[2], row[3]), row[4], row[5] is not None)
        for row in sql.rows(
            connection,
            "SELECT h.id, a.kind, a.owner, a.currency, h.amount_minor, e.outcome"
            " FROM hold h JOIN account a ON a.id = h.account_id"
            f" LEFT JOIN hold_end e ON e.hold_id = h.id WHERE {sql.among(connection, 'h.id')}",
            sql.a_list(connection, hold_ids),
        )
    }


def acts_by_key(connection: Connection, keys: Sequence[str]) -> dict[str, StoredAct]:
    """Acts whose keys were used before."""
    return {
        row[1]: StoredAct(*row)
        for row in sql.rows(
            connection,
            "SELECT id, key, fingerprint, code, fields, at_ms FROM act"
            f" WHERE {sql.among(connection, 'key')}",
            sql.a_list(connection, keys),
        )
    }


def question(connection: Connection, act_id: int) -> tuple[str, Mapping[str, Any]] | None:
    """Key and fields of a refused act that asked for confirmation."""
    found = sql.rows(
        connection,
        "SELECT key, fields FROM act WHERE id = ? AND code = 'spend.confirmation_needed'",
        act_id,
    )
    return (found[0][0], json.loads(found[0][1])) if found else None


def replay(connection: Connection, stored: StoredAct) -> ActResult:
    """The result of an act done or refused before, from its rows."""
    fields = json.loads(stored.fields)
    if stored.code is not None:
        error = refusal_of(stored.code, fields)
        return ActResult(stored.id, stored.at_ms, True, (), (), fields, error)
    opened = sql.rows(connection, "SELECT id FROM hold WHERE act_id = ? ORDER BY id", stored.id)
    return ActResult(
        stored.id,
        stored.at_ms,
        True,
        posted_transfers(connection, stored.id),
        tuple(row[0] for row in opened),
        fields,
    )


def posted_transfers(connection: Connection, act_id: int) -> tuple[PostedTransfer, ...]:
    """The transfers of an act, in order."""
    return tuple(
        PostedTransfer(
            row[0],
            Transfer(
                AccountRef(row[1], row[2], row[3]),
                AccountRef(row[4], row[5], row[3]),
                row[6],
                row[7],
                row[8],
                row[9],
                None if row[10] is None else date.fromisoformat(row[10]),
                row[11],
            ),
            row[12],
            row[13],
        )
        for row in sql.rows(
            connection,
            "SELECT t.id, d.kind, d.owner, t.currency, c.kind, c.owner, t.amount_minor, t.reason,"
            " t.hold_id, t.reverses, t.release_on, t.line_id, t.debit_after, t.credit_after"
            " FROM transfer t JOIN account d ON d.id = t.debit_account"
            " JOIN account c ON c.id = t.credit_account WHERE t.act_id = ? ORDER BY t.id",
            act_id,
        )
    )


def result_of(one: Done, at_ms: int) -> ActResult:
    """What the caller is told."""
    if one.decision is None:
        error = refusal_of(one.code or "", one.fields)
        return ActResult(one.act_id, at_ms, False, (), (), one.fields, error)
    posted = tuple(
        PostedTransfer(number, moved.transfer, moved.debit_after, moved.credit_after)
        for number, moved in zip(one.transfer_ids, one.decision.moved, strict=True)
    )
    return ActResult(one.act_id, at_ms, False, posted, tuple(one.hold_ids), one.fields)
