"""Messages and the reader of sentiment for the commands of `livelore insight`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.recommend_tables import TIME_COLUMNS, USER_COLUMNS

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.result import SentimentReader
    from livelore.intelligence.tables.reading import Table

TEXT_COLUMNS = ("chat_content", "text", "message", "content", "danmaku", "comment")
"""Where messages are looked for when no column is named."""


@dataclass(frozen=True)
class Columns:
    """Which columns hold what."""

    text_col: Annotated[
        str | None,
        Parameter(help="Of messages; else chat_content, text, message, content, danmaku, comment."),
    ] = None
    user_col: Annotated[str | None, Parameter(help="Else user_id or user; optional.")] = None
    time_col: Annotated[str | None, Parameter(help="Else timestamp, time or at; optional.")] = None


def sentiment_of(model: Path | None) -> "SentimentReader":
    """What reads at a path; None: what ships."""
    from livelore.intelligence.insight.sentiment.shipped import shipped

    if model is None:
        return shipped()
    from livelore.intelligence.insight.sentiment.larger.opening import reader_of

    return reader_of(model)


def read_chat(source: Path, text: str, given: Columns) -> tuple["Table", str | None, str | None]:
    """The messages, and the columns of times and of writers, where there are any."""
    from livelore.intelligence.tables.columns import Column
    from livelore.intelligence.tables.reading import guess_columns, read_table

    known = guess_columns(source, n_rows=1)
    time = given.time_col or next((name for name in TIME_COLUMNS if name in known), None)
    user = given.user_col or next((name for name in USER_COLUMNS if name in known), None)
    named = [each for each in (text, time, user) if each is not None]
    if len(set(named)) < len(named):
        twice = next(each for each in named if named.count(each) > 1)
        raise InputWrong(f'column "{twice}" is named for two things: text, time, user are three')
    asked = [Column(text, "text", required=text not in known)]
    if time is not None:
        asked.append(Column(time, "time", required=time not in known, keeps_writing=True))
    if user is not None:
        asked.append(Column(user, "id", required=user not in known))
    return read_table(source, asked), time, user
