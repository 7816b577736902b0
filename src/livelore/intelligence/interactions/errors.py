"""Refusals of the behaviour log."""

from livelore.kit.errors import AppError, UnavailableError


class BatchTooLarge(AppError):
    """More events in one request than ``n_max``: send them in several."""

    code = "interactions.batch_too_large"
    status = 413


class LogUnavailable(UnavailableError):
    """The log cannot take rows just now: disk full, or more waiting than it may hold."""

    code = "interactions.log_unavailable"


class LogInUse(AppError):
    """Another process writes this log; two writers need two data folders."""

    code = "interactions.log_in_use"
    status = 503
