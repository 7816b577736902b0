"""Refusals of identity."""

from livelore.kit.errors import AppError
from livelore.web.errors import CsrfFailed, NotLoggedIn

__all__ = [
    "AccountLocked",
    "CsrfFailed",
    "LockRefused",
    "LoginLocked",
    "NotLoggedIn",
    "PasswordInvalid",
    "RoleNotAllowed",
    "UserNotFound",
    "UsernameInvalid",
    "UsernameTaken",
    "WrongPassword",
]


class WrongPassword(AppError):
    """Name or password is wrong; ``tries_left`` before the name is locked."""

    code = "identity.wrong_password"
    status = 401


class LoginLocked(AppError):
    """Too many wrong passwords; ``retry_after_s`` until the next try."""

    code = "identity.locked"
    status = 429
    retryable = True


class UsernameTaken(AppError):
    """Somebody has this name already (letter case does not tell names apart)."""

    code = "identity.username_taken"
    status = 409


class UsernameInvalid(AppError):
    """A name is 2–24 letters, digits, ``_``, ``-`` or ``.``."""

    code = "identity.username_invalid"
    status = 422


class PasswordInvalid(AppError):
    """A password has 8–128 characters and is not the name itself."""

    code = "identity.password_invalid"
    status = 422


class RoleNotAllowed(AppError):
    """This role cannot be chosen at sign-up."""

    code = "identity.role_not_allowed"
    status = 403


class PreferencesTooLarge(AppError):
    """What somebody has set for themselves takes more than ``bytes_max``."""

    code = "identity.preferences_too_large"
    status = 422


class UserNotFound(AppError):
    """There is no such user."""

    code = "identity.user_not_found"
    status = 404


class AccountLocked(AppError):
    """An operator has locked this account; ``reason`` is what the operator wrote."""

    code = "identity.account_locked"
    status = 403


class LockRefused(AppError):
    """Operators do not lock themselves or each other out: the command line does."""

    code = "identity.lock_refused"
    status = 409
