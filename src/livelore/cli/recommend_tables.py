"""Tables for `livelore recommend`: which columns, what is left out, and events by a model's ids."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.recommend.data import Interactions, Items
    from livelore.intelligence.recommend.pipeline import Pipeline

USER_COLUMNS = ("user_id", "user")
ITEM_COLUMNS = ("item_id", "item", "content_id")
TIME_COLUMNS = ("timestamp", "time", "at")
HOST_COLUMNS = ("host", "host_id")


@dataclass(frozen=True)
class Names:
    """Which columns hold what."""

    user_col: Annotated[str | None, Parameter(help="Else user_id or user.")] = None
    item_col: Annotated[str | None, Parameter(help="Else item_id, item or content_id.")] = None
    time_col: Annotated[str | None, Parameter(help="Else timestamp, time or at; optional.")] = None
    weight_col: Annotated[str | None, Parameter(help="How much a row counts; else 1.")] = None


def column_of(path: Path, named: str | None, usual: tuple[str, ...], what: str) -> str:
    """The column that is named, else the first usual one that the file has."""
    from livelore.intelligence.tables.reading import guess_columns

    if named is not None:
        return named
    known = guess_columns(path)
    for name in usual:
        if name in known:
            return name
    raise InputWrong(
        f"{path}: none of its columns ({', '.join(known)}) is called {', '.join(usual)}: "
        f"name it by --{what}-col"
    )


def read_events(path: Path, output: Path, names: Names) -> tuple[Any, dict[str, Any]]:
    """Columns user, item and, where they are, at and weight; rejects go beside the output."""
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import guess_columns, read_table

    user = column_of(path, names.user_col, USER_COLUMNS, "user")
    item = column_of(path, names.item_col, ITEM_COLUMNS, "item")
    known = guess_columns(path)
    time = names.time_col or next((each for each in TIME_COLUMNS if each in known), None)
    if _is_list(path, item):
        return _histories(path, user, item)
    asked = [Column(user, "id"), Column(item, "id")]
    if time is not None:
        asked.append(Column(time, "time"))
    if names.weight_col is not None:
        asked.append(Column(names.weight_col, "number", lowest=1e-9))
    table = read_table(path, asked, extra="drop")
    tell_rejects(table, path, output)
    found = {"user": table.data[user], "item": table.data[item]}
    if time is not None:
        found["at"] = table.data[time]
    if names.weight_col is not None:
        found["weight"] = table.data[names.weight_col]
    return table, {name: _plain(column) for name, column in found.items()}


def _is_list(path: Path, name: str) -> bool:
    """Whether a Parquet column holds a whole history in each cell, in its order."""
    if path.suffix != ".parquet":
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    return name in schema.names and pa.types.is_list(schema.field(name).type)


def _histories(path: Path, user: str, item: str) -> tuple[Any, dict[str, Any]]:
    """A row for each item of the lists, in their order."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=[user, item])
    lists = table[item].combine_chunks()
    rows = pc.call_function("list_parent_indices", [lists])
    users = table[user].combine_chunks().take(rows)
    return table, {"user": users, "item": lists.flatten()}


def _plain(column: Any) -> Any:
    """A pyarrow column as the library takes it: one chunk of ids, or numpy of times and numbers."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_numpy() / 1e6
    if pa.types.is_floating(column.type):
        return column.to_numpy()
    return column.combine_chunks()


def events_of(
    path: Path, output: Path, names: Names, known: "Pipeline | None" = None
) -> "tuple[Interactions, str]":
    """Events of a table, by a model's catalogue where there is one; and a summary."""
    from livelore.intelligence.recommend.data import Interactions

    table, found = read_events(path, output, names)
    item_ids = None if known is None else known.item_ids_
    if item_ids is not None:
        found = _of_catalogue(found, item_ids, path)
    interactions = Interactions.of(
        found["user"], found["item"], found.get("weight"), found.get("at"), item_ids=item_ids
    )
    return interactions, f"{len(interactions)} events of {len(table)} rows"


def _of_catalogue(found: dict[str, Any], item_ids: Any, path: Path) -> dict[str, Any]:
    """Events of items that the model knows; the others are counted aloud."""
    import numpy as np

    known = set(map(str, item_ids.tolist()))
    kept = np.array([str(each) in known for each in found["item"].to_pylist()], bool)
    if not kept.any():
        raise InputWrong(f"{path}: none of its items is one of the model's")
    if not kept.all():
        print(f"{int((~kept).sum())} events of {path} are of items that the model does not know")
    places = np.flatnonzero(kept)
    return {
        name: column[places] if isinstance(column, np.ndarray) else column.take(places)
        for name, column in found.items()
    }


def both_of(
    train: Path, test: Path, output: Path, names: Names
) -> "tuple[Interactions, Interactions]":
    """Both parts with the same codes: ids of either."""
    import numpy as np

    from livelore.intelligence.recommend.data import Interactions

    _, first = read_events(train, output, names)
    _, second = read_events(test, output.with_name(output.name + ".test"), names)
    ids = {}
    for name in ("user", "item"):
        parts = [part[name].to_numpy(zero_copy_only=False) for part in (first, second)]
        if parts[0].dtype.kind != parts[1].dtype.kind:
            parts = [part.astype(str).astype(object) for part in parts]
            first[name], second[name] = parts
        ids[name] = np.unique(np.concatenate(parts))
    made = [
        Interactions.of(
            part["user"],
            part["item"],
            part.get("weight"),
            part.get("at"),
            user_ids=ids["user"],
            item_ids=ids["item"],
        )
        for part in (first, second)
    ]
    return made[0], made[1]


def items_of_file(path: Path, interactions: "Interactions", output: Path, names: Names) -> "Items":
    """What a table says of the items of these events; rejects go beside the output."""
    from livelore.intelligence.recommend.labelled import items_of
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import guess_columns, read_table

    item = column_of(path, names.item_col, (*ITEM_COLUMNS, "id"), "item")
    known = guess_columns(path)
    asked = [Column(item, "id")]
    label = next((each for each in ("label", "labels") if each in known), None)
    if label is not None:
        asked.append(Column(label, "labels", required=False))
    host = next((each for each in HOST_COLUMNS if each in known), None)
    if host is not None:
        asked.append(Column(host, "id", required=False))
    asked += [
        Column(name, "text", required=False) for name in ("title", "description") if name in known
    ]
    table = read_table(path, asked, extra="drop")
    tell_rejects(table, path, output.with_name(output.name + ".items"))
    data = table.data
    texts = [data[name].to_pylist() for name in ("title", "description") if name in known]
    return items_of(
        interactions.item_ids,
        data[item].to_pylist(),
        None if label is None else data[label].to_pylist(),
        [" ".join(each for each in row if each) for row in zip(*texts, strict=True)] or None,
        None if host is None else data[host].to_pylist(),
    )


def ids_of(path: Path, named: str | None, usual: tuple[str, ...], what: str, output: Path) -> Any:
    """The ids in a table, each once."""
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table

    name = column_of(path, named, (*usual, "id"), what)
    table = read_table(path, [Column(name, "id")], extra="drop")
    tell_rejects(table, path, output.with_name(f"{output.name}.{what}s"))
    return table.data[name].unique().to_numpy(zero_copy_only=False)


def tell_rejects(table: Any, path: Path, output: Path) -> None:
    """Write what was left out beside an output, and say how much."""
    from livelore.intelligence.tables.writing import write_rejects

    rejects = write_rejects(table.rejects, output)
    if rejects is not None:
        print(f"{len(table.rejects)} rows of {path} left out, see {rejects}")


def mask_of(pipeline: "Pipeline", path: Path, output: Path, names: Names) -> Any:
    """Which items of a model a table names, shape (n_items,)."""
    import numpy as np

    given = set(map(str, ids_of(path, names.item_col, ITEM_COLUMNS, "item", output).tolist()))
    mask = np.array([str(each) in given for each in pipeline.item_ids_.tolist()], bool)
    if not mask.any():
        raise InputWrong(f"{path}: none of its items is one of the model's")
    return mask
