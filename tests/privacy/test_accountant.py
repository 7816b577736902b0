"""A budget is never exceeded, whoever asks at the same time."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import opendp.prelude
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.trust.privacy.accountant import Accountant, Cost, epsilon_of, rho_of
from livelore.trust.privacy.counts import Counting, capped
from livelore.trust.privacy.errors import BudgetSpent, ParameterInvalid
from livelore.trust.privacy.mechanisms import gaussian_delta, gaussian_sigma

dp: Any = opendp.prelude  # it has no types
dp.enable_features("contrib")
DELTA = 1e-6
COSTS = st.builds(
    Cost, st.sampled_from(["pure", "laplace", "gaussian"]), st.floats(1e-4, 2, exclude_min=True)
)


@given(rho=st.floats(0.001, 20), log_delta=st.floats(-12, -3))
@settings(max_examples=25, deadline=None)
def test_the_conversion_is_that_of_opendp(rho: float, log_delta: float) -> None:
    real = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.l2_distance(T=float)
    theirs = dp.c.make_zCDP_to_approxDP(dp.m.make_gaussian(*real, scale=1 / math.sqrt(2 * rho)))
    expected = theirs.map(1.0).epsilon(10**log_delta)
    assert epsilon_of(Cost("gaussian", rho).curve, 10**log_delta) == pytest.approx(
        expected, rel=2e-3
    )


def test_laplace_composes_below_the_sum_of_epsilons() -> None:
    accountant = Accountant(100.0, DELTA)
    for number in range(400):
        accountant.spend(f"answer {number}", Cost("laplace", 0.1))
    assert 5 < accountant.spent_epsilon < 0.5 * 400 * 0.1


def test_one_pure_answer_costs_its_epsilon() -> None:
    accountant = Accountant(1.0, DELTA)
    accountant.spend("a", Cost("pure", 0.7))
    accountant.spend("b", Cost("laplace", 0.3))
    assert accountant.spent_epsilon == pytest.approx(1.0, rel=1e-5)
    with pytest.raises(BudgetSpent) as refused:
        accountant.spend("c", Cost("pure", 0.01))
    assert refused.value.fields["left_epsilon"] == pytest.approx(0.0, abs=1e-5)
    assert refused.value.fields["what"] == "c"


def test_gaussians_compose_exactly() -> None:
    """Ten of them are one with the sum of their squares: the analytic figure, nothing lost."""
    sigma = gaussian_sigma(math.sqrt(10), 2.0, DELTA)
    accountant = Accountant(2.0, DELTA)
    for _ in range(10):
        accountant.spend("a", Cost.gaussian(1.0, sigma))
    assert accountant.spent_epsilon == pytest.approx(2.0, rel=1e-6)
    assert gaussian_delta(2.0, math.sqrt(10) / sigma) <= DELTA
    with pytest.raises(BudgetSpent):
        accountant.spend("a", Cost.gaussian(1.0, sigma))


@given(st.lists(COSTS, max_size=8), st.floats(0.1, 5))
@settings(max_examples=60, deadline=None)
def test_a_refusal_costs_nothing_and_the_budget_holds(costs: list[Cost], epsilon: float) -> None:
    accountant = Accountant(epsilon, DELTA)
    spent = 0.0
    for cost in costs:
        try:
            accountant.spend("a", cost)
        except BudgetSpent:
            assert accountant.spent_epsilon == spent
        assert spent <= accountant.spent_epsilon <= epsilon * (1 + 1e-9)
        spent = accountant.spent_epsilon
    again = Accountant.from_json(accountant.to_json())
    assert (again.spent_epsilon, again.entries) == (spent, accountant.entries)
    left = again.left_rho()
    if left > 1e-6:
        again.spend("the rest", Cost("gaussian", left))
        assert again.left_rho() < 1e-3 + left / 100


def test_threads_together_do_not_spend_more() -> None:
    accountant = Accountant(1.0, DELTA)

    def ask(number: int) -> bool:
        try:
            accountant.spend(str(number), Cost("pure", 0.1))
        except BudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        paid = sum(pool.map(ask, range(50)))
    assert paid == len(accountant.entries)
    assert paid >= 10
    assert accountant.spent_epsilon <= 1.0 + 1e-6


def test_the_ledger_prints() -> None:
    accountant = Accountant(1.0, 1e-5)
    accountant.spend("hours of day", Cost("laplace", 0.25))
    assert str(accountant).splitlines() == [
        "budget: epsilon 1, delta 1e-05",
        "hours of day: laplace, epsilon 0.25; spent 0.2500",
        "left: epsilon 0.7500",
    ]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"epsilon":1,"delta":1,"entries":[]}', "[]", '{"epsilon":"a","delta":0.1}']
)
def test_what_is_no_ledger_is_refused(text: str) -> None:
    with pytest.raises(ParameterInvalid):
        Accountant.from_json(text)


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 0.1), (-1, 0.1), (math.inf, 0.1), (1, 0)])
def test_a_budget_that_is_none_is_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(ParameterInvalid):
        Accountant(epsilon, delta)
    with pytest.raises(ParameterInvalid):
        Cost("gaussian", -1.0)


def test_the_cost_of_the_whole_budget() -> None:
    assert rho_of(1.0, 1e-5) == pytest.approx(
        1 / (2 * gaussian_sigma(1.0, 1.0, 1e-5) ** 2), rel=1e-3
    )


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_no_user_counts_more_than_the_cap(users: list[int], cap: int, seed: int) -> None:
    kept = capped(np.array(users, int), cap, np.random.default_rng(seed))
    counts = np.bincount(users, minlength=5)
    assert np.array_equal(
        np.bincount(np.array(users, int)[kept], minlength=5), np.minimum(counts, cap)
    )


def test_a_histogram_is_near_the_truth_and_paid_for() -> None:
    accountant = Accountant(1.0, 1e-6)
    counting = Counting(accountant, cap=2, rng=np.random.default_rng(3))
    users = np.repeat(np.arange(1000), 3)
    found = counting.histogram(users, np.tile([0, 0, 0], 1000), 4, 0.5, "kinds")
    assert found.n_left_out == 1000
    assert np.abs(found.counts - [2000, 0, 0, 0]).max() < 12 * found.scale
    assert found.published.min() >= 0
    assert abs(counting.count_users(users, 0.5) - 1000) < 40
    with pytest.raises(BudgetSpent):
        counting.count_users(users, 0.1)
    assert [each.what for each in accountant.entries] == ["kinds", "users"]


def test_a_refused_histogram_counts_nothing() -> None:
    counting = Counting(Accountant(1.0, 1e-6), rng=np.random.default_rng(3))
    for codes in ([4], [-1], [0, 1]):
        with pytest.raises(ParameterInvalid):
            counting.histogram([0], codes, 4, 0.5, "kinds")
    assert counting.accountant.entries == ()
