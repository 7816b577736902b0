"""Chat analysis: `chat_messages.csv` to `chat_analysis.csv`."""

from livelore.intelligence.pipeline.article import chat_analysis
from livelore.intelligence.tables.writing import write_table

write_table(chat_analysis("chat_messages.csv"), "chat_analysis.csv")
