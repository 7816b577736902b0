"""Step 4: the chat in order of time, read by a `ChatReader`, back in the order of its file."""

from typing import Any

import numpy as np
import pyarrow as pa

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.pipeline.inputs import TIME, as_read
from livelore.intelligence.pipeline.people import seconds_of
from livelore.intelligence.pipeline.protocols import CHAT_COLUMNS, ChatFindings, ChatReader, Step


def read_chat(data: Any, reader: ChatReader, step: Step) -> tuple[Any, ChatFindings]:
    """A table with `CHAT_COLUMNS` at its end, and what was found.

    Args:
        data: As `inputs` reads it; messages without a time follow the others.
        reader: Reads them.
        step: Is told how far it is.
    """
    n_messages = len(data)
    texts = [each or "" for each in data["chat_content"].to_pylist()]
    order, at = _in_time(data)
    users = None
    if "user_id" in data.column_names:
        coded = data["user_id"].combine_chunks().dictionary_encode().indices
        users = coded.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)[order]
    messages = Messages(tuple(texts[n] for n in order), at, users)
    found = reader.read(messages, step)
    back = np.empty(n_messages, np.int64)
    back[order] = np.arange(n_messages)
    table = as_read(data)
    for name in CHAT_COLUMNS:
        column = found.columns[name].take(pa.array(back))
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, column)
    return table, found


def _in_time(data: Any) -> tuple[Any, Any]:
    """Rows in order of time, and their seconds; None where not every message has one."""
    if TIME not in data.column_names or data[TIME].null_count:
        return np.arange(len(data)), None
    at = seconds_of(data[TIME])
    order = np.argsort(at, kind="stable")
    return order, at[order]
