"""Samples of discrete noise, in whole arrays.

Every sampler is made of uniform 64-bit numbers, from the operating system unless a Generator is
handed in. Values are whole numbers, so no pattern of low bits gives the true value away; the
probabilities are those of the formula up to the rounding of doubles (2**-53 relative).
"""

import os

import numpy as np
from numpy.typing import NDArray

from livelore.trust.privacy.errors import ParameterInvalid

Whole = NDArray[np.int64]
SCALE_MAX = 2.0**45
"""Beyond it a double no longer holds the tail."""


def uniforms(size: int, rng: np.random.Generator | None = None) -> NDArray[np.float64]:
    """In (0, 1], with 53 bits; from ``os.urandom`` without a Generator."""
    if rng is None:
        bits = np.frombuffer(os.urandom(8 * size), np.uint64)
    else:
        bits = rng.integers(0, 2**64, size, np.uint64)
    return ((bits >> np.uint64(11)) + np.uint64(1)).astype(np.float64) * 2.0**-53


def discrete_laplace(scale: float, size: int, rng: np.random.Generator | None = None) -> Whole:
    """Whole numbers n with probability proportional to exp(-abs(n) / scale).

    The difference of two geometric variables (Ghosh, Roughgarden, Sundararajan 2009).

    Raises:
        ParameterInvalid: The scale is not above 0, or too large.
    """
    check_scale(scale)
    return _geometric(scale, size, rng) - _geometric(scale, size, rng)


def _geometric(scale: float, size: int, rng: np.random.Generator | None) -> Whole:
    return np.floor(-np.log(uniforms(size, rng)) * scale).astype(np.int64)


def discrete_gaussian(sigma: float, size: int, rng: np.random.Generator | None = None) -> Whole:
    """Whole numbers n with probability proportional to exp(-n**2 / (2 sigma**2)).

    By rejection from the discrete Laplace (Canonne, Kamath, Steinke 2020, algorithm 3).

    Raises:
        ParameterInvalid: Sigma is not above 0, or too large.
    """
    check_scale(sigma)
    scale = np.floor(sigma) + 1.0
    found = np.empty(size, np.int64)
    n_found = 0
    while n_found < size:
        drawn = discrete_laplace(scale, 16 + (size - n_found) * 2, rng)
        distance = np.abs(drawn) - sigma**2 / scale
        accepted = uniforms(len(drawn), rng) <= np.exp(-(distance**2) / (2 * sigma**2))
        kept = drawn[accepted][: size - n_found]
        found[n_found : n_found + len(kept)] = kept
        n_found += len(kept)
    return found


def check_scale(scale: float) -> None:
    """A scale of noise in steps.

    Raises:
        ParameterInvalid: It is not above 0, not finite, or too large.
    """
    if not 0 < scale <= SCALE_MAX:
        raise ParameterInvalid(parameter="scale", value=scale, detail="above 0, at most 2**45")
