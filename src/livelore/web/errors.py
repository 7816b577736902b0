"""Refusals of the toolkit itself."""

from livelore.kit.errors import AppError


class NotLoggedIn(AppError):
    """The route needs somebody who is logged in."""

    code = "identity.not_logged_in"
    status = 401


class CsrfFailed(AppError):
    """A write with a cookie came without the page's ``X-CSRF-Token``."""

    code = "identity.csrf_failed"
    status = 403


class IdempotencyKeyMissing(AppError):
    """A write that moves money came without an ``Idempotency-Key``."""

    code = "idempotency.key_missing"
    status = 400


class IdempotencyKeyInvalid(AppError):
    """An ``Idempotency-Key`` has 16–128 characters of ``A–Z a–z 0–9 _ -``."""

    code = "idempotency.key_invalid"
    status = 400


class CursorInvalid(AppError):
    """A ``cursor`` is not one that a page gave out."""

    code = "request.cursor_invalid"
    status = 400


class OriginRefused(AppError):
    """A page of another site tried to open a socket with this site's cookie."""

    code = "request.origin_refused"
    status = 403


class UpgradeInvalid(AppError):
    """The request for a socket is not one of WebSocket version 13."""

    code = "request.upgrade_invalid"
    status = 426
