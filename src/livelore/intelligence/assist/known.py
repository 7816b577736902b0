"""Does the course know? A probability from what was found, so that a refusal is a decision."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.errors import IndexUnreadable
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import Found, Retriever
from livelore.intelligence.assist.signs import chinese_signs, english_signs
from livelore.intelligence.assist.trees import Trees
from livelore.intelligence.model_file import read_as

WEIGHTS = Path(__file__).parent / "weights" / "known.model"


@dataclass(frozen=True)
class ChineseJudge:
    """Judges Chinese questions.

    Args:
        trees: Over `CHINESE_SIGNS`.
        constant: Added to what they say, so that at a probability of 0.5 about 5 of 100 questions
            are refused that the course could answer.
        rarity: Of words and pairs of characters.
    """

    trees: Trees
    constant: float
    rarity: Rarity

    def score(self, retriever: Retriever, found: Found) -> float:
        """Logarithm of the odds that the course knows."""
        row = chinese_signs(retriever, found, self.rarity).astype(np.float32)
        return float(self.trees.scores(row[None])[0]) + self.constant


@dataclass(frozen=True)
class EnglishJudge:
    """Judges English questions by a logistic regression.

    Args:
        weights: Of `ENGLISH_SIGNS`.
        constant: Added, so that about 4 of 100 questions are refused that the course could answer.
        rarity: Of words.
    """

    weights: NDArray[np.float64]
    constant: float
    rarity: Rarity

    def score(self, retriever: Retriever, found: Found) -> float:
        """Logarithm of the odds that the course knows."""
        row = english_signs(retriever, found, self.rarity)
        return float(row @ self.weights) + self.constant


@dataclass(frozen=True)
class Known:
    """The judges of both languages."""

    chinese: ChineseJudge
    english: EnglishJudge


@cache
def shipped() -> Known:
    """The shipped weights."""
    other = IndexUnreadable(path=str(WEIGHTS), detail="no judge of questions")
    return read_as(Known, WEIGHTS, "assist", other)


def probability(retriever: Retriever, found: Found, language: str) -> float:
    """That the course has an answer, from 0 to 1; 0 when nothing was found.

    Args:
        retriever: That found it.
        found: By the question.
        language: ``zh`` or ``en``: of the question.
    """
    if not len(found.sentences):
        return 0.0
    known = shipped()
    judge = known.english if language == "en" else known.chinese
    total = judge.score(retriever, found)
    return float(1 / (1 + np.exp(-total)))
