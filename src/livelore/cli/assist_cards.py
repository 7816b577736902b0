"""`livelore assist cards`, `exercises`, `outline`: what learners practise with and go over."""

from collections.abc import Sequence
from pathlib import Path
from random import Random  # noqa: TID251  a command starts here: made from its --seed
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from livelore.cli.assist_index import DEFAULT, IndexFile, opened
from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.assist.exact.exercises import Exercise
    from livelore.intelligence.assist.generate.cards import Choice

ANKI = (".txt", ".tsv")
"""Endings of what Anki imports."""
N_MAX = 10_000
SENTENCES_MAX = 20

Output = Annotated[
    Path | None,
    Parameter(name=["--output", "-o"], help="Where they go; without it they are printed."),
]


def cards(
    *,
    output: Output = None,
    index: IndexFile = Path(DEFAULT),
) -> None:
    """Make a flash card of each term that a sentence of the course defines; the back quotes it.

    The output is CSV, JSONL or Parquet by its ending; .txt and .tsv are for Anki's import.

    Example: `livelore assist cards -o cards.txt`
    """
    from livelore.intelligence.assist.generate.cards import cards as made_cards
    from livelore.intelligence.assist.generate.sheets import anki, card_rows, source_of

    made = made_cards(opened(index))
    if not made:
        raise InputWrong("no sentence of the course defines a term (such as: X is a Y)")
    if output is None:
        for each in made:
            print(f"{each.term}: {each.back} ({source_of(each.citation)})")
        print("\n".join(dict.fromkeys(each.label.visible for each in made)))
        return
    if output.suffix.lower() in ANKI:
        _write_text(anki(made), output)
    else:
        _write_rows(card_rows(made), output)
    print(f"Wrote {len(made)} cards to {output}")


def outline(
    *,
    output: Output = None,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="Sentences a section, at most.")] = 1,
    index: IndexFile = Path(DEFAULT),
) -> None:
    """Outline the course: its sections, each with the sentences that say most of it.

    The output is Markdown (.md), or CSV, JSONL or Parquet by its ending.

    Example: `livelore assist outline -n 2 -o notes.md`
    """
    from livelore.intelligence.assist.generate.outline import outline as outlined
    from livelore.intelligence.assist.generate.sheets import notes, section_rows

    if not 1 <= n <= SENTENCES_MAX:
        raise InputWrong(f"-n: {n} is not from 1 to {SENTENCES_MAX}")
    sections = outlined(opened(index), n)
    if output is None:
        print(notes(sections))
        return
    if output.suffix.lower() == ".md":
        _write_text(notes(sections) + "\n", output)
    elif rows := section_rows(sections):
        _write_rows(rows, output)
    else:
        raise InputWrong("no section has a whole sentence to stand for it: write a .md file")
    print(f"Wrote {len(sections)} sections to {output}")


def exercises(
    *,
    output: Output = None,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many at most.")] = 10,
    kind: Annotated[
        Literal["gap", "computed"],
        Parameter(help="Gaps in the course's sentences; or reckoned, which need no course."),
    ] = "gap",
    seed: Annotated[int, Parameter(help="The same seed, the same exercises.")] = 0,
    language: Annotated[
        Literal["zh", "en"], Parameter(help="Of computed ones; gaps speak as the course does.")
    ] = "en",
    index: IndexFile = Path(DEFAULT),
) -> None:
    """Make exercises with checked keys: printed with the keys at the end, or as a table.

    Example: `livelore assist exercises -n 20 -o exercises.csv`
    """
    from livelore.intelligence.assist.exact.exercises import exercise
    from livelore.intelligence.assist.generate.cards import choices
    from livelore.intelligence.assist.generate.sheets import exercise_rows, sheet

    if not 1 <= n <= N_MAX:
        raise InputWrong(f"-n: {n} is not from 1 to {N_MAX}")
    rng = Random(seed)  # noqa: S311  of exercises, not of secrets
    made: Sequence[Choice | Exercise] = (
        choices(opened(index), n, rng)
        if kind == "gap"
        else [exercise(rng, language) for _ in range(n)]
    )
    if not made:
        raise InputWrong("the course defines fewer than two terms: no gap has a wrong option")
    if output is None:
        print(sheet(made))
        return
    _write_rows(exercise_rows(made), output)
    print(f"Wrote {len(made)} exercises to {output}")


def _write_rows(rows: list[dict[str, str]], output: Path) -> None:
    import pyarrow as pa

    from livelore.intelligence.tables.writing import write_table

    write_table(pa.Table.from_pylist(rows), output)


def _write_text(text: str, output: Path) -> None:
    from livelore.intelligence.tables.writing import draft_of

    with draft_of(output) as file:
        file.write(text.encode("utf-8", "replace"))
