"""`livelore pipeline`: the article's files in, its outputs and a report out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results


def pipeline(
    source: Annotated[
        Path,
        Parameter(
            help="Folder with user_behavior.csv, content_labels.csv, chat_messages.csv and, if "
            "wanted, prompts.txt."
        ),
    ],
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="Folder of results; made if need be.")
    ],
    materials: Annotated[Path | None, Parameter(help="Folder of what answers may cite.")] = None,
    seed: Annotated[int, Parameter(help="Of samples and validation parts.")] = 0,
    k: Annotated[int, Parameter(help="Contents recommended to each user.")] = 10,
    language: Annotated[
        Literal["en", "zh"], Parameter(help="Of names, reasons and the report at first sight.")
    ] = "en",
) -> None:
    """From behaviour, contents and chat to portraits, recommendations, analyses and a report.

    Segments keep their numbers when the folder of results holds those of an earlier run. Nothing
    is written unless every step went well; rows that cannot be read stand in files beside the
    output that end in .rejects.jsonl.

    Example: `livelore pipeline data -o results --materials slides`
    """
    from livelore.intelligence.pipeline.parts import answerer, chat_reader
    from livelore.intelligence.pipeline.run import Options, run

    if k < 1:
        raise InputWrong(f"--k: {k} is below 1")
    options = Options(
        materials=materials,
        seed=seed,
        k=k,
        language=language,
        made_at=datetime.now(UTC),  # noqa: TID251  a command starts here: nobody hands in a clock
        reader=chat_reader(),
        answerer=answerer(),
    )
    _summary(run(source, output, options, progress), output)


def _summary(results: "Results", output: Path) -> None:
    from livelore.intelligence.pipeline.summary import lines_of

    for line in lines_of(results, output):
        print(line)


def register(app: App) -> None:
    """Add the command."""
    app.command(pipeline)
