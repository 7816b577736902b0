"""Services and routes as one ASGI application."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar, Router, get
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.types import Scope

from livelore import __version__
from livelore.ports.clock import Clock
from livelore.trust.identity.service import IdentityService
from livelore.web.asgi import ASGIApp
from livelore.web.caller import Authenticate, Caller
from livelore.web.idempotency import idempotency_key
from livelore.web.middleware import CallerMiddleware
from livelore.web.openapi import openapi_config
from livelore.web.pages import Pages
from livelore.web.problems import HANDLERS
from livelore.web.strict_json import check_body

BODY_MAX = 1 << 20
"""Largest request body: everything big goes by RTMP."""


def authenticator(identity: IdentityService) -> Callable[[str, bool], Awaitable[Caller]]:
    """How tokens are proved: by the login sessions of identity."""

    async def authenticate(token: str, is_bearer: bool) -> Caller:
        session = await identity.session_of(token)
        user = session.user
        return Caller(user.id, user.username, user.role, is_bearer, session.csrf_token, token)

    return authenticate


def make_asgi(
    services: dict[str, Any], routes: list[Any], authenticate: Authenticate, clock: Clock
) -> ASGIApp:
    """The API behind its guard, the pages around it."""
    dependencies: dict[str, Provide] = {
        name: Provide(_constant(service), sync_to_thread=False)
        for name, service in services.items()
    }
    dependencies["caller"] = Provide(_caller, sync_to_thread=False)
    dependencies["idempotency_key"] = Provide(idempotency_key, sync_to_thread=False)
    api = Litestar(
        route_handlers=[Router("/api/v1", route_handlers=routes), healthz],
        dependencies=dependencies,
        exception_handlers=HANDLERS,
        before_request=check_body,
        openapi_config=openapi_config(__version__),
        request_max_body_size=BODY_MAX,
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1024, exclude="^/api/v1/playback"
        ),
        signature_types=[],
        logging_config=None,
    )
    guarded = CallerMiddleware(api, authenticate, clock)  # type: ignore[arg-type]
    return Pages(guarded)


def _constant(value: Any) -> Callable[[], Any]:  # Any: a service of whatever type
    def provide() -> Any:
        return value

    return provide


def _caller(scope: Scope) -> Caller:
    caller: Caller = scope["state"]["caller"]
    return caller


@get("/healthz", include_in_schema=False, media_type="text/plain")
async def healthz() -> str:
    """200 when the site is ready."""
    return "ok"
