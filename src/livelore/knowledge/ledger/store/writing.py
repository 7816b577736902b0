"""Acts that were decided, into tables: every row of a batch in one statement a table."""

from collections.abc import Sequence

from sqlalchemy import Connection

from livelore.database.engine import signal
from livelore.kit.errors import invariant
from livelore.kit.times import to_ms
from livelore.knowledge.ledger.model.accounts import AccountRef
from livelore.knowledge.ledger.model.acts import (
    fields_json,
    with_act_id,
)
from livelore.knowledge.ledger.model.books import Books
from livelore.knowledge.ledger.store import sql
from livelore.knowledge.ledger.store.posting import Done, accounts, make_accounts, refs_of

_ACT = [
    "id",
    "key",
    "fingerprint",
    "kind",
    "outcome",
    "code",
    "n_transfers",
    "group_id",
    "subject",
    "maker",
    "checker",
    "fields",
    "at_ms",
]


_TRANSFER = [
    "id",
    "act_id",
    "debit_account",
    "credit_account",
    "currency",
    "amount_minor",
    "reason",
    "debit_after",
    "credit_after",
    "hold_id",
    "reverses",
    "release_on",
    "line_id",
]


_OUTBOX = ["act_id", "topic", "payload", "at_ms"]


_SPENT = ["party", "currency", "period", "spent_minor", "cap_minor"]


_HOLD = ["id", "act_id", "account_id", "amount_minor", "expires_at_ms", "held_no", "held_after"]


_HOLD_END = ["hold_id", "account_id", "act_id", "outcome", "posted_minor", "held_no", "held_after"]


def write(connection: Connection, books: Books, done: Sequence[Done], at_ms: int) -> None:
    """Write acts that were decided: act, ended holds, transfers, new holds, counters, outbox."""
    ids = _account_ids(connection, books, done)
    sql.insert(connection, "act", _ACT, [_act_row(one, at_ms) for one in done])
    sql.insert(connection, "hold_end", _HOLD_END, _hold_end_rows(books, done, ids))
    sql.insert(connection, "transfer", _TRANSFER, _transfer_rows(connection, done, ids))
    sql.insert(connection, "hold", _HOLD, _hold_rows(connection, done, ids))
    _write_spent(connection, books, done)
    events = [
        (one.act_id, event.topic, with_act_id(event, one.act_id), at_ms)
        for one in done
        if one.decision is not None
        for event in one.act.events
    ]
    if events:
        sql.insert(connection, "outbox", _OUTBOX, events)
        signal(connection, "outbox")


def _account_ids(
    connection: Connection, books: Books, done: Sequence[Done]
) -> dict[AccountRef, int]:
    refs = refs_of(one.act for one in done if one.decision is not None)
    for one in done:
        refs |= {books.holds[ending.hold_id].account for ending in one.act.hold_ends}
    found = {ref: state.id for ref, state in books.accounts.items() if ref in refs}
    missing = [ref for ref in refs if found.get(ref) is None]
    if missing:
        make_accounts(connection, missing)
        found |= {ref: state.id for ref, state in accounts(connection, missing).items()}
    known = {ref: number for ref, number in found.items() if number is not None}
    invariant(len(known) == len(refs), "an account could not be opened")
    return known


def _act_row(one: Done, at_ms: int) -> sql.Row:
    act = one.act
    return (
        one.act_id,
        act.key,
        act.fingerprint,
        act.kind,
        "done" if one.code is None else "refused",
        one.code,
        len(act.transfers) if one.code is None else 0,
        act.group_id,
        act.subject,
        act.maker,
        act.checker,
        fields_json(one.fields),
        at_ms,
    )


def _transfer_rows(
    connection: Connection, done: Sequence[Done], ids: dict[AccountRef, int]
) -> list[sql.Row]:
    n = sum(len(one.decision.moved) for one in done if one.decision is not None)
    numbers = sql.next_ids(connection, "transfer", n) if n else []
    at, made = 0, list[sql.Row]()
    for one in done:
        if one.decision is None:
            continue
        one.transfer_ids = numbers[at : at + len(one.decision.moved)]
        at += len(one.decision.moved)
        for number, moved in zip(one.transfer_ids, one.decision.moved, strict=True):
            transfer = moved.transfer
            made.append(
                (
                    number,
                    one.act_id,
                    ids[transfer.debit],
                    ids[transfer.credit],
                    transfer.debit.currency,
                    transfer.amount_minor,
                    transfer.reason,
                    moved.debit_after,
                    moved.credit_after,
                    transfer.hold_id,
                    transfer.reverses,
                    None if transfer.release_on is None else transfer.release_on.isoformat(),
                    transfer.line_id,
                )
            )
    return made


def _hold_end_rows(books: Books, done: Sequence[Done], ids: dict[AccountRef, int]) -> list[sql.Row]:
    return [
        (
            ending.hold_id,
            ids[change.account],
            one.act_id,
            ending.outcome,
            ending.posted_minor,
            change.held_no,
            change.held_after,
        )
        for one in done
        if one.decision is not None
        for ending, change in zip(one.act.hold_ends, one.decision.ended, strict=True)
    ]


def _hold_rows(
    connection: Connection, done: Sequence[Done], ids: dict[AccountRef, int]
) -> list[sql.Row]:
    made: list[sql.Row] = []
    for one in done:
        if one.decision is None or not one.act.holds:
            continue
        one.hold_ids = sql.next_ids(connection, "hold", len(one.act.holds))
        made += [
            (
                number,
                one.act_id,
                ids[change.account],
                opening.amount_minor,
                to_ms(opening.expires_at),
                change.held_no,
                change.held_after,
            )
            for number, opening, change in zip(
                one.hold_ids, one.act.holds, one.decision.opened, strict=True
            )
        ]
    return made


def _write_spent(connection: Connection, books: Books, done: Sequence[Done]) -> None:
    added: dict[tuple[int, str, str], list[int]] = {}
    for one in done:
        spend = one.act.spend
        if spend is None or one.decision is None:
            continue
        caps = books.caps_of(spend.party)
        for key, cap in zip(books.periods, (caps.day_minor, caps.month_minor), strict=True):
            total = added.setdefault((spend.party, spend.currency, key), [0, cap])
            total[0] += spend.amount_minor
    sql.insert(
        connection,
        "spend_limit",
        _SPENT,
        [(*key, total, cap) for key, (total, cap) in sorted(added.items())],
        "ON CONFLICT (party, currency, period) DO UPDATE SET"
        " spent_minor = spend_limit.spent_minor + excluded.spent_minor,"
        " cap_minor = excluded.cap_minor",
    )
