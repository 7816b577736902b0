"""Tables of a user's own files: CSV, JSONL and Parquet in and out.

Columns are asked for by name and type. A row that cannot be read is kept with its file, its number
and the reason, beside the output, and counted; nothing is dropped in silence.
"""
