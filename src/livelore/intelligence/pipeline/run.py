"""The six steps, one after the other, from a folder into a folder."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from livelore.intelligence.insight.chain.whole import Step
from livelore.intelligence.pipeline.answers import in_words
from livelore.intelligence.pipeline.chat import read_chat
from livelore.intelligence.pipeline.earlier import read_earlier
from livelore.intelligence.pipeline.errors import FolderUnusable
from livelore.intelligence.pipeline.events import catalogue_of
from livelore.intelligence.pipeline.inputs import Inputs, read_inputs
from livelore.intelligence.pipeline.lists import (
    ListFigures,
    Recommended,
    figures_of,
    names_of_rows,
    recommended,
    rows_of,
)
from livelore.intelligence.pipeline.outputs import (
    ANALYSIS,
    GENERATED,
    LISTS,
    PROFILE,
    REPORT,
    draft_folder,
)
from livelore.intelligence.pipeline.people import People, Segmented, people_of, segmented
from livelore.intelligence.pipeline.protocols import (
    Answer,
    Answerer,
    Answers,
    ChatFindings,
    ChatReader,
)
from livelore.intelligence.pipeline.report.page import page_of
from livelore.intelligence.portraits.portraits import Language
from livelore.intelligence.tables.reading import Table
from livelore.intelligence.tables.writing import write_csv_parts, write_rejects, write_table

Progress = Callable[[str], AbstractContextManager[Step]]
"""Takes a step's name; shows how far it is while the block runs."""
UTF8 = "utf-8"
ASKED_MAX = 10
"""Questions of the chat that the materials are asked for."""


@contextmanager
def _unseen(_what: str) -> Generator[Step]:
    yield lambda _done, _total: None


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        materials: A folder that answers may cite.
        seed: Of samples, starts and validation parts.
        k: Contents for each user.
        language: Of names, levels and reasons in tables, and of the report at first sight.
        made_at: The moment of the run, for the report.
        reader: Reads the chat; None: there is no chat analysis.
        answerer: Answers prompts; None: there are no answers.
    """

    materials: Path | None = None
    seed: int = 0
    k: int = 10
    language: Language = "en"
    made_at: datetime | None = None
    reader: ChatReader | None = None
    answerer: Answerer | None = None


@dataclass(frozen=True)
class Results:
    """Everything that a run found, for the summary and the report.

    Attributes:
        inputs: What was read.
        people: Users.
        segmented: Their segments.
        found: Their lists.
        figures: Of the lists.
        chat: None without a reader.
        answers: One a prompt; None without an answerer.
        room_answers: To the most asked questions of the chat, in their order; none without
            materials.
        answered_by: Its name.
        options: Of the run.
        notes: What there is to tell, one sentence each.
    """

    inputs: Inputs
    people: People
    segmented: Segmented
    found: Recommended
    figures: ListFigures
    chat: ChatFindings | None
    answers: tuple[Answer, ...] | None
    room_answers: tuple[Answer, ...]
    answered_by: str
    options: Options
    notes: tuple[str, ...] = field(default=())


def run(
    source: Path, target: Path, options: Options | None = None, progress: Progress = _unseen
) -> Results:
    """Read the article's files in ``source`` and write its outputs into ``target``.

    Nothing is written into ``target`` unless every step went well.

    Raises:
        FolderUnusable: A folder is absent, a file, or cannot be written.
        AppError: An input is refused; see `inputs.read_inputs`.
    """
    given = options or Options()
    if given.materials is not None and not given.materials.is_dir():
        what = "there is no such folder"
        raise FolderUnusable(file=str(given.materials), what=what, mend="--materials names one")
    with progress("Reading"):
        inputs = read_inputs(source)
    earlier, told = read_earlier(target / PROFILE)
    with draft_folder(target) as draft:
        with progress("Segments"):
            people = people_of(inputs)
            divided = segmented(people, earlier, seed=given.seed, language=given.language)
            write_table(divided.profile, draft / PROFILE)
            write_rejects(inputs.behaviour.rejects, draft / PROFILE)
        with progress("Recommendations") as step:
            catalogue = catalogue_of(inputs)
            found = recommended(inputs, people, divided, catalogue, k=given.k, seed=given.seed)
            names = names_of_rows(divided, found, given.language)
            write_csv_parts(
                _counted(rows_of(people, found, names, given.language), len(people), step),
                draft / LISTS,
            )
            write_rejects(inputs.contents.rejects, draft / LISTS)
            figures = figures_of(found, given.seed)
        with progress("Chat") as step:
            chat = _chat(inputs.chat, given.reader, draft, step)
        with progress("Answers") as step:
            answered = _answers(inputs, given, chat, draft, step)
        results = Results(
            inputs,
            people,
            divided,
            found,
            figures,
            chat,
            None if answered is None else answered.answers[: len(inputs.prompts)],
            () if answered is None else answered.answers[len(inputs.prompts) :],
            "" if given.answerer is None else given.answerer.name,
            given,
            (
                *inputs.notes,
                *told,
                *people.notes,
                *divided.portraits.notes_,
                *(answered.notes if answered else ()),
            ),
        )
        with progress("Report"):
            (draft / REPORT).write_text(page_of(results), UTF8)
    return results


def _counted(parts: Any, n_users: int, step: Step) -> Generator[Any]:
    done = 0
    for part in parts:
        yield part
        done = min(n_users, done + len(part.column(0).unique()))
        step(done, n_users)


def _chat(table: Table, reader: ChatReader | None, draft: Path, step: Step) -> ChatFindings | None:
    if reader is None:
        return None
    data, found = read_chat(table.data, reader, step)
    write_table(data, draft / ANALYSIS)
    write_rejects(table.rejects, draft / ANALYSIS)
    return found


def _answers(
    inputs: Inputs, given: Options, chat: ChatFindings | None, draft: Path, step: Step
) -> Answers | None:
    """To the prompts, and behind them to what the room asked most, where there are materials."""
    if given.answerer is None:
        return None
    has_course = chat is not None and given.materials is not None
    asked = [each.text for each in chat.questions[:ASKED_MAX]] if chat and has_course else []
    found = given.answerer.answer([*inputs.prompts, *asked], given.materials, step)
    n_prompts = len(inputs.prompts)
    text = in_words(inputs.prompts, found.answers[:n_prompts], given.answerer.name)
    (draft / GENERATED).write_text(text, UTF8)
    return found
