"""Composition root: settings, adapters, services, routes. Only this file names an adapter."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from litestar import Litestar, Router, get
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Scope

from livelore import __version__
from livelore.database.engine import Database
from livelore.database.migrate import migrate
from livelore.database.outbox import OutboxRelay
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock
from livelore.settings import SettingInvalid, Settings
from livelore.trust.identity import api as identity_api
from livelore.trust.identity.schemas import DemoLogin, SessionExtras
from livelore.trust.identity.service import IdentityService
from livelore.web.asgi import ASGIApp
from livelore.web.caller import Caller
from livelore.web.idempotency import idempotency_key
from livelore.web.middleware import CallerMiddleware
from livelore.web.pages import Pages
from livelore.web.problems import HANDLERS

log = structlog.get_logger(__name__)
BODY_MAX = 1 << 20
"""Largest request body: everything big goes by RTMP."""


def _memory_bus(_settings: Settings) -> Bus:
    from livelore.adapters.bus_memory import MemoryBus

    return MemoryBus()


def _nats_bus(settings: Settings) -> Bus:
    from livelore.adapters.bus_nats import NatsBus

    return NatsBus(settings.bus_url)


BUSES: dict[str, Callable[[Settings], Bus]] = {"memory": _memory_bus, "nats": _nats_bus}


def _by_scheme(url: str, adapters: dict[str, Callable[[Settings], Bus]], settings: Settings) -> Bus:
    scheme = url.split(":", 1)[0]
    if scheme not in adapters:
        raise SettingInvalid(setting="bus_url", detail=f"{scheme!r}: known are {sorted(adapters)}")
    log.info("adapter_chosen", port="bus", adapter=scheme)
    return adapters[scheme](settings)


@dataclass(slots=True)
class Platform:
    """The running platform: every service, and the ASGI application over them."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    relay: OutboxRelay
    identity: IdentityService
    app: ASGIApp
    demo_logins: list[DemoLogin] = field(default_factory=list[DemoLogin])

    async def start(self) -> None:
        """Begin what runs by itself; call on the running event loop."""
        self.relay.start()

    async def stop(self) -> None:
        """End it in the opposite order; nothing acknowledged is lost."""
        await self.relay.stop()
        await self.bus.close()
        await self.database.close()


def build(settings: Settings) -> Platform:
    """Everything, connected and not yet started.

    Raises:
        SettingInvalid: A setting names an adapter that there is not.
    """
    from livelore.adapters.clock_system import SystemClock

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    url = settings.effective_database_url
    migrate(url)
    clock = SystemClock()
    database = Database.open(url)
    log.info("adapter_chosen", port="database", adapter=database.dialect)
    bus = _by_scheme(settings.bus_url, BUSES, settings)
    identity = IdentityService(database, clock)
    demo_logins: list[DemoLogin] = []
    extras = SessionExtras(_no_coins, clock.now, demo_logins)
    services: dict[str, Any] = {
        "settings": settings,
        "clock": clock,
        "identity": identity,
        "session_extras": extras,
    }
    app = _asgi(services, [*identity_api.routes], identity, clock)
    return Platform(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        relay=OutboxRelay(database, bus, clock),
        identity=identity,
        app=app,
        demo_logins=demo_logins,
    )


async def _no_coins(_user_id: str) -> int | None:
    return None


def authenticator(identity: IdentityService) -> Callable[[str, bool], Awaitable[Caller]]:
    """How tokens are proved: by the login sessions of identity."""

    async def authenticate(token: str, is_bearer: bool) -> Caller:
        session = await identity.session_of(token)
        user = session.user
        return Caller(user.id, user.username, user.role, is_bearer, session.csrf_token, token)

    return authenticate


def _asgi(
    services: dict[str, Any], routes: list[Any], identity: IdentityService, clock: Clock
) -> ASGIApp:
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
        openapi_config=OpenAPIConfig(
            title="Livelore",
            version=__version__,
            path="/api/v1",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        request_max_body_size=BODY_MAX,
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1024, exclude="^/api/v1/playback"
        ),
        signature_types=[],
        logging_config=None,
    )
    guarded = CallerMiddleware(api, authenticator(identity), clock)  # type: ignore[arg-type]
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
