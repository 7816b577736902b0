"""`livelore recommend`: compare models on a split, fit one to a file, ask it for everybody."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.recommend.data import Interactions, Items
    from livelore.intelligence.recommend.pipeline import Pipeline, Recommendations

USER_COLUMNS = ("user_id", "user")
ITEM_COLUMNS = ("item_id", "item", "content_id")
TIME_COLUMNS = ("timestamp", "time", "at")

app = App(
    name="recommend",
    help="Recommend items. Example: `livelore recommend fit views.csv -o views.model`",
)

Ids = Annotated[str | None, Parameter(help="Else the first of the usual names.")]
Output = Annotated[Path, Parameter(name=["--output", "-o"], help="Where the result goes.")]
ItemTable = Annotated[
    Path | None, Parameter(help="Item id, optional label (joined by |), title, description.")
]


@dataclass(frozen=True)
class Names:
    """Which columns hold what."""

    user_col: Annotated[str | None, Parameter(help="Else user_id or user.")] = None
    item_col: Annotated[str | None, Parameter(help="Else item_id, item or content_id.")] = None
    time_col: Annotated[str | None, Parameter(help="Else timestamp, time or at; optional.")] = None
    weight_col: Annotated[str | None, Parameter(help="How much a row counts; else 1.")] = None


@app.command
def evaluate(
    *,
    train: Annotated[Path, Parameter(help="What models learn from.")],
    test: Annotated[Path, Parameter(help="What the same users did afterwards.")],
    output: Output,
    items: ItemTable = None,
    models: Annotated[str | None, Parameter(help="By comma; else what suits the size.")] = None,
    k: Annotated[str, Parameter(help="Lengths of lists, by comma.")] = "10,20",
    names: Annotated[Names | None, Parameter(name="*")] = None,
    seed: Annotated[int, Parameter(help="Of validation parts.")] = 0,
) -> None:
    """Fit models on one table, judge them on another, and write metrics.json.

    Example: `livelore recommend evaluate --train a.csv --test b.csv -o metrics.json`
    """
    from livelore.intelligence.recommend.evaluate import Trial, compared
    from livelore.intelligence.recommend.known import MODELS, suited

    ks = _lengths(k)
    asked = [name.strip() for name in (models or "").split(",") if name.strip()]
    for name in asked:
        if name not in MODELS and name != "blend":
            raise InputWrong(f"--models: {name} is none of {', '.join([*MODELS, 'blend'])}")
    _need_folder(output)
    columns = names or Names()
    learnt, judged = _both(train, test, output, columns)
    catalogue = None if items is None else _items(items, learnt, output, columns)
    trial = Trial(learnt, judged, ks, catalogue, seed=seed)
    with progress("Fitting") as step:
        found, _ = compared(asked or suited(learnt, catalogue), trial, step)
    output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    longest = str(max(ks))
    for name, figures in found["models"].items():
        at = figures["at"][longest]
        mark = "*" if name == found["best"] else " "
        measured = f"recall {at['recall']:.4f}  ndcg {at['ndcg']:.4f}"
        print(f"{mark} {name:12} {measured}  fit {figures['fit_s']} s  p50 {figures['p50_us']} µs")
    print(f"Wrote {output}")


@app.command
def fit(
    source: Annotated[Path, Parameter(help="Interactions: user, item, optional time.")],
    *,
    output: Output,
    items: ItemTable = None,
    model: Annotated[str, Parameter(help="One by name; auto: the best of a validation.")] = "auto",
    names: Annotated[Names | None, Parameter(name="*")] = None,
    seed: Annotated[int, Parameter(help="Of validation parts.")] = 0,
) -> None:
    """Learn from a table of interactions and write one model file, its card beside it.

    Example: `livelore recommend fit views.csv -o views.model --items courses.csv`
    """
    from livelore.intelligence.recommend.card import card_of, in_markdown
    from livelore.intelligence.recommend.component import save
    from livelore.intelligence.recommend.known import MODELS
    from livelore.intelligence.recommend.pipeline import Pipeline, described

    if model != "auto" and model not in MODELS:
        raise InputWrong(f"--model: {model} is none of {', '.join(['auto', *MODELS])}")
    _need_folder(output)
    columns = names or Names()
    learnt, summary = _one(source, output, columns)
    catalogue = None if items is None else _items(items, learnt, output, columns)
    with progress("Fitting") as step:
        scorer, figures = _scorer(model, learnt, catalogue, seed)
        pipeline = Pipeline(scorer).fit(learnt, catalogue)
        step(1, 1)
    made_at = datetime.now(UTC)  # noqa: TID251  a command starts here: nobody hands in a clock
    card = card_of(pipeline, learnt, made_at, figures)
    pipeline.card_ = card
    save(pipeline, output)
    card_path = output.with_name(output.name + ".card.md")
    card_path.write_text(in_markdown(card), encoding="utf-8")
    print(described(pipeline))
    print(f"Wrote {output} and {card_path.name} from {summary}")


@app.command
def recommend(
    *,
    model: Annotated[Path, Parameter(help="A file that `fit` wrote.")],
    output: Output,
    k: Annotated[int, Parameter(help="Items for each user.")] = 10,
    users: Annotated[Path | None, Parameter(help="Only these: a table of user ids.")] = None,
    history: Annotated[Path | None, Parameter(help="Fresh events, instead of the fit's.")] = None,
    available: Annotated[Path | None, Parameter(help="Only these: a table of item ids.")] = None,
    reasons: Annotated[bool, Parameter(help="Say why; --no-reasons is quicker.")] = True,
    names: Annotated[Names | None, Parameter(name="*")] = None,
) -> None:
    """Write the k best items of every user with rank, score and reason.

    Example: `livelore recommend recommend --model views.model -o lists.csv --k 5`
    """
    from livelore.intelligence.recommend.pipeline import Now
    from livelore.intelligence.tables.writing import write_table

    if k < 1:
        raise InputWrong(f"--k: {k} is below 1")
    columns = names or Names()
    pipeline = _pipeline(model)
    ids, histories = _asked(pipeline, users, history, output, columns)
    now = None if available is None else Now(_mask(pipeline, available, output, columns))
    with progress("Recommending") as step:
        found = pipeline.recommend(histories, k, now, with_reasons=reasons)
        step(1, 1)
    write_table(_table(pipeline, ids, histories, found), output)
    n_short = int((found.items < 0).any(axis=1).sum())
    rest = f"; {n_short} of them have fewer than {k} items left" if n_short else ""
    print(f"Wrote lists of {len(ids)} users to {output}{rest}")


def _need_folder(output: Path) -> None:
    if not output.parent.is_dir():  # said before the work, not after it
        raise InputWrong(f"--output: there is no folder {output.parent}")


def _lengths(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise InputWrong(f'--k: "{text}" is no list of lengths from 1, such as 10,20')
    return tuple(sorted({int(part) for part in parts}))


def _column(path: Path, named: str | None, usual: tuple[str, ...], what: str) -> str:
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


def _read(path: Path, output: Path, names: Names) -> tuple[Any, dict[str, Any]]:
    """Columns user, item and, where they are, at and weight; rejects go beside the output."""
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import guess_columns, read_table

    user = _column(path, names.user_col, USER_COLUMNS, "user")
    item = _column(path, names.item_col, ITEM_COLUMNS, "item")
    known = guess_columns(path)
    time = names.time_col or next((each for each in TIME_COLUMNS if each in known), None)
    asked = [Column(user, "id"), Column(item, "id")]
    if time is not None:
        asked.append(Column(time, "time"))
    if names.weight_col is not None:
        asked.append(Column(names.weight_col, "number", lowest=1e-9))
    table = read_table(path, asked, extra="drop")
    _tell_rejects(table, path, output)
    found = {"user": table.data[user], "item": table.data[item]}
    if time is not None:
        found["at"] = table.data[time]
    if names.weight_col is not None:
        found["weight"] = table.data[names.weight_col]
    return table, {name: _plain(column) for name, column in found.items()}


def _plain(column: Any) -> Any:
    """A pyarrow column as the library takes it: one chunk of ids, or numpy of times and numbers."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_numpy() / 1e6
    if pa.types.is_floating(column.type):
        return column.to_numpy()
    return column.combine_chunks()


def _one(
    path: Path, output: Path, names: Names, known: "Pipeline | None" = None
) -> "tuple[Interactions, str]":
    from livelore.intelligence.recommend.data import Interactions

    table, found = _read(path, output, names)
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


def _both(
    train: Path, test: Path, output: Path, names: Names
) -> "tuple[Interactions, Interactions]":
    """Both parts with the same codes: ids of either."""
    import numpy as np

    from livelore.intelligence.recommend.data import Interactions

    _, first = _read(train, output, names)
    _, second = _read(test, output.with_name(output.name + ".test"), names)
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


def _items(path: Path, interactions: "Interactions", output: Path, names: Names) -> "Items":
    from livelore.intelligence.recommend.labelled import items_of
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import guess_columns, read_table

    item = _column(path, names.item_col, (*ITEM_COLUMNS, "id"), "item")
    known = guess_columns(path)
    asked = [Column(item, "id")]
    label = next((each for each in ("label", "labels") if each in known), None)
    if label is not None:
        asked.append(Column(label, "labels", required=False))
    asked += [
        Column(name, "text", required=False) for name in ("title", "description") if name in known
    ]
    table = read_table(path, asked, extra="drop")
    _tell_rejects(table, path, output.with_name(output.name + ".items"))
    data = table.data
    texts = [data[name].to_pylist() for name in ("title", "description") if name in known]
    return items_of(
        interactions.item_ids,
        data[item].to_pylist(),
        None if label is None else data[label].to_pylist(),
        [" ".join(each for each in row if each) for row in zip(*texts, strict=True)] or None,
    )


def _scorer(
    name: str, interactions: "Interactions", items: "Items | None", seed: int
) -> tuple[Any, dict[str, Any]]:
    """A model that is not fitted, and what its choice measured."""
    from livelore.intelligence.recommend.known import BLEND, model, suited
    from livelore.intelligence.recommend.rankers.blend import chosen_blend

    if name != "auto":
        return model(name), {}
    parts = [model(each) for each in suited(interactions, items) if each != BLEND]
    blend, value = chosen_blend(parts, interactions, items, seed=seed)
    weights = {each.name: weight for each, weight in zip(blend.scorers, blend.weights, strict=True)}
    return blend, {"validation ndcg at 20, a tenth held out": value, "weights": weights}


def _pipeline(path: Path) -> "Pipeline":
    from livelore.intelligence.recommend.component import load
    from livelore.intelligence.recommend.pipeline import Pipeline

    found = load(path)
    if not isinstance(found, Pipeline):
        raise InputWrong(f"{path} holds another kind of model: name one that `recommend fit` wrote")
    return found


def _asked(
    pipeline: "Pipeline", users: Path | None, history: Path | None, output: Path, names: Names
) -> tuple[Any, Any]:
    """Ids of users and their histories."""
    if history is not None:
        events, _ = _one(history, output, names, pipeline)
        return events.user_ids, pipeline.fold_in(events)
    if users is None:
        return pipeline.user_ids_, pipeline.histories()
    ids = _ids(users, names.user_col, USER_COLUMNS, "user", output)
    return ids, pipeline.histories(ids)


def _ids(path: Path, named: str | None, usual: tuple[str, ...], what: str, output: Path) -> Any:
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table

    name = _column(path, named, (*usual, "id"), what)
    table = read_table(path, [Column(name, "id")], extra="drop")
    _tell_rejects(table, path, output.with_name(f"{output.name}.{what}s"))
    return table.data[name].unique().to_numpy(zero_copy_only=False)


def _tell_rejects(table: Any, path: Path, output: Path) -> None:
    from livelore.intelligence.tables.writing import write_rejects

    rejects = write_rejects(table.rejects, output)
    if rejects is not None:
        print(f"{len(table.rejects)} rows of {path} left out, see {rejects}")


def _mask(pipeline: "Pipeline", path: Path, output: Path, names: Names) -> Any:
    import numpy as np

    given = set(map(str, _ids(path, names.item_col, ITEM_COLUMNS, "item", output).tolist()))
    mask = np.array([str(each) in given for each in pipeline.item_ids_.tolist()], bool)
    if not mask.any():
        raise InputWrong(f"{path}: none of its items is one of the model's")
    return mask


def _table(pipeline: "Pipeline", ids: Any, histories: Any, found: "Recommendations") -> Any:
    """user_id, rank, item_id, score and, if asked, reason: one row a user and item."""
    import numpy as np
    import pyarrow as pa

    rows, places = np.nonzero(found.items >= 0)
    columns = {
        "user_id": pa.array(ids[rows].tolist()),
        "rank": pa.array(places + 1),
        "item_id": pa.array(pipeline.item_ids_[found.items[rows, places]].tolist()),
        "score": pa.array(np.round(found.scores[rows, places].astype(np.float64), 6)),
    }
    if found.reasons is not None:
        told = [found.reasons[row][place] for row, place in zip(rows, places, strict=True)]
        columns["reason"] = pa.array(
            [
                "liked by many" if each.item < 0 else f"because of {pipeline.item_ids_[each.item]}"
                for each in told
            ]
        )
    return pa.table(columns)


def register(group: App) -> None:
    """Add the commands."""
    group.command(app)
