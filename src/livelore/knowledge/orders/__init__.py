"""Orders, payments, refunds and the wallet: from the intent to buy to the money's return.

An order freezes prices, split rule and refund rule in its lines. A payment's state is a function
of the set of its facts, in whatever order and however often they came. A refund decided ends the
entitlement at once and is paid when the gateway says so. Whatever money arrives and belongs to no
open order is kept apart and sent back. Every write that moves money is one act with one key.
"""
