"""Routes of orders, payments and the wallet."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_202_ACCEPTED

from livelore.knowledge.ledger.model import StatementLine
from livelore.knowledge.orders.schemas import (
    CoinRefundIn,
    CoinRefundOut,
    FindingOut,
    GrantIn,
    GrantOut,
    LimitsIn,
    LimitsOut,
    MoneyOut,
    OrderIn,
    OrderOut,
    PayIn,
    PaymentOut,
    PaymentsCheckOut,
    PayOut,
    RefundIn,
    RefundOut,
    TopUpIn,
    TopUpOut,
    UnmatchedOut,
    WaitingRefundOut,
    WalletOut,
)
from livelore.knowledge.orders.schemas_statement import StatementOut
from livelore.knowledge.orders.service import (
    NewGrant,
    OrdersService,
    OrderView,
    Press,
    RefundAsk,
    TopUpAsk,
)
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller
from livelore.web.idempotency import fingerprint
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor

REPLAYED = "Idempotency-Replayed"
NOTICE_MAX = 64 * 1024
"""Largest notice that is read."""
Filter = Literal["all", "in", "out", "held"]


def _press(
    caller: Caller, key: str, route: str, body: Any, path_ids: tuple[str, ...] = ()
) -> Press:
    """The caller's press: their key and what it stands for (Any: a body of whatever shape)."""
    return Press(caller.require_user(), key, fingerprint("POST", route, path_ids, body))


def _answer(body: Any, status: int, *, is_replay: bool) -> Response[Any]:
    headers = {REPLAYED: "true"} if is_replay else {}
    return Response(body, status_code=status, headers=headers)


async def _order_out(orders: OrdersService, view: OrderView) -> OrderOut:
    return OrderOut.of(view, await orders.splits_of(view.order))


@post("/orders", status_code=HTTP_201_CREATED)
async def place_order(
    data: JSONBody[OrderIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
) -> Response[OrderOut]:
    """Freeze prices and rules and reserve seats for 15 minutes."""
    view, is_replay = await orders.place_order(
        _press(caller, idempotency_key, "/orders", data),
        data.wanted(),
        rule_accepted=data.refund_rule_accepted,
        is_repeat_meant=data.is_repeat_meant,
    )
    return _answer(await _order_out(orders, view), 201, is_replay=is_replay)


@get("/orders")
async def list_orders(
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[OrderOut]:
    """One's own orders, newest first."""
    user_id = caller.require_user()
    before = None if cursor is None else str(decode_cursor(cursor, str)[0])
    size = clamp_limit(limit)
    views = await orders.orders_of(user_id, before, size + 1)
    page = [await _order_out(orders, view) for view in views[:size]]
    return Page(page, encode_cursor(page[-1].id) if len(views) > size else None)


@get("/orders/{order_id:str}")
async def show_order(
    order_id: FromPath[str],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> OrderOut:
    """One's own order."""
    return await _order_out(orders, await orders.order_for(caller.require_user(), order_id))


@post("/orders/{order_id:str}/pay", status_code=HTTP_202_ACCEPTED)
async def pay_order(
    order_id: FromPath[str],
    data: JSONBody[PayIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
) -> Response[PayOut]:
    """Begin to pay; the outcome comes from the gateway, never from the browser."""
    press = _press(caller, idempotency_key, "/orders/{order_id}/pay", data, (order_id,))
    payment, is_replay = await orders.pay(press, order_id, data.method, data.gateway, data.scenario)
    return _answer(PayOut(PaymentOut.of(payment)), 202, is_replay=is_replay)


@get("/payments/{payment_id:str}")
async def show_payment(
    payment_id: FromPath[str],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> PayOut:
    """One's own payment, after asking its gateway."""
    return PayOut(PaymentOut.of(await orders.payment_for(caller.require_user(), payment_id)))


@post("/orders/{order_id:str}/cancel", status_code=HTTP_200_OK)
async def cancel_order(
    order_id: FromPath[str],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> OrderOut:
    """Give a placed order up."""
    return await _order_out(orders, await orders.cancel_order(caller.require_user(), order_id))


@post("/orders/{order_id:str}/refunds", status_code=HTTP_201_CREATED)
async def refund_order(
    order_id: FromPath[str],
    data: JSONBody[RefundIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
) -> Response[OrderOut]:
    """Money back, decided by the rule that was shown before paying."""
    press = _press(caller, idempotency_key, "/orders/{order_id}/refunds", data, (order_id,))
    ask = RefundAsk(order_id, data.line_id, data.amount_minor, data.reason)
    view, is_replay = await orders.request_refund(press, ask)
    return _answer(await _order_out(orders, view), 201, is_replay=is_replay)


@post("/payments/notices/{gateway:str}", status_code=HTTP_200_OK)
async def take_notice(
    gateway: FromPath[str],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> Response[str]:
    """A notice of a gateway: stored, answered, applied."""
    body = await request.body()
    await orders.receive_notice(
        gateway, dict(request.headers), body[: NOTICE_MAX + 1], caller.address
    )
    return Response("success", media_type="text/plain")


@get("/wallet")
async def show_wallet(
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
    identity: NamedDependency[IdentityService],
) -> WalletOut:
    """What the caller has and may spend."""
    user = await identity.user(caller.require_user())
    return WalletOut.of(await orders.wallet(user.id), is_adult_verified=user.is_adult_verified)


@post("/wallet/topups", status_code=HTTP_202_ACCEPTED)
async def top_up(
    data: JSONBody[TopUpIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
) -> Response[TopUpOut]:
    """Order a pack of coins and begin to pay it; the box beside the refund rule must be ticked."""
    ask = TopUpAsk(
        data.product_id,
        data.method,
        data.refund_rule_accepted,
        data.quantity,
        data.seen_price_minor,
        data.scenario,
        data.is_repeat_meant,
    )
    press = _press(caller, idempotency_key, "/wallet/topups", data)
    view, payment, is_replay = await orders.top_up(press, ask)
    body = TopUpOut(await _order_out(orders, view), PaymentOut.of(payment))
    return _answer(body, 202, is_replay=is_replay)


@get("/wallet/statement")
async def show_statement(
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
    filter: FromQuery[Filter] = "all",  # noqa: A002  # the name in the contract
) -> StatementOut:
    """What came and went, newest first, and the sum that proves it."""
    user_id = caller.require_user()
    before = None if cursor is None else int(decode_cursor(cursor, int)[0])
    page = await orders.statement(user_id, before, clamp_limit(limit), filter)
    following = None if page.next_id is None else encode_cursor(page.next_id)
    return StatementOut.of(page, following)


@get("/wallet/statement.csv", media_type="text/csv")
async def export_statement(
    caller: NamedDependency[Caller], orders: NamedDependency[OrdersService]
) -> Stream:
    """The whole statement as a table for spreadsheets."""
    lines = orders.statement_lines(caller.require_user())
    headers = {"Content-Disposition": 'attachment; filename="statement.csv"'}
    return Stream(_csv(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(lines: AsyncIterator[StatementLine]) -> AsyncIterator[str]:
    yield "\ufeff" + _csv_row("at", "kind", "details", "voucher", "delta", "balance_after")
    async for line in lines:
        details = msgspec.json.encode(line.fields).decode()
        yield _csv_row(
            line.at.isoformat(), line.kind, details, line.voucher, line.delta, line.balance_after
        )


def _csv_row(*cells: str | int | None) -> str:
    """One row; text that a spreadsheet would run as a formula is quoted first."""
    safe = [
        f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell
        for cell in cells
    ]
    buffer = io.StringIO()
    csv.writer(buffer).writerow(safe)
    return buffer.getvalue()


@put("/wallet/limits")
async def set_limits(
    data: JSONBody[LimitsIn],
    caller: NamedDependency[Caller],
    orders: NamedDependency[OrdersService],
) -> LimitsOut:
    """Set one's own caps: lower ones count at once, higher ones after 24 hours."""
    return LimitsOut.of(await orders.set_limits(caller.require_user(), data.caps()))


@post("/wallet/refunds", status_code=HTTP_201_CREATED)
async def refund_coins(
    data: JSONBody[CoinRefundIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
) -> Response[CoinRefundOut]:
    """Give unspent coins back for the money they were bought with."""
    press = _press(caller, idempotency_key, "/wallet/refunds", data)
    made, is_replay = await orders.refund_coins(press, data.coins)
    body = CoinRefundOut([RefundOut.of(refund) for refund in made])
    return _answer(body, 201, is_replay=is_replay)


@post("/grants", status_code=HTTP_201_CREATED)
async def grant_free(
    data: JSONBody[GrantIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    orders: NamedDependency[OrdersService],
    identity: NamedDependency[IdentityService],
) -> Response[GrantOut]:
    """Give access without money: an operator to anything, a host to what is theirs."""
    caller.require_role("host", "operator")
    press = _press(caller, idempotency_key, "/grants", data)
    await identity.user(data.user_id)
    new = NewGrant(data.user_id, data.product_id, data.reason, data.until)
    act_id, is_replay = await orders.grant_free(press, new, is_operator=caller.role == "operator")
    return _answer(GrantOut(f"T-{act_id}"), 201, is_replay=is_replay)


@get("/operator/payments")
async def check_payments(
    caller: NamedDependency[Caller], orders: NamedDependency[OrdersService]
) -> PaymentsCheckOut:
    """What of the payments needs an operator's eye."""
    caller.require_role("operator")
    return PaymentsCheckOut(
        notices=await orders.count_notices(),
        unmatched=[
            UnmatchedOut(
                row.gateway,
                row.gateway_ref,
                row.payment_no,
                MoneyOut(row.amount_minor, row.currency),
                row.reason,
            )
            for row in await orders.unmatched()
        ],
        findings=[
            FindingOut(
                each.gateway, each.day, each.kind, each.ref, each.ours_minor, each.theirs_minor
            )
            for each in await orders.findings()
        ],
        n_wrong_entitlements=len(await orders.wrong_entitlements()),
        wrong_accounts=[account for account, _, _ in await orders.wrong_sums()],
        refunds_waiting=[
            WaitingRefundOut(
                each.no,
                each.gateway,
                MoneyOut(each.amount_minor, each.currency),
                each.state,
                each.reason,
                each.n_tries,
                each.created_at,
            )
            for each in await orders.refunds_waiting()
        ],
    )


routes = [
    Router(
        "/",
        route_handlers=[
            place_order,
            list_orders,
            show_order,
            pay_order,
            show_payment,
            cancel_order,
            refund_order,
            take_notice,
            show_wallet,
            top_up,
            show_statement,
            export_statement,
            set_limits,
            refund_coins,
            grant_free,
            check_payments,
        ],
        tags=["orders"],
    )
]
