"""Refusals of audited acts."""

from livelore.kit.errors import AppError


class ReasonInvalid(AppError):
    """An act that others must understand later needs a reason of at most 200 characters."""

    code = "audit.reason_invalid"
    status = 422
