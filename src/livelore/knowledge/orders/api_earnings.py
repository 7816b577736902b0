"""Routes about a host's earnings, and the operator's word on a difference with a bill."""

from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from livelore.knowledge.ledger.service import Earnings, LedgerService
from livelore.knowledge.orders.service import OrdersService
from livelore.settings import Settings
from livelore.web.caller import Caller

Word = Annotated[str, Meta(min_length=1, max_length=64)]


class DaySumOut(Struct):
    """A sum of one day."""

    day: str
    amount_minor: int


class EarningsOut(Struct):
    """What a host has earned, minor units, before tax.

    ``pending`` is by the day from which it is settled; ``available`` is settled and less what is
    owed for refunds after settlement; ``settled`` is all that ever was, newest day first.
    """

    currency: str
    pending_minor: int
    pending: list[DaySumOut]
    frozen_minor: int
    available_minor: int
    owed_minor: int
    settled_minor: int
    settled: list[DaySumOut]

    @classmethod
    def of(cls, found: Earnings) -> "EarningsOut":
        """From the books."""
        return cls(
            found.currency,
            found.pending_minor,
            [DaySumOut(each.day, each.amount_minor) for each in found.pending],
            found.frozen_minor,
            found.available_minor,
            found.owed_minor,
            found.settled_minor,
            [DaySumOut(each.day, each.amount_minor) for each in found.settled],
        )


class CloseIn(Struct, forbid_unknown_fields=True):
    """Body of an operator's word: which difference, and what was found out."""

    gateway: Word
    kind: Word
    ref: Annotated[str, Meta(min_length=1, max_length=128)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


@get("/host/earnings")
async def show_earnings(
    caller: NamedDependency[Caller],
    ledger: NamedDependency[LedgerService],
    settings: NamedDependency[Settings],
) -> EarningsOut:
    """What the caller has earned: pending by release day, available, settled (hosts)."""
    user_id = caller.require_role("host", "operator")
    return EarningsOut.of(await ledger.earnings_of(user_id, settings.currency))


@post("/operator/bill-findings/close", status_code=HTTP_204_NO_CONTENT)
async def close_finding(
    data: JSONBody[CloseIn],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> None:
    """Close a difference with a bill; while one is open, nothing is settled (operators)."""
    operator_id = caller.require_role("operator")
    await orders.close_finding(operator_id, (data.gateway, data.kind, data.ref), data.reason)


routes = [Router("/", route_handlers=[show_earnings, close_finding], tags=["orders"])]
