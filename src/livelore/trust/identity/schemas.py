"""Wire shapes of identity."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from livelore.trust.identity.model import User


class SignUp(Struct, forbid_unknown_fields=True):
    """Body of a sign-up."""

    username: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]
    role: Annotated[str, Meta(max_length=20)] = "viewer"
    display_name: Annotated[str, Meta(max_length=64)] | None = None
    locale: Annotated[str, Meta(max_length=10)] | None = None


class LogIn(Struct, forbid_unknown_fields=True):
    """Body of a log-in."""

    username: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=256)]


class UserOut(Struct):
    """A user as everybody may see them."""

    id: str
    username: str
    display_name: str
    role: str
    avatar: int
    badge: str | None
    badge_en: str | None
    is_adult_verified: bool

    @classmethod
    def of(cls, user: User) -> "UserOut":
        """From the model."""
        return cls(
            user.id,
            user.username,
            user.display_name,
            user.role,
            user.avatar,
            user.badge,
            user.badge_en,
            user.is_adult_verified,
        )


class UserRecordOut(Struct):
    """A user as operators see them."""

    user: UserOut
    created_at: datetime
    adult_verified_at: datetime | None
    adult_verified_by: str | None
    locked_at: datetime | None
    lock_reason: str | None

    @classmethod
    def of(cls, user: User, names: dict[str, User]) -> "UserRecordOut":
        """From the model; ``names`` knows the operators."""
        by = names.get(user.adult_verified_by or "")
        return cls(
            UserOut.of(user),
            user.created_at,
            user.adult_verified_at,
            None if by is None else by.display_name,
            user.locked_at,
            user.lock_reason,
        )


class LockIn(Struct, forbid_unknown_fields=True):
    """Body of a lock: why, for the audit and the user."""

    reason: Annotated[str, Meta(max_length=500)]


class SignedInOut(Struct):
    """Answer to sign-up and log-in."""

    user: UserOut
    token: str
    csrf_token: str


class MeOut(Struct):
    """Answer to ``GET /me``."""

    user: UserOut


class DemoLogin(Struct):
    """A log-in that the demo shows on its log-in page."""

    role: str
    username: str
    password: str


class SessionOut(Struct):
    """What a page needs first: who is here, or nobody."""

    user: UserOut | None
    csrf_token: str | None
    coins: int | None
    is_sandbox: bool
    server_time: datetime
    demo_logins: list[DemoLogin] = msgspec.field(default_factory=list[DemoLogin])


@dataclass(frozen=True, slots=True)
class SessionExtras:
    """What `GET /session` shows that identity does not know by itself; filled by `app`."""

    coins_of: Callable[[str], Awaitable[int | None]]
    now: Callable[[], datetime]
    demo_logins: list[DemoLogin] = field(default_factory=list[DemoLogin])
