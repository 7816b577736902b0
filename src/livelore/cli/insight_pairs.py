"""`livelore insight train-pairs`: what counts as the same question, from one's own labels."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.insight.questions.pair_learning import PairsLearnt


def train_pairs(
    source: Annotated[Path, Parameter(help="Table of pairs: CSV, JSONL or Parquet.")],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The model; replaced.")],
    first_col: Annotated[str, Parameter(help="Column of a question.")] = "first",
    second_col: Annotated[str, Parameter(help="Column of the other.")] = "second",
    same_col: Annotated[str, Parameter(help="1: both ask the same; 0: they do not.")] = "same",
    background: Annotated[
        Path | None, Parameter(help="Text file of more questions; tells which words are rare.")
    ] = None,
    seed: Annotated[int, Parameter(help="Of the folds that judge.")] = 0,
) -> None:
    """Learn from labelled pairs which questions ask the same, and tell how well that does.

    Example: `livelore insight train-pairs pairs.csv -o pairs.model`
    """
    from livelore.intelligence.insight.questions.pair_learning import learn_pairs, save_pairs
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table
    from livelore.intelligence.tables.writing import write_rejects

    if not output.parent.is_dir():
        raise InputWrong(f"--output: there is no folder {output.parent}")
    columns = [
        Column(first_col, "text"),
        Column(second_col, "text"),
        Column(same_col, "number", lowest=0.0, highest=1.0),
    ]
    table = read_table(source, columns, extra="drop")
    first, second, same = (table.data[each.name].to_pylist() for each in columns)
    with progress("Learning"):
        learnt = learn_pairs(
            list(zip(first, second, strict=True)),
            [label > 0.5 for label in same],
            _lines(background),
            seed,
        )
    save_pairs(learnt.scorer, output)
    rejects = write_rejects(table.rejects, output)
    rest = f"; {len(table.rejects)} left out, see {rejects}" if rejects else ""
    print(f"Read {learnt.n_pairs} pairs of {source}, {learnt.share_same:.0%} the same{rest}")
    print(_verdict(learnt))
    print(f"Wrote {output}")


def _verdict(learnt: "PairsLearnt") -> str:
    told = (
        f"accuracy on unseen pairs {learnt.accuracy:.3f}, weights set by hand {learnt.by_hand:.3f} "
        f"(difference ± {learnt.margin:.3f})"
    )
    return told if learnt.is_better else f"{told}: no better beyond chance, label more pairs"


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputWrong(f"--background: {path} cannot be read as UTF-8 text: {error}") from error
