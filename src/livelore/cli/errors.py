"""How a command ends badly: one line that says what, where and how to mend it, and a status."""

import sqlite3

from cyclopts import CycloptsError

from livelore.kit.errors import AppError, StartRefused
from livelore.settings import PREFIX, SettingInvalid

WRONG_INPUT = 2
FAILED = 1
_REASONS = {
    "bus": "the bus does not answer: start it, or mend the setting bus_url",
    "database": "the database does not answer: start it, or mend the setting database_url",
    "storage": "nothing can be stored: the disk is full or the database is gone",
}
_EXTRAS = {
    "psycopg": ("PostgreSQL", "scale"),
    "nats": ("NATS", "scale"),
    "duckdb": ("DuckDB", "warehouse"),
    "ibis": ("Ibis", "warehouse"),
    "pyspark": ("Spark", "spark"),
}
"""By package: what it is and the extra that brings it."""


class InputWrong(Exception):
    """What the command was given cannot be used; the text is the whole line."""


class CommandFailed(Exception):
    """The command was right and could not be done; the text is the whole line."""


def told(error: Exception) -> tuple[int, str]:
    """The exit status and the line of an error."""
    if isinstance(error, ExceptionGroup):
        return told(error.exceptions[0])
    if isinstance(error, InputWrong | CycloptsError):
        return WRONG_INPUT, _first_line(error)
    if isinstance(error, CommandFailed | StartRefused):
        return FAILED, _first_line(error)
    if isinstance(error, AppError):
        return (FAILED if error.status >= 500 else WRONG_INPUT), _refusal(error)
    return FAILED, _trouble(error)


def _trouble(error: Exception) -> str:
    from sqlalchemy.exc import SQLAlchemyError  # slow, and only errors need it

    if isinstance(error, SQLAlchemyError | sqlite3.Error):
        return f"the database cannot be used: {_driver_words(error)}; `livelore doctor` says more"
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
        name, extra = _EXTRAS[error.name]
        return f"{name} needs the package {error.name}: `pip install 'livelore[{extra}]'`"
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{where}"
    name = type(error).__name__
    return f"unexpected {name}: {_first_line(error)}; {PREFIX}LOG_LEVEL=debug shows where"


def _refusal(error: AppError) -> str:
    if isinstance(error, SettingInvalid):
        return _setting(error)
    if reason := _REASONS.get(str(error.fields.get("reason"))):
        return reason
    details = "; ".join(f"{name}: {value}" for name, value in error.fields.items())
    summary = (type(error).__doc__ or error.code).splitlines()[0].rstrip(".")
    told, _, of_fields = summary.partition(": ")
    if any(f"``{name}``" in of_fields for name in error.fields):
        summary = told  # the details say it better
    summary = summary.replace("``", "")
    return f"{summary} ({details})" if details else summary


def _setting(error: SettingInvalid) -> str:
    """Names the place where it is mended: a variable, an option or the file."""
    name, where = error.fields.get("setting"), str(error.fields.get("where", ""))
    detail = str(error.fields.get("detail", "")).replace("\n", " ")
    if name is None:
        return f"{where} cannot be read: {detail}"
    place = {
        "the environment": f"{PREFIX}{str(name).upper()} in the environment",
        "the command line": "--" + str(name).replace("_", "-"),
    }
    return f"setting {name}: {detail}; mend {place.get(where, f'it in {where}')}"


def _driver_words(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
