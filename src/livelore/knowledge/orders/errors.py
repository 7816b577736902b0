"""Refusals of orders, payments, refunds and the wallet."""

from livelore.kit.errors import AppError


class OrderNotFound(AppError):
    """There is no such order, or it is somebody else's."""

    code = "orders.not_found"
    status = 404


class PriceChanged(AppError):
    """The price is no longer the one that was shown; ``price_minor`` is the new one."""

    code = "orders.price_changed"
    status = 409


class RuleNotAccepted(AppError):
    """The refund rule was not agreed to (M8)."""

    code = "orders.rule_not_accepted"
    status = 422


class AlreadyOwned(AppError):
    """The buyer holds this product already."""

    code = "orders.already_owned"
    status = 409


class SoldOut(AppError):
    """No seat is left; ``seats_left`` says how many there are."""

    code = "orders.sold_out"
    status = 409


class NotOnSale(AppError):
    """The product is not sold, or its class is over."""

    code = "orders.not_on_sale"
    status = 409


class IdenticalOrder(AppError):
    """The same was ordered less than 30 s ago (``order_id``); say again that it is meant."""

    code = "orders.identical_order"
    status = 409


class LinesInvalid(AppError):
    """An order has 1–20 lines, each product once, coins in an order of their own."""

    code = "orders.lines_invalid"
    status = 422


class MoveNotAllowed(AppError):
    """The order is in a state from which this cannot be done."""

    code = "orders.move_not_allowed"
    status = 409


class PaymentUnknown(AppError):
    """No such gateway or payment method on this site."""

    code = "orders.payment_unknown"
    status = 422


class PaymentPending(AppError):
    """A payment of this order is under way (``payment_id``)."""

    code = "orders.payment_pending"
    status = 409


class RefundRefused(AppError):
    """The refund rule says no; ``reason`` says which part of it."""

    code = "orders.refund_refused"
    status = 409


class RefundAboveLeft(AppError):
    """More is asked back than is left of what was paid; ``left_minor`` or ``left_coins``."""

    code = "orders.refund_above_left"
    status = 409


class WalletBlocked(AppError):
    """Something is owed after a chargeback; nothing can be paid until it is settled."""

    code = "wallet.blocked"
    status = 403


class GatewayUnknown(AppError):
    """No gateway of this name is connected."""

    code = "payments.gateway_unknown"
    status = 404


class FreeGrantInvalid(AppError):
    """A free grant needs a product that gives access, a reason, and an end still to come."""

    code = "orders.free_grant_invalid"
    status = 422


class FindingNotFound(AppError):
    """There is no such open difference with a gateway's bill."""

    code = "orders.finding_not_found"
    status = 404
