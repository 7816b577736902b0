"""`livelore portraits`: users of a table into named segments, and new users into the same."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.portraits_tables import Read, Rows, read_users
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.portraits.portraits import Assigned, Portraits
    from livelore.intelligence.tables.reading import Table

app = App(
    name="portraits",
    help="Divide users into named segments. Example: `livelore portraits fit users.csv -o out.csv`",
)

Source = Annotated[
    Path, Parameter(help="A table of users or of what they did: .csv, .jsonl or .parquet.")
]
Output = Annotated[
    Path,
    Parameter(name=["--output", "-o"], help="One row a user with segment columns, by its ending."),
]
RowsGiven = Annotated[Rows | None, Parameter(name="*")]
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
    rows: RowsGiven = None,
    language: Language = "en",
    options: Annotated[FitOptions | None, Parameter(name="*")] = None,
) -> None:
    """Learn segments of users and write the table with them.

    The table has one row a user, or one row a user × content × time: then it is added up to
    features of each user first, and a line on stderr says so.

    Example: `livelore portraits fit user_behavior.csv -o user_profile.csv --model users.model`
    """
    from livelore.intelligence.portraits.portraits import Portraits
    from livelore.intelligence.portraits.saving import save

    given = options or FitOptions()
    portraits = Portraits(given.method, _k(given.k), seed=given.seed)
    before = None if given.like is None else _model(given.like)
    read = read_users(source, rows, given.columns)
    with progress("Fitting") as step:
        assigned = portraits.fit_assign(read.users, before)
        step(1, 1)
    if given.model is not None:
        save(portraits, given.model)
    _write(read.table, assigned, output, language)
    notes = [*read.table.notes, *portraits.notes_]
    if portraits.choice_ is not None:
        notes.append(f"segments: {portraits.choice_.k}; {portraits.choice_.reason}")
    _summary(read, assigned, output, language, notes)


@app.command
def assign(
    source: Source,
    *,
    output: Output,
    model: Annotated[Path, Parameter(help="A model that `fit` has kept.")],
    rows: RowsGiven = None,
    language: Language = "en",
) -> None:
    """Put users into the segments of a fitted model, and tell when they have drifted.

    Example: `livelore portraits assign new.csv -o out.csv --model users.model`
    """
    portraits = _model(model)
    read = read_users(source, rows, needed=portraits.columns_ or ())
    with progress("Assigning") as step:
        assigned = portraits.assign(read.users)
        step(1, 1)
    _write(read.table, assigned, output, language)
    moved = [f"drift: {alarm}" for alarm in portraits.drift(read.users).alarms]
    _summary(read, assigned, output, language, [*read.table.notes, *read.users.notes, *moved])


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


def _write(table: "Table", assigned: "Assigned", output: Path, language: Language) -> None:
    from livelore.intelligence.portraits.columns import with_segments
    from livelore.intelligence.tables.writing import write_rejects, write_table

    write_table(with_segments(table.data, assigned, language), output)
    write_rejects(table.rejects, output)


def _summary(
    read: Read, assigned: "Assigned", output: Path, language: str, notes: list[str]
) -> None:
    import numpy as np

    table = read.table
    print(f"livelore: {read.told}", file=sys.stderr)
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
