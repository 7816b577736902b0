"""Columns made comparable: laws of the scaler, and what it does with odd columns."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scaling import SkewScaler
from tests.portraits.scikit import checks


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks([SkewScaler()]))
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


def log_normal(n: int = 2_000) -> Any:
    return np.exp(np.random.default_rng(0).standard_normal((n, 2)) * [1.5, 0.1])


def test_a_skewed_column_is_taken_in_logarithms_and_an_even_one_is_not() -> None:
    scaler = SkewScaler().fit(log_normal())
    assert scaler.is_log_.tolist() == [True, False]
    scaled = scaler.transform(log_normal())
    np.testing.assert_allclose(np.median(scaled, axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=0.05)
    off = scaled - scaled.mean(axis=0)
    assert abs(np.mean(off[:, 0] ** 3)) < 0.3


@given(st.floats(1e-3, 1e6))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_a_column_changes_nothing(size: float) -> None:
    X = log_normal(300)
    here, there = SkewScaler().fit_transform(X), SkewScaler().fit_transform(X * [size, 1])
    np.testing.assert_allclose(here, there, atol=1e-6)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(2, 40), st.integers(1, 4)),
        elements=st.one_of(st.just(np.nan), st.floats(-1e9, 1e9)),
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_comes_in_finite_bounded_numbers_come_out(X: Any) -> None:
    scaler = SkewScaler()
    scaled = scaler.fit_transform(X)
    assert np.isfinite(scaled).all()
    assert np.abs(scaled).max(initial=0) <= scaler.clip
    assert len(scaler.get_feature_names_out()) == scaled.shape[1]
    assert len(scaler.notes_) >= X.shape[1] - scaled.shape[1]


def test_constant_and_empty_columns_are_left_out_with_a_note() -> None:
    X = np.array([[1, 7, np.nan], [2, 7, np.nan], [4, 7, np.nan]], dtype=float)
    scaler = SkewScaler().fit(X)
    assert scaler.kept_.tolist() == [0]
    assert scaler.notes_ == ["x1 is left out: one value only", "x2 is left out: no value"]


def test_a_missing_value_is_the_median_and_is_told() -> None:
    X = np.array([[1.0], [2.0], [3.0], [np.nan]])
    scaler = SkewScaler().fit(X)
    assert scaler.notes_ == ["x0: 1 missing values count as its median"]
    assert scaler.transform(X)[3, 0] == scaler.transform([[2.0]])[0, 0] == 0


def test_a_few_payers_among_zeros_do_not_outweigh_the_rest() -> None:
    X = np.zeros((1_000, 1))
    X[:20, 0] = 500
    scaled = SkewScaler().fit_transform(X)
    assert 4 <= scaled.max() <= 6
    X[1:] = 0
    assert np.isfinite(SkewScaler().fit_transform(X)).all(), "one payer among a thousand"


def test_values_whose_squares_are_nothing_are_still_told_apart() -> None:
    scaled = SkewScaler().fit_transform([[0.0], [1e-200], [1e-200]])
    assert np.isfinite(scaled).all()
    assert scaled[0, 0] != scaled[1, 0]


def test_a_rare_value_between_the_rows_looked_at_is_found() -> None:
    X = np.zeros((250_001, 1), np.float32)
    X[1] = 9
    scaler = SkewScaler().fit(X)
    assert scaler.kept_.tolist() == [0]
    assert np.isfinite(scaler.transform(X)).all()


def test_values_come_back_from_their_scaled_form() -> None:
    X = log_normal(200)
    scaler = SkewScaler(clip=100).fit(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(X)), X)


def test_a_clip_of_nothing_is_refused() -> None:
    with pytest.raises(OptionInvalid, match="clip"):
        SkewScaler(clip=0).fit(np.eye(3))
