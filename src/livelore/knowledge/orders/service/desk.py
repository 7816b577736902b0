"""What every use case of orders stands on: who asks, the books, the gateways, the terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import AppError, NotFoundError
from livelore.kit.ids import new_id
from livelore.kit.times import from_ms
from livelore.knowledge.access.service import AccessService
from livelore.knowledge.catalog.model import RefundRule
from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.model import Act, ActResult, user_key
from livelore.knowledge.ledger.service import LedgerService
from livelore.knowledge.orders.errors import GatewayUnknown, OrderNotFound
from livelore.knowledge.orders.model import Order, Payment, Refund
from livelore.knowledge.orders.store import orders, payments, refunds
from livelore.ports.clock import Clock, now_ms
from livelore.ports.payments import PaymentGateway
from livelore.trust.audit.service import AuditService

T = TypeVar("T")
FINAL_STATUS = 409
"""Refusals of this status depend on state and are final for their key (MONEY section 5)."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: who, and the key their client made for it."""

    user_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What whoever runs the site decided.

    Args:
        order_life_s: How long a placed order keeps its seat, seconds.
        hold_days: Days before a share may be settled.
        wallet_coins_max: Most coins in a wallet.
        time_zone: Of days in releases and settlements.
    """

    order_life_s: int = 900
    hold_days: int = 7
    wallet_coins_max: int = 50_000
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its payments and refunds, oldest first."""

    order: Order
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusing:
    """A transaction that refuses: the refusal is stored, then raised after the commit."""

    error: AppError


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The domains below."""

    catalog: CatalogService
    access: AccessService
    ledger: LedgerService


class Desk:
    """Base of the use cases.

    Args:
        database: Where orders are stored.
        clock: For ids, expiry and timers.
        below: Catalogue, access and ledger.
        gateways: The connected gateways, by name.
        terms: What the site decided.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        below: Neighbours,
        gateways: Mapping[str, PaymentGateway],
        terms: Terms,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalog = below.catalog
        self._access = below.access
        self._ledger = below.ledger
        self._gateways = dict(gateways)
        self._terms = terms
        self._audit = AuditService(database, clock)

    @property
    def gateway_names(self) -> tuple[str, ...]:
        """Names of the connected gateways."""
        return tuple(self._gateways)

    def gateway(self, name: str) -> PaymentGateway:
        """The gateway of this name.

        Raises:
            GatewayUnknown: None such is connected.
        """
        found = self._gateways.get(name)
        if found is None:
            raise GatewayUnknown(gateway=name[:40])
        return found

    def _id(self) -> str:
        return new_id(now_ms(self._clock))

    def _release_on(self, rule: RefundRule | None = None) -> date:
        """The day from which a share of today may be settled: never inside the refund window."""
        window = 0 if rule is None or rule.window_days is None else rule.window_days + 1
        today = self._clock.now().astimezone(ZoneInfo(self._terms.time_zone)).date()
        return today + timedelta(days=max(self._terms.hold_days, window))

    async def _once(
        self,
        press: Press,
        kind: str,
        work: Callable[[Connection, int, str], T],
        replay: Callable[[Connection, ActResult], T],
    ) -> tuple[T, bool]:
        """Run ``work`` once for a key; afterwards give its answer, or its refusal, again.

        Args:
            press: Who asks, with their key.
            kind: Of the act that is stored if the work refuses.
            work: Takes connection, party and act key; posts exactly one act with that key.
            replay: Rebuilds the answer from the stored act.

        Returns:
            The answer and whether it is a replay.

        Raises:
            AppError: The refusal, now or as it was then.
        """

        def run(connection: Connection) -> tuple[T, bool] | Refusing:
            party = self._ledger.party_in(connection, press.user_id)
            key = user_key(party, press.key)
            earlier = self._ledger.known_in(connection, key, press.fingerprint)
            if earlier is not None:
                if earlier.error is not None:
                    return Refusing(earlier.error)
                return replay(connection, earlier), True
            savepoint = connection.begin_nested()
            try:
                answer = work(connection, party, key)
            except AppError as refusal:
                savepoint.rollback()
                if refusal.status == FINAL_STATUS:
                    self._refuse(connection, Act(key, press.fingerprint, kind), refusal)
                return Refusing(refusal)
            savepoint.commit()
            return answer, False

        done = await self._database.write(run)
        if isinstance(done, Refusing):
            raise done.error
        return done

    def _refuse(self, connection: Connection, act: Act, refusal: AppError) -> None:
        """Store a refusal under its key, so that it stays one."""

        def refuse(_connection: Connection, _result: ActResult) -> None:
            raise refusal

        self._ledger.post_in(connection, act, refuse)

    def _own_order(self, connection: Connection, party: int | None, order_id: str) -> Order:
        order = orders.by_id(connection, order_id, locked=True)
        if order is None or order.buyer != party:
            raise OrderNotFound(order_id=order_id[:32])
        return order

    def _view(self, connection: Connection, order_id: str) -> OrderView:
        order = orders.by_id(connection, order_id)
        if order is None:
            raise NotFoundError(order_id=order_id)
        return self._views(connection, [order])[0]

    def _views(self, connection: Connection, found: list[Order]) -> list[OrderView]:
        ids = [order.id for order in found]
        paid = payments.of_orders(connection, ids)
        back = refunds.of_orders(connection, ids)
        return [
            OrderView(
                order,
                tuple(payment for payment in paid if payment.order_id == order.id),
                tuple(refund for order_id, refund in back if order_id == order.id),
            )
            for order in found
        ]

    async def splits_of(self, order: Order) -> dict[str, list[tuple[str, int]]]:
        """What each party gets of each line, by the line's id."""

        def work(connection: Connection) -> dict[str, list[tuple[str, int]]]:
            return {
                line.id: [
                    (str(party), amount)
                    for party, amount in self._catalog.rule_in(
                        connection, line.split_rule_id, line.split_rule_version or 0
                    ).shares(line.total_minor)
                ]
                for line in order.lines
                if line.split_rule_id is not None
            }

        return await self._database.read(work)

    def _user(self, connection: Connection, party: int) -> str | None:
        return self._ledger.user_of_in(connection, party)

    def _now(self) -> datetime:
        """Now, to the millisecond, as it is stored: an answer and its replay are equal."""
        return from_ms(now_ms(self._clock))
