"""scikit-learn's own checks of an estimator, as parameters of a test."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

NEEDS_A_SWITCH = {"check_array_api_input"}
"""Runs only with SCIPY_ARRAY_API=1, and then only for estimators that claim other array types."""


def checks(estimators: Iterable[Any]) -> list[Any]:
    """One parameter set of (estimator, check) for each that scikit-learn would run."""
    found = []
    for estimator in estimators:
        pairs: Any = estimator_checks_generator(estimator)
        for number, (instance, check) in enumerate(pairs):
            name = check.func.__name__ if isinstance(check, partial) else check.__name__
            if name not in NEEDS_A_SWITCH:
                label = f"{type(estimator).__name__}-{name}-{number}"
                found.append(pytest.param(instance, check, id=label))
    return found
