"""Double entry: where every fen and every coin is, and how it got there.

An *act* is one piece of business with one unique key; its *transfers* commit together or not at
all. A transfer debits one account and credits another, so it balances by itself. An account is
*guarded* when a person draws on it (it keeps its balance and never goes below 0) and *summed*
otherwise. A *share* is what one party earns of an act; from its *release* day it may be settled.
Rules stand in `model`, and again in the database, which refuses what code got wrong.
"""
