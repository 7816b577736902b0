"""`livelore insight losses`: the article's squared error beside softmax, on the user's texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from livelore.cli.insight_labelled import read_labelled

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.losses import Fitted

_ROWS = (
    ("penalty chosen", "penalty", "g"),
    ("accuracy", "accuracy", ".3f"),
    ("macro-F1", "macro_f1", ".3f"),
    ("ambiguous found", "middle_recall", ".3f"),
    ("surprise, nats a text", "log_loss", ".3f"),
    ("calibration error", "calibration_error", ".3f"),
    ('"chances" outside 0 to 1', "outside", ".1%"),
)


def losses(
    source: Annotated[Path, Parameter(help="Labelled texts: .csv, .jsonl or .parquet.")],
    *,
    text_col: Annotated[str, Parameter(help="The column of texts.")] = "text",
    label_col: Annotated[str, Parameter(help="The column of labels.")] = "label",
) -> None:
    """Fit least squares and softmax on the same texts, and show what the loss alone changes.

    Example: `livelore insight losses labelled.csv`
    """
    from livelore.intelligence.insight.sentiment.losses import compared
    from livelore.intelligence.tables.rejects import Rejects

    examples = read_labelled((source,), text_col, label_col, Rejects())
    squares, softmax = compared(examples)
    print(f"{len(examples)} texts; a fifth measures, a fifth chose the penalty, the rest taught")
    print(f"{'':26}{'squares':>10}{'softmax':>10}")
    for name, field, form in _ROWS:
        print(f"{name:26}{_cell(squares, field, form):>10}{_cell(softmax, field, form):>10}")
    times = squares.log_loss / softmax.log_loss
    print(
        f"Least squares gives {squares.outside:.0%} of the texts a number that is no chance, and "
        f"its surprise is {times:.2f} times that of softmax. Its labels may be as good: what they "
        "are worth it does not tell, so no band of ambiguity can stand on it."
    )


def _cell(found: "Fitted", field: str, form: str) -> str:
    value = getattr(found, field)
    return "-" if value is None else format(value, form)
