"""Rows as Arrow tables. Imports pyarrow: only for the compactor and for data engineers."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from livelore.intelligence.interactions.model import Row

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("at_ms", pa.int64(), nullable=False),
        pa.field("received_at_ms", pa.int64(), nullable=False),
        pa.field("user_id", pa.string()),
        pa.field("visitor", pa.string()),
        pa.field("note", pa.string()),
        pa.field("fields", pa.string(), nullable=False),
    ]
)
"""``fields`` is JSON: the fields of the event's type and version."""


def table_of(rows: Sequence[Row]) -> Any:  # Any: pyarrow has no types
    """Rows as a table."""
    names = [name for name in SCHEMA.names if name != "fields"]
    plain = [
        {name: getattr(row, name) for name in names} | {"fields": _json(row.fields)} for row in rows
    ]
    return pa.Table.from_pylist(plain, schema=SCHEMA)


def _json(fields: dict[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()


def rows_in(batches: Iterator[Any]) -> Iterator[Row]:
    """The rows of record batches."""
    for batch in batches:
        for plain in batch.to_pylist():
            plain["fields"] = msgspec.json.decode(plain["fields"])
            yield Row(**plain)
