"""Recommendation: candidates, ranking, re-ranking, as a library on arrays and tables.

Interactions (`data`) come in once, as a fit; after that every scorer answers from a *history*
handed in with the request, so a fresh event counts in the very next answer and an unseen user is
no special case. A scorer gives one score for every item; `pipeline` composes scorers, filters of
what is available now, re-rankers and reasons into one object that prints itself and is saved as
one file. `evaluate` measures any of them on splits made by `splits` with the metrics of `metrics`.
Item ids and user ids are the caller's own; inside, both are row numbers ("codes").
"""
