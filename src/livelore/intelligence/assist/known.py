"""Does the course know? A probability from what was found, so that a refusal is a decision."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.errors import IndexUnreadable
from livelore.intelligence.assist.evidence import EVIDENCE
from livelore.intelligence.assist.matching import MATCHES, matches
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import READ_PASSAGES, Found, Retriever
from livelore.intelligence.assist.trees import Trees
from livelore.intelligence.model_file import read_as

SIGNS = (
    "sentence_covers",
    "neighbours_cover",
    "passage_covers",
    "first_score",
    "ahead",
    "unknown",
    "rarest_found",
    "run",
    "vote",
)
CHINESE_SIGNS = (
    *SIGNS,
    *MATCHES,
    "above_others",
    "votes_fall",
    "topic",
    "second_topic",
    "topic_rank",
    "topics",
)
"""What is looked at for a Chinese question. Topics are what a passage says often and others do not:
the question's strongest beside the passage's, its second, its rank, the mean of three."""
WEIGHTS = Path(__file__).parent / "weights" / "known.model"
_AT = {name: at for at, name in enumerate(EVIDENCE)}
ENGLISH = ((-0.709, 1.407, -0.049, 3.945, 0.655, -5.4, -0.094, 2.403, 0.427), -6.254)
"""Of `SIGNS` and a constant: logistic regression on CMRC trial and on lectures, of which half of
the questions are about other material (`benchmarks/assist_refusal.py`). Set so that at 0.5 about 4
of 100 questions are refused that the course could answer."""


@dataclass(frozen=True)
class Known:
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
    if language == "en":
        weights, constant = ENGLISH
        total = signs(found) @ np.array(weights) + constant
    else:
        known = shipped()
        row = chinese_signs(retriever, found, known.rarity).astype(np.float32)
        total = known.trees.scores(row[None])[0] + known.constant
    return float(1 / (1 + np.exp(-total)))


def signs(found: Found) -> NDArray[np.float64]:
    """What speaks for an answer in the course, in the order of `SIGNS`; zeros for nothing found."""
    if not len(found.sentences):
        return np.zeros(len(SIGNS))
    seen: Any = found.evidence
    second = found.scores[1] if len(found.scores) > 1 else 0.0
    first = found.of == 0
    return np.array(
        [
            seen[:, _AT["covered"]].max(),
            seen[:, _AT["with_neighbours"]].max(),
            seen[:, _AT["passage_covers"]].max(),
            seen[:, _AT["passage_score"]].max(),
            (found.scores[0] - second) / found.asked.total,
            found.asked.unknown,
            seen[first, _AT["rarest_covered"]].max(),
            np.log1p(min(seen[:, _AT["longest_run"]].max(), 8.0)),
            found.votes.max(),
        ]
    )


def chinese_signs(retriever: Retriever, found: Found, rarity: Rarity) -> NDArray[np.float64]:
    """The same and more in the order of `CHINESE_SIGNS`; zeros for nothing found."""
    if not len(found.sentences):
        return np.zeros(len(CHINESE_SIGNS))
    texts = [str(retriever.index.shelf.texts[row]) for row in found.rows[:READ_PASSAGES]]
    others = found.scores[1:READ_PASSAGES].mean() if len(found.scores) > 1 else 0.0
    best = np.sort(found.votes)[::-1][:3]
    return np.array(
        [
            *signs(found),
            *matches(found.question, texts, rarity),
            (found.scores[0] - others) / found.asked.total,
            best[0] - best[-1],
            *_topics(retriever, found),
        ]
    )


def _topics(retriever: Retriever, found: Found) -> list[float]:
    postings = retriever.index.postings
    sentences = postings.passage_bounds_[found.rows[0]], postings.passage_bounds_[found.rows[0] + 1]
    begin, end = postings.sentence_bounds_[list(sentences)]
    terms, counts = np.unique(postings.sentence_terms_[begin:end], return_counts=True)
    worth = np.log1p(counts) * postings.idf_[terms]
    of_passage = np.append(np.sort(worth)[::-1][:3], np.full(3, 1e-9))[:3]
    of_question = np.sort(worth[np.isin(terms, found.asked.ids)])[::-1][:3]
    asked = np.append(of_question, np.zeros(3))[:3]
    return [
        asked[0] / of_passage[0],
        asked[1] / of_passage[0],
        float(np.log1p((worth > asked[0]).sum())),
        asked.sum() / of_passage.sum(),
    ]
