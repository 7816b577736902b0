"""What a room asks is found in the course, with its second; what the course lacks is not."""

import numpy as np

from livelore.intelligence.assist.places import matcher_of
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.board import QuestionBoard


def test_the_board_says_where_the_course_answers(retriever: Retriever) -> None:
    asked = ("What releases energy from sugar?", "Who won the football final?", "？？？")
    board = QuestionBoard(matcher=matcher_of(retriever))
    board.add(Messages.of(asked, np.arange(3.0)))
    places = {each.text: each.answer_place for each in board.questions.values()}
    assert places[asked[0]] == "cells.pdf, page 2"
    assert places[asked[1]] is None


def test_a_transcript_gives_the_second(retriever: Retriever) -> None:
    place = matcher_of(retriever)("How does gradient descent update the weights?")
    assert place is not None
    assert (place.name, place.at_s) == ("nets.vtt, 12:34", 754.5)
    assert 0.5 <= place.score <= 1
