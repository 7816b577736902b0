"""Composition root: settings, adapters, services, routes. Only this file names an adapter."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from livelore.knowledge.access import api as access_api
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog import api as catalog_api
from livelore.knowledge.catalog.schemas import CatalogExtras, LiveNowOut
from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.model import SpendCaps
from livelore.knowledge.ledger.service import LedgerRules, LedgerService
from livelore.knowledge.orders import api as orders_api
from livelore.knowledge.orders.jobs import OrdersJobs
from livelore.knowledge.orders.service import Neighbours, OrdersService, Terms
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock
from livelore.ports.payments import PaymentGateway
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
class Knowledge:
    """Paid knowledge, connected: what is sold, the money, who may see it."""

    catalog: CatalogService
    ledger: LedgerService
    access: AccessService
    orders: OrdersService
    jobs: OrdersJobs
    gateways: dict[str, PaymentGateway]

    async def start(self) -> None:
        """Begin to run what is due, and to take the sandbox's notices."""
        await self.jobs.start()
        for gateway in self.gateways.values():
            await _open_gateway(gateway, self.orders)

    async def stop(self) -> None:
        """End in the opposite order."""
        for gateway in self.gateways.values():
            await _close_gateway(gateway)
        await self.jobs.stop()


def _gateways(settings: Settings, clock: Clock) -> dict[str, PaymentGateway]:
    """The sandbox, where nobody pays real money; a site in production connects real ones."""
    if settings.is_production:
        return {}
    from livelore.adapters.payments_sandbox import SandboxGateway

    file = settings.data_dir / "sandbox-gateway.db"
    log.info("adapter_chosen", port="payments", adapter="sandbox")
    return {"sandbox": SandboxGateway(file, clock, settings.sandbox_delay_ms)}


async def _open_gateway(gateway: PaymentGateway, orders: OrdersService) -> None:
    from livelore.adapters.payments_sandbox import SandboxGateway

    if isinstance(gateway, SandboxGateway):

        async def deliver(headers: Mapping[str, str], body: bytes) -> None:
            await orders.receive_notice(gateway.name, headers, body, "sandbox")

        gateway.on_notice(deliver)
        gateway.start()


async def _close_gateway(gateway: PaymentGateway) -> None:
    from livelore.adapters.payments_sandbox import SandboxGateway

    if isinstance(gateway, SandboxGateway):
        await gateway.stop()


def build_knowledge(settings: Settings, clock: Clock, database: Database, bus: Bus) -> Knowledge:
    """Catalogue, ledger, access and orders, connected and not yet started."""
    catalog = CatalogService(database, clock, settings.currency, settings.platform_percent)
    caps = SpendCaps(settings.tip_cap_minor, settings.day_cap_minor, settings.month_cap_minor)
    rules = LedgerRules(settings.time_zone, caps, settings.hold_days, settings.wallet_coins_max)
    ledger = LedgerService(database, clock, rules)
    access = AccessService(database, clock, catalog, ledger)
    gateways = _gateways(settings, clock)
    terms = Terms(
        settings.order_life_s, settings.hold_days, settings.wallet_coins_max, settings.time_zone
    )
    orders = OrdersService(database, clock, Neighbours(catalog, access, ledger), gateways, terms)
    jobs = OrdersJobs(orders, ledger, database, bus, clock)
    return Knowledge(catalog, ledger, access, orders, jobs, gateways)


async def _nothing_on_air(_course_ids: Sequence[str]) -> dict[str, LiveNowOut]:
    return {}


@dataclass(slots=True)
class Platform:
    """The running platform: every service, and the ASGI application over them."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    relay: OutboxRelay
    identity: IdentityService
    knowledge: Knowledge
    app: ASGIApp
    demo_logins: list[DemoLogin] = field(default_factory=list[DemoLogin])

    async def start(self) -> None:
        """Begin what runs by itself; call on the running event loop."""
        self.relay.start()
        await self.knowledge.start()

    async def stop(self) -> None:
        """End it in the opposite order; nothing acknowledged is lost."""
        await self.knowledge.stop()
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
    knowledge = build_knowledge(settings, clock, database, bus)
    extras = SessionExtras(knowledge.orders.coins_of, clock.now, demo_logins)
    catalog_extras = CatalogExtras(
        knowledge.access.owned_products, knowledge.access.open_lessons, _nothing_on_air
    )
    services: dict[str, Any] = {
        "settings": settings,
        "clock": clock,
        "identity": identity,
        "session_extras": extras,
        "catalog": knowledge.catalog,
        "ledger": knowledge.ledger,
        "access": knowledge.access,
        "orders": knowledge.orders,
        "catalog_extras": catalog_extras,
    }
    routes = [
        *identity_api.routes,
        *catalog_api.routes,
        *access_api.routes,
        *orders_api.routes,
    ]
    app = _asgi(services, routes, identity, clock)
    return Platform(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        relay=OutboxRelay(database, bus, clock),
        identity=identity,
        knowledge=knowledge,
        app=app,
        demo_logins=demo_logins,
    )


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
