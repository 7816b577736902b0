"""The features of users as one query: over Parquet files with DuckDB, over a lake with Spark.

`features` builds an Ibis expression over a table of events; the same expression gives the same
table on every engine. One scan, one GROUP BY: each feature is a sum, a count or an extreme of a
row's own columns, so no engine sorts events, joins or keeps a set for each user. Names are those of
`features`; what needs the order of a user's events (``n_sessions``) is left to that module or asked
for by ``with_sessions``, which costs a sort.

| column of the events | is |
|---|---|
| ``user`` | id, a whole number (cheapest) or text |
| ``type`` | text: ``watch``, ``danmaku``, ``question``, ``gift``, ``super_chat``, ``purchase``, \
``co_stream``; others count as events only |
| ``at`` | seconds since 1970 UTC, a whole number |
| ``amount`` | money of gifts, super chats and purchases, in one unit |
| ``watched_s`` | seconds watched |
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

NAMES = (
    "n_events",
    "watch_s",
    "n_danmaku",
    "n_questions",
    "n_gifts",
    "co_streams",
    "tip_amount",
    "n_tips",
    "purchase_amount",
    "n_purchases",
    "recency_s",
    "night_share",
    "n_active_days",
)
ACTIVE_DAYS = 62
"""Days before ``now`` of which the active ones are counted: one bit of a whole number each."""
NIGHT_FROM_S, NIGHT_TO_S = 22 * 3_600, 6 * 3_600
SESSION_GAP_S = 1_800
_DAY_S = 86_400
_TYPES = {
    "n_danmaku": "danmaku",
    "n_questions": "question",
    "n_gifts": "gift",
    "n_purchases": "purchase",
    "co_streams": "co_stream",
}

_SCHEMA = {
    "user": "int64",
    "type": "string",
    "at": "int64",
    "amount": "float64",
    "watched_s": "float64",
}

Table = Any  # an ibis Table: ibis is imported where a query is made, not with the library


def _ibis() -> Any:
    """Is not loaded with the library, and has no types."""
    return import_module("ibis")


def features(
    events: Table, now: int, utc_offset_s: int = 0, *, with_sessions: bool = False
) -> Table:
    """One row a user: ``user`` and `NAMES`, of events up to ``now``.

    Args:
        events: See the module.
        now: The moment that recency and active days count back from, seconds.
        utc_offset_s: Local time minus UTC, for nights and days.
        with_sessions: Adds ``n_sessions``: an event more than 30 minutes after the one before
            begins another.
    """
    known = events.filter(events.at <= now)
    if with_sessions:
        known = _with_starts(known)
    sums = _sums(known, now, utc_offset_s)
    if with_sessions:
        sums["n_sessions"] = known.starts.sum()
    grouped = known.group_by("user").aggregate(**sums)
    columns = {
        "n_active_days": _ones(grouped.days),
        "night_share": grouped.n_night / grouped.n_events,
        "recency_s": now - grouped.last_at,
    }
    wide = grouped.mutate(**columns)
    return wide.select("user", *NAMES, *(["n_sessions"] if with_sessions else []))


def _sums(events: Table, now: int, utc_offset_s: int) -> dict[str, Any]:
    kind, amount = events.type, events.amount
    local = events.at + utc_offset_s
    clock = local % _DAY_S
    is_tip = kind.isin(["gift", "super_chat"])
    is_purchase = kind == "purchase"
    counts = {name: events.count(where=kind == which) for name, which in _TYPES.items()}
    return counts | {
        "n_events": events.count(),
        "watch_s": events.watched_s.sum(),
        "n_tips": events.count(where=is_tip),
        "tip_amount": amount.sum(where=is_tip).fill_null(0.0),
        "purchase_amount": amount.sum(where=is_purchase).fill_null(0.0),
        "last_at": events.at.max(),
        "n_night": events.count(where=(clock >= NIGHT_FROM_S) | (clock < NIGHT_TO_S)),
        "days": _any_of(_day_bit(local, now + utc_offset_s)),
    }


def _day_bit(local: Any, now: int) -> Any:
    """One bit for each of the last days; of earlier ones none."""
    ibis = _ibis()

    back = now // _DAY_S - local // _DAY_S
    one = (back >= 0).cast("int64")  # a plain 1 is 32 bits wide in Spark and would wrap around
    return ibis.ifelse(back < ACTIVE_DAYS, one << back, ibis.literal(0, "int64"))


def _any_of(bits: Any) -> Any:
    """Bit by bit OR: Ibis knows it for DuckDB only, both engines have it by this name."""
    ibis = _ibis()

    kind = ibis.dtype("int64")
    made: Any = ibis.udf.agg.builtin(_bit_or, name="bit_or", signature=((kind,), kind))
    return made(bits)


def _bit_or(bits: Any) -> Any:
    """The engine's own."""


def _ones(bits: Any) -> Any:
    """How many bits are set, by halves: no engine-specific function."""
    # pairs by subtraction: their sum in place could overflow a signed whole number
    bits = bits - ((bits >> 1) & 0x5555555555555555)
    bits = (bits & 0x3333333333333333) + ((bits >> 2) & 0x3333333333333333)
    for shift, mask in ((4, 0x0F0F0F0F0F0F0F0F), (8, 0x00FF00FF00FF00FF)):
        bits = (bits & mask) + ((bits >> shift) & mask)
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF)):
        bits = (bits & mask) + ((bits >> shift) & mask)
    return bits


def _with_starts(events: Table) -> Table:
    ibis = _ibis()

    before = events.at.lag().over(group_by="user", order_by="at")
    is_start = before.isnull() | (events.at - before > SESSION_GAP_S)
    return events.mutate(starts=ibis.ifelse(is_start, 1, 0))


def features_of_files(
    paths: Sequence[Path | str],
    now: int,
    utc_offset_s: int = 0,
    *,
    threads: int = 1,
    memory_mb: int = 800,
) -> Any:
    """`features` of Parquet files by DuckDB, as a pyarrow.Table.

    Args:
        paths: With the columns of the module.
        now: Seconds.
        utc_offset_s: As in `features`.
        threads: Of DuckDB.
        memory_mb: That it may take; more users than fit are spilled to disk.
    """
    ibis, duckdb = _ibis(), import_module("duckdb")
    events = ibis.table(_SCHEMA, name="events")  # the SQL is the same for ids that are text
    query = str(ibis.to_sql(features(events, now, utc_offset_s), dialect="duckdb"))
    options = {"threads": threads, "memory_limit": f"{memory_mb}MB"}
    with duckdb.connect(config={**options, "preserve_insertion_order": False}) as connection:
        connection.read_parquet([str(each) for each in paths]).create_view("events")
        return connection.sql(query).to_arrow_table()
