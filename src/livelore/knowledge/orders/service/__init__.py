"""Use cases of orders, each in the file of its verb."""

from livelore.knowledge.orders.service.deliver import NewGrant
from livelore.knowledge.orders.service.desk import Neighbours, OrderView, Press, Terms
from livelore.knowledge.orders.service.inbox import Received, TakeNotices
from livelore.knowledge.orders.service.overview import LookOver, Today
from livelore.knowledge.orders.service.reconcile import ReconcileOrders
from livelore.knowledge.orders.service.refund import RefundAsk
from livelore.knowledge.orders.service.sales import CountSales
from livelore.knowledge.orders.service.wallet import TopUpAsk, Wallets, WalletView


class OrdersService(Wallets, TakeNotices, ReconcileOrders, CountSales, LookOver):
    """Orders, payments, notices, refunds, deliveries, the wallet and the bill; see `Desk`."""


__all__ = [
    "Neighbours",
    "NewGrant",
    "OrderView",
    "OrdersService",
    "Press",
    "Received",
    "RefundAsk",
    "Terms",
    "Today",
    "TopUpAsk",
    "WalletView",
]
