"""Composition root: settings, adapters, services, routes. Only this package names an adapter."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from livelore.app.http import authenticator, make_asgi
from livelore.app.intelligence import Intelligence, build_intelligence
from livelore.app.knowledge import Knowledge, build_knowledge
from livelore.app.live import Floor, Live, build_live, live_now_of
from livelore.app.metrics import MetricsPage
from livelore.database.engine import Database
from livelore.database.migrate import migrate
from livelore.database.outbox import OutboxRelay
from livelore.intelligence.interactions import api as interactions_api
from livelore.kit.errors import StartRefused
from livelore.knowledge.access import api as access_api
from livelore.knowledge.catalog import api as catalog_api
from livelore.knowledge.catalog import api_reminders
from livelore.knowledge.catalog.schemas import CatalogExtras, LiveNowOut
from livelore.knowledge.catalog.service.reminders import Reminders
from livelore.knowledge.orders import api as orders_api
from livelore.knowledge.orders import api_earnings
from livelore.live.chat import api as chat_api
from livelore.live.gifts import api as gifts_api
from livelore.live.operations import api as operations_api
from livelore.live.rooms import api as rooms_api
from livelore.live.rooms import api_class
from livelore.live.streams import api as streams_api
from livelore.live.studio import api as studio_api
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock
from livelore.settings import Settings
from livelore.trust.identity import api as identity_api
from livelore.trust.identity.schemas import DemoLogin, SessionExtras
from livelore.trust.identity.service import IdentityService
from livelore.web.asgi import ASGIApp
from livelore.web.metering import RequestMeter
from livelore.web.upgrade import SocketGate

log = structlog.get_logger(__name__)
SECRET_BYTES = 48


def _memory_bus(_settings: Settings) -> Bus:
    from livelore.adapters.bus_memory import MemoryBus

    return MemoryBus()


def _nats_bus(settings: Settings) -> Bus:
    from livelore.adapters.bus_nats import NatsBus

    return NatsBus(settings.bus_url)


BUSES: dict[str, Callable[[Settings], Bus]] = {"memory": _memory_bus, "nats": _nats_bus}


def make_bus(settings: Settings) -> Bus:
    """The bus that the settings name; connects when it is first used."""
    scheme = settings.bus_url.split(":", 1)[0]
    log.info("adapter_chosen", port="bus", adapter=scheme)
    return BUSES[scheme](settings)


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
    live: Live
    intelligence: Intelligence
    gate: SocketGate
    app: ASGIApp
    demo_logins: list[DemoLogin] = field(default_factory=list[DemoLogin])

    async def start(self) -> None:
        """Begin what runs by itself; call on the running event loop.

        Raises:
            OSError: The RTMP port is taken.
        """
        await self.knowledge.start()
        await self.intelligence.start()
        await self.live.start()
        self.live.pool.start()
        self.relay.start()

    async def stop(self) -> None:
        """End it in the opposite order; nothing acknowledged is lost."""
        await self.relay.stop()
        await self.live.pool.stop()
        await self.live.stop()
        await self.intelligence.stop()
        await self.knowledge.stop()
        await self.bus.close()
        await self.database.close()


def build(settings: Settings) -> Platform:
    """Everything, connected and not yet started.

    Raises:
        StartRefused: The data folder cannot be used.
        SchemaTooNew: The database was made by a newer version.
    """
    from livelore.adapters.clock_system import SystemClock

    _make_folder(settings)
    url = settings.effective_database_url
    migrate(url)
    clock = SystemClock()
    database = Database.open(url)
    log.info("adapter_chosen", port="database", adapter=database.dialect)
    bus = make_bus(settings)
    identity = IdentityService(database, clock)
    knowledge = build_knowledge(settings, clock, database, bus)
    floor = Floor(settings, clock, database, bus, identity, site_secret(settings))
    live = build_live(floor, knowledge)
    intelligence = build_intelligence(floor, knowledge, live)
    demo_logins: list[DemoLogin] = []
    authenticate = authenticator(identity)
    services = _services(floor, knowledge, live, demo_logins)
    services["interactions"] = intelligence.interactions
    meter = RequestMeter(make_asgi(services, _routes(), authenticate, clock), clock)
    platform = Platform(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        relay=OutboxRelay(database, bus, clock),
        identity=identity,
        knowledge=knowledge,
        live=live,
        intelligence=intelligence,
        gate=SocketGate([live.door.route], authenticate, live.pool, settings.public_url),
        app=meter,
        demo_logins=demo_logins,
    )
    platform.app = MetricsPage(meter, platform, meter)
    return platform


def _make_folder(settings: Settings) -> None:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch(mode=0o600)
        (folder / ".writable").unlink()
    except OSError as error:
        raise StartRefused(
            f"the data folder {folder} cannot be written: {error.strerror or error};"
            " mend its owner and rights or name another by --data-dir"
        ) from None


def _routes() -> list[Any]:
    return [
        *identity_api.routes,
        *catalog_api.routes,
        *api_reminders.routes,
        *access_api.routes,
        *orders_api.routes,
        *api_earnings.routes,
        *streams_api.routes,
        *rooms_api.routes,
        *api_class.routes,
        *chat_api.routes,
        *gifts_api.routes,
        *studio_api.routes,
        *operations_api.routes,
        *interactions_api.routes,
    ]


def _services(
    floor: Floor, knowledge: Knowledge, live: Live, demo_logins: list[DemoLogin]
) -> dict[str, Any]:
    """Everything that a handler may ask for, by the name of its parameter."""

    async def live_now(course_ids: Sequence[str]) -> dict[str, LiveNowOut]:
        return await live_now_of(live.home, list(course_ids))

    access = knowledge.access
    return {
        "settings": floor.settings,
        "clock": floor.clock,
        "identity": floor.identity,
        "session_extras": SessionExtras(knowledge.orders.coins_of, floor.clock.now, demo_logins),
        "catalog": knowledge.catalog,
        "reminders": Reminders(floor.database, floor.clock),
        "ledger": knowledge.ledger,
        "access": access,
        "orders": knowledge.orders,
        "catalog_extras": CatalogExtras(access.owned_products, access.open_lessons, live_now),
        "rooms": live.rooms,
        "classes": live.classes,
        "operations": live.operations,
        "playback": live.playback,
        "streams": live.streams,
        "chat": live.chat,
        "gifts": live.gifts,
        "studio": live.studio,
        "home_feed": live.home,
        "room_extras": live.extras,
    }


def site_secret(settings: Settings) -> bytes:
    """The site's own signing secret: made once, kept in the data folder, readable by its owner."""
    path = settings.data_dir / "secret.key"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(SECRET_BYTES))
        fresh.replace(path)
    return path.read_bytes()
