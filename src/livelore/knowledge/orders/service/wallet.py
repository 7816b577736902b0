"""The wallet: what is in it, what came and went, limits, top-ups."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from livelore.knowledge.catalog.model import Product
from livelore.knowledge.ledger.model import (
    COIN,
    CapPeriod,
    Proof,
    StatementLine,
    StatementPage,
    wallet_of,
)
from livelore.knowledge.ledger.service import Balance, Spending
from livelore.knowledge.orders.errors import LinesInvalid
from livelore.knowledge.orders.model import Payment, Wanted
from livelore.knowledge.orders.service.desk import OrderView, Press
from livelore.knowledge.orders.service.pay import PayOrders
from livelore.knowledge.orders.service.place import PlaceOrders

EXPORT_ROWS_MAX = 20_000
EXPORT_PAGE = 200


@dataclass(frozen=True, slots=True)
class WalletView:
    """What a viewer has and may spend; coins in coins, caps in minor units of the backing."""

    balance: Balance
    spending: Spending
    packs: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class TopUpAsk:
    """Which pack, how many, how it is paid, and whether the box beside the rule was ticked."""

    product_id: str
    method: str
    rule_accepted: bool
    quantity: int = 1
    seen_price_minor: int | None = None
    options: str | None = None
    is_repeat_meant: bool = False


class Wallets(PlaceOrders, PayOrders):
    """A viewer's coins."""

    async def coins_of(self, user_id: str) -> int:
        """Coins that a user may spend now."""
        party = await self._database.read(lambda c: self._ledger.find_party_in(c, user_id))
        if party is None:
            return 0
        return (await self._ledger.wallet(party)).available_minor

    async def wallet(self, user_id: str) -> WalletView:
        """What a user has and may spend."""
        party = await self._ledger.party_of(user_id)
        return WalletView(
            await self._ledger.wallet(party),
            await self._ledger.spending_of(party, COIN.backing or ""),
            tuple(await self._catalog.coin_packs()),
        )

    async def statement(
        self, user_id: str, before_id: int | None, limit: int, direction: str
    ) -> StatementPage:
        """A page of what came and went, with the sum that proves the month."""
        party = await self._ledger.party_of(user_id)
        return await self._ledger.statement(
            wallet_of(party), before_id=before_id, limit=limit, direction=direction
        )

    async def statement_lines(self, user_id: str) -> AsyncIterator[StatementLine]:
        """The whole statement, newest first, for an export; at most 20,000 lines."""
        before: int | None = None
        n_lines = 0
        while n_lines < EXPORT_ROWS_MAX:
            page = await self.statement(user_id, before, EXPORT_PAGE, "all")
            for line in page.lines:
                yield line
            n_lines += len(page.lines)
            before = page.next_id
            if before is None:
                return

    async def proof(self, user_id: str) -> Proof:
        """Opening + received - spent = held + available."""
        return (await self.statement(user_id, None, 1, "all")).proof

    async def set_limits(self, user_id: str, wanted: dict[CapPeriod, int]) -> Spending:
        """Set one's own caps: lower at once, higher after 24 hours.

        Raises:
            CapInvalid: Not an integer from 0 to the site's cap.
        """
        return await self._ledger.set_caps(await self._ledger.party_of(user_id), wanted)

    async def top_up(self, press: Press, ask: TopUpAsk) -> tuple[OrderView, Payment, bool]:
        """Order a pack of coins and begin to pay it, with one key.

        Returns:
            The order, its payment, and whether they are a replay.

        Raises:
            LinesInvalid: The product is not a pack of coins.
            RuleNotAccepted: The box was not ticked.
            AppError: As `place_order` and `pay`.
        """
        product = await self._catalog.product(ask.product_id)
        if product.kind != "coin_pack":
            raise LinesInvalid(why="not_coins")
        seen = product.amount_minor if ask.seen_price_minor is None else ask.seen_price_minor
        wanted = [Wanted(ask.product_id, ask.quantity, seen)]
        view, is_replay = await self.place_order(
            press,
            wanted,
            rule_accepted=ask.rule_accepted,
            is_repeat_meant=ask.is_repeat_meant,
        )
        paying = Press(press.user_id, f"{press.key}.pay", press.fingerprint)
        payment, _ = await self.pay(paying, view.order.id, ask.method, options=ask.options)
        return await self.order_for(press.user_id, view.order.id), payment, is_replay
