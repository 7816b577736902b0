"""Caps per tip, day and month, the question at half, and the viewer's own lower caps (M2)."""

import random
from datetime import timedelta

import pytest

from livelore.knowledge.ledger.errors import (
    CapInvalid,
    ConfirmationNeeded,
    SpendLimitReached,
)
from livelore.knowledge.ledger.model import period_keys
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from tests.fakes import FakeClock
from tests.ledger.makers import gift_act, send, viewer_with

DAY_S = timedelta(days=1).total_seconds()


async def fill_day(ledger: LedgerService, viewer: int, host: int, coins: int) -> None:
    """Spend up to a sum that stays at or below half of the day's cap."""
    for _ in range(coins // 1000):
        await send(ledger, viewer, host, 1000)


async def test_one_tip_above_the_cap_is_refused_and_at_it_accepted(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 40_000), await ledger.party_of("host")
    with pytest.raises(SpendLimitReached) as refused:
        await send(ledger, viewer, host, 5001)
    assert refused.value.fields["period"] == "tip"
    await send(ledger, viewer, host, 5000)


async def test_passing_half_of_the_day_asks_and_the_token_lets_it_through(
    ledger: LedgerService,
) -> None:
    viewer, host = await viewer_with(ledger, 40_000), await ledger.party_of("host")
    await fill_day(ledger, viewer, host, 10_000)
    act = gift_act(ledger, viewer, host, 100)
    with pytest.raises(ConfirmationNeeded) as asked:
        await ledger.post(act)
    fields = asked.value.fields
    assert (fields["period"], fields["sum_minor"], fields["cap_minor"]) == ("day", 101_000, 200_000)
    with pytest.raises(ConfirmationNeeded):
        await ledger.post(act)
    with pytest.raises(ConfirmationNeeded):
        await send(ledger, viewer, host, 200, confirmation=fields["token"])
    await send(ledger, viewer, host, 100, confirmation=fields["token"])
    await send(ledger, viewer, host, 100)
    assert (await ledger.spending_of(viewer)).day_spent_minor == 102_000


async def test_somebody_elses_or_an_invented_token_confirms_nothing(ledger: LedgerService) -> None:
    host = await ledger.party_of("host")
    tokens: list[str] = []
    for name in ("one", "two"):
        viewer = await viewer_with(ledger, 40_000, name)
        await fill_day(ledger, viewer, host, 10_000)
        result = await ledger.submit(gift_act(ledger, viewer, host, 100))
        assert result.error is not None
        tokens.append(str(result.error.fields["token"]))
    act_id = tokens[1].split("-", 1)[0]
    for token in (tokens[0], f"{act_id}-{'0' * 24}", "nonsense", "9" * 40, "-"):
        with pytest.raises(ConfirmationNeeded):
            await send(ledger, viewer, host, 100, confirmation=token)


async def test_the_day_ends_at_midnight_of_the_site(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 50_000), await ledger.party_of("host")
    await fill_day(ledger, viewer, host, 10_000)
    with pytest.raises(ConfirmationNeeded):
        await send(ledger, viewer, host, 1000)
    clock.advance(3 * 3600 + 59 * 60)
    with pytest.raises(ConfirmationNeeded):
        await send(ledger, viewer, host, 1000)
    clock.advance(120)
    await send(ledger, viewer, host, 1000)
    spending = await ledger.spending_of(viewer)
    assert (spending.day_spent_minor, spending.month_spent_minor) == (10_000, 110_000)


async def test_an_undone_gift_gives_no_allowance_back(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 5000), await ledger.party_of("host")
    sent = await send(ledger, viewer, host, 500)
    await ledger.undo_gift(UndoGift(sent.act_id))
    assert (await ledger.spending_of(viewer)).day_spent_minor == 5000
    assert await ledger.nightly_check({22}) == []


async def test_a_refused_gift_counts_nothing(ledger: LedgerService) -> None:
    viewer, host = await viewer_with(ledger, 100), await ledger.party_of("host")
    await ledger.submit(gift_act(ledger, viewer, host, 500))
    assert (await ledger.spending_of(viewer)).day_spent_minor == 0


async def test_a_viewer_lowers_their_cap_at_once_and_raises_it_after_a_day(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer, host = await viewer_with(ledger, 5000), await ledger.party_of("host")
    assert (await ledger.set_caps(viewer, {"tip": 1000})).caps.tip_minor == 1000
    with pytest.raises(SpendLimitReached):
        await send(ledger, viewer, host, 101)
    assert (await ledger.set_caps(viewer, {"tip": 5000})).caps.tip_minor == 1000
    clock.advance(DAY_S - 1)
    with pytest.raises(SpendLimitReached):
        await send(ledger, viewer, host, 101)
    clock.advance(1)
    await send(ledger, viewer, host, 101)


async def test_a_cap_lowered_while_a_raise_waits_stays_low(
    ledger: LedgerService, clock: FakeClock
) -> None:
    viewer = await viewer_with(ledger, 0)
    await ledger.set_caps(viewer, {"day": 5000})
    await ledger.set_caps(viewer, {"day": 90_000})
    await ledger.set_caps(viewer, {"day": 1000})
    clock.advance(2 * DAY_S)
    assert (await ledger.spending_of(viewer)).caps.day_minor == 1000


@pytest.mark.parametrize("cap", [-1, 50_001, 1.5, True])
async def test_a_cap_above_the_sites_or_no_integer_is_refused(
    ledger: LedgerService, cap: int
) -> None:
    viewer = await viewer_with(ledger, 0)
    with pytest.raises(CapInvalid):
        await ledger.set_caps(viewer, {"tip": cap})


async def test_random_gifts_never_pass_a_cap_and_counters_agree(
    ledger: LedgerService, clock: FakeClock
) -> None:
    rng = random.Random(7)
    viewer, host = await viewer_with(ledger, 10**6), await ledger.party_of("host")
    spent: dict[str, int] = {}
    for _ in range(150):
        clock.advance(rng.randint(0, 12 * 3600))
        keys = period_keys(clock.now(), ledger.zone)
        coins = rng.randint(1, 5500)
        result = await ledger.submit(gift_act(ledger, viewer, host, coins))
        if isinstance(result.error, ConfirmationNeeded):
            token = str(result.error.fields["token"])
            result = await ledger.submit(gift_act(ledger, viewer, host, coins, confirmation=token))
        fits = (
            coins * 10 <= 50_000
            and spent.get(keys[0], 0) + coins * 10 <= 200_000
            and spent.get(keys[1], 0) + coins * 10 <= 1_000_000
        )
        assert (result.error is None) == fits
        if fits:
            for key in keys:
                spent[key] = spent.get(key, 0) + coins * 10
    assert await ledger.nightly_check({22}) == []
