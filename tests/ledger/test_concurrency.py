"""Several processes' worth of sessions on PostgreSQL: nothing overdrawn, doubled or lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from livelore.database.engine import Database
from livelore.kit.errors import AppError
from livelore.knowledge.ledger.errors import AboveLeft, AccountClosed, HoldEnded
from livelore.knowledge.ledger.model import (
    Act,
    HoldEnding,
    HoldOpening,
    account,
    wallet_of,
)
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from livelore.knowledge.ledger.store import reading, upkeep
from tests.fakes import FakeClock
from tests.ledger.conftest import RULES, assert_books_agree
from tests.ledger.makers import gift_act, send, viewer_with

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
SESSIONS = 8


@pytest.fixture
async def ledgers(database_url: str, clock: FakeClock) -> AsyncIterator[list[LedgerService]]:
    """As many writers as there would be processes, each with its own session."""
    databases = [Database.open(database_url) for _ in range(SESSIONS)]
    services = [LedgerService(database, clock, RULES) for database in databases]
    yield services
    await assert_books_agree(services[0])
    assert await services[0].nightly_check({3, 6, 8, 9, 22}) == []
    for database in databases:
        await database.close()


async def test_one_viewer_spends_from_all_sessions_and_never_too_much(
    ledgers: list[LedgerService],
) -> None:
    viewer, host = await viewer_with(ledgers[0], 1430), await ledgers[0].party_of("host")
    results = await asyncio.gather(
        *(
            ledger.submit(gift_act(ledger, viewer, host, 10))
            for ledger in ledgers
            for _ in range(25)
        )
    )
    assert sum(result.error is None for result in results) == 143
    assert (await ledgers[0].wallet(viewer)).balance_minor == 0


async def test_one_key_from_all_sessions_at_once_is_one_act(ledgers: list[LedgerService]) -> None:
    viewer, host = await viewer_with(ledgers[0], 1000), await ledgers[0].party_of("host")
    for number in range(5):
        act = gift_act(ledgers[0], viewer, host, 10, key=f"same-{number}")
        results = await asyncio.gather(*(ledger.post(act) for ledger in ledgers))
        assert sum(result.is_replay for result in results) == SESSIONS - 1
        assert len({result.act_id for result in results}) == 1
    assert (await ledgers[0].wallet(viewer)).balance_minor == 950


async def test_undoing_one_gift_from_all_sessions_gives_back_only_what_it_was(
    ledgers: list[LedgerService],
) -> None:
    viewer, host = await viewer_with(ledgers[0], 100), await ledgers[0].party_of("host")
    sent = await send(ledgers[0], viewer, host, 37)
    results = await asyncio.gather(
        *(
            ledger.undo_gift(UndoGift(sent.act_id, 1, key=f"undo-{index}-{number}"))
            for index, ledger in enumerate(ledgers)
            for number in range(6)
        ),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(result, AboveLeft) for result in refused), refused
    assert len(results) - len(refused) == 37
    assert (await ledgers[0].wallet(viewer)).balance_minor == 100


async def test_checkpoints_taken_under_load_stay_right(ledgers: list[LedgerService]) -> None:
    host = await ledgers[0].party_of("host")
    viewers = [
        await viewer_with(ledger, 1000, f"viewer-{index}") for index, ledger in enumerate(ledgers)
    ]

    async def press(ledger: LedgerService, viewer: int) -> None:
        for _ in range(20):
            await send(ledger, viewer, host, 3)

    async def sum_up() -> None:
        for _ in range(15):
            await ledgers[0].checkpoint()
            await asyncio.sleep(0.01)

    await asyncio.gather(sum_up(), *map(press, ledgers[1:], viewers[1:]))
    assert await ledgers[0].nightly_check({3}) == []
    earned = await ledgers[0].balance(account("earned.pending", host, "CNY"))
    fee = await ledgers[0].balance(account("fee.pending", host, "CNY"))
    assert earned.balance_minor + fee.balance_minor == (SESSIONS - 1) * 20 * 30


async def test_settlement_beside_gifts_settles_every_share_once(
    ledgers: list[LedgerService], clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledgers[0], 1000), await ledgers[0].party_of("host")
    for _ in range(10):
        await send(ledgers[0], viewer, host, 10)
    clock.advance(timedelta(days=7).total_seconds())
    await asyncio.gather(
        *(ledger.settle() for ledger in ledgers[:4]),
        *(send(ledger, viewer, host, 10) for ledger in ledgers[4:]),
        return_exceptions=True,
    )
    await ledgers[0].settle()
    available = await ledgers[0].balance(account("earned.available", host, "CNY"))
    assert available.balance_minor == 850


async def test_a_hold_answered_and_expired_at_once_ends_once(
    ledgers: list[LedgerService], clock: FakeClock
) -> None:
    viewer = await viewer_with(ledgers[0], 100)
    until = clock.now() + timedelta(hours=1)
    for number in range(5):
        asked = await ledgers[0].post(
            Act(f"ask-{number}", "f", "q", holds=(HoldOpening(wallet_of(viewer), 20, until),))
        )
        ends = [
            Act(
                f"end-{number}-{index}",
                "f",
                "end",
                hold_ends=(HoldEnding(asked.hold_ids[0], "voided"),),
            )
            for index in range(SESSIONS)
        ]
        results = await asyncio.gather(
            *(ledger.submit(act) for ledger, act in zip(ledgers, ends, strict=True))
        )
        assert sum(result.error is None for result in results) == 1
        assert {type(result.error) for result in results} <= {type(None), HoldEnded}
    assert (await ledgers[0].wallet(viewer)).available_minor == 100


async def test_a_gift_against_the_closing_of_its_account(ledgers: list[LedgerService]) -> None:
    for number in range(5):
        viewer = await viewer_with(ledgers[0], 10, f"leaver-{number}")
        host = await ledgers[0].party_of("host")
        await send(ledgers[0], viewer, host, 10)
        found = await ledgers[0]._database.read(
            lambda c: reading.account_id(c, wallet_of(viewer))  # noqa: B023
        )
        assert found is not None
        row_id = found
        results = await asyncio.gather(
            ledgers[1]._database.write(lambda c: upkeep.close_account(c, row_id, 1)),  # noqa: B023
            viewer_with(ledgers[2], 5, f"leaver-{number}"),
            return_exceptions=True,
        )
        balance = (await ledgers[0].wallet(viewer)).balance_minor
        is_credited = not isinstance(results[1], BaseException)
        assert balance == (5 if is_credited else 0)
        assert isinstance(results[1], AppError) is not is_credited
        if not is_credited:
            assert isinstance(results[1], AccountClosed)
