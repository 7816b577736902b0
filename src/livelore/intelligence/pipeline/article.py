"""The article's samples, each one call on its own file."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from livelore.intelligence.pipeline.answers import in_words
from livelore.intelligence.pipeline.chat import read_chat
from livelore.intelligence.pipeline.events import catalogue_of
from livelore.intelligence.pipeline.from_course import CourseAnswers
from livelore.intelligence.pipeline.inputs import (
    Inputs,
    read_behaviour,
    read_contents,
    read_messages,
)
from livelore.intelligence.pipeline.lists import names_of_rows, recommended, rows_of
from livelore.intelligence.pipeline.parts import chat_reader
from livelore.intelligence.pipeline.people import people_of, segmented
from livelore.intelligence.portraits.portraits import Language
from livelore.intelligence.tables.reading import Table
from livelore.intelligence.tables.rejects import Rejects

_NO_CONTENTS = {
    "content_id": pa.array([], pa.string()),
    "label": pa.array([], pa.list_(pa.string())),
}
_NO_CHAT = {"chat_content": pa.array([], pa.string())}


def user_profile(behaviour: Path | str, *, seed: int = 0, language: Language = "en") -> Any:
    """Users with their segments: the content of `user_profile.csv` as a pyarrow.Table.

    Args:
        behaviour: A file of the columns of `user_behavior.csv`.
        seed: Of samples and starts.
        language: Of names and levels.
    """
    inputs = _inputs(read_behaviour(Path(behaviour)), _empty(_NO_CONTENTS))
    return segmented(people_of(inputs), None, seed=seed, language=language).profile


def user_recommendations(
    behaviour: Path | str,
    contents: Path | str,
    *,
    k: int = 10,
    seed: int = 0,
    language: Language = "en",
) -> Any:
    """The k best contents of every user with score and reason, as a pyarrow.Table.

    Args:
        behaviour: A file of the columns of `user_behavior.csv`.
        contents: A file of the columns of `content_labels.csv`.
        k: Contents for each user.
        seed: Of samples and validation parts.
        language: Of names and reasons.
    """
    inputs = _inputs(read_behaviour(Path(behaviour)), read_contents(Path(contents))[0])
    people = people_of(inputs)
    divided = segmented(people, None, seed=seed, language=language)
    found = recommended(inputs, people, divided, catalogue_of(inputs), k=k, seed=seed)
    names = names_of_rows(divided, found, language)
    return pa.concat_tables(rows_of(people, found, names, language), promote_options="permissive")


def chat_analysis(messages: Path | str) -> Any:
    """Messages with what each feels, names, is about and asks, as a pyarrow.Table.

    Args:
        messages: A file of the columns of `chat_messages.csv`.
    """
    return read_chat(read_messages(Path(messages)).data, chat_reader(), _unseen)[0]


def generated_content(*prompts: str, materials: Path | str | None = None) -> str:
    """Answers as `generated_content.txt` has them: labelled, with their sources, or refused.

    Args:
        prompts: Questions.
        materials: A folder of what may be cited; without it only what can be computed is answered.

    Raises:
        MaterialMissing: No file of the materials can be read.
    """
    answerer = CourseAnswers()
    folder = None if materials is None else Path(materials)
    found = answerer.answer(prompts, folder, _unseen)
    return in_words(prompts, found.answers, answerer.name)


def _unseen(_done: int, _total: int) -> None:
    pass


def _inputs(behaviour: Table, contents: Table) -> Inputs:
    return Inputs(behaviour, contents, _empty(_NO_CHAT), (), are_own_prompts=False)


def _empty(columns: dict[str, Any]) -> Table:
    return Table(pa.table(columns), Rejects(), Path())
