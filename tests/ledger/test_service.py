"""Acts through the service: done once, refused for ever, told to the world, undone exactly."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from livelore.database.engine import Database
from livelore.kit.errors import InvariantError, NotFoundError
from livelore.kit.money import AmountError
from livelore.knowledge.ledger.errors import (
    AboveLeft,
    ActNotFound,
    HoldEnded,
    InsufficientFunds,
    KeyReused,
    SettlementClosed,
)
from livelore.knowledge.ledger.model import (
    Act,
    ActResult,
    Delivery,
    Event,
    Gift,
    HoldEnding,
    HoldOpening,
    Transfer,
    account,
    coin_refund,
    delivery,
    gift,
    order_paid,
    refund_paid,
    site,
    unmatched,
    wallet_of,
)
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from tests.fakes import FakeClock
from tests.ledger.makers import gift_act, send, topup_act, viewer_with


async def minor(ledger: LedgerService, kind: str, owner: int | str = "0") -> int:
    return (await ledger.balance(account(kind, owner, "CNY"))).balance_minor


async def coins(ledger: LedgerService, party: int) -> int:
    return (await ledger.wallet(party)).available_minor


async def test_a_gift_moves_coins_and_shares_their_value(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    result = await send(ledger, viewer, host, 30)
    assert result.balance_after(wallet_of(viewer)) == 70
    assert await coins(ledger, viewer) == 70
    assert await minor(ledger, "earned.pending", host) == 255
    assert await minor(ledger, "fee.pending", host) == 45
    assert await minor(ledger, "coin.float", "COIN") == 700


async def test_a_pack_below_face_value_costs_a_promotion_and_above_it_earns_a_margin(
    ledger: LedgerService,
) -> None:
    viewer = await ledger.party_of("viewer")
    await ledger.post(topup_act(viewer, 100, price_minor=900))
    await ledger.post(topup_act(viewer, 100, price_minor=1200))
    assert await coins(ledger, viewer) == 200
    assert await minor(ledger, "promo.expense") == 100
    assert await minor(ledger, "coin.margin") == 200
    assert await minor(ledger, "gateway.clearing", "sandbox") == 2100


async def test_the_same_key_is_done_once_and_answered_alike(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    act = gift_act(ledger, viewer, host, 30, key="one-key")
    first = await ledger.post(act)
    again = await ledger.post(act)
    assert again.is_replay
    assert not first.is_replay
    assert again.transfers == first.transfers
    assert (again.act_id, again.at_ms, again.fields) == (first.act_id, first.at_ms, first.fields)
    assert await coins(ledger, viewer) == 70


async def test_one_key_pressed_many_times_at_once_is_one_act(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    act = gift_act(ledger, viewer, host, 30, key="one-key")
    results = await asyncio.gather(*(ledger.post(act) for _ in range(20)))
    assert sum(not result.is_replay for result in results) == 1
    assert len({result.act_id for result in results}) == 1
    assert await coins(ledger, viewer) == 70


async def test_another_request_with_a_used_key_is_refused(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    await send(ledger, viewer, host, 30, key="one-key")
    with pytest.raises(KeyReused):
        await send(ledger, viewer, host, 31, key="one-key")
    assert await coins(ledger, viewer) == 70


async def test_a_refusal_for_want_of_coins_is_final_for_its_key(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 10), await ledger.party_of("host")
    act = gift_act(ledger, viewer, host, 30, key="too-much")
    with pytest.raises(InsufficientFunds) as first:
        await ledger.post(act)
    assert first.value.fields["needed_minor"] == 30
    assert first.value.fields["available_minor"] == 10
    await ledger.post(topup_act(viewer, 100))
    again = await ledger.submit(act)
    assert again.is_replay
    assert isinstance(again.error, InsufficientFunds)
    assert again.error.fields == first.value.fields
    assert await coins(ledger, viewer) == 110
    await send(ledger, viewer, host, 30, key="a-new-press")
    assert await coins(ledger, viewer) == 80


async def test_a_bad_act_hurts_no_other_of_its_batch(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    bad = Act("bad", "f", "gift", (Transfer(wallet_of(viewer), wallet_of(host), 5, "gift.coins"),))
    acts = [gift_act(ledger, viewer, host, 10) for _ in range(5)]
    results = await asyncio.gather(
        *(ledger.post(act) for act in (acts[0], bad, *acts[1:])), return_exceptions=True
    )
    assert isinstance(results[1], InvariantError)
    assert [type(result) for result in results].count(ActResult) == 5
    assert await coins(ledger, viewer) == 50


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, 1.0, "1", True])
async def test_an_amount_is_an_integer_from_1_to_10_12(ledger: LedgerService, amount: int) -> None:
    transfers = unmatched(1, "CNY", "sandbox")
    broken = Transfer(transfers[0].debit, transfers[0].credit, amount, transfers[0].reason)
    with pytest.raises(AmountError):
        await ledger.post(Act("k", "f", "unmatched", (broken,)))


async def test_coins_never_move_without_their_money(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    whole = gift_act(ledger, viewer, host, 30)
    half = Act("half", "f", "gift", whole.transfers[:1])
    with pytest.raises(InvariantError, match="move apart"):
        await ledger.post(half)


async def test_events_leave_with_their_act_and_never_with_a_refused_one(
    ledger: LedgerService, db: Database
) -> None:
    viewer, host = await viewer_with(ledger, 20), await ledger.party_of("host")
    result = await send(ledger, viewer, host, 15)
    await ledger.submit(gift_act(ledger, viewer, host, 15))
    rows = await db.read(
        lambda c: c.execute(text("SELECT act_id, payload FROM outbox WHERE topic='GiftSent'")).all()
    )
    assert [(row.act_id, row.payload) for row in rows] == [
        (result.act_id, f'{{"act_id":{result.act_id},"coins":15}}')
    ]


async def test_what_also_writes_stands_or_falls_with_the_act(
    ledger: LedgerService, db: Database
) -> None:
    await db.write(lambda c: c.execute(text("CREATE TABLE seat (act_id BIGINT)")) and None)
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")

    def take_seat(connection: Connection, result: ActResult) -> None:
        connection.execute(text("INSERT INTO seat VALUES (:id)"), {"id": result.act_id})

    def no_seat(connection: Connection, result: ActResult) -> None:
        take_seat(connection, result)
        raise NotFoundError(what="seat")

    refused = gift_act(ledger, viewer, host, 10)
    results = await asyncio.gather(
        ledger.submit(gift_act(ledger, viewer, host, 10), take_seat),
        ledger.submit(refused, no_seat),
        ledger.submit(gift_act(ledger, viewer, host, 10), take_seat),
    )
    assert [result.outcome for result in results] == ["done", "refused", "done"]
    seats = await db.read(lambda c: c.execute(text("SELECT act_id FROM seat")).scalars().all())
    assert sorted(seats) == sorted([results[0].act_id, results[2].act_id])
    assert await coins(ledger, viewer) == 80
    again = await ledger.submit(refused, take_seat)
    assert isinstance(again.error, NotFoundError)
    assert again.is_replay


async def test_a_crash_in_also_undoes_the_act_and_binds_nothing(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    act = gift_act(ledger, viewer, host, 10)

    def broken(_connection: Connection, _result: ActResult) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ledger.post(act, broken)
    assert await coins(ledger, viewer) == 100
    assert not (await ledger.post(act)).is_replay


async def test_undoing_a_gift_in_parts_ends_at_nothing_left(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    sent = await send(ledger, viewer, host, 33)
    for part in (7, 11, 15):
        await ledger.undo_gift(UndoGift(sent.act_id, part))
    assert await coins(ledger, viewer) == 100
    assert await minor(ledger, "earned.pending", host) == 0
    assert await minor(ledger, "fee.pending", host) == 0
    with pytest.raises(AboveLeft):
        await ledger.undo_gift(UndoGift(sent.act_id, 1))
    with pytest.raises(ActNotFound):
        await ledger.undo_gift(UndoGift(10**9))


async def test_settlement_makes_shares_available_once_after_their_days(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    await send(ledger, viewer, host, 50)
    assert await ledger.settle() == []
    clock.advance(timedelta(days=7).total_seconds())
    assert [result.outcome for result in await ledger.settle()] == ["done"]
    assert await ledger.settle() == []
    assert await minor(ledger, "earned.available", host) == 425
    assert await minor(ledger, "earned.pending", host) == 0
    assert await minor(ledger, "fee.income") == 75
    with pytest.raises(SettlementClosed):
        await ledger.settle(ledger.today() + timedelta(days=1))


async def test_a_share_cannot_be_added_to_a_settled_day(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    late = gift_act(ledger, viewer, host, 10)
    await send(ledger, viewer, host, 10)
    clock.advance(timedelta(days=7).total_seconds())
    await ledger.settle()
    with pytest.raises(SettlementClosed):
        await ledger.post(late)


async def test_undoing_a_settled_gift_takes_what_is_there_and_the_rest_is_owed(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 200), await ledger.party_of("host")
    sent = await send(ledger, viewer, host, 100)
    clock.advance(timedelta(days=7).total_seconds())
    await ledger.settle()
    paid_out = Transfer(
        account("earned.available", host, "CNY"),
        account("gateway.clearing", "payout", "CNY"),
        800,
        "payout.paid",
    )
    await ledger.post(Act("payout:1:paid", "f", "payout", (paid_out,)))
    await ledger.undo_gift(UndoGift(sent.act_id))
    assert await minor(ledger, "earned.available", host) == 0
    assert await minor(ledger, "earned.owed", host) == 800
    assert await minor(ledger, "fee.income") == 0
    assert await coins(ledger, viewer) == 200
    await send(ledger, viewer, host, 200)
    clock.advance(timedelta(days=7).total_seconds())
    await ledger.settle()
    assert await minor(ledger, "earned.owed", host) == 0
    assert await minor(ledger, "earned.available", host) == 900


async def test_a_ticket_is_unearned_until_delivered_and_refunded_from_where_it_is(
    ledger: LedgerService, db: Database
) -> None:
    host = await ledger.party_of("host")
    paid = [
        Act(f"capture:sandbox:{line}", "f", "order", (order_paid(1999, "CNY", "sandbox", line),))
        for line in ("line-1", "line-2")
    ]
    for act in paid:
        await ledger.post(act)
    line = Delivery(host, (("host", 1599), ("platform", 400)), "CNY", ledger.release_on(), "line-1")
    await ledger.post(Act("deliver:s:line-1", "f", "deliver", delivery(line)))

    def refund(connection: Connection) -> None:
        for number, (line_id, part) in enumerate(
            (("line-1", 700), ("line-1", 1299), ("line-2", 1999))
        ):
            transfers = ledger.refund_transfers(connection, line_id, part, "CNY")
            ledger.post_in(connection, Act(f"refund:{number}", "f", "refund", transfers)).require()

    await db.write(refund)
    assert await minor(ledger, "order.unearned") == 0
    assert await minor(ledger, "earned.pending", host) == 0
    assert await minor(ledger, "fee.pending", host) == 0
    assert await minor(ledger, "refund.due") == 3998
    with pytest.raises(AboveLeft):
        await db.write(lambda c: ledger.refund_transfers(c, "line-2", 1, "CNY"))
    await ledger.post(Act("refund.paid:x", "f", "refund_paid", refund_paid(3998, "CNY", "sandbox")))
    assert await minor(ledger, "gateway.clearing", "sandbox") == 0


async def test_unspent_coins_go_back_for_what_was_paid(ledger: LedgerService) -> None:
    viewer = await ledger.party_of("viewer")
    await ledger.post(topup_act(viewer, 100, price_minor=900))
    await ledger.post(Act("r1", "f", "coin_refund", coin_refund(viewer, 40, 360)))
    assert await coins(ledger, viewer) == 60
    assert await minor(ledger, "refund.due") == 360
    assert await minor(ledger, "promo.expense") == 60
    with pytest.raises(InsufficientFunds):
        await ledger.post(Act("r2", "f", "coin_refund", coin_refund(viewer, 61, 600)))


async def test_held_coins_cannot_be_spent_and_come_back_when_voided(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    until = clock.now() + timedelta(hours=1)
    asked = await ledger.post(
        Act("ask", "f", "question", holds=(HoldOpening(wallet_of(viewer), 80, until),))
    )
    with pytest.raises(InsufficientFunds):
        await send(ledger, viewer, host, 30)
    assert await coins(ledger, viewer) == 20
    page = await ledger.statement(wallet_of(viewer), direction="held")
    assert [(line.delta, line.is_held) for line in page.lines] == [(-80, True)]
    assert page.proof.is_proved
    clock.advance(7200)
    assert await ledger.void_expired_holds() == 1
    assert await coins(ledger, viewer) == 100
    late = Act("answer", "f", "answer", hold_ends=(HoldEnding(asked.hold_ids[0], "voided"),))
    with pytest.raises(HoldEnded):
        await ledger.post(late)


async def test_a_hold_is_posted_in_part_and_the_rest_falls_back(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    until = clock.now() + timedelta(hours=1)
    asked = await ledger.post(
        Act("ask", "f", "question", holds=(HoldOpening(wallet_of(viewer), 80, until),))
    )
    hold_id = asked.hold_ids[0]
    given = gift(Gift(viewer, host, 50, (85, 15), ledger.release_on(), act="question"))
    spent = Transfer(given[0].debit, given[0].credit, 50, "question.coins", hold_id=hold_id)
    await ledger.post(
        Act(
            "answer",
            "f",
            "answer",
            (spent, *given[1:]),
            hold_ends=(HoldEnding(hold_id, "posted", 50),),
        )
    )
    assert await coins(ledger, viewer) == 50
    assert (await ledger.wallet(viewer)).held_minor == 0
    assert await ledger.nightly_check({8}) == []


async def test_balances_are_the_same_before_and_after_a_checkpoint(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    await send(ledger, viewer, host, 10)
    before = await ledger.trial_balance()
    await ledger.checkpoint()
    assert await ledger.trial_balance() == before
    await send(ledger, viewer, host, 10)
    await ledger.checkpoint()
    await send(ledger, viewer, host, 10)
    assert await minor(ledger, "earned.pending", host) == 255
    assert await ledger.nightly_check({1, 3}) == []


async def test_refused_acts_are_forgotten_after_90_days_and_done_ones_never(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 10), await ledger.party_of("host")
    refused = gift_act(ledger, viewer, host, 30, key="poor")
    await ledger.submit(refused)
    clock.advance(timedelta(days=89).total_seconds())
    await send(ledger, viewer, host, 5)
    assert await ledger.prune_refused() == 0
    clock.advance(timedelta(days=2).total_seconds())
    assert await ledger.prune_refused() == 1
    assert not (await ledger.submit(refused)).is_replay


async def test_revenue_of_a_live_session_is_told_by_kind_and_less_what_was_undone(
    ledger: LedgerService,
) -> None:
    viewer, host = await viewer_with(ledger, 500), await ledger.party_of("host")
    first = await send(ledger, viewer, host, 100, subject="live_session:a")
    await send(ledger, viewer, host, 50, subject="live_session:a")
    await send(ledger, viewer, host, 200, subject="live_session:a", kind="super_chat")
    await send(ledger, viewer, host, 10, subject="live_session:b")
    await ledger.undo_gift(UndoGift(first.act_id))
    lines = await ledger.revenue_of("live_session:a")
    assert [(line.kind, line.count, line.host_minor, line.total_minor) for line in lines] == [
        ("gift", 1, 425, 500),
        ("super_chat", 1, 1700, 2000),
    ]


async def test_a_correction_needs_two_persons(ledger: LedgerService) -> None:
    lost = Transfer(
        site("loss.expense", "CNY"),
        account("gateway.clearing", "sandbox", "CNY"),
        100,
        "correction.loss",
    )
    for checker in (None, "operator:1"):
        with pytest.raises(InvariantError):
            await ledger.post(
                Act("correction:1", "f", "correction", (lost,), maker="operator:1", checker=checker)
            )
    await ledger.post(
        Act("correction:1", "f", "correction", (lost,), maker="operator:1", checker="operator:2")
    )
    assert await minor(ledger, "loss.expense") == 100


async def test_a_free_grant_is_an_act_without_transfers(ledger: LedgerService) -> None:
    granted = Act("grant:1", "f", "free_grant", events=(Event("EntitlementGranted", b"{}"),))
    result = await ledger.post(granted)
    assert (result.outcome, result.transfers) == ("done", ())
    assert (await ledger.post(granted)).is_replay
