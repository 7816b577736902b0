"""Refusals of the studio."""

from livelore.kit.errors import AppError


class SessionNotFound(AppError):
    """There is no such live session, or the caller has no say in its room."""

    code = "studio.session_not_found"
    status = 404
