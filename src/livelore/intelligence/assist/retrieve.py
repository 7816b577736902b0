"""Finds what a course has on a question: passages by BM25, sentences by learned evidence."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.asking import Asked, asked
from livelore.intelligence.assist.course import CourseIndex
from livelore.intelligence.assist.errors import IndexUnreadable
from livelore.intelligence.assist.evidence import N_EVIDENCE, gather
from livelore.intelligence.assist.kinds import QUESTIONS, SENTENCES
from livelore.intelligence.assist.material import Passage
from livelore.intelligence.assist.nearness import windows
from livelore.intelligence.assist.postings import best_of, score_passages
from livelore.intelligence.assist.trees import Trees
from livelore.intelligence.compiled import compiled
from livelore.intelligence.model_file import read_as

READ_PASSAGES = 5
"""Passages whose sentences are compared; chosen on a part of CMRC dev, trial did not decide."""
SEARCHED_PASSAGES = 8
WEIGHTS = Path(__file__).parent / "weights" / "sentences.model"
N_COLUMNS = N_EVIDENCE + len(SENTENCES) + len(QUESTIONS)


@dataclass(frozen=True)
class Hit:
    """A passage or a sentence that was found.

    Attributes:
        passage: Whole.
        row: Of the passage in the index.
        sentence: Which of its sentences; None: the passage as a whole.
        score: The higher the better; of passages and of sentences on scales of their own.
    """

    passage: Passage
    row: int
    sentence: int | None
    score: float

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.text if self.sentence is None else self.passage.sentence(self.sentence)

    @property
    def place(self) -> str | None:
        """Page, time or heading."""
        return self.passage.place(self.sentence or 0)


@dataclass(frozen=True)
class Found:
    """What one question brought up, as arrays.

    Attributes:
        question: As it was put.
        asked: Its terms.
        rows: Passages, best first.
        scores: Of these passages.
        sentences: All their sentences (rows of the index's columns), in order.
        of: Which of ``rows`` each belongs to.
        evidence: Shape (n_sentences, N_COLUMNS).
        votes: What the trees give each.
    """

    question: str
    asked: Asked
    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    sentences: NDArray[np.int64]
    of: NDArray[np.int64]
    evidence: NDArray[np.float32]
    votes: NDArray[np.float64]


@cache
def sentence_trees() -> Trees:
    """The shipped weights."""
    other = IndexUnreadable(path=str(WEIGHTS), detail="no trees")
    return read_as(Trees, WEIGHTS, "assist", other)


@dataclass(frozen=True)
class Retriever:
    """Asks an index.

    Args:
        index: Of a course.
        trees: That order sentences; None: the shipped ones.
    """

    index: CourseIndex
    trees: Trees | None = None

    @cached_property
    def _trees(self) -> Trees:
        return sentence_trees() if self.trees is None else self.trees

    def passages(self, question: str, k: int = 5) -> list[Hit]:
        """The best passages, at most ``k``, best first; none without a common term."""
        rows, scores = self._best(asked(question, self.index.postings), k)
        return [
            Hit(self.index.shelf.passage(int(row)), int(row), None, float(score))
            for row, score in zip(rows, scores[rows], strict=True)
        ]

    def sentences(self, question: str, k: int = 5) -> list[Hit]:
        """The best sentences, at most ``k``, best first."""
        return self.hits(self.found(question), k)

    def search(self, words: str, k: int = 10) -> list[Hit]:
        """Where some words are said or written, best first: for a search box, not for a question.

        A sentence is worth what it and the two after it cover of the words, more where they stand
        in the order asked; that jumps nearer to the second than the order learnt on questions
        (`benchmarks/assist_search.py`).
        """
        found = self.found(words, max(k, SEARCHED_PASSAGES))
        query, postings = found.asked, self.index.postings
        worth = np.zeros(len(found.sentences))
        windows(
            (query.ids, query.weights, query.total),
            found.rows,
            found.scores,
            (postings.sentence_terms_, postings.sentence_bounds_, postings.passage_bounds_),
            self.index.shelf.files,
            worth,
        )
        return self.hits(replace(found, votes=worth), k)

    def hits(self, found: Found, k: int) -> list[Hit]:
        """The best sentences of what was found."""
        order = np.argsort(-found.votes, kind="stable")[:k]
        return [self.hit(found, int(at)) for at in order]

    def hit(self, found: Found, at: int) -> Hit:
        """One of its sentences."""
        row = int(found.rows[found.of[at]])
        sentence = int(found.sentences[at] - self.index.shelf.bounds[row])
        return Hit(self.index.shelf.passage(row), row, sentence, float(found.votes[at]))

    def found(self, question: str, n_passages: int = READ_PASSAGES) -> Found:
        """Passages, their sentences and what speaks for each."""
        postings = self.index.postings
        query = asked(question, postings)
        rows, scores = self._best(query, n_passages)
        sizes = postings.passage_bounds_[rows + 1] - postings.passage_bounds_[rows]
        evidence = np.empty((int(sizes.sum()), N_COLUMNS), np.float32)
        sentences = np.empty(len(evidence), np.int64)
        of = np.empty(len(evidence), np.int64)
        if len(rows):
            held = (
                postings.sentence_terms_,
                postings.sentence_bounds_,
                postings.passage_bounds_,
                postings.kinds,
            )
            words = (query.ids, query.weights, query.total, query.unknown)
            gather(words, rows, scores, held, evidence)
            _kinds(
                (rows, postings.passage_bounds_),
                self.index.held,
                (query.kinds, len(SENTENCES), len(QUESTIONS)),
                evidence,
                (sentences, of),
            )
        votes = self._trees.scores(evidence)
        return Found(question, query, rows, scores[rows], sentences, of, evidence, votes)

    def _best(self, query: Asked, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        postings = self.index.postings
        scores = np.zeros(postings.n_passages, np.float32)
        score_passages(
            query.ids, query.counts, postings.bounds_, postings.passages_, postings.impacts_, scores
        )
        best = np.empty(max(k, 1), np.int64)
        return best[: best_of(scores, best)], scores


@compiled
def _kinds(passages: Any, held: Any, question: Any, out: Any, places: Any) -> None:
    """Fill the columns of kinds, and which sentence each row is."""
    rows, bounds = passages
    kinds, n_held, n_asked = question
    sentences, of = places
    n = 0
    first = out.shape[1] - n_held - n_asked
    for rank in range(len(rows)):
        for sentence in range(bounds[rows[rank]], bounds[rows[rank] + 1]):
            sentences[n] = sentence
            of[n] = rank
            for bit in range(n_held):
                out[n, first + bit] = (held[sentence] >> bit) & 1
            for bit in range(n_asked):
                out[n, first + n_held + bit] = (kinds >> bit) & 1
            n += 1
