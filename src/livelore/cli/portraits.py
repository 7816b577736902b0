"""`livelore portraits`: users of a table into named segments, and new users into the same."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.portraits.data import UserTable
    from livelore.intelligence.portraits.portraits import Assigned, Portraits
    from livelore.intelligence.tables.reading import Table

ID_COLUMNS = ("user_id", "user", "id")
"""Where ids are looked for when no column is named."""
OUTPUT = (
    "user_cluster",
    "segment_name",
    "segment_probability",
    "interests",
    "spending_level",
    "social_level",
)

app = App(
    name="portraits",
    help="Divide users into named segments. Example: `livelore portraits fit users.csv -o out.csv`",
)

Source = Annotated[Path, Parameter(help="A table of users: .csv, .jsonl or .parquet.")]
Output = Annotated[
    Path, Parameter(name=["--output", "-o"], help="The same with segment columns, by its ending.")
]
UserCol = Annotated[str | None, Parameter(help="Column of ids; else user_id, user or id.")]
Language = Annotated[Literal["en", "zh"], Parameter(help="Of names and levels.")]
Method = Literal["kmeans", "minibatch", "gmm", "hdbscan", "spectral", "agglomerative", "deep"]


@dataclass(frozen=True)
class FitOptions:
    """What of `fit` is rarely given."""

    method: Annotated[Method, Parameter(help="How users are divided.")] = "kmeans"
    k: Annotated[str, Parameter(help="How many segments: a number, or auto.")] = "auto"
    model: Annotated[Path | None, Parameter(help="Keep the fitted model in this file.")] = None
    like: Annotated[Path | None, Parameter(help="Keep the segment numbers of this model.")] = None
    columns: Annotated[str | None, Parameter(help="Features, by comma; else all numbers.")] = None
    seed: Annotated[int, Parameter(help="Of samples and starts.")] = 0


@app.command
def fit(
    source: Source,
    *,
    output: Output,
    user_col: UserCol = None,
    language: Language = "en",
    options: Annotated[FitOptions | None, Parameter(name="*")] = None,
) -> None:
    """Learn segments of users and write the table with them.

    Example: `livelore portraits fit user_behavior.csv -o user_profile.csv --model users.model`
    """
    from livelore.intelligence.portraits.portraits import Portraits
    from livelore.intelligence.portraits.saving import save

    given = options or FitOptions()
    portraits = Portraits(given.method, _k(given.k), seed=given.seed)
    before = None if given.like is None else _model(given.like)
    id_column = _id_column(source, user_col)
    table, users = _users(source, id_column, _features(source, id_column, given.columns))
    with progress("Fitting") as step:
        assigned = portraits.fit_assign(users, before)
        step(1, 1)
    if given.model is not None:
        save(portraits, given.model)
    _write(table, assigned, output, language)
    notes = [*table.notes, *portraits.notes_]
    if portraits.choice_ is not None:
        notes.append(f"segments: {portraits.choice_.k}; {portraits.choice_.reason}")
    _summary(table, assigned, output, language, notes)


@app.command
def assign(
    source: Source,
    *,
    output: Output,
    model: Annotated[Path, Parameter(help="A model that `fit` has kept.")],
    user_col: UserCol = None,
    language: Language = "en",
) -> None:
    """Put users into the segments of a fitted model, and tell when they have drifted.

    Example: `livelore portraits assign new.csv -o out.csv --model users.model`
    """
    portraits = _model(model)
    id_column = _id_column(source, user_col)
    table, users = _users(source, id_column, list(portraits.columns_ or ()))
    with progress("Assigning") as step:
        assigned = portraits.assign(users)
        step(1, 1)
    _write(table, assigned, output, language)
    moved = [f"drift: {alarm}" for alarm in portraits.drift(users).alarms]
    _summary(table, assigned, output, language, [*table.notes, *users.notes, *moved])


def _k(text: str) -> Any:  # Any: a number or "auto", which `Portraits` checks
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) < 1:
        raise InputWrong(f'--k: "{text}" is neither a number from 1 nor auto')
    return int(text)


def _model(path: Path) -> "Portraits":
    from livelore.intelligence.portraits.portraits import Portraits
    from livelore.intelligence.portraits.saving import load

    found = load(path)
    if not isinstance(found, Portraits):
        raise InputWrong(f"{path} holds another kind of model: name one that `portraits fit` kept")
    return found


def _id_column(source: Path, named: str | None) -> str:
    from livelore.intelligence.tables.reading import guess_columns

    known = guess_columns(source)
    if named is not None:
        return named
    for name in ID_COLUMNS:
        if name in known:
            return name
    raise InputWrong(
        f"{source}: none of its columns ({', '.join(known)}) is called "
        f"{', '.join(ID_COLUMNS)}: name the column of ids by --user-col"
    )


def _features(source: Path, id_column: str, named: str | None) -> list[str]:
    from livelore.intelligence.tables.reading import guess_columns

    known = guess_columns(source)
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip()]
    found = [
        name
        for name, kind in known.items()
        if kind == "number" and name != id_column and name not in OUTPUT
    ]
    if not found:
        raise InputWrong(
            f"{source}: beside {id_column} no column holds numbers to compare users by"
        )
    return found


def _users(source: Path, id_column: str, features: list[str]) -> "tuple[Table, UserTable]":
    """The table as it is, and its users; amounts and counts below 0 are rejects."""
    import numpy as np

    from livelore.intelligence.portraits.data import UserTable
    from livelore.intelligence.portraits.words import FEATURES
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table

    lowest = {name: 0.0 for name in features if name in FEATURES}
    asked = [Column(name, "number", required=False, lowest=lowest.get(name)) for name in features]
    table = read_table(source, [Column(id_column, "id"), *asked])
    for name in features:
        if name not in table.data.column_names:
            raise InputWrong(f"{source}: it has no column {name}, which the segments are made of")
    values = np.empty((len(table), len(features)), np.float32)
    for place, name in enumerate(features):
        values[:, place] = table.data[name].to_numpy()
    n_again = len(table) - len(table.data[id_column].unique())
    notes = (f"{n_again} rows repeat an id: each row is taken as a user",) if n_again else ()
    ids = table.data[id_column].to_numpy()
    return table, UserTable(ids, values, tuple(features), notes)


def _write(table: "Table", assigned: "Assigned", output: Path, language: str) -> None:
    from livelore.intelligence.tables.writing import write_rejects, write_table

    data = table.data
    for name, column in _columns(assigned, language).items():
        if name in data.column_names:
            data = data.drop_columns([name])
        data = data.append_column(name, column)
    write_table(data, output)
    write_rejects(table.rejects, output)


def _columns(assigned: "Assigned", language: str) -> dict[str, Any]:  # Any: pyarrow
    import numpy as np
    import pyarrow as pa

    from livelore.intelligence.portraits.words import LEVELS, UNKNOWN

    place = ("zh", "en").index(language)
    levels = tuple(pair[place] for pair in (UNKNOWN, *LEVELS))

    def texts(codes: Any, words: Any) -> Any:  # Any: pyarrow has no types
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words)).cast(pa.string())

    names = assigned.segment_names("zh" if language == "zh" else "en")
    probabilities = np.round(assigned.probabilities.astype(np.float64), 4)
    found = (
        pa.array(assigned.segments),
        texts(*names),
        pa.array(probabilities),
        texts(*assigned.interests),
        texts(assigned.spending + 1, levels),
        texts(assigned.social + 1, levels),
    )
    return dict(zip(OUTPUT, found, strict=True))


def _summary(
    table: "Table", assigned: "Assigned", output: Path, language: str, notes: list[str]
) -> None:
    import numpy as np

    n_rejects = len(table.rejects)
    rest = f"; {n_rejects} rows left out, see {output}.rejects.jsonl" if n_rejects else ""
    print(f"Wrote {len(table)} users to {output}{rest}")
    for note in notes:
        print(f"  {note}")
    numbers, counts = np.unique(assigned.segments, return_counts=True)
    codes, texts = assigned.segment_names("zh" if language == "zh" else "en")
    for number, count in zip(numbers, counts, strict=True):
        name = texts[int(codes[np.argmax(assigned.segments == number)])]
        print(f"  {number}: {name}, {count} users ({count / len(table):.1%})")
        facts = assigned.names[int(number)].facts if int(number) in assigned.names else ()
        for fact in facts:
            print(f"       {fact}")


def register(group: App) -> None:
    """Add the commands."""
    group.command(app)
