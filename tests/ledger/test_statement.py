"""A statement adds up, page by page, whatever was done; planted mistakes are found."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from livelore.database.engine import Database, is_postgresql
from livelore.knowledge.ledger.model import Event, wallet_of
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from tests.fakes import FakeClock
from tests.ledger.makers import gift_act, send, topup_act, viewer_with


async def test_pages_give_every_entry_once_newest_first(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    for coins in range(1, 24):
        await send(ledger, viewer, host, coins)
    deltas: list[int] = []
    before: int | None = None
    while True:
        page = await ledger.statement(wallet_of(viewer), before_id=before, limit=5)
        deltas += [line.delta for line in page.lines]
        before = page.next_id
        if before is None:
            break
    assert deltas == [*(-coins for coins in range(23, 0, -1)), 1000]


async def test_a_combo_is_one_line_even_where_a_page_ends(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    for _ in range(40):
        await send(ledger, viewer, host, 2, group_id="combo-1")
    await send(ledger, viewer, host, 5)
    page = await ledger.statement(wallet_of(viewer), limit=4)
    assert [(line.delta, line.group_count) for line in page.lines] == [(-5, 1), (-80, 40)]
    rest = await ledger.statement(wallet_of(viewer), before_id=page.next_id, limit=4)
    assert [line.delta for line in rest.lines] == [1000]
    assert rest.next_id is None


async def test_in_and_out_are_told_apart(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    sent = await send(ledger, viewer, host, 7)
    await ledger.undo_gift(UndoGift(sent.act_id, 3))
    came = await ledger.statement(wallet_of(viewer), direction="in")
    went = await ledger.statement(wallet_of(viewer), direction="out")
    assert [line.delta for line in came.lines] == [3, 1000]
    assert [line.delta for line in went.lines] == [-7]


async def test_the_proof_of_a_month_starts_from_the_balance_before_it(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    await send(ledger, viewer, host, 100)
    clock.advance(timedelta(days=10).total_seconds())
    await send(ledger, viewer, host, 50)
    await ledger.post(topup_act(viewer, 200))
    proof = (await ledger.statement(wallet_of(viewer))).proof
    assert (proof.opening, proof.received, proof.spent) == (900, 200, 50)
    assert (proof.held, proof.available) == (0, 1050)
    assert proof.is_proved
    assert proof.period_start.isoformat() == "2026-12-01T00:00:00+08:00"


async def test_an_empty_wallet_has_an_empty_statement(ledger: LedgerService) -> None:
    page = await ledger.statement(wallet_of(await ledger.party_of("nobody")))
    assert (page.lines, page.next_id, page.proof.is_proved) == ((), None, True)


def unguarded(connection: Connection, *statements: str) -> None:
    """Write as somebody who has switched the guards off."""
    if is_postgresql(connection):
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars()
        for name in list(names):
            connection.execute(text(f"DROP TRIGGER {name}"))
    for statement in statements:
        connection.execute(text(statement))


WALLET = "(SELECT id FROM account WHERE kind = 'coins.paid' AND owner = '1')"
NEWEST_GIFT = "(SELECT max(id) FROM act WHERE kind = 'gift' AND outcome = 'done')"
PLANTED = {
    "balance by hand": (
        f"UPDATE account SET balance_minor = 1 WHERE id = {WALLET}",
        {1, 3, 10, 11},
    ),
    "money side removed": (
        f"DELETE FROM transfer WHERE act_id = {NEWEST_GIFT} AND currency = 'CNY'",
        {3, 6},
    ),
    "amount changed": (
        f"UPDATE transfer SET amount_minor = 9 WHERE act_id = {NEWEST_GIFT}"
        " AND reason = 'gift.earned'",
        {3, 6},
    ),
    "counter lowered": ("UPDATE spend_limit SET spent_minor = 1", {22}),
    "event lost": ("DELETE FROM outbox WHERE topic = 'GiftSent'", {25}),
    "checkpoint wrong": ("UPDATE checkpoint SET credits = credits + 1 WHERE credits > 0", {3}),
    "settled in secret": (
        "INSERT INTO settlement (party, currency, day, act_id)"
        " SELECT '2', 'CNY', '2026-12-31', max(id) FROM act",
        {15},
    ),
    "refused act turned done": (
        "UPDATE act SET n_transfers = 3, outcome = 'done', code = NULL WHERE outcome = 'refused'",
        {6},
    ),
    "reversed twice": (
        "UPDATE transfer SET amount_minor = 31 WHERE reason = 'undo.coins'",
        {9},
    ),
    "held without a hold": (f"UPDATE account SET held_minor = 5 WHERE id = {WALLET}", {8}),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_the_nightly_check_finds_what_was_planted(
    unchecked_ledger: LedgerService, db: Database, planted: str
) -> None:
    ledger = unchecked_ledger
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    undone = await send(ledger, viewer, host, 30)
    told = (Event("GiftUndone", b"{}"),)
    await ledger.undo_gift(UndoGift(undone.act_id, events=told))
    await send(ledger, viewer, host, 20)
    await ledger.submit(gift_act(ledger, viewer, host, 4000))
    await ledger.checkpoint()
    assert await ledger.nightly_check() == []
    statement, expected = PLANTED[planted]
    await db.write(lambda c: unguarded(c, statement))
    found = {finding.invariant for finding in await ledger.nightly_check()}
    assert expected <= found
