"""Routes of identity."""

from litestar import Response, Router, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from livelore.settings import Settings
from livelore.trust.identity.model import SESSION_LIFE
from livelore.trust.identity.preferences import Preferences, PreferencesIn
from livelore.trust.identity.schemas import (
    LockIn,
    LogIn,
    MeOut,
    SessionExtras,
    SessionOut,
    SignedInOut,
    SignUp,
    UserOut,
    UserRecordOut,
)
from livelore.trust.identity.service import IdentityService, NewUser, SignedIn
from livelore.web.caller import Caller
from livelore.web.middleware import SESSION_COOKIE
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor


def _session_cookie(token: str, settings: Settings) -> Cookie:
    return Cookie(
        SESSION_COOKIE,
        value=token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https:"),
        max_age=round(SESSION_LIFE.total_seconds()) if token else 0,
    )


def _answer(signed_in: SignedIn, settings: Settings, status: int) -> Response[SignedInOut]:
    session = signed_in.session
    body = SignedInOut(UserOut.of(session.user), signed_in.token, session.csrf_token)
    return Response(body, status_code=status, cookies=[_session_cookie(signed_in.token, settings)])


@post("/auth/signup")
async def sign_up(
    data: JSONBody[SignUp],
    identity: NamedDependency[IdentityService],
    settings: NamedDependency[Settings],
) -> Response[SignedInOut]:
    """Make a viewer or host and log them in."""
    new = NewUser(data.username, data.password, data.role, data.display_name, data.locale)
    return _answer(await identity.sign_up(new), settings, 201)


@post("/auth/login", status_code=HTTP_200_OK)
async def log_in(
    data: JSONBody[LogIn],
    identity: NamedDependency[IdentityService],
    settings: NamedDependency[Settings],
) -> Response[SignedInOut]:
    """Log in; the token is for programs, the cookie for browsers."""
    return _answer(await identity.log_in(data.username, data.password), settings, 200)


@post("/auth/logout", status_code=HTTP_204_NO_CONTENT)
async def log_out(
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """End this login session."""
    if caller.token is not None:
        await identity.log_out(caller.token)
    return Response(None, status_code=204, cookies=[_session_cookie("", settings)])


@get("/me")
async def me(caller: NamedDependency[Caller], identity: NamedDependency[IdentityService]) -> MeOut:
    """Who is asking."""
    return MeOut(UserOut.of(await identity.user(caller.require_user())))


@get("/me/preferences")
async def preferences(
    caller: NamedDependency[Caller], identity: NamedDependency[IdentityService]
) -> Preferences:
    """What the caller has set: only members that they did set."""
    return await identity.preferences_of(caller.require_user())


@put("/me/preferences")
async def set_preferences(
    data: JSONBody[PreferencesIn],
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
) -> Preferences:
    """Replace all that the caller has set; a member left out is the page's default again."""
    return await identity.set_preferences(caller.require_user(), data)


@get("/session")
async def session(
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
    settings: NamedDependency[Settings],
    session_extras: NamedDependency[SessionExtras],
) -> SessionOut:
    """What every page asks first; nobody being logged in is an answer too."""
    user = None if caller.user_id is None else await identity.user(caller.user_id)
    return SessionOut(
        user=None if user is None else UserOut.of(user),
        csrf_token=caller.csrf_token,
        coins=None if user is None else await session_extras.coins_of(user.id),
        is_sandbox=not settings.is_production,
        server_time=session_extras.now(),
        demo_logins=session_extras.demo_logins,
    )


@post("/operator/users/{user_id:str}/adult-verification", status_code=HTTP_204_NO_CONTENT)
async def verify_adult(
    user_id: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
) -> None:
    """Mark a user as an adult whom an operator has checked."""
    await identity.verify_adult(user_id, caller.require_role("operator"))


@get("/operator/users")
async def list_users(
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
    q: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[UserRecordOut]:
    """Users whose name contains ``q``, newest first (operators)."""
    caller.require_role("operator")
    before = None if cursor is None else str(decode_cursor(cursor, str)[0])
    size = clamp_limit(limit)
    found = await identity.search(q, before, size + 1)
    page = found[:size]
    names = await identity.users([each.adult_verified_by or "" for each in page])
    following = encode_cursor(page[-1].id) if len(found) > size else None
    return Page([UserRecordOut.of(each, names) for each in page], following)


@post("/operator/users/{user_id:str}/lock", status_code=HTTP_204_NO_CONTENT)
async def lock_user(
    user_id: FromPath[str],
    data: JSONBody[LockIn],
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
) -> None:
    """Lock a user out and end their login sessions (operators)."""
    await identity.lock(caller.require_role("operator"), user_id, data.reason)


@post("/operator/users/{user_id:str}/unlock", status_code=HTTP_204_NO_CONTENT)
async def unlock_user(
    user_id: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[IdentityService],
) -> None:
    """Let a user in again (operators)."""
    await identity.unlock(caller.require_role("operator"), user_id)


routes = [
    Router(
        "/",
        route_handlers=[
            sign_up,
            log_in,
            log_out,
            me,
            preferences,
            set_preferences,
            session,
            verify_adult,
            list_users,
            lock_user,
            unlock_user,
        ],
        tags=["identity"],
    )
]
