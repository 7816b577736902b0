"""The only SQL of the ledger: `posting` writes, `reading` and `checks` ask, `sql` tells apart."""
