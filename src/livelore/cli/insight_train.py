"""`livelore insight train`: a model of sentiment from the user's own labelled files."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from livelore.cli.insight_labelled import read_labelled
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.examples import Examples
    from livelore.intelligence.insight.sentiment.judged import Judged

Sources = Annotated[
    Path,
    Parameter(help="Labelled texts, one kind a file: .csv, .jsonl or .parquet."),
]
Start = Literal["shipped", "lexicon", "nothing"]


def train(
    *sources: Sources,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Where the model goes.")],
    text_col: Annotated[str, Parameter(help="The column of texts.")] = "text",
    label_col: Annotated[
        str, Parameter(help="The column of labels: negative, ambiguous, positive; or -1, 0, 1.")
    ] = "label",
    start: Annotated[
        Start, Parameter(help="From the shipped model, from the shipped words, or from nothing.")
    ] = "shipped",
) -> None:
    """Learn to read feelings from your own labelled messages.

    A fifth is held back first and measured; then all of them teach. A file without ambiguous texts,
    as of reviews, teaches the two sides alone.

    Example: `livelore insight train room.csv reviews.csv -o ours.model`
    """
    from livelore.intelligence.insight.sentiment.judged import held_out
    from livelore.intelligence.insight.sentiment.learning import learn
    from livelore.intelligence.insight.sentiment.lexicon import read_lexicon
    from livelore.intelligence.insight.sentiment.reader import save
    from livelore.intelligence.insight.sentiment.shipped import shipped
    from livelore.intelligence.tables.rejects import Rejects
    from livelore.intelligence.tables.writing import write_rejects

    rejects = Rejects()
    examples = read_labelled(sources, text_col, label_col, rejects)
    words = read_lexicon() if start == "lexicon" else ()
    before = shipped() if start == "shipped" else None
    with progress("Learning") as step:
        found = held_out(examples, words, before)
        step(1, 2)
        model = learn(examples, words, start=before)
        step(2, 2)
    save(model, output)
    write_rejects(rejects, output)
    _summary(examples, found, output, len(rejects))


def _summary(examples: "Examples", found: "Judged", output: Path, n_rejects: int) -> None:
    counts = [int((examples.labels == side).sum()) for side in (-1, 0, 1)]
    rest = f"; {n_rejects} rows left out, see {output}.rejects.jsonl" if n_rejects else ""
    print(f"Wrote a model of {len(examples)} texts to {output}{rest}")
    print(f"  {counts[0]} negative, {counts[1]} ambiguous, {counts[2]} positive")
    print(
        f"  held back {found.n_texts}: {found.accuracy:.1%} right, macro-F1 {found.macro_f1:.3f}, "
        f"calibration error {found.calibration_error:.1%}; "
        f"of the surest 80 %, {found.accuracy_of_surest:.1%} right"
    )
    if not counts[1]:
        line = "no ambiguous text: what is neither is known from the start alone, or not at all"
        print(f"livelore: {line}", file=sys.stderr)
