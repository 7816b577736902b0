"""The features of a Parquet file on Spark in local mode, as Parquet: ``spark_child.py IN OUT NOW``.

In a process of its own: a JVM outlives the session that asked for it.
"""

import sys
from typing import Any

import ibis  # type: ignore[import-untyped]
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from livelore.intelligence.portraits.expressions import features


def main(given: str, out: str, now: int) -> None:
    builder: Any = SparkSession.builder
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }.items():
        builder = builder.config(name, value)
    session = builder.master("local[1]").getOrCreate()
    made: Any = ibis.pyspark.connect(session)
    found = features(made.read_parquet(given), now, 28_800, with_sessions=True).to_pyarrow()
    pq.write_table(found, out)
    session.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
