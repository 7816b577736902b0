"""Refusals of tables: each says which ``file``, ``what`` is wrong and how to ``mend`` it."""

from typing import Any

from livelore.kit.errors import AppError


class FormatUnknown(AppError):
    """The file's ending is none of .csv, .jsonl, .parquet (.csv.gz, .jsonl.gz)."""

    code = "tables.format_unknown"


class TableUnreadable(AppError):
    """The file is absent, no table of its kind, broken, or not in UTF-8."""

    code = "tables.unreadable"


class ColumnMissing(AppError):
    """A column that is needed is not in the file."""

    code = "tables.column_missing"


class TableEmpty(AppError):
    """The file has no row at all, or none that could be read."""

    code = "tables.empty"
    rejects: Any = None
    """Those of a file without one good row, so that they can be written all the same."""


class TableUnwritable(AppError):
    """The output cannot be written: no such folder, no right, no space."""

    code = "tables.unwritable"
