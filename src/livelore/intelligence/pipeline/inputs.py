"""The folder of the article's files: which columns, what they mean, what is left out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from livelore.intelligence.pipeline.errors import FolderUnusable, PromptsUnreadable
from livelore.intelligence.tables.columns import Column
from livelore.intelligence.tables.reading import Table, as_written, guess_columns, read_table

BEHAVIOUR, CONTENTS, CHAT, PROMPTS = (
    "user_behavior.csv",
    "content_labels.csv",
    "chat_messages.csv",
    "prompts.txt",
)
ARTICLE_PROMPT = "What is the formula for calculating compound interest?"
"""Asked when there is no file of prompts: the one of the article."""
FEATURES = ("watch_time", "interaction_freq", "purchase_amount")
"""Of users: seconds, per minute watched, in one unit of money."""
EXTRA_FEATURES = ("tip_amount",)
USER, CONTENT, TIME = "user_id", "content_id", "timestamp"
PROMPTS_MAX = 1_000
"""Questions in one run; each is answered by itself."""
PROMPT_CHARACTERS_MAX = 2_000

pc: Any = pyarrow.compute  # its functions are made when it is imported

_BEHAVIOUR = [
    Column("user_id", "id"),
    *(Column(name, "number", required=False, lowest=0.0) for name in FEATURES),
]
_CONTENTS = [Column("content_id", "id"), Column("label", "labels", required=False)]
_CHAT = [Column("chat_content", "text", required=False)]
_OPTIONAL = {
    BEHAVIOUR: [
        Column("content_id", "id", required=False),
        Column("timestamp", "time", required=False, keeps_writing=True),
        Column("tip_amount", "number", required=False, lowest=0.0),
    ],
    CONTENTS: [
        Column("title", "text", required=False),
        Column("description", "text", required=False),
    ],
    CHAT: [
        Column("message_id", "id", required=False),
        Column("user_id", "id", required=False),
        Column("content_id", "id", required=False),
        Column("timestamp", "time", required=False, keeps_writing=True),
    ],
}


@dataclass(frozen=True)
class Inputs:
    """What a folder holds.

    Attributes:
        behaviour: One row a user, or one a user × content × time; columns of `_BEHAVIOUR`, those
            of `_OPTIONAL` that the file has, and the file's others as they are.
        contents: The catalogue; the first row of a repeated id counts.
        chat: In the order of the file.
        prompts: At least one.
        are_own_prompts: False: the article's own prompt, as there was no file.
        notes: What was done with odd rows, one sentence each.
    """

    behaviour: Table
    contents: Table
    chat: Table
    prompts: tuple[str, ...]
    are_own_prompts: bool
    notes: tuple[str, ...] = ()

    @property
    def has_contents_of_users(self) -> bool:
        """Whether behaviour tells what was watched: without it there is no taste to learn from."""
        data = self.behaviour.data
        return CONTENT in data.column_names and data[CONTENT].null_count < len(data)

    @property
    def are_events(self) -> bool:
        """Whether a user has several rows of behaviour."""
        ids = self.behaviour.data["user_id"]
        return len(ids.unique()) < len(ids)


def read_inputs(folder: Path) -> Inputs:
    """Read a folder.

    Raises:
        FolderUnusable: There is none.
        PromptsUnreadable: The prompts are no text, none is left, or one is too long.
        TableUnreadable: A file is absent or broken; with `ColumnMissing`, `TableEmpty`: see
            `tables`.
    """
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is no such folder"
        raise FolderUnusable(file=str(folder), what=what, mend=f"a folder with {BEHAVIOUR}")
    behaviour = read_behaviour(folder / BEHAVIOUR)
    contents, again = read_contents(folder / CONTENTS)
    chat = read_messages(folder / CHAT)
    prompts, are_own = read_prompts(folder / PROMPTS)
    told = (f"{CONTENTS}: {again} rows repeat an id; the first counts",) if again else ()
    return Inputs(behaviour, contents, chat, prompts, are_own, told)


def read_behaviour(path: Path) -> Table:
    """A file of the columns of `user_behavior.csv`."""
    return _read(path, _BEHAVIOUR, _OPTIONAL[BEHAVIOUR])


def read_contents(path: Path) -> tuple[Table, int]:
    """A file of the columns of `content_labels.csv`, and how many rows repeat an id."""
    return _first_of_each(_read(path, _CONTENTS, _OPTIONAL[CONTENTS]))


def read_messages(path: Path) -> Table:
    """A file of the columns of `chat_messages.csv`."""
    return _read(path, _CHAT, _OPTIONAL[CHAT])


def _read(path: Path, columns: list[Column], more: list[Column]) -> Table:
    """Columns that must be there, and the others that the file may have, typed."""
    known = guess_columns(path, n_rows=1)
    for column in columns:
        if column.name not in known:
            return read_table(path, [Column(column.name, column.kind)])  # it refuses
    return read_table(path, [*columns, *more])


def _first_of_each(contents: Table) -> tuple[Table, int]:
    ids = contents.data["content_id"].combine_chunks()
    codes = ids.dictionary_encode().indices.to_numpy()
    _, firsts = np.unique(codes, return_index=True)
    n_again = len(codes) - len(firsts)
    if not n_again:
        return contents, 0
    kept = contents.data.take(pa.array(np.sort(firsts)))
    return Table(kept, contents.rejects, contents.path, contents.notes), n_again


def read_prompts(path: Path) -> tuple[tuple[str, ...], bool]:
    """One question a line, blank lines left out; the article's own when there is no file.

    Returns:
        The prompts, and whether they are the user's own.

    Raises:
        PromptsUnreadable: Not UTF-8, no question, too many, or one too long.
    """
    if not path.exists():
        return (ARTICLE_PROMPT,), False
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise _unreadable(path, what, "save it as text in UTF-8") from error
    found = tuple(each.strip() for each in lines if each.strip())
    if not found:
        raise _unreadable(path, "it holds no question", "write one a line, or take the file away")
    if len(found) > PROMPTS_MAX:
        raise _unreadable(path, f"it holds {len(found)} questions", f"at most {PROMPTS_MAX}")
    for number, prompt in enumerate(found, 1):
        if len(prompt) > PROMPT_CHARACTERS_MAX:
            what = f"question {number} has {len(prompt)} characters"
            raise _unreadable(path, what, f"at most {PROMPT_CHARACTERS_MAX}")
    return found, True


def _unreadable(path: Path, what: str, mend: str) -> PromptsUnreadable:
    return PromptsUnreadable(file=str(path), what=what, mend=mend)


def as_read(data: Any) -> Any:  # Any: pyarrow has no types
    """A table with the columns that its file has, times as they were written."""
    return as_written(data, TIME)


def plain_ids(column: Any) -> Any:
    """Ids of a column in one chunk, as text where they are not whole numbers."""
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


def codes_of(column: Any, known: Any) -> Any:
    """Row in ``known`` of each id of a column, -1 where it is missing or unknown.

    Ids of different types are compared as text.

    Args:
        column: A pyarrow column of ids.
        known: A pyarrow array of different ids.

    Returns:
        Shape (n_rows,), int64.
    """
    given = plain_ids(column)
    if given.type != known.type:
        given, known = given.cast(pa.string()), known.cast(pa.string())
    found = pc.index_in(given, value_set=known, skip_nulls=True)
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
