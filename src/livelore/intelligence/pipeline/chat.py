"""Step 4: the chat in order of time, read by a `ChatReader`, back in the order of its file."""

from typing import Any

from livelore.intelligence.insight.chain.table import Chat
from livelore.intelligence.insight.chain.whole import Step
from livelore.intelligence.pipeline.inputs import TIME, USER, as_read
from livelore.intelligence.pipeline.protocols import ChatFindings, ChatReader


def read_chat(data: Any, reader: ChatReader, step: Step) -> tuple[Any, ChatFindings]:
    """A table with the columns of `insight.chain.whole` at its end, and what was found.

    Args:
        data: As `inputs` reads it.
        reader: Reads them.
        step: Is told how far it is.
    """
    time, user = (name if name in data.column_names else None for name in (TIME, USER))
    chat = Chat.of(data, "chat_content", time, user)
    found = reader.read(chat.messages, step)
    return chat.beside(as_read(data), found.columns), found
