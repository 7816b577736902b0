"""Who is asking: a plain value that `trust.identity` fills and every route may take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from livelore.kit.errors import ForbiddenError
from livelore.web.errors import NotLoggedIn

CallerRole = Literal["anonymous", "viewer", "host", "moderator", "operator"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, and how they proved it."""

    user_id: str | None = None
    username: str | None = None
    role: CallerRole = "anonymous"
    is_bearer: bool = False
    csrf_token: str | None = None
    token: str | None = None
    address: str = ""

    def require_user(self) -> str:
        """The user's id.

        Raises:
            NotLoggedIn: Nobody is logged in.
        """
        if self.user_id is None:
            raise NotLoggedIn
        return self.user_id

    def require_role(self, *roles: CallerRole) -> str:
        """The user's id, if they have one of these site-wide roles.

        Raises:
            NotLoggedIn: Nobody is logged in.
            ForbiddenError: Somebody is, without such a role.
        """
        user_id = self.require_user()
        if self.role not in roles:
            raise ForbiddenError(roles_needed=list(roles))
        return user_id


ANONYMOUS = Caller()

Authenticate = Callable[[str, bool], Awaitable[Caller]]
"""Token and whether it came as a bearer → the caller; raises NotLoggedIn."""
