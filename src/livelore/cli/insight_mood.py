"""`livelore insight mood`: the mood of a chat by minutes or by slides, with its interval."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.insight_chat import TEXT_COLUMNS, Columns, read_chat, sentiment_of
from livelore.cli.recommend_tables import column_of

if TYPE_CHECKING:
    from livelore.intelligence.insight.mood import Mood

CLOCK_FROM = 1e7
"""Seconds; later times are of a clock, earlier ones of a recording."""
STRETCHES_MAX = 10_000


def mood(
    source: Annotated[Path, Parameter(help="Messages with times: .csv, .jsonl or .parquet.")],
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="A row a stretch: when, how many, how felt.")
    ],
    every: Annotated[float, Parameter(help="Seconds of a stretch.")] = 60.0,
    slides: Annotated[
        Path | None,
        Parameter(help="What `insight slides` wrote: a stretch from each slide to the next."),
    ] = None,
    columns: Annotated[Columns | None, Parameter(name="*")] = None,
    model: Annotated[
        Path | None, Parameter(help="A model of sentiment instead of the one that ships.")
    ] = None,
) -> None:
    """Tell how a room felt over time: the mean of its messages with a 90 % interval by people.

    Where too few people spoke, mood and interval are empty. Times of a clock count from the first
    message on; seconds of a recording are taken as they are, as those of slides.

    Example: `livelore insight mood chat.csv -o mood.csv --slides slides.csv`
    """
    from livelore.intelligence.insight.chain.table import Chat
    from livelore.intelligence.insight.mood import moods, stretch_of
    from livelore.intelligence.tables.writing import write_rejects

    given = columns or Columns()
    text = column_of(source, given.text_col, TEXT_COLUMNS, "text")
    table, time, user = read_chat(source, text, given)
    messages = Chat.of(table.data, text, time, user).messages
    if messages.at is None:
        raise InputWrong(f"{source}: every message needs a time: name its column by --time-col")
    at = messages.at - (messages.at[0] if messages.at[0] >= CLOCK_FROM else 0.0)
    begins = _by_time(float(at[-1]), every) if slides is None else _by_slides(slides)
    scores = sentiment_of(model).read(messages.texts).scores
    found = moods(scores, stretch_of(at, begins), len(begins), messages.users)
    ends = [*begins[1:], max(float(at[-1]), begins[-1])]
    _write(begins, ends, found, output)
    write_rejects(table.rejects, output)
    n_known = sum(each.is_known for each in found)
    print(f"Wrote {output}: {len(found)} stretches, in {n_known} of them enough people spoke")


def _by_time(last: float, every: float) -> list[float]:
    if not (math.isfinite(every) and every > 0):
        raise InputWrong(f"--every: {every:g} is no length of a stretch: seconds above 0")
    n_stretches = int(last // every) + 1
    if n_stretches > STRETCHES_MAX:
        least = math.ceil(last / STRETCHES_MAX) + 1
        raise InputWrong(f"--every: {n_stretches} stretches are too many: at least {least} seconds")
    return [n * every for n in range(n_stretches)]


def _by_slides(path: Path) -> list[float]:
    from livelore.intelligence.insight.vision.seen import SLIDE
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import read_table

    table = read_table(path, (Column("at_s", "number", lowest=0), Column("kind", "text")), "drop")
    rows = zip(table.data["at_s"].to_pylist(), table.data["kind"].to_pylist(), strict=True)
    found = sorted({0.0, *(at for at, kind in rows if kind == SLIDE)})
    if len(found) == 1:
        raise InputWrong(f"{path}: no slide is in it")
    return found


def _write(begins: list[float], ends: list[float], found: "list[Mood]", output: Path) -> None:
    import pyarrow as pa

    from livelore.intelligence.tables.writing import write_table

    rounded = {
        name: [None if value is None else round(value, 4) for value in values]
        for name, values in (
            ("mood", [each.mean for each in found]),
            ("mood_low", [each.low for each in found]),
            ("mood_high", [each.high for each in found]),
        )
    }
    columns = {
        "begin_s": pa.array(begins, pa.float64()),
        "end_s": pa.array(ends, pa.float64()),
        "messages": pa.array([each.n_messages for each in found], pa.int64()),
        "people": pa.array([each.n_people for each in found], pa.int64()),
        **{name: pa.array(values, pa.float64()) for name, values in rounded.items()},
    }
    write_table(pa.table(columns), output)
