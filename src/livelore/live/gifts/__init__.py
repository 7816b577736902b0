"""Gifts and super chats: money and chat together.

A *gift* is a virtual good bought for the host with coins; presses within a few seconds form a
*combo*, one group of acts in the ledger. A *super chat* is a paid message, pinned for a time set by
its price. Each is one act with an idempotency key; the room is told by an event of that act's
transaction, once. A sender is shown only if they chose to be named (PV10).
"""
