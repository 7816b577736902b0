"""Answers by `assist`: reckoned where possible, else quoted from materials, else refused."""

from collections.abc import Sequence
from pathlib import Path

from livelore.intelligence.assist.answer import Answer as Said
from livelore.intelligence.assist.answer import answer, language_of
from livelore.intelligence.assist.course import Built, build
from livelore.intelligence.assist.errors import QuestionEmpty
from livelore.intelligence.assist.exact.answering import computed
from livelore.intelligence.assist.label import label
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.insight.chain.whole import Step
from livelore.intelligence.pipeline.protocols import Answer, Answers, Citation

REFUSALS = {
    "zh": "没有给出材料，无从回答这个问题（--materials 指明材料所在的文件夹）。",
    "en": "No materials were given, so there is nothing to answer this from (--materials names a "
    "folder of them).",
}
EMPTY = {"zh": "这个问题没有可查的词。", "en": "There is no word in this question to look for."}


class CourseAnswers:
    """An `Answerer` that needs no network and no language model."""

    @property
    def name(self) -> str:
        """Of the method."""
        return "Livelore assist: exact or extractive"

    def answer(self, prompts: Sequence[str], materials: Path | None, step: Step) -> Answers:
        """See `Answerer.answer`.

        Raises:
            MaterialMissing: No file of the materials can be read.
        """
        built = None if materials is None else build(materials)
        retriever = None if built is None else Retriever(built.index)
        found: list[Answer] = []
        for number, prompt in enumerate(prompts, 1):
            found.append(one_answer(prompt, retriever))
            step(number, len(prompts))
        return Answers(tuple(found), () if built is None else _notes(built))


def one_answer(prompt: str, retriever: Retriever | None) -> Answer:
    """To one prompt; without a retriever only what can be reckoned is answered."""
    exact = computed(prompt)
    if exact is not None:
        return Answer(exact.text, is_computed=True, metadata=exact.label.metadata)
    language = language_of(prompt)
    if retriever is None:
        return _refused(REFUSALS[language], language)
    try:
        said = answer(retriever, prompt)
    except QuestionEmpty:
        return _refused(EMPTY[language], language)
    return Answer(said.text, _cited(said), said.is_refused, metadata=said.label.metadata)


def _refused(text: str, language: str) -> Answer:
    return Answer(text, is_refused=True, metadata=label(text, language).metadata)


def _cited(said: Said) -> tuple[Citation, ...]:
    """Each number once, with the sentences that it stands behind."""
    found: dict[int, Citation] = {}
    for hit, each in zip(said.sentences, said.citations, strict=True):
        before = found[each.number].text + " " if each.number in found else ""
        found[each.number] = Citation(each.source, each.place, before + hit.text)
    return tuple(found[number] for number in sorted(found))


def _notes(built: Built) -> tuple[str, ...]:
    told = [f"materials: {each.file} is left out: {each.reason}" for each in built.rejects]
    if built.n_others:
        told.append(f"materials: {built.n_others} files of other kinds are not read")
    return tuple(told)
