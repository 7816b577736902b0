"""Propensities: the right weights, calibrated chances, terms that add up."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.propensity import (
    LinearPropensity,
    LogisticPropensity,
    Propensity,
    calibration_error,
)
from livelore.intelligence.portraits.saving import load, save
from tests.portraits.scikit import checks

MODELS: list[Propensity] = [
    LinearPropensity(),
    LinearPropensity(ridge=0.01, calibration="isotonic"),
    LogisticPropensity(),
]
WEIGHTS = np.array([1.5, -1.0, 0.5, 0.0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks(MODELS))
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


def payers(n_users: int, seed: int) -> tuple[Any, Any, Any]:
    """Features, outcomes and the true chances, a logistic function of the features."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_users, 4)) * [1, 2, 0.5, 3]
    chances = 1 / (1 + np.exp(-(X @ WEIGHTS - 1.5)))
    return X, (rng.random(n_users) < chances).astype(int), chances


each = pytest.mark.parametrize("model", MODELS, ids=["linear", "ridge", "logistic"])


@each
def test_chances_are_calibrated_on_users_never_seen(model: Propensity) -> None:
    X, y, _ = payers(6_000, 0)
    model.fit(X, y)
    others, y, truth = payers(20_000, 1)
    chances = model.predict_proba(others)[:, 1]
    assert calibration_error(chances, y) <= 0.05
    assert np.abs(chances - truth).mean() <= 0.05


def test_without_calibration_least_squares_is_off_where_it_matters() -> None:
    X, y, _ = payers(6_000, 0)
    plain = LinearPropensity(calibration="none").fit(X, y)
    others, y, _ = payers(20_000, 1)
    assert calibration_error(plain.predict_proba(others)[:, 1], y) > 0.05


def test_least_squares_weights_are_those_of_lstsq() -> None:
    X, y, _ = payers(500, 2)
    model = LinearPropensity().fit(X, y)
    wanted = np.linalg.lstsq(np.column_stack([X, np.ones(500)]), y, rcond=None)[0]
    np.testing.assert_allclose([*model.coef_, model.intercept_], wanted)


def test_ridge_weights_solve_the_penalised_equations() -> None:
    X, y, _ = payers(500, 2)
    model = LinearPropensity(ridge=0.1).fit(X, y)
    even = (X - X.mean(axis=0)) / X.std(axis=0)
    weights = model.coef_ * X.std(axis=0)
    left = even.T @ (even @ weights - (y - y.mean())) + 0.1 * 500 * weights
    np.testing.assert_allclose(left, 0, atol=1e-8)


def test_logistic_weights_are_those_of_the_truth() -> None:
    X, y, _ = payers(60_000, 3)
    model = LogisticPropensity().fit(X, y)
    np.testing.assert_allclose(model.coef_, WEIGHTS, atol=0.08)
    assert model.intercept_ == pytest.approx(-1.5, abs=0.08)


def test_a_feature_that_others_make_up_takes_no_inverse() -> None:
    X, y, _ = payers(500, 2)
    doubled = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(500)])
    model = LinearPropensity().fit(doubled, y)
    assert np.isfinite(model.coef_).all()
    np.testing.assert_allclose(
        model.linear_score(doubled), LinearPropensity().fit(X, y).linear_score(X), atol=1e-9
    )


@each
def test_terms_add_up_to_the_score(model: Propensity) -> None:
    X, y, _ = payers(800, 4)
    terms = model.fit(X, y).explain(X[:50])
    np.testing.assert_allclose(terms.base + terms.parts.sum(axis=1), model.linear_score(X[:50]))
    assert terms.told(0, 2).count("x") == 2


def test_classes_that_a_line_divides_have_a_finite_answer() -> None:
    X = np.linspace(-1, 1, 40)[:, None]
    model = LogisticPropensity().fit(X, X[:, 0] > 0)
    assert np.isfinite(model.coef_).all()
    assert (model.predict(X) == (X[:, 0] > 0)).all()


def test_one_outcome_only_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to foresee"):
        LinearPropensity().fit(np.eye(4), [1, 1, 1, 1])


@pytest.mark.parametrize(
    "options", [{"calibration": "magic"}, {"ridge": -1.0}, {"folds": 1}], ids=str
)
def test_wrong_options_are_refused_by_name(options: dict[str, Any]) -> None:
    X, y, _ = payers(50, 5)
    with pytest.raises(OptionInvalid, match=next(iter(options))):
        LinearPropensity(**options).fit(X, y)


@each
def test_a_model_comes_back_from_its_file(model: Propensity, tmp_path: Path) -> None:
    X, y, _ = payers(500, 6)
    save(model.fit(X, y), tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_calibration_error_of_a_known_case() -> None:
    assert calibration_error([0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1], 2) == 0
    assert calibration_error([0.5, 0.5, 1.0, 1.0], [0, 0, 1, 1], 2) == pytest.approx(0.25)
