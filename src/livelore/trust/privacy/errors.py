"""Refusals of privacy."""

from livelore.kit.errors import AppError


class BudgetSpent(AppError):
    """The answer would cost more than is left of the privacy budget: ``left_epsilon`` says what."""

    code = "privacy.budget_spent"
    status = 403


class ParameterInvalid(AppError):
    """An epsilon, delta, scale, sensitivity or cap is out of range: ``detail`` says which."""

    code = "privacy.parameter_invalid"
