"""Tables of a user's own files: CSV, JSONL and Parquet in and out.

Columns are asked for by name and kind. A row that cannot be read is kept with its file, its number
and the reason, beside the output, and counted; nothing is dropped in silence. The manner::

    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table
    from livelore.intelligence.tables.writing import write_rejects, write_table

    table = read_table(path, [Column("user_id", "id"), Column("watch_time", "number", lowest=0)])
    table.data           # a pyarrow.Table: the asked columns, typed, and the others as they are
    table.rejects        # rows left out: len(), iteration, reasons
    table.summary()      # counts and how times were read, for stderr
    write_table(table, out)                     # whole or not at all
    write_rejects(table.rejects, out)           # OUT.rejects.jsonl, only when there are any

`read_table` raises one of `errors`, each with ``file``, ``what`` and ``mend``. `guess_columns`
tells the kinds of a file whose columns are not known beforehand.

Kinds:
    id: Exactly as written ("007" stays text); a column of nothing but whole numbers is int64.
    number: float64, finite, between ``lowest`` and ``highest``.
    text: string.
    time: timestamp in UTC, of ISO 8601 (without a zone: UTC) or of seconds, milliseconds or
        microseconds since 1970, told apart by their size; ``notes`` say which was found.
    labels: list of strings; in CSV joined by ``|``.
"""
