"""The only SQL of the ledger.

`posting` and `writing` write; `reading`, `shares` and `checks` ask; `sql` tells databases apart.
"""
