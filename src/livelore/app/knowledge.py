"""Paid knowledge, connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from livelore.database.engine import Database
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.model import SpendCaps
from livelore.knowledge.ledger.service import LedgerRules, LedgerService
from livelore.knowledge.orders.jobs import OrdersJobs
from livelore.knowledge.orders.service import Neighbours, OrdersService, Terms
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock
from livelore.ports.payments import PaymentGateway
from livelore.settings import Settings

log = structlog.get_logger(__name__)


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
        """Stock a new site, begin to run what is due and to take the sandbox's notices."""
        await self.catalog.stock_coin_packs()
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

    named = settings.sandbox_file
    file = Path(named) if named else settings.data_dir / "sandbox-gateway.db"
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
