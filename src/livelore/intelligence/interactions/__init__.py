"""The behaviour log: what people did, append-only, for whoever computes from it later.

Events come from clients (``POST /interactions``) and from the platform's own facts; each has a type
and a version, and one shape in `events`. What fits no shape is a dead letter: kept whole, with its
reason, for operators. Rows are acknowledged once they are on disk in a JSONL segment; finished
segments become Parquet files by day, in a child process. Data engineers read both with `reader`.
"""
