"""One contender of `bench features`: ``features_child NAME PATH``; prints what it took."""

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.peak import peak_mb

NOW = 1_700_006_400 + 60 * 86_400
COLUMNS: tuple[str, ...] = (
    "n_events",
    "watch_s",
    "n_danmaku",
    "n_gifts",
    "tip_amount",
    "n_tips",
    "purchase_amount",
)
COLUMNS += ("recency_s", "night_share")
SQL = """
SELECT "user", count(*) AS n_events, sum(watched_s) AS watch_s,
  sum(CASE WHEN "type" = 'danmaku' THEN 1 ELSE 0 END) AS n_danmaku,
  sum(CASE WHEN "type" = 'question' THEN 1 ELSE 0 END) AS n_questions,
  sum(CASE WHEN "type" = 'gift' THEN 1 ELSE 0 END) AS n_gifts,
  sum(CASE WHEN "type" = 'co_stream' THEN 1 ELSE 0 END) AS co_streams,
  sum(CASE WHEN "type" IN ('gift', 'super_chat') THEN amount ELSE 0 END) AS tip_amount,
  sum(CASE WHEN "type" IN ('gift', 'super_chat') THEN 1 ELSE 0 END) AS n_tips,
  sum(CASE WHEN "type" = 'purchase' THEN amount ELSE 0 END) AS purchase_amount,
  sum(CASE WHEN "type" = 'purchase' THEN 1 ELSE 0 END) AS n_purchases,
  {now} - max("at") AS recency_s,
  avg(CASE WHEN "at" % 86400 >= 79200 OR "at" % 86400 < 21600 THEN 1 ELSE 0 END) AS night_share
FROM read_parquet('{path}') GROUP BY "user"
"""


def expression(path: str) -> Callable[[], Any]:
    """Ours."""
    module = import_module("livelore.intelligence.portraits.expressions")
    import_module("ibis"), import_module("duckdb")
    return lambda: module.features_of_files([path], NOW)


def duckdb(path: str) -> Callable[[], Any]:
    """SQL as one writes it first, with DuckDB's own settings but one thread."""
    connection = import_module("duckdb").connect(config={"threads": 1})
    return lambda: connection.sql(SQL.format(now=NOW, path=path)).to_arrow_table()


def pandas(path: str) -> Callable[[], Any]:
    """Columns made, then one groupby."""
    pd = import_module("pandas")

    def made() -> Any:
        events = pd.read_parquet(path)
        kind, clock = events["type"], events["at"] % 86_400
        tip = kind.isin(["gift", "super_chat"])
        for name, which in {
            "n_danmaku": "danmaku",
            "n_questions": "question",
            "n_gifts": "gift",
        }.items():
            events[name] = kind == which
        events["co_streams"], events["n_purchases"] = kind == "co_stream", kind == "purchase"
        events["n_tips"], events["tip_amount"] = tip, events["amount"].where(tip, 0.0)
        events["purchase_amount"] = events["amount"].where(events["n_purchases"], 0.0)
        events["night_share"] = (clock >= 79_200) | (clock < 21_600)
        sums = dict.fromkeys(("n_danmaku", "n_questions", "n_gifts", "co_streams"), "sum")
        sums |= dict.fromkeys(("n_purchases", "n_tips", "tip_amount", "purchase_amount"), "sum")
        grouped = events.groupby("user").agg(
            {**sums, "watched_s": "sum", "night_share": "mean", "at": "max", "amount": "count"}
        )
        grouped = grouped.rename(columns={"watched_s": "watch_s", "amount": "n_events"})
        grouped["recency_s"] = NOW - grouped["at"]
        return import_module("pyarrow").Table.from_pandas(grouped.reset_index())

    return made


def main(name: str, path: str) -> None:
    """Measure one."""
    compute = import_module("pyarrow.compute")
    work = {"expression": expression, "duckdb": duckdb, "pandas": pandas}[name](path)
    before = resource.getrusage(resource.RUSAGE_SELF)
    table = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    module = "duckdb" if name == "expression" else name
    result = {
        "version": f"{module} {import_module(module).__version__}",
        "cpu_s": round(cpu, 2),
        "peak_mb": round(peak_mb(), 1),
        "users": table.num_rows,
        "sums": [float(compute.sum(table[column]).as_py()) for column in COLUMNS],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
