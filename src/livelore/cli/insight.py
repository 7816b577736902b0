"""`livelore insight`: what a chat feels, names, talks about and asks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelore.cli.insight_chat import TEXT_COLUMNS, Columns, read_chat, sentiment_of
from livelore.cli.insight_losses import losses
from livelore.cli.insight_mood import mood
from livelore.cli.insight_pairs import train_pairs
from livelore.cli.insight_slides import slides
from livelore.cli.insight_train import train
from livelore.cli.progress import progress
from livelore.cli.recommend_tables import column_of

if TYPE_CHECKING:
    from livelore.intelligence.insight.chain.findings import RoomFindings
    from livelore.intelligence.insight.questions.pair_scorer import PairScorer
    from livelore.intelligence.tables.reading import Table

SHOWN = 5
LINE_MAX = 80

app = App(
    name="insight",
    help="Read a chat. Example: `livelore insight analyze chat.csv -o analysis.csv`",
)

app.command(train)
app.command(train_pairs)
app.command(losses)
app.command(slides)
app.command(mood)


@app.command
def analyze(
    source: Annotated[Path, Parameter(help="Messages: a .csv, .jsonl or .parquet file.")],
    *,
    output: Annotated[
        Path,
        Parameter(name=["--output", "-o"], help="The same rows with seven columns more."),
    ],
    columns: Annotated[Columns | None, Parameter(name="*")] = None,
    model: Annotated[
        Path | None, Parameter(help="A model of sentiment instead of the one that ships.")
    ] = None,
    pairs: Annotated[
        Path | None, Parameter(help="What `train-pairs` wrote: which questions are the same.")
    ] = None,
) -> None:
    """Tell of each message what it feels, whom it names, what it is about, whether it asks.

    Columns and rows stay as they are; sentiment_score, sentiment, sentiment_confidence, entities,
    topic_id, topic_label and is_question are added. With times topics rise and fade as in a live
    session; without, messages are read in the order of the file.

    Example: `livelore insight analyze chat_messages.csv -o chat_analysis.csv`
    """
    from livelore.intelligence.insight.chain.parts import Parts
    from livelore.intelligence.insight.chain.table import Chat
    from livelore.intelligence.insight.chain.whole import read_whole
    from livelore.intelligence.tables.reading import as_written, ending_of
    from livelore.intelligence.tables.writing import write_rejects, write_table

    ending_of(output)
    given = columns or Columns()
    text = column_of(source, given.text_col, TEXT_COLUMNS, "text")
    parts = Parts(sentiment_of(model), scorer=_scorer(pairs))
    table, time, user = read_chat(source, text, given)
    chat = Chat.of(table.data, text, time, user)
    with progress("Reading") as step:
        found, findings = read_whole(chat.messages, parts, step)
    data = table.data if time is None else as_written(table.data, time)
    write_table(chat.beside(data, found), output)
    write_rejects(table.rejects, output)
    n_rejects = len(table.rejects)
    rest = f"; {n_rejects} rows left out, see {output}.rejects.jsonl" if n_rejects else ""
    print(f"Wrote {len(table)} messages to {output}{rest}")
    for note in (*table.notes, *_order(table, time)):
        print(f"  {note}")
    _tell(findings)


def _scorer(path: Path | None) -> "PairScorer":
    from livelore.intelligence.insight.questions.pair_learning import load_pairs
    from livelore.intelligence.insight.questions.pair_scorer import PairScorer

    return PairScorer.by_hand() if path is None else load_pairs(path)


def _order(table: "Table", time: str | None) -> list[str]:
    """Why times were not used, if some are missing."""
    n_missing = 0 if time is None else table.data[time].null_count
    if not n_missing:
        return []
    return [f"{n_missing} messages have no time: all are read in the order of the file"]


def _tell(found: "RoomFindings") -> None:
    if found.mood:
        n = sum(each.n for each in found.mood)
        mean = sum(each.mean * each.n for each in found.mood) / n
        print(f"  mood: {mean:+.2f} on the whole, from -1 to 1")
    else:
        print("  mood: too few messages to tell")
    lists = (
        ("topics", [f"{each.label} ({each.n})" for each in found.topics]),
        ("questions", [f"{each.text} ({each.n})" for each in found.questions]),
        ("names", [f"{each.text} ({each.n})" for each in found.names]),
        ("to be looked at", [f"{kind} ({n})" for kind, n in sorted(found.minded.items())]),
    )
    for what, told in lists:
        shown = [" ".join(each.split()) for each in told[:SHOWN]]
        if shown:
            cut = [f"{each[: LINE_MAX - 1]}…" if len(each) > LINE_MAX else each for each in shown]
            print(f"  {what}: {', '.join(cut)}")


def register(group: App) -> None:
    """Add the commands."""
    group.command(app)
