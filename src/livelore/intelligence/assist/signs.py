"""What tells whether a course has an answer, as numbers of a question beside what it brought up."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.evidence import EVIDENCE
from livelore.intelligence.assist.lacking import LACKS, lacks
from livelore.intelligence.assist.matching import (
    MATCHES,
    Compared,
    compared,
    laid_open,
    matches,
    share_of_words,
)
from livelore.intelligence.assist.pieces import PIECES, of_pieces, pieces, rarest_rest
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import READ_PASSAGES, Found, Retriever
from livelore.intelligence.assist.terms import stem

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
NEAR = ("rests_early", "rarest_rest", "piece_first")
"""Of `PIECES`, those that are also looked at near the best sentence."""
CHINESE_SIGNS = (
    *SIGNS,
    *MATCHES,
    "above_others",
    "votes_fall",
    "topic",
    "second_topic",
    "topic_rank",
    "topics",
    *PIECES,
    "everywhere_rest",
    "course_rest",
    "near_words",
    *(f"near_{name}" for name in NEAR),
    "vote_elsewhere",
    "vote_above_elsewhere",
)
"""What is looked at for a Chinese question. Topics are what a passage says often and others do not:
the question's strongest beside the passage's, its second, its rank, the mean of three. Rests are
what is left when it is cut along the passage: the rarest that no passage found has, and that the
course has nowhere. Near: the best sentence and its neighbours. Elsewhere: in other passages."""
ENGLISH_SIGNS = (*SIGNS, *LACKS)
NO_VOTE = -3.0
"""Of passages where there are none; few sentences have a lower one."""
_AT = {name: at for at, name in enumerate(EVIDENCE)}


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


def english_signs(retriever: Retriever, found: Found, rarity: Rarity) -> NDArray[np.float64]:
    """The same and more in the order of `ENGLISH_SIGNS`; zeros for nothing found."""
    if not len(found.sentences):
        return np.zeros(len(ENGLISH_SIGNS))
    return np.concatenate([signs(found), lacks(retriever, found, rarity)])


def chinese_signs(retriever: Retriever, found: Found, rarity: Rarity) -> NDArray[np.float64]:
    """The same and more in the order of `CHINESE_SIGNS`; zeros for nothing found."""
    if not len(found.sentences):
        return np.zeros(len(CHINESE_SIGNS))
    question = compared(found.question)
    rows = found.rows[:READ_PASSAGES]
    texts = [laid_open(str(retriever.index.shelf.texts[row])) for row in rows]
    others = found.scores[1:READ_PASSAGES].mean() if len(found.scores) > 1 else 0.0
    best = np.sort(found.votes)[::-1][:3]
    return np.array(
        [
            *signs(found),
            *matches(question, texts, rarity),
            (found.scores[0] - others) / found.asked.total,
            best[0] - best[-1],
            *_topics(retriever, found),
            *_pieces(retriever, question, texts, rarity),
            *_near(retriever, found, question, rarity),
            *_elsewhere(found),
        ]
    )


def _pieces(
    retriever: Retriever, question: Compared, texts: list[str], rarity: Rarity
) -> list[float]:
    cut = pieces(question, texts[0])
    words, grams = retriever.index.postings.ids

    def course_lacks(rest: str) -> bool:
        pairs = map("".join, pairwise(rest))
        return not (
            rest in grams
            or stem(rest) in words
            or (len(rest) > 1 and all(p in grams for p in pairs))
        )

    return [
        *of_pieces(question, cut, rarity),
        rarest_rest(cut, lambda rest: not any(rest in text for text in texts), rarity),
        rarest_rest(cut, course_lacks, rarity),
    ]


def _near(retriever: Retriever, found: Found, question: Compared, rarity: Rarity) -> list[float]:
    shelf = retriever.index.shelf
    best = int(np.argmax(found.votes))
    row, sentence = int(found.rows[found.of[best]]), int(found.sentences[best])
    first = max(sentence - 1, int(shelf.bounds[row]))
    last = min(sentence + 1, int(shelf.bounds[row + 1]) - 1)
    text = laid_open(str(shelf.texts[row])[shelf.begins[first] : shelf.ends[last]])
    of = dict(zip(PIECES, of_pieces(question, pieces(question, text), rarity), strict=True))
    return [share_of_words(question, text, rarity), *(of[name] for name in NEAR)]


def _elsewhere(found: Found) -> list[float]:
    """The best vote in passages without the best sentence, and how much that is above it."""
    best = int(np.argmax(found.votes))
    others = found.votes[found.of != found.of[best]]
    vote = float(others.max(initial=NO_VOTE))
    return [vote, float(found.votes[best]) - vote]


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
