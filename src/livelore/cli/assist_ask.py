"""`livelore assist ask` and `explain`: the course's words; a model writes where one is named."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from livelore.cli.assist_index import DEFAULT, IndexFile, retriever_of
from livelore.cli.assist_told import AsJson, tell, tell_json
from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.assist.retrieve import Retriever
    from livelore.intelligence.assist.writers.writer import Writer
    from livelore.intelligence.assist.writers.written import Written

INSTEAD = {
    "down": "the model did not answer",
    "budget": "the budget is too small",
    "unsupported": "nothing the model wrote stands in the course",
}
"""Why the course's own words are told, though a model was asked."""


@dataclass(frozen=True)
class WriterOptions:
    """A model that may write the answer; without one it is the course's own words."""

    url: Annotated[
        str | None, Parameter(help="Base of an OpenAI-compatible endpoint: http://HOST/v1.")
    ] = None
    model: Annotated[str | None, Parameter(help="Name of the model at --url.")] = None
    key_from: Annotated[
        str | None, Parameter(help="Environment variable with the endpoint's key; never printed.")
    ] = None
    model_folder: Annotated[
        Path | None, Parameter(help="Instead: a Transformers model on this machine.")
    ] = None
    budget: Annotated[int, Parameter(help="Tokens the answer may cost, asked and written.")] = 8_000
    timeout_s: Annotated[float, Parameter(help="Seconds until the course's words are told.")] = 8.0


def ask(
    question: Annotated[str, Parameter(help="In Chinese or English.", allow_leading_hyphen=True)],
    *,
    index: IndexFile = Path(DEFAULT),
    options: Annotated[WriterOptions | None, Parameter(name="*")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer in the course's own words with numbered sources, or say that it has no answer.

    Arithmetic, units, dates and known formulas are computed and checked instead of quoted. A model
    writes only where one is named; what no source carries of it is left out.

    Example: `livelore assist ask "What is the formula for calculating compound interest?"`
    """
    from livelore.intelligence.assist.answer import answer
    from livelore.intelligence.assist.exact.answering import computed

    _tell_cut(question)
    writer = _writer(options or WriterOptions())
    exact = computed(question)
    if exact is not None:
        if as_json:
            tell_json({"answer": exact.text}, (), exact.label)
        else:
            tell(exact.text, (), exact.label)
        return
    retriever = retriever_of(index)
    if writer is not None:
        _tell_written(_written(retriever, question, writer, options or WriterOptions()), as_json)
        return
    said = answer(retriever, question)
    if as_json:
        tell_json({"answer": said.text}, said.citations, said.label)
    else:
        tell(said.text, said.citations, said.label)


def explain(
    concept: Annotated[str, Parameter(help="A word or some words, in Chinese or English.")],
    *,
    level: Annotated[
        Literal["beginner", "intermediate", "advanced"],
        Parameter(help="How much, and what first: examples, or what is hard."),
    ] = "beginner",
    index: IndexFile = Path(DEFAULT),
    as_json: AsJson = False,
) -> None:
    """Explain a concept in sentences of the course, each with its source, for one of three levels.

    Example: `livelore assist explain "compound interest" --level advanced`
    """
    from livelore.intelligence.assist.explain import explain as explained

    _tell_cut(concept)
    said = explained(retriever_of(index), concept, level)
    if as_json:
        told = {"explanation": said.text, "level": level, "kinds": said.kinds}
        tell_json(told, said.citations, said.label)
    else:
        tell(said.text, said.citations, said.label)


def _tell_cut(question: str) -> None:
    from livelore.intelligence.assist.asking import QUESTION_MAX

    if len(question) > QUESTION_MAX:
        n = f"{len(question):,}"
        sys.stderr.write(f"livelore: only the first {QUESTION_MAX:,} of {n} characters are read\n")


def _writer(options: WriterOptions) -> "Writer | None":
    from livelore.intelligence.assist.writers.endpoint import Endpoint
    from livelore.intelligence.assist.writers.local import LocalModel

    if options.url and options.model_folder:
        raise InputWrong("--url and --model-folder name two models: give one of them")
    if bool(options.url) != bool(options.model):
        raise InputWrong("--url and --model belong together")
    if not 0 < options.timeout_s < 86_400:
        raise InputWrong(f"--timeout-s: {options.timeout_s:g} is not from 0 to a day")
    if options.model_folder:
        if not options.model_folder.is_dir():
            raise InputWrong(f"--model-folder: there is no folder {options.model_folder}")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # bars are no answer
        return LocalModel(options.model_folder.resolve())
    if not options.url or not options.model:
        return None
    return Endpoint(options.url, options.model, _key(options.key_from))


def _key(name: str | None) -> str:
    if name is None:
        return ""
    if not (key := os.environ.get(name, "").strip()):
        raise InputWrong(f"--key-from: {name} is not set in the environment")
    return key


def _written(
    retriever: "Retriever", question: str, writer: "Writer", options: WriterOptions
) -> "Written":
    from livelore.intelligence.assist.writers.budget import Budget
    from livelore.intelligence.assist.writers.written import Assistant

    budget = Budget(options.budget, lambda: 0.0)  # of one question: no day passes
    return Assistant(retriever, writer, budget, options.timeout_s).ask(question)


def _tell_written(said: "Written", as_json: bool) -> None:
    """The course's own words are never taken for the model's: what happened is told on stderr."""
    citations = said.citations if said.sentences else said.answer.citations
    if as_json:
        told = {"answer": said.text, "because": said.because, "left_out": said.left_out}
        tell_json(told, citations, said.label)
    else:
        tell(said.text, citations, said.label)
    if why := INSTEAD.get(said.because):
        detail = f" ({said.detail})" if said.detail else ""
        sys.stderr.write(f"livelore: {why}{detail}: these are the course's own words\n")
