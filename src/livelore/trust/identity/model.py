"""What a user is, and the rules for names, passwords and failed log-ins."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from livelore.trust.identity.errors import PasswordInvalid, RoleNotAllowed, UsernameInvalid

Role = Literal["viewer", "host", "moderator", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "host", "moderator", "operator")
OPEN_ROLES: frozenset[str] = frozenset({"viewer", "host"})
"""Roles that anybody may choose at sign-up."""

SESSION_LIFE = timedelta(days=30)
FAILURES_MAX = 5
LOCK_TIME = timedelta(minutes=15)
N_AVATARS = 12
DISPLAY_NAME_MAX = 32
HOSTS_FOUND_MAX = 200
"""Hosts that one word of a search may stand for."""

_USERNAME = re.compile(r"[\w.\-]{2,24}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class User:
    """A person or bot that can log in."""

    id: str
    username: str
    display_name: str
    role: Role
    avatar: int
    badge: str | None
    badge_en: str | None
    locale: str | None
    adult_verified_at: datetime | None
    created_at: datetime
    adult_verified_by: str | None = None
    locked_at: datetime | None = None
    lock_reason: str | None = None

    @property
    def is_adult_verified(self) -> bool:
        """Whether an operator has checked that this is an adult."""
        return self.adult_verified_at is not None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One signed-in device; ``kind`` says how it proves itself."""

    user: User
    kind: Literal["browser", "bearer"]
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords for one name since the last right one."""

    n_failures: int
    locked_until: datetime

    def after_wrong(self, now: datetime) -> "Failures":
        """One more wrong password; the fifth locks the name and starts a new count."""
        if self.n_failures + 1 >= FAILURES_MAX:
            return Failures(0, now + LOCK_TIME)
        return replace(self, n_failures=self.n_failures + 1)

    def tries_left(self) -> int:
        """Wrong passwords that may still follow before the name is locked."""
        return FAILURES_MAX - self.n_failures

    def wait_s(self, now: datetime) -> int:
        """Seconds until the next try is allowed, 0 when it is."""
        return max(0, round((self.locked_until - now).total_seconds()))


def username_key(username: str) -> str:
    """The form in which names are compared: NFKC, case folded."""
    return unicodedata.normalize("NFKC", username).casefold()


def check_username(username: str) -> str:
    """The name, normalized.

    Raises:
        UsernameInvalid: Not 2–24 letters, digits, ``_``, ``-``, ``.``.
    """
    name = unicodedata.normalize("NFKC", username.strip())
    if not _USERNAME.fullmatch(name):
        raise UsernameInvalid(characters_min=2, characters_max=24)
    return name


def check_password(password: str, username: str) -> str:
    """The password, if it will do (NIST SP 800-63B: length, not composition).

    Raises:
        PasswordInvalid: Not 8–128 characters, or equal to the name.
    """
    if not 8 <= len(password) <= 128 or username_key(password) == username_key(username):
        raise PasswordInvalid(characters_min=8, characters_max=128)
    return password


def check_role(role: str) -> Role:
    """A role that may be chosen at sign-up.

    Raises:
        RoleNotAllowed: Any other.
    """
    if role not in OPEN_ROLES:
        raise RoleNotAllowed(role=role[:20])
    return "host" if role == "host" else "viewer"


def token_hash(token: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
