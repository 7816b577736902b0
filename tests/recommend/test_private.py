"""The private matrix: its sensitivity is 1, it is paid for, and it still recommends."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.private import (
    PrivateEASE,
    private_gram,
    unit_gram,
    users_of,
)
from livelore.trust.privacy.accountant import Accountant
from livelore.trust.privacy.errors import BudgetSpent

N_ITEMS = 20


def matrix_of(lists: list[list[int]], n_items: int = N_ITEMS) -> Any:
    dense = np.zeros((len(lists), n_items), np.float32)
    for row, items in enumerate(lists):
        dense[row, items] = 1
    return sp.csr_matrix(dense)


def planted(n_users: int, seed: int = 0) -> Interactions:
    """Four groups of five items; a user stays in one group."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, n_users)
    chosen = np.argsort(rng.random((n_users, 5)), axis=1)[:, :3] + group[:, None] * 5
    users = np.repeat(np.arange(n_users), 3)
    return Interactions.of(users, chosen.ravel(), item_ids=np.arange(N_ITEMS))


@given(
    st.lists(st.lists(st.integers(0, 19), unique=True, max_size=20), min_size=1, max_size=6),
    st.lists(st.integers(0, 19), unique=True, min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_one_user_more_changes_the_upper_triangle_by_one(
    lists: list[list[int]], more: list[int]
) -> None:
    change = unit_gram(matrix_of([*lists, more])) - unit_gram(matrix_of(lists))
    assert np.linalg.norm(change[np.triu_indices(N_ITEMS)]) == pytest.approx(1.0, abs=1e-5)


def test_a_user_without_events_changes_nothing() -> None:
    assert not unit_gram(matrix_of([[], []])).any()


def test_the_noise_has_its_width_and_is_mirrored() -> None:
    accountant = Accountant(50.0, 1e-6)
    matrix = matrix_of([[0, 1]], 300)
    gram = private_gram(matrix, 2.0, accountant, np.random.default_rng(1))
    assert np.array_equal(gram, gram.T)
    noise = (gram - unit_gram(matrix))[np.triu_indices(300)]
    assert noise.std() == pytest.approx(2.0, rel=0.02)
    assert abs(noise.mean()) < 0.05
    assert [each.what for each in accountant.entries] == ["item-to-item matrix"]


def test_planted_groups_are_found_through_the_noise() -> None:
    model = PrivateEASE(epsilon=2.0, delta=1e-6, seed=3).fit(planted(8_000))
    matrix = model.learnt("matrix_")
    groups = np.arange(N_ITEMS) // 5
    same = (groups[:, None] == groups) & ~np.eye(N_ITEMS, dtype=bool)
    other = groups[:, None] != groups
    assert matrix[same].min() > matrix[other].max()
    assert model.learnt("n_users_") == pytest.approx(8_000 * 3 / math.sqrt(12), rel=0.02)


def test_few_users_are_lost_in_the_noise_but_nothing_breaks() -> None:
    for seed in range(5):
        model = PrivateEASE(epsilon=0.01, delta=1e-9, seed=seed).fit(planted(3))
        assert np.isfinite(model.learnt("matrix_")).all()


def test_one_budget_for_the_model_and_the_rest() -> None:
    accountant = Accountant(1.0, 1e-6)
    PrivateEASE(epsilon=1.0, delta=1e-6, seed=1).fit_within(planted(50), accountant)
    assert accountant.left_epsilon == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(BudgetSpent):
        PrivateEASE(epsilon=1.0, delta=1e-6, seed=2).fit_within(planted(50), accountant)


def test_noise_without_a_seed_is_another_each_time() -> None:
    data = planted(100)
    first, second = (PrivateEASE().fit(data).learnt("matrix_") for _ in range(2))
    assert not np.array_equal(first, second)


def test_a_seed_gives_the_same_model() -> None:
    data = planted(100)
    first, second = (PrivateEASE(seed=4).fit(data).learnt("matrix_") for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("epsilon", 0.0),
        ("epsilon", math.inf),
        ("delta", 0.0),
        ("delta", 1.0),
        ("reg", -1.0),
        ("reg", math.nan),
        ("dropout", 1.0),
        ("popularity", -1.0),
    ],
)
def test_options_out_of_range_are_refused(option: str, value: float) -> None:
    given_options: dict[str, Any] = {option: value}
    with pytest.raises(OptionInvalid) as refused:
        PrivateEASE(**given_options).fit(planted(5))
    assert refused.value.fields["option"] == option


def test_users_are_counted_on_the_trace() -> None:
    matrix = matrix_of([list(range(each % 15 + 3)) for each in range(500)])
    assert users_of(unit_gram(matrix)) == pytest.approx(500, rel=0.12)


def test_who_is_in_cannot_be_told() -> None:
    """The attack of `bench privacy`: without noise it works, with it hardly."""
    rng = np.random.default_rng(9)
    data = matrix_of([rng.choice(60, 6, replace=False).tolist() for _ in range(300)], 60)
    inside, outside, known = data[:100], data[100:200], data[200:]

    def auc(sigma: float) -> float:
        gram = unit_gram(inside)
        if sigma:
            gram = private_gram(inside, sigma, Accountant(9.0, 1e-6), np.random.default_rng(2))
        difference = gram - unit_gram(known)
        scores = [
            np.asarray(np.multiply(part @ difference, part.toarray())).sum(axis=1)
            for part in (inside, outside)
        ]
        return float((scores[0][:, None] > scores[1]).mean())

    assert auc(0.0) > 0.65
    assert auc(4.2) < 0.6
