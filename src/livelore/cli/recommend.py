"""`livelore recommend`: compare models on a split, fit one to a file, ask it for everybody."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress
from livelore.cli.recommend_tables import (
    USER_COLUMNS,
    Names,
    both_of,
    events_of,
    ids_of,
    items_of_file,
    mask_of,
)

if TYPE_CHECKING:
    from livelore.intelligence.recommend.data import Interactions, Items
    from livelore.intelligence.recommend.pipeline import Pipeline, Recommendations


app = App(
    name="recommend",
    help="Recommend items. Example: `livelore recommend fit views.csv -o views.model`",
)

Output = Annotated[Path, Parameter(name=["--output", "-o"], help="Where the result goes.")]
ItemTable = Annotated[
    Path | None, Parameter(help="Item id, optional label (joined by |), title, description, host.")
]


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
    learnt, judged = both_of(train, test, output, columns)
    catalogue = None if items is None else items_of_file(items, learnt, output, columns)
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
    learnt, summary = events_of(source, output, columns)
    catalogue = None if items is None else items_of_file(items, learnt, output, columns)
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
    now = None if available is None else Now(mask_of(pipeline, available, output, columns))
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
        events, _ = events_of(history, output, names, pipeline)
        return events.user_ids, pipeline.fold_in(events)
    if users is None:
        return pipeline.user_ids_, pipeline.histories()
    ids = ids_of(users, names.user_col, USER_COLUMNS, "user", output)
    return ids, pipeline.histories(ids)


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
