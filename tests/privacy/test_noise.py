"""Samples against their formula, scales and costs against OpenDP."""

import math
from typing import Any

import numpy as np
import opendp.prelude
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare, kstest

from livelore.trust.privacy.errors import ParameterInvalid
from livelore.trust.privacy.mechanisms import (
    gaussian,
    gaussian_delta,
    gaussian_epsilon,
    gaussian_rho,
    gaussian_sigma,
    grid_of,
    laplace,
    laplace_scale,
    whole_gaussian,
    whole_laplace,
)
from livelore.trust.privacy.noise import discrete_gaussian, discrete_laplace, uniforms

dp: Any = opendp.prelude  # it has no types
dp.enable_features("contrib")
REAL = dp.atom_domain(T=float, nan=False)
SAMPLES = 40_000
ABOVE_0 = st.floats(0.05, 50)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def exact_chisquare(drawn: NDArray[Any], weight: NDArray[Any], middle: int) -> float:
    """P-value of whole numbers against weights of -middle..middle, tails put together."""
    expected = weight / weight.sum() * len(drawn)
    found = np.bincount(np.clip(drawn, -middle, middle) + middle, minlength=2 * middle + 1)
    kept = expected >= 5
    rest = [found[~kept].sum()], [expected[~kept].sum()]
    observed = np.concatenate([found[kept], rest[0]])
    return float(chisquare(observed, np.concatenate([expected[kept], rest[1]])).pvalue)


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.7, 20.0])
def test_discrete_laplace_is_its_formula(scale: float) -> None:
    drawn = discrete_laplace(scale, SAMPLES, rng())
    middle = int(scale * 30)
    weight = np.exp(-np.abs(np.arange(-middle, middle + 1)) / scale)
    assert exact_chisquare(drawn, weight, middle) > 0.01


@pytest.mark.parametrize("sigma", [0.3, 1.0, 4.2, 30.0])
def test_discrete_gaussian_is_its_formula(sigma: float) -> None:
    drawn = discrete_gaussian(sigma, SAMPLES, rng())
    middle = int(sigma * 8) + 2
    weight = np.exp(-(np.arange(-middle, middle + 1) ** 2) / (2 * sigma**2))
    assert exact_chisquare(drawn, weight, middle) > 0.01


def test_noise_on_a_fine_grid_is_the_continuous_one() -> None:
    zeros = np.zeros(SAMPLES)
    assert kstest(laplace(zeros, 1.0, 0.5, rng()) / 2.0, "laplace").pvalue > 0.01
    assert kstest(gaussian(zeros, 1.0, 3.0, rng()) / 3.0, "norm").pvalue > 0.01
    other = np.random.default_rng(8)
    assert kstest(laplace(zeros, 1.0, 0.5, other) / 2.2, "laplace").pvalue < 1e-6, "it can fail"


def test_samples_are_those_of_opendp() -> None:
    """Two samples of the same law, one of each library."""
    real = dp.vector_domain(REAL), dp.l1_distance(T=float)
    theirs = dp.m.make_laplace(*real, scale=2.0)([0.0] * 5000)
    assert kstest(laplace(np.zeros(5000), 1.0, 0.5, rng()), theirs).pvalue > 1e-4
    whole = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    theirs = dp.m.make_gaussian(*whole, scale=9.0)([0] * 5000)
    assert kstest(whole_gaussian(np.zeros(5000, int), 9.0, rng()), theirs).pvalue > 1e-4


def test_results_lie_on_the_grid_so_low_bits_tell_nothing() -> None:
    step = grid_of(2.0 / 100)
    found = laplace(np.full(100, 1 / 3), 1.0, 0.5, rng())
    assert (np.mod(found, step) == 0).all()
    assert np.isclose(found.mean(), 1 / 3, atol=1.5)


@given(sensitivity=ABOVE_0, epsilon=ABOVE_0)
@settings(max_examples=30, deadline=None)
def test_laplace_costs_what_opendp_says(sensitivity: float, epsilon: float) -> None:
    scale = laplace_scale(sensitivity, epsilon)
    theirs = dp.m.make_laplace(REAL, dp.absolute_distance(T=float), scale=scale)
    assert theirs.map(sensitivity) == pytest.approx(epsilon, rel=1e-9)
    whole = dp.m.make_geometric(dp.atom_domain(T=int), dp.absolute_distance(T=int), scale=scale)
    assert whole.map(3) == pytest.approx(3 / scale, rel=1e-9)


@given(sensitivity=ABOVE_0, sigma=ABOVE_0)
@settings(max_examples=30, deadline=None)
def test_gauss_costs_what_opendp_says(sensitivity: float, sigma: float) -> None:
    real = dp.vector_domain(REAL), dp.l2_distance(T=float)
    theirs = dp.m.make_gaussian(*real, scale=sigma).map(sensitivity)
    assert gaussian_rho(sensitivity, sigma) == pytest.approx(theirs, rel=1e-9)


@given(epsilon=st.floats(0.01, 20), log_delta=st.floats(-12, -2), sensitivity=ABOVE_0)
@settings(max_examples=60, deadline=None)
def test_the_analytic_gauss_is_exact_and_below_the_classic(
    epsilon: float, log_delta: float, sensitivity: float
) -> None:
    delta = 10**log_delta
    sigma = gaussian_sigma(sensitivity, epsilon, delta)
    mu = sensitivity / sigma
    assert gaussian_delta(epsilon, mu) <= delta
    assert gaussian_epsilon(delta, mu) == pytest.approx(epsilon, rel=1e-6)
    assert gaussian_delta(epsilon, mu * 1.001) > delta, "less noise would not do"
    if epsilon <= 1:
        assert sigma < sensitivity * math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def test_the_analytic_gauss_has_the_published_value() -> None:
    """Balle, Wang 2018: at epsilon 1 and delta 1e-5, 3.730 times the sensitivity."""
    assert gaussian_sigma(1.0, 1.0, 1e-5) == pytest.approx(3.7306, abs=1e-3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: laplace([1.0], 0.0, 1.0),
        lambda: laplace([1.0], 1.0, -1.0),
        lambda: laplace([math.nan], 1.0, 1.0),
        lambda: gaussian([1.0], 1.0, math.inf),
        lambda: gaussian_sigma(1.0, 1.0, 0.0),
        lambda: gaussian_epsilon(1.0, 1.0),
        lambda: discrete_gaussian(0.0, 1),
        lambda: discrete_laplace(2.0**50, 1),
        lambda: whole_laplace([1], math.nan, 1.0),
    ],
)
def test_what_would_not_protect_is_refused(call: object) -> None:
    with pytest.raises(ParameterInvalid):
        call()  # type: ignore[operator]


def test_without_a_generator_noise_is_the_operating_systems() -> None:
    first, second = uniforms(1000), uniforms(1000)
    assert not np.array_equal(first, second)
    assert 0 < first.min() < first.max() <= 1
    assert whole_laplace([5, 5, 5], 1.0, 1.0).shape == (3,)
