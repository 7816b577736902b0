"""Where a course deals with what a room asks: `insight.questions` and `assist` joined."""

from livelore.intelligence.assist.answer import BORDER, answer
from livelore.intelligence.assist.errors import QuestionEmpty
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.insight.questions.board import Matcher, Place


def matcher_of(retriever: Retriever, border: float = BORDER) -> Matcher:
    """For a `QuestionBoard`: the place of the first sentence of an answer; None where refused.

    Args:
        retriever: Of the course.
        border: Probability that the course knows, from which on a place is named.
    """

    def place_of(text: str) -> Place | None:
        try:
            said = answer(retriever, text, border)
        except QuestionEmpty:
            return None
        if said.is_refused:
            return None
        first = said.citations[0]
        name = first.source if first.place is None else f"{first.source}, {first.place}"
        return Place(name, said.probability, first.second)

    return place_of
