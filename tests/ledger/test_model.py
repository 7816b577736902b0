"""The arithmetic of money: parts sum to the whole, and what is taken back ends at nothing."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelore.knowledge
from livelore.kit.errors import InvariantError
from livelore.kit.money import split, unsplit
from livelore.knowledge.ledger.errors import ConfirmationNeeded, SpendLimitReached
from livelore.knowledge.ledger.model import (
    COIN,
    Act,
    Gift,
    Leg,
    Spend,
    SpendCaps,
    StatementLine,
    Transfer,
    account,
    check_act,
    float_of,
    folded,
    gift,
    period_keys,
    site,
    topup,
    undo_gift,
    undo_shares,
    wallet_of,
)
from livelore.knowledge.ledger.model.acts import Event, refusal_of, with_act_id
from livelore.knowledge.ledger.model.spend import (
    Period,
    asked_act_id,
    check_caps,
    confirmation_fields,
    confirmation_token,
)

DAY = date(2026, 12, 1)
WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(lambda w: sum(w) > 0)
AMOUNTS = st.integers(0, 10**12)


@given(AMOUNTS, WEIGHTS)
def test_parts_sum_to_the_whole_each_within_one_unit(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    total = sum(weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < total
        assert weight or not part


@given(AMOUNTS, WEIGHTS, st.data())
def test_taking_back_in_any_steps_ends_at_nothing_and_never_below(
    amount: int, weights: list[int], data: st.DataObject
) -> None:
    left = split(amount, weights)
    while sum(left):
        step = data.draw(st.integers(1, sum(left)))
        parts = unsplit(step, left)
        assert sum(parts) == step
        left = [have - part for have, part in zip(left, parts, strict=True)]
        assert min(left) >= 0


def test_the_worked_example_of_the_plan_comes_out() -> None:
    weights = (105, 35, 20, 40)
    left = split(1999, weights)
    assert left == [1049, 350, 200, 400]
    for step, parts in ((700, [367, 123, 70, 140]), (700, [368, 122, 70, 140])):
        assert unsplit(step, left) == parts
        left = [have - part for have, part in zip(left, parts, strict=True)]
    assert unsplit(599, left) == [314, 105, 60, 120]


@given(
    st.integers(1, 100_000),
    st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda w: sum(w) > 0),
    st.data(),
)
def test_a_gift_undone_in_any_steps_moves_each_share_back_exactly(
    coins: int, weights: tuple[int, int], data: st.DataObject
) -> None:
    sent = gift(Gift(1, 2, coins, weights, DAY))
    check_act(Act("k", "f", "gift", sent))
    legs = [
        Leg(
            number,
            t.debit,
            t.credit,
            t.amount_minor,
            t.amount_minor,
            is_settled=data.draw(st.booleans()),
        )
        for number, t in enumerate(sent)
    ]
    left = coins
    while left:
        step = data.draw(st.integers(1, left))
        available = {"2": data.draw(st.integers(0, 10**6))}
        back = undo_gift(step, legs, available)
        check_act(Act("u", "f", "undo", back))
        drawn = sum(t.amount_minor for t in back if t.debit.kind == "earned.available")
        assert drawn <= available["2"]
        taken = {
            leg.transfer_id: sum(t.amount_minor for t in back if t.reverses == leg.transfer_id)
            for leg in legs
        }
        legs = [
            Leg(
                leg.transfer_id,
                leg.debit,
                leg.credit,
                leg.amount_minor,
                leg.left_minor - taken[leg.transfer_id],
                leg.is_settled,
            )
            for leg in legs
        ]
        assert all(leg.left_minor >= 0 for leg in legs)
        left -= step
    assert all(leg.left_minor == 0 for leg in legs)


@given(st.integers(1, 10**6), st.integers(1, 10**9))
def test_coins_bought_at_any_price_are_worth_their_value_in_the_float(
    coins: int, price_minor: int
) -> None:
    transfers = topup(1, coins, price_minor, "sandbox")
    check_act(Act("k", "f", "topup", transfers))
    into_float = sum(t.amount_minor for t in transfers if t.credit == float_of(COIN))
    from_gateway = sum(t.amount_minor for t in transfers if t.debit.kind == "gateway.clearing")
    assert (into_float, from_gateway) == (coins * 10, price_minor)


def test_a_refund_of_a_settled_share_takes_what_is_available_and_owes_the_rest() -> None:
    share = Leg(7, float_of(COIN), account("earned.pending", 2, "CNY"), 100, 100, is_settled=True)
    back = undo_shares(80, [share], {"2": 30}, site("refund.due", "CNY"), "refund")
    assert [(t.debit.kind, t.amount_minor, t.reason) for t in back] == [
        ("earned.available", 30, "refund.available"),
        ("earned.owed", 50, "refund.owed"),
    ]


@pytest.mark.parametrize(
    ("debit", "credit", "reason", "release_on"),
    [
        (wallet_of(1), wallet_of(1), "gift.coins", None),
        (wallet_of(1), site("coin.float", "CNY"), "gift.coins", None),
        (wallet_of(1), wallet_of(2), "gift.coins", None),
        (site("coin.spent", "COIN"), wallet_of(1), "gift.coins", None),
        (float_of(COIN), account("earned.pending", 2, "CNY"), "gift.earned", None),
        (wallet_of(1), site("coin.spent", "COIN"), "gift.coins", DAY),
    ],
)
def test_a_transfer_of_the_wrong_form_is_refused_before_the_database(
    debit: object, credit: object, reason: str, release_on: date | None
) -> None:
    wrong = Transfer(debit, credit, 5, reason, release_on=release_on)  # type: ignore[arg-type]  # that is the test
    with pytest.raises(InvariantError):
        check_act(Act("k", "f", "gift", (wrong,)))


CAPS = SpendCaps(50_000, 200_000, 1_000_000)


def periods(day: int, month: int) -> tuple[Period, ...]:
    return (
        Period("day", "2026-11-24", day, CAPS.day_minor),
        Period("month", "2026-11", month, CAPS.month_minor),
    )


@pytest.mark.parametrize(
    ("amount", "day", "month", "refused"),
    [
        (50_000, 0, 0, None),
        (50_001, 0, 0, "tip"),
        (50_000, 150_000, 150_000, None),
        (50_000, 150_001, 150_001, "day"),
        (50_000, 0, 950_000, None),
        (50_000, 0, 950_001, "month"),
    ],
)
def test_a_cap_may_be_reached_and_not_passed(
    amount: int, day: int, month: int, refused: Literal["tip", "day", "month"] | None
) -> None:
    spend = Spend(1, "CNY", amount)
    if refused is None:
        check_caps(spend, CAPS.tip_minor, periods(day, month))
        return
    with pytest.raises(SpendLimitReached) as error:
        check_caps(spend, CAPS.tip_minor, periods(day, month))
    assert error.value.fields["period"] == refused


@pytest.mark.parametrize(
    ("amount", "day", "asks"),
    [(1, 99_999, False), (2, 99_999, True), (1, 100_000, True), (1, 100_001, False)],
)
def test_passing_half_of_a_cap_is_asked_about_once(amount: int, day: int, asks: bool) -> None:
    fields = confirmation_fields(Spend(1, "CNY", amount), periods(day, day))
    assert bool(fields) == asks


def test_a_token_is_bound_to_the_question() -> None:
    asked = confirmation_fields(Spend(1, "CNY", 10), periods(99_995, 0))
    token = confirmation_token(17, "user:1:k", asked)
    assert asked_act_id(token) == 17
    other = confirmation_fields(Spend(1, "CNY", 11), periods(99_995, 0))
    assert confirmation_token(17, "user:1:k", other) != token
    assert asked_act_id("no-token") is None


def test_days_and_months_are_those_of_the_zone_even_over_summer_time() -> None:
    shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    late = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert period_keys(late, shanghai) == ("2026-12-01", "2026-12")
    assert period_keys(late, berlin) == ("2026-11-30", "2026-11")
    assert period_keys(datetime(2026, 3, 28, 22, 59, tzinfo=UTC), berlin)[0] == "2026-03-28"
    assert period_keys(datetime(2026, 3, 29, 22, 1, tzinfo=UTC), berlin)[0] == "2026-03-30"


def line(number: int, group: str | None, delta: int) -> StatementLine:
    return StatementLine(
        number, number, number, datetime(2026, 1, 1, tzinfo=UTC), "gift", "gift.coins", {}, None,
        delta, 100 - number, group,
    )  # fmt: skip


def test_the_presses_of_a_combo_are_one_line() -> None:
    lines = [
        line(5, "a", -1),
        line(4, "a", -2),
        line(3, None, 9),
        line(2, None, 9),
        line(1, "a", -4),
    ]
    page = folded(lines)
    assert [(one.delta, one.group_count, one.id, one.first_id) for one in page] == [
        (-3, 2, 5, 4),
        (9, 1, 3, 3),
        (9, 1, 2, 2),
        (-4, 1, 1, 1),
    ]
    assert page[0].balance_after == 95
    assert page[0].voucher == "T-5"


def test_events_carry_their_act_and_stored_refusals_come_back_as_they_were() -> None:
    assert with_act_id(Event("x", b"{}"), 7) == '{"act_id":7}'
    assert with_act_id(Event("x", b'{"a":1}'), 7) == '{"act_id":7,"a":1}'
    again = refusal_of("spend.confirmation_needed", {"token": "t"})
    assert isinstance(again, ConfirmationNeeded)
    assert again.fields == {"token": "t"}
    with pytest.raises(InvariantError):
        refusal_of("no.such_code", {})


def inexact(tree: ast.AST) -> list[str]:
    """Every float, Decimal and division in a module."""
    found: list[str] = []
    for node in ast.walk(tree):
        is_division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        is_float = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
        is_name = isinstance(node, ast.Name) and node.id in {"float", "Decimal", "Fraction"}
        is_import = isinstance(node, ast.ImportFrom | ast.Import) and any(
            name.name in {"decimal", "fractions", "Decimal", "Fraction"} for name in node.names
        )
        if is_division or is_float or is_name or is_import:
            found.append(f"line {getattr(node, 'lineno', 0)}")
    return found


def test_no_float_decimal_or_division_is_in_the_ledger_or_in_orders() -> None:
    """Polar settled sums through a float exchange rate and `floor` of a quotient.

    ``jobs.py`` is left out: it holds waits in seconds and no amounts.
    """
    wing = Path(livelore.knowledge.__file__).parent
    files = [file for name in ("ledger", "orders") for file in (wing / name).rglob("*.py")]
    assert len(files) > 10
    faults = {
        str(file): inexact(ast.parse(file.read_text("utf-8")))
        for file in files
        if file.name != "jobs.py"
    }
    assert {file: found for file, found in faults.items() if found} == {}


@pytest.mark.parametrize("code", ["x = a / b", "x /= 2", "x = 0.5", "float(x)", "import decimal"])
def test_the_check_for_inexact_arithmetic_finds_it(code: str) -> None:
    assert inexact(ast.parse(code)) == ["line 1"]
