"""Noise for a sensitivity, and what it costs.

A value on the real line is first rounded to a grid, a power of two about 2**-20 of the noise, and
the noise is a whole number of steps: the discrete form of Laplace and Gauss, whose guarantee is the
continuous one's (Canonne, Kamath, Steinke 2020) for a sensitivity that rounding made larger by one
step a cell; that is counted here.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize
from scipy.special import log_ndtr, ndtr

from livelore.trust.privacy.errors import ParameterInvalid
from livelore.trust.privacy.noise import discrete_gaussian, discrete_laplace

Floats = NDArray[np.float64]
_STEPS = 20
"""Noise is about 2**20 steps of the grid wide, where a value is not whole."""


def laplace(
    values: ArrayLike, l1_sensitivity: float, epsilon: float, rng: np.random.Generator | None = None
) -> Floats:
    """Values on the real line with Laplace noise: (epsilon, 0)-DP.

    Args:
        values: Any shape.
        l1_sensitivity: Most that one user changes in the sum of absolute differences.
        epsilon: The cost.
        rng: For tests; from the operating system when left out.

    Raises:
        ParameterInvalid: Sensitivity or epsilon is not above 0; a value is not finite.
    """
    given = _finite(values)
    scale = laplace_scale(l1_sensitivity, epsilon)
    step = grid_of(scale / max(1, given.size))
    scale = laplace_scale(l1_sensitivity + step * given.size, epsilon)
    noise = discrete_laplace(scale / step, given.size, rng).reshape(given.shape)
    return np.asarray((np.rint(given / step) + noise) * step, np.float64)


def gaussian(
    values: ArrayLike, l2_sensitivity: float, sigma: float, rng: np.random.Generator | None = None
) -> Floats:
    """Values on the real line with Gaussian noise: `gaussian_rho` in zCDP.

    Args:
        values: Any shape.
        l2_sensitivity: Most that one user changes, as a Euclidean distance.
        sigma: Of the noise, in the unit of the values; widened for the rounding to the grid, so
            that the cost is that of `gaussian_rho(l2_sensitivity, sigma)`.
        rng: For tests; from the operating system when left out.

    Raises:
        ParameterInvalid: Sensitivity or sigma is not above 0; a value is not finite.
    """
    given = _finite(values)
    _above_0(l2_sensitivity=l2_sensitivity, sigma=sigma)
    step = grid_of(sigma / max(1.0, math.sqrt(given.size)))
    wider = sigma * (1 + step * math.sqrt(given.size) / l2_sensitivity)
    noise = discrete_gaussian(wider / step, given.size, rng).reshape(given.shape)
    return np.asarray((np.rint(given / step) + noise) * step, np.float64)


def whole_laplace(
    counts: ArrayLike, l1_sensitivity: float, epsilon: float, rng: np.random.Generator | None = None
) -> NDArray[np.int64]:
    """Whole numbers with discrete Laplace (two-sided geometric) noise: (epsilon, 0)-DP.

    Raises:
        ParameterInvalid: Sensitivity or epsilon is not above 0.
    """
    given = np.asarray(counts, dtype=np.int64)
    scale = laplace_scale(l1_sensitivity, epsilon)
    return given + discrete_laplace(scale, given.size, rng).reshape(given.shape)


def whole_gaussian(
    counts: ArrayLike, sigma: float, rng: np.random.Generator | None = None
) -> NDArray[np.int64]:
    """Whole numbers with discrete Gaussian noise; it costs `gaussian_rho` of the sensitivity.

    Raises:
        ParameterInvalid: Sigma is not above 0.
    """
    given = np.asarray(counts, dtype=np.int64)
    return given + discrete_gaussian(sigma, given.size, rng).reshape(given.shape)


def grid_of(scale: float) -> float:
    """The step of values that get noise of this scale: a power of two."""
    _above_0(scale=scale)
    return math.ldexp(1.0, math.frexp(scale)[1] - _STEPS)


def laplace_scale(l1_sensitivity: float, epsilon: float) -> float:
    """Of the noise for a cost.

    Raises:
        ParameterInvalid: One is not above 0.
    """
    _above_0(l1_sensitivity=l1_sensitivity, epsilon=epsilon)
    return l1_sensitivity / epsilon


def gaussian_rho(l2_sensitivity: float, sigma: float) -> float:
    """What Gaussian noise costs in zCDP (Bun, Steinke 2016).

    Raises:
        ParameterInvalid: One is not above 0.
    """
    _above_0(l2_sensitivity=l2_sensitivity, sigma=sigma)
    return (l2_sensitivity / sigma) ** 2 / 2


def gaussian_delta(epsilon: float, sensitivity_over_sigma: float) -> float:
    """The exact delta of Gaussian noise at an epsilon (Balle, Wang 2018, theorem 8)."""
    mu = sensitivity_over_sigma
    if mu <= 0:
        return 0.0
    above = ndtr(mu / 2 - epsilon / mu)
    return max(0.0, float(above - math.exp(epsilon + log_ndtr(-mu / 2 - epsilon / mu))))


def gaussian_epsilon(delta: float, sensitivity_over_sigma: float) -> float:
    """The exact epsilon of Gaussian noise at a delta; 0 when delta alone allows it.

    Raises:
        ParameterInvalid: Delta is not between 0 and 1.
    """
    check_delta(delta)
    mu = sensitivity_over_sigma
    if gaussian_delta(0.0, mu) <= delta:
        return 0.0
    top = mu**2 / 2 + mu * math.sqrt(2 * math.log(1 / delta)) + 1e-9

    def above(epsilon: float) -> float:
        return gaussian_delta(epsilon, mu) - delta

    return _root(above, 0.0, top)


def gaussian_sigma(l2_sensitivity: float, epsilon: float, delta: float) -> float:
    """The least Gaussian noise for (epsilon, delta)-DP: the analytic mechanism (Balle, Wang 2018).

    Raises:
        ParameterInvalid: One is out of range.
    """
    _above_0(l2_sensitivity=l2_sensitivity, epsilon=epsilon)
    check_delta(delta)
    low = high = 1.0
    while gaussian_delta(epsilon, low) > delta:
        low /= 2
    while gaussian_delta(epsilon, high) <= delta:
        high *= 2

    def above(mu: float) -> float:
        return gaussian_delta(epsilon, mu) - delta

    mu = _root(above, low, high)
    return l2_sensitivity / mu * (1 + 1e-9)  # on the safe side of the root


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    solve: Any = optimize.brentq  # scipy has no types
    return float(solve(function, low, high, xtol=1e-14))


def check_delta(delta: float) -> None:
    """A delta.

    Raises:
        ParameterInvalid: It is not between 0 and 1.
    """
    if not 0 < delta < 1:
        raise ParameterInvalid(parameter="delta", value=delta, detail="between 0 and 1")


def _above_0(**given: float) -> None:
    for name, value in given.items():
        if not 0 < value < math.inf:
            raise ParameterInvalid(parameter=name, value=value, detail="above 0 and finite")


def _finite(values: ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if not np.isfinite(given).all():
        raise ParameterInvalid(parameter="values", value="", detail="every value must be finite")
    return given
