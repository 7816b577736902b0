"""Who asks, may they write from here, and not too often: before any handler runs."""

from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from secrets import compare_digest

from livelore.kit.errors import AppError, TooManyRequestsError
from livelore.kit.limits import RateLimiter
from livelore.ports.clock import Clock
from livelore.web.asgi import ASGIApp, Receive, Scope, Send
from livelore.web.caller import Authenticate, Caller
from livelore.web.errors import CsrfFailed, NotLoggedIn
from livelore.web.problems import MEDIA_TYPE, problem_bytes

SESSION_COOKIE = "livelore_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = ("/api/v1/auth/login", "/api/v1/auth/signup", "/api/v1/payments/notices/")
"""Writes that need no CSRF token: there is no session yet, or a gateway signs them."""

AUTH_PER_S, AUTH_BURST = 0.5, 20.0
WRITES_PER_S, WRITES_BURST = 20.0, 60.0
"""Writes of one user (or address): far above a person, far below a flood."""


def cookies_of(headers: dict[bytes, bytes]) -> dict[str, str]:
    """The cookies of a request, by name; a broken header counts as none."""
    try:
        jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


class CallerMiddleware:
    """Puts the `Caller` into the scope; refuses forged and flooding writes.

    Args:
        app: What follows.
        authenticate: Proves tokens.
        clock: For the limits.
    """

    def __init__(self, app: ASGIApp, authenticate: Authenticate, clock: Clock) -> None:
        self.app = app
        self._authenticate = authenticate
        self._clock = clock
        self._auth_limit = RateLimiter(AUTH_PER_S, AUTH_BURST)
        self._write_limit = RateLimiter(WRITES_PER_S, WRITES_BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            caller = await self.caller_of(scope)
            self._check_write(scope, caller)
        except AppError as error:
            await send_problem(error, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    async def caller_of(self, scope: Scope) -> Caller:
        """Who asks: bearer token first, then cookie; a stale cookie is nobody.

        Raises:
            NotLoggedIn: A bearer token that proves nothing.
        """
        headers = dict(scope["headers"])
        client = scope.get("client")
        address = client[0] if client else ""
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        if authorization[:7].lower() == "bearer ":
            caller = await self._authenticate(authorization[7:].strip(), True)
        elif token := cookies_of(headers).get(SESSION_COOKIE):
            try:
                caller = await self._authenticate(token, False)
            except NotLoggedIn:
                return Caller(address=address)
        else:
            return Caller(address=address)
        return replace(caller, address=address)

    def _check_write(self, scope: Scope, caller: Caller) -> None:
        if scope["method"] in SAFE_METHODS:
            return
        path = scope["path"]
        now = self._clock.monotonic()
        if path.startswith("/api/v1/auth/"):
            wait_s = self._auth_limit.wait_s(caller.address, now)
        else:
            wait_s = self._write_limit.wait_s(caller.user_id or caller.address, now)
        if wait_s:
            raise TooManyRequestsError(retry_after_s=round(wait_s, 1))
        if caller.user_id is None or caller.is_bearer or path.startswith(OPEN_PATHS):
            return
        given = dict(scope["headers"]).get(b"x-csrf-token", b"").decode("latin-1")
        if not (caller.csrf_token and compare_digest(given, caller.csrf_token)):
            raise CsrfFailed


async def send_problem(error: AppError, send: Send) -> None:
    """Answer with problem JSON outside of Litestar's handlers."""
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    wait_s = error.fields.get("retry_after_s")
    if isinstance(wait_s, int | float):
        headers.append((b"retry-after", b"%d" % (int(wait_s) + 1)))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": problem_bytes(error), "more_body": False})
