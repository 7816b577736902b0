"""Errors that the product expects, and the one it never does."""

from typing import ClassVar


class AppError(Exception):
    """A refusal the user can understand; rendered as RFC 9457 problem JSON by `livelore.web`.

    Subclasses set ``code`` (stable, dotted, never renamed), ``status`` (HTTP) and ``retryable``.
    The constructor takes fields, not prose: the words live in the front end's message table.
    """

    code: ClassVar[str] = "app.error"
    status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False

    def __init__(self, **fields: object) -> None:
        super().__init__(self.code, fields)
        self.fields = fields

    def __str__(self) -> str:
        """Code and fields on one line, for logs and the command line."""
        details = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code}({details})"


class StartRefused(Exception):
    """The site cannot start; the text says in one line what, where and how to mend it.

    Told to whoever started it, never to a visitor.
    """


class InvariantError(Exception):
    """Something that must never happen did; the transaction rolls back and someone is told."""


def invariant(condition: object, why: str) -> None:
    """Stop the work when ``condition`` does not hold.

    Args:
        condition: Anything with a truth value.
        why: What is broken, for the person who reads the log.

    Raises:
        InvariantError: ``condition`` is false.
    """
    if not condition:
        raise InvariantError(why)


class BadRequestError(AppError):
    """The request cannot be read: a field is missing or has the wrong shape."""

    code = "request.invalid"
    status = 400


class NotFoundError(AppError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "request.not_found"
    status = 404


class ForbiddenError(AppError):
    """The caller is known and may not do this."""

    code = "request.forbidden"
    status = 403


class TooManyRequestsError(AppError):
    """The caller asks too often; ``retry_after_s`` says how long to wait."""

    code = "request.too_many"
    status = 429
    retryable = True


class UnavailableError(AppError):
    """The site cannot store anything just now: disk full, database gone. Nothing was done."""

    code = "site.unavailable"
    status = 503
    retryable = True
