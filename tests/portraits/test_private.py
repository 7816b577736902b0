"""Private K-Means finds planted clusters, within its budget and its bounds."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.cluster
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import normalized_mutual_info_score

from livelore.intelligence.portraits.private import PrivateKMeans
from livelore.intelligence.portraits.saving import load, save
from livelore.trust.privacy.accountant import Accountant
from livelore.trust.privacy.errors import BudgetSpent, ParameterInvalid
from tests.portraits.scikit import checks

KMeans: Any = sklearn.cluster.KMeans  # it has no types


def planted(n_users: int, k: int, n_features: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (k, n_features))
    which = rng.choice(k, n_users, p=rng.dirichlet(np.full(k, 5.0)))
    rows = centres[which] + rng.normal(0, 0.5, (n_users, n_features))
    return rows / rows.std(axis=0), which


def test_most_of_what_is_found_without_privacy_is_found_with_it() -> None:
    """UP10: at epsilon 1 at least 90 % of the normalised mutual information."""
    shares = []
    for seed in range(3):
        rows, which = planted(100_000, 6, 8, seed)
        plain = KMeans(6, n_init=3, random_state=0).fit_predict(rows)
        private = PrivateKMeans(6, epsilon=1.0, random_state=seed).fit(rows)
        scores = [normalized_mutual_info_score(which, each) for each in (plain, private.labels_)]
        shares.append(scores[1] / scores[0])
    assert np.mean(shares) >= 0.9


def test_centres_are_in_the_unit_of_the_data() -> None:
    rng = np.random.default_rng(1)
    corners = np.array([[-2.0, -2.0], [0.0, 2.0], [2.0, -2.0]])
    rows = corners[rng.integers(0, 3, 20_000)] + rng.normal(0, 0.4, (20_000, 2))
    far = rows * [10.0, 1.0] + [500.0, 0.0]
    model = PrivateKMeans(3, low=[460.0, -4.0], high=[540.0, 4.0], random_state=2).fit(far)
    ours = model.cluster_centers_[np.argsort(model.cluster_centers_[:, 0])]
    assert np.abs((ours - [500.0, 0.0]) / [10.0, 1.0] - corners).max() < 0.1
    assert np.array_equal(model.predict(far), model.labels_)


def test_the_whole_fit_stays_within_its_budget() -> None:
    rows, _ = planted(1_000, 3, 4, 1)
    accountant = Accountant(1.0, 1e-6)
    model = PrivateKMeans(3, epsilon=1.0, delta=1e-6, random_state=1)
    model.fit_within(rows, accountant)
    assert 0.99 <= accountant.spent_epsilon <= 1.0 + 1e-6
    assert len(accountant.entries) == 5
    with pytest.raises(BudgetSpent):
        model.fit_within(rows, accountant)


def test_one_wild_row_is_cut_to_the_bounds() -> None:
    rows, _ = planted(5_000, 3, 4, 1)
    wild = np.vstack([rows, np.full(4, 1e12)])
    centres = PrivateKMeans(3, random_state=1).fit(wild).cluster_centers_
    assert np.abs(centres).max() <= 3.0


@pytest.mark.parametrize("n_users", [1, 2, 30])
def test_few_users_give_noise_and_no_error(n_users: int) -> None:
    rows = np.ones((n_users, 3))
    for seed in range(5):
        model = PrivateKMeans(4, epsilon=0.1, random_state=seed).fit(rows)
        assert model.cluster_centers_.shape == (4, 3)
        assert np.isfinite(model.cluster_centers_).all()
        assert set(model.labels_) <= set(range(4))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks([PrivateKMeans()]))
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_kept_model_answers_as_before_and_keeps_nobody_s_label(tmp_path: Path) -> None:
    rows, _ = planted(500, 3, 4, 1)
    model = PrivateKMeans(3, low=-2.0, random_state=5).fit(rows)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert np.array_equal(again.predict(rows), model.labels_)
    assert not hasattr(again, "labels_")


def test_a_seed_gives_the_same_centres() -> None:
    model = PrivateKMeans(3, epsilon=2.0, random_state=5)
    again: Any = clone(model)
    assert again.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        again.predict(np.zeros((1, 2)))
    rows, _ = planted(500, 3, 4, 1)
    first, second = (
        PrivateKMeans(3, epsilon=2.0, random_state=5).fit(rows).cluster_centers_ for _ in range(2)
    )
    assert np.array_equal(first, second)
    with pytest.raises(ValueError, match="NaN"):
        model.fit([[math.nan, 1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="features"):
        model.fit(rows).predict(rows[:, :2])


def test_without_a_seed_the_noise_is_another_each_time() -> None:
    rows, _ = planted(500, 3, 4, 1)
    first, second = (PrivateKMeans(3).fit(rows).cluster_centers_ for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "options",
    [
        {"n_clusters": 0},
        {"epsilon": 0.0},
        {"delta": 1.0},
        {"low": 3.0},
        {"high": math.inf},
        {"n_directions": 0},
        {"n_descents": -1},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterInvalid):
        PrivateKMeans(**options).fit(np.zeros((10, 2)))
