"""A table of messages: in order of time to the reader, its columns back in the table's order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from livelore.intelligence.insight.chain.whole import COLUMNS
from livelore.intelligence.insight.messages import Messages


@dataclass(frozen=True)
class Chat:
    """Messages of a table.

    Attributes:
        messages: In order of time where every message has one, else in that of the table.
        order: Their rows in the table, shape (n_messages,).
    """

    messages: Messages
    order: NDArray[np.int64]

    @classmethod
    def of(cls, data: Any, text: str, time: str | None = None, user: str | None = None) -> "Chat":
        """Of a pyarrow.Table.

        Args:
            data: Messages.
            text: Column of what was written; null is an empty message.
            time: Column of times, as `tables` types them; None: none.
            user: Column of writers; None: none.
        """
        texts = [each or "" for each in data[text].to_pylist()]
        order, at = np.arange(len(texts)), None
        if time is not None and not data[time].null_count:
            seconds = data[time].cast(pa.int64()).to_numpy() / 1e6
            order = np.argsort(seconds, kind="stable")
            at = seconds[order]
        users = None
        if user is not None:
            codes = data[user].combine_chunks().dictionary_encode().indices
            users = codes.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)[order]
        return cls(Messages(tuple(texts[n] for n in order.tolist()), at, users), order)

    def beside(self, data: Any, columns: Any) -> Any:
        """A table with `COLUMNS` at its end; columns of these names that it has give way.

        Args:
            data: With a row a message, in the order of the table.
            columns: Arrow arrays in the order of the messages.
        """
        back = np.empty(len(self.order), np.int64)
        back[self.order] = np.arange(len(self.order))
        table = data.drop_columns([name for name in COLUMNS if name in data.column_names])
        for name in COLUMNS:
            table = table.append_column(name, columns[name].take(pa.array(back)))
        return table
