"""Moves of orders, payments as sets of facts, refunds by rule: laws, without any I/O."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.knowledge.catalog.model import RefundRule
from livelore.knowledge.orders.errors import MoveNotAllowed, RefundAboveLeft, RefundRefused
from livelore.knowledge.orders.model import (
    PaymentFact,
    RefundCase,
    TopUp,
    decide_refund,
    move,
    plan_coin_refund,
    query_at,
    summary,
    unsplit_price,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATES = (
    "placed",
    "paid",
    "fulfilled",
    "part_refunded",
    "refunded",
    "cancelled",
    "expired",
    "disputed",
)
FACTS = (
    "captured",
    "delivered",
    "cancelled",
    "expired",
    "part_refunded",
    "refunded",
    "disputed",
    "dispute_won",
)


@given(st.lists(st.sampled_from(FACTS), max_size=12))
def test_whatever_happens_an_order_stays_in_a_known_state(facts: list[str]) -> None:
    state = "placed"
    for fact in facts:
        try:
            state = move(state, fact)  # type: ignore[arg-type]  # any word, on purpose
        except MoveNotAllowed:
            continue
    assert state in STATES


@given(st.lists(st.sampled_from(FACTS), max_size=12))
def test_no_order_is_paid_without_a_capture(facts: list[str]) -> None:
    state = "placed"
    for fact in facts:
        try:
            state = move(state, fact)  # type: ignore[arg-type]
        except MoveNotAllowed:
            continue
    if state not in {"placed", "cancelled", "expired"}:
        assert "captured" in facts


@pytest.mark.parametrize("fact", FACTS)
def test_nothing_follows_a_whole_refund(fact: str) -> None:
    with pytest.raises(MoveNotAllowed):
        move("refunded", fact)  # type: ignore[arg-type]


FACT = st.builds(
    PaymentFact,
    type=st.sampled_from(("captured", "failed", "closed", "refunded", "refund_failed")),
    gateway_id=st.sampled_from(("a", "b", "c")),
    amount_minor=st.sampled_from((2_900, 2_899, None)),
    currency=st.sampled_from(("CNY", "USD")),
)


@given(st.lists(FACT, max_size=8), st.randoms(use_true_random=False))
def test_a_payment_is_a_function_of_the_set_of_its_facts(
    facts: list[PaymentFact], rng: random.Random
) -> None:
    by_id = {(fact.type, fact.gateway_id): fact for fact in facts}
    once = list(by_id.values())
    again = once + rng.choices(once, k=3) if once else once
    rng.shuffle(again)
    assert summary("pending", 2_900, "CNY", again) == summary("pending", 2_900, "CNY", once)


@given(st.lists(FACT, max_size=8))
def test_a_right_capture_absorbs_every_other_fact(facts: list[PaymentFact]) -> None:
    captured = PaymentFact("captured", "right", 2_900, "CNY")
    assert summary("sent", 2_900, "CNY", [*facts, captured]).state == "captured"
    wrong = [replace(fact, amount_minor=1) for fact in facts if fact.type == "captured"]
    assert summary("sent", 2_900, "CNY", wrong).state == "sent"


def test_the_gateway_is_asked_after_1_5_15_minutes_an_hour_and_a_day() -> None:
    due = [query_at(NOW, n) for n in range(6)]
    assert [None if at is None else (at - NOW).total_seconds() for at in due] == [
        60,
        300,
        900,
        3600,
        86_400,
        None,
    ]


RULE = RefundRule("r", watch_limit_s=600, window_days=7)
CASE = RefundCase(RULE, NOW, watched_s=599, total_minor=2_900, refunded_minor=0)


def test_the_edges_of_the_refund_rule() -> None:
    assert decide_refund(CASE, None, NOW + timedelta(days=7)) == 2_900
    for case, now in (
        (replace(CASE, watched_s=600), NOW),
        (CASE, NOW + timedelta(days=7, seconds=1)),
        (replace(CASE, refunded_minor=2_900), NOW),
        (replace(CASE, is_disputed=True), NOW),
    ):
        with pytest.raises(RefundRefused):
            decide_refund(case, None, now)


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), max_size=10))
def test_refunds_never_sum_above_what_was_paid(total: int, asked: list[int]) -> None:
    back = 0
    for amount in asked:
        case = replace(CASE, total_minor=total, refunded_minor=back)
        try:
            back += decide_refund(case, amount, NOW)
        except (RefundAboveLeft, RefundRefused):
            continue
    assert back <= total


PACK = st.builds(
    TopUp,
    line_id=st.uuids().map(str),
    payment_id=st.just("p"),
    coins=st.integers(1, 1_000),
    price_minor=st.integers(1, 10_000),
    refunded_coins=st.just(0),
    refunded_minor=st.just(0),
    paid_at=st.integers(0, 10**6).map(lambda s: NOW + timedelta(seconds=s)),
)


@given(st.lists(PACK, min_size=1, max_size=4), st.data())
def test_coins_given_back_in_any_steps_return_at_most_what_was_paid(
    packs: list[TopUp], data: st.DataObject
) -> None:
    left = {pack.line_id: pack for pack in packs}
    for _ in range(6):
        n_left = sum(pack.coins - pack.refunded_coins for pack in left.values())
        if n_left == 0:
            break
        coins = data.draw(st.integers(1, n_left))
        try:
            plan = plan_coin_refund(coins, n_left, list(left.values()))
        except RefundAboveLeft:
            continue
        assert sum(part.coins for part in plan) == coins
        for part in plan:
            pack = left[part.line_id]
            left[part.line_id] = replace(
                pack,
                refunded_coins=pack.refunded_coins + part.coins,
                refunded_minor=pack.refunded_minor + part.amount_minor,
            )
    for pack in left.values():
        assert pack.refunded_minor <= pack.price_minor
        if pack.refunded_coins == pack.coins:
            assert pack.refunded_minor == pack.price_minor


def test_the_last_coins_take_all_the_money_that_is_left() -> None:
    assert unsplit_price(1_000, 3, 1) == 333
    assert unsplit_price(667, 2, 2) == 667


def test_nobody_gives_back_more_coins_than_are_unspent() -> None:
    pack = TopUp("l", "p", 500, 5_000, 0, 0, NOW)
    with pytest.raises(RefundAboveLeft):
        plan_coin_refund(101, 100, [pack])
    assert plan_coin_refund(100, 100, [pack])[0].amount_minor == 1_000
