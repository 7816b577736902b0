"""Tables for `livelore portraits`: one row a user, or events that are added up to that."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.portraits.data import UserTable
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import Table

ID_COLUMNS = ("user_id", "user", "id")
"""Where ids are looked for when no column is named."""
TIME_COLUMNS = ("timestamp", "time", "at")
CONTENT_COLUMNS = ("content_id", "item_id", "item")
NO_FEATURES = ("timestamp", "content_id", "item_id")
"""By these names no column of numbers is compared unless it is named."""
TYPE_COLUMN = "type"
WATCHED_COLUMNS = ("watch_s", "watched_s", "watch_time")
Form = Literal["users", "visits", "typed"]


@dataclass(frozen=True)
class Rows:
    """What a row of the table is."""

    user_col: Annotated[str | None, Parameter(help="Column of ids; else user_id, user or id.")] = (
        None
    )
    rows: Annotated[
        Literal["auto", "users", "events"],
        Parameter(help="A row is a user, or an event of one; auto looks whether ids repeat."),
    ] = "auto"
    time_col: Annotated[str | None, Parameter(help="Of events; else timestamp, time or at.")] = None
    utc_offset: Annotated[
        float, Parameter(help="Hours that local time is ahead of UTC, for nights and weekends.")
    ] = 0.0


@dataclass(frozen=True)
class Read:
    """Users to compare, and the table that the segments are written beside.

    Attributes:
        table: As it is, or the features that events were added up to.
        users: Its features.
        told: What the file was taken for, one line.
    """

    table: "Table"
    users: "UserTable"
    told: str


def read_users(
    source: Path, given: Rows | None, named: str | None = None, needed: Sequence[str] = ()
) -> Read:
    """The users of a file of either form.

    Args:
        source: The file.
        given: Of the command line.
        named: Features, by comma; None: all numbers.
        needed: Features of a model; empty: ``named`` says which.
    """
    from livelore.intelligence.tables.reading import guess_columns

    how, known = given or Rows(), guess_columns(source)
    id_column = how.user_col or _first(ID_COLUMNS, known)
    if id_column is None:
        raise InputWrong(
            f"{source}: none of its columns ({', '.join(known)}) is called "
            f"{', '.join(ID_COLUMNS)}: name the column of ids by --user-col"
        )
    wanted = list(needed) or [each.strip() for each in (named or "").split(",") if each.strip()]
    asked = _Asked(source, known, id_column, how, wanted)
    form = asked.form()
    if form == "users":
        return asked.as_users()
    return asked.typed() if form == "typed" else asked.visits()


def _first(usual: Sequence[str], known: Collection[str]) -> str | None:
    return next((name for name in usual if name in known), None)


@dataclass(frozen=True)
class _Asked:
    """One file and what is wanted of it."""

    source: Path
    known: dict[str, str]
    id_column: str
    how: Rows
    wanted: list[str]

    @property
    def time_column(self) -> str | None:
        return self.how.time_col or _first(TIME_COLUMNS, self.known)

    @property
    def numbers(self) -> list[str]:
        """Columns of numbers, but ids and what we have written."""
        from livelore.intelligence.portraits.columns import SEGMENT_COLUMNS

        others = {self.id_column, *SEGMENT_COLUMNS}
        return [
            name for name, kind in self.known.items() if kind == "number" and name not in others
        ]

    def form(self) -> Form:
        """What a row is: told, or seen from the columns and whether ids repeat."""
        if self.how.rows == "users":
            return "users"
        if TYPE_COLUMN in self.known and self.time_column is not None and self._has_event_types():
            return "typed"
        if self.how.rows == "events":
            return "visits"
        if self.time_column is None and _first(CONTENT_COLUMNS, self.known) is None:
            return "users"
        if any(name not in self.known for name in self.wanted):  # it comes of adding up
            return "visits"
        return "visits" if self._ids_repeat() else "users"

    def _ids_repeat(self) -> bool:
        ids = self._read([], extra="drop").data[self.id_column]
        return len(ids.unique()) < len(ids)

    def _has_event_types(self) -> bool:
        """Whether half of the rows have types of events, and not, say, of users."""
        import pyarrow as pa
        import pyarrow.compute as pc

        from livelore.intelligence.portraits.data import KINDS
        from livelore.intelligence.tables.columns import Column

        types = self._read([Column(TYPE_COLUMN, "text")], extra="drop").data[TYPE_COLUMN]
        options = pc.SetLookupOptions(pa.array(KINDS))
        n_known = pc.call_function("sum", [pc.call_function("is_in", [types], options)]).as_py()
        return bool(n_known * 2 >= len(types))

    def _read(self, asked: "list[Column]", extra: Literal["keep", "drop"] = "keep") -> "Table":
        from livelore.intelligence.tables.columns import Column
        from livelore.intelligence.tables.reading import read_table

        return read_table(self.source, [Column(self.id_column, "id"), *asked], extra)

    def as_users(self) -> Read:
        """The table as it is; amounts and counts below 0 are rejects."""
        import numpy as np

        from livelore.intelligence.portraits.data import UserTable

        no_features = [name for name in self.numbers if name in NO_FEATURES]
        features = self.wanted or [name for name in self.numbers if name not in NO_FEATURES]
        if not features:
            raise InputWrong(
                f"{self.source}: beside {self.id_column} no column holds numbers "
                "to compare users by"
            )
        table = self._read(_numbers(features))
        for name in features:
            if name not in table.data.column_names:
                raise self._lacks(name)
        values = np.empty((len(table), len(features)), np.float32)
        for place, name in enumerate(features):
            values[:, place] = table.data[name].to_numpy()
        n_again = len(table) - len(table.data[self.id_column].unique())
        notes = (f"{n_again} rows repeat an id: each row is taken as a user",) if n_again else ()
        ids = table.data[self.id_column].to_numpy()
        users = UserTable(ids, values, tuple(features), notes)
        told = f"{self.source}: taken as one row a user"
        if no_features and not self.wanted:
            told += f"; {', '.join(no_features)} not compared (--columns names what is)"
        return Read(table, users, told)

    def visits(self) -> Read:
        """Rows of a user × content × time, added up."""
        from livelore.intelligence.portraits.visits import features_of_visits
        from livelore.intelligence.tables.columns import Column

        time = self.time_column
        names = [name for name in self.numbers if name not in (time, *CONTENT_COLUMNS)]
        times = [] if time is None else [Column(time, "time")]
        table = self._read([*_numbers(names), *times], extra="drop")
        users = features_of_visits(
            _plain(table.data[self.id_column]),
            {name: table.data[name].to_numpy() for name in names},
            None if time is None else table.data[time].to_numpy(),
            utc_offset_s=self.how.utc_offset * 3_600,
        )
        return self._added_up(table, users, "events, one row a user × content × time")

    def typed(self) -> Read:
        """Events with a type each, as the platform logs them."""
        from livelore.intelligence.portraits.data import Events
        from livelore.intelligence.portraits.features import Behaviour
        from livelore.intelligence.tables.columns import Column

        time = str(self.time_column)
        names = {"amount": _first(("amount",), self.known)}
        names["watch_s"] = _first(WATCHED_COLUMNS, self.known)
        asked = {name: column for name, column in names.items() if column is not None}
        more = [Column(each, "number", required=False, lowest=0.0) for each in asked.values()]
        table = self._read([Column(TYPE_COLUMN, "text"), Column(time, "time"), *more], "drop")
        columns = {
            "user": _plain(table.data[self.id_column]),
            "type": table.data[TYPE_COLUMN].to_numpy(),
            "time": table.data[time].to_numpy(),
            **{name: table.data[column].to_numpy() for name, column in asked.items()},
        }
        users = Behaviour(Events.of(columns), utc_offset_s=self.how.utc_offset * 3_600).table
        return self._added_up(table, users, "events with a type each")

    def _added_up(self, table: "Table", users: "UserTable", what: str) -> Read:
        import numpy as np
        import pyarrow as pa

        for name in self.wanted:
            if name not in users.names:
                raise self._lacks(name, users.names)
        columns: dict[str, Any] = {self.id_column: pa.array(users.ids)}
        for name in users.names:
            column = users.column(name)
            is_whole = bool((column == np.floor(column)).all())
            columns[name] = pa.array(
                column.astype(np.int64) if is_whole else column, from_pandas=True
            )
        if self.wanted:
            values = np.stack([users.column(name) for name in self.wanted], axis=1)
            users = replace(users, values=values, names=tuple(self.wanted))
        told = (
            f"{self.source}: taken as {what}: {len(table)} rows added up to {len(users)} users "
            "(--rows users takes each row as a user)"
        )
        return Read(replace(table, data=pa.table(columns)), users, told)

    def _lacks(self, name: str, others: Sequence[str] = ()) -> InputWrong:
        rest = f": added up, its columns are {', '.join(others)}" if others else ""
        return InputWrong(
            f"{self.source}: it has no column {name}, which the segments are made of{rest}"
        )


def _numbers(names: Sequence[str]) -> "list[Column]":
    from livelore.intelligence.portraits.visits import SUMMED
    from livelore.intelligence.portraits.words import FEATURES
    from livelore.intelligence.tables.columns import Column

    lowest = {name: 0.0 for name in names if name in FEATURES or name in SUMMED}
    return [Column(name, "number", required=False, lowest=lowest.get(name)) for name in names]


def _plain(ids: Any) -> Any:  # Any: pyarrow has no types
    """One chunk, as the library takes it."""
    return ids.combine_chunks()
