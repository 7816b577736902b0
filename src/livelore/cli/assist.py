"""`livelore assist`: index a course, retrieve for measuring; the group of its other commands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from livelore.cli.assist_ask import ask, explain
from livelore.cli.assist_cards import cards, exercises, outline
from livelore.cli.assist_index import DEFAULT, IndexFile, retriever_of
from livelore.cli.assist_lines import lines
from livelore.cli.errors import InputWrong
from livelore.cli.progress import progress

if TYPE_CHECKING:
    from livelore.intelligence.assist.course import Built, CourseIndex

SHOWN_REJECTS = 5

app = App(
    name="assist",
    help="Answer from a course. Example: `livelore assist index course`",
)

for command in (ask, explain, outline, cards, exercises, lines):
    app.command(command)


@app.command
def index(
    folder: Annotated[Path, Parameter(help="Markdown, HTML, PDF, text, VTT and SRT files.")],
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The index; updated if it is there.")
    ] = Path(DEFAULT),
) -> None:
    """Read a course's folder into one index file; only files that changed are read again.

    Example: `livelore assist index course`
    """
    from livelore.intelligence.assist.course import build, save

    output = output / DEFAULT if output.is_dir() else output
    if not output.parent.is_dir():
        raise InputWrong(f"--output: there is no folder {output.parent}")
    known = _known(output)
    with progress("Reading") as step:
        built = build(folder, known, step)
    if built.index is not known:
        save(built.index, output)
    _write_rejects(built, output)
    print(_summary(built, known))
    print(f"Wrote {output}" if built.index is not known else f"{output} is up to date")


@app.command
def retrieve(
    *,
    questions: Annotated[Path, Parameter(help='Lines of {"id", "question"}.')],
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Where the result goes.")],
    k: Annotated[int, Parameter(name=["--k", "-k"], help="Results for each question.")] = 5,
    index: IndexFile = Path(DEFAULT),
    sentences: Annotated[bool, Parameter(help="Sentences instead of passages.")] = False,
) -> None:
    """Write what is found for each question, best first: the measure of retrieval alone.

    Example: `livelore assist retrieve --questions Q.jsonl -k 5 -o R.jsonl`
    """
    from livelore.intelligence.whole_file import whole_file

    if k < 1:
        raise InputWrong(f"-k: {k} is below 1")
    if not output.parent.is_dir():
        raise InputWrong(f"--output: there is no folder {output.parent}")
    rejects: list[dict[str, Any]] = []
    asked = list(_questions(questions, rejects))
    if not asked:
        first = f": line {rejects[0]['row']}: {rejects[0]['reason']}" if rejects else ""
        raise InputWrong(f"{questions} has no question that can be read{first}")
    retriever = retriever_of(index)
    with whole_file(output) as file, progress("Asking") as step:
        for done, (number, question) in enumerate(asked, start=1):
            hits = (retriever.sentences if sentences else retriever.passages)(question, k)
            results = [
                {
                    "source": hit.passage.source,
                    "place": hit.place,
                    "text": hit.text,
                    "score": round(hit.score, 6),
                }
                for hit in hits
            ]
            line = json.dumps({"id": number, "results": results}, ensure_ascii=False)
            file.write(line.encode("utf-8", "replace") + b"\n")
            step(done, len(asked))
    _write_lines(rejects, output)
    rest = f"; {len(rejects)} lines left out, see {output.name}.rejects.jsonl" if rejects else ""
    print(f"Wrote {output}: {len(asked)} questions{rest}")


def _known(path: Path) -> "CourseIndex | None":
    """What an index holds already; a broken or old one is made anew."""
    from livelore.intelligence.assist.course import load
    from livelore.intelligence.assist.errors import IndexUnreadable

    if not path.exists():
        return None
    try:
        return load(path)
    except IndexUnreadable as error:
        if not path.is_file() or path.name != DEFAULT:
            raise InputWrong(
                f"--output: {path} is no index and is not written over: name another file"
            ) from error
        return None


def _summary(built: "Built", known: "CourseIndex | None") -> str:
    parts = [f"{built.n_read} files read", f"{built.n_kept} unchanged", f"{built.n_gone} gone"]
    if built.rejects:
        names = ", ".join(each.file for each in built.rejects[:SHOWN_REJECTS])
        more = " …" if len(built.rejects) > SHOWN_REJECTS else ""
        parts.append(f"{len(built.rejects)} left out ({names}{more})")
    if built.n_others:
        parts.append(f"{built.n_others} of other kinds passed over")
    moved = known is not None and known.root != built.index.root
    note = f"; it held {known.root} before" if moved and known is not None else ""
    return f"{len(built.index.shelf)} passages: {', '.join(parts)}{note}"


def _write_rejects(built: "Built", output: Path) -> None:
    _write_lines([{"file": each.file, "reason": each.reason} for each in built.rejects], output)


def _write_lines(rejects: list[dict[str, Any]], output: Path) -> None:
    """Rejects beside the output; those of an earlier run go."""
    path = output.with_name(f"{output.name}.rejects.jsonl")
    if not rejects:
        path.unlink(missing_ok=True)
        return
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rejects)
    path.write_text(lines, encoding="utf-8", errors="replace")


def _questions(path: Path, rejects: list[dict[str, Any]]) -> Iterator[tuple[Any, str]]:
    """Id and question of each line; the id as it is."""
    if not path.is_file():
        raise InputWrong(f"--questions: there is no file {path}")
    with path.open("rb") as file:
        for row, raw in enumerate(file, start=1):
            line = raw.removeprefix(b"\xef\xbb\xbf") if row == 1 else raw
            if not line.strip():
                continue
            reason = ""
            try:
                read = json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                read, reason = None, f"no line of JSON: {error}"
            if isinstance(read, dict) and isinstance(read.get("question"), str) and "id" in read:
                yield read["id"], read["question"]
                continue
            reason = reason or 'it needs "id" and "question" (text)'
            rejects.append({"file": str(path), "row": row, "reason": reason})


def register(group: App) -> None:
    """Add the commands."""
    group.command(app)
