"""What of an English question a course lacks, by how rare it is in the language."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.asking import ASKING_WORDS, QUESTION_MAX, matter_of
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import Found, Retriever
from livelore.intelligence.assist.terms import terms_of

LACKS = (
    "course_lacks",
    "course_lacks_most",
    "passage_lacks",
    "passage_lacks_most",
    "passage_share",
    "near_share",
    "stands_most",
    "phrases_lack",
    "phrases_stand",
)
"""Sums of rarities, and the rarest, of words that stand nowhere in the course and not in the first
passage; shares of all that stand in it and near the best sentence; the rarest that stands. A phrase
is two words side by side, worth the less rare of them: those that no passage found has, and
others."""


def lacks(retriever: Retriever, found: Found, rarity: Rarity) -> NDArray[np.float64]:
    """Numbers in the order of `LACKS`, of something found."""
    postings = retriever.index.postings
    ids = postings.ids[0]
    words = list(dict.fromkeys(matter_of(found.question).words))
    worth = np.array([rarity.of(word) for word in words])
    asked = np.array([ids.get(word, -1) for word in words], np.int64)
    row = int(found.rows[0])
    bounds = postings.passage_bounds_
    best = int(np.argmax(found.votes))
    beside = int(found.rows[found.of[best]])
    sentence = int(found.sentences[best])
    near = (max(sentence - 1, int(bounds[beside])), min(sentence + 2, int(bounds[beside + 1])))
    in_passage = np.isin(asked, _terms(retriever, (int(bounds[row]), int(bounds[row + 1]))))
    total = worth.sum() + 1e-9
    course_lacks, passage_lacks = worth[asked < 0], worth[~in_passage]
    return np.array(
        [
            course_lacks.sum(),
            course_lacks.max(initial=0.0),
            passage_lacks.sum(),
            passage_lacks.max(initial=0.0),
            worth[in_passage].sum() / total,
            worth[np.isin(asked, _terms(retriever, near))].sum() / total,
            worth[in_passage].max(initial=0.0),
            *_phrases(retriever, found, rarity),
        ]
    )


def _phrases(retriever: Retriever, found: Found, rarity: Rarity) -> tuple[float, float]:
    ids, bounds = retriever.index.postings.ids[0], retriever.index.postings.passage_bounds_
    said: set[tuple[int, int]] = set()
    for row in found.rows.tolist():
        sentences = (int(bounds[row]), int(bounds[row + 1]))
        said.update(pairwise(_terms(retriever, sentences).tolist()))
    lacking = standing = 0.0
    for first, second in pairwise(terms_of(found.question[:QUESTION_MAX]).words):
        if first in ASKING_WORDS or second in ASKING_WORDS:
            continue
        worth = min(rarity.of(first), rarity.of(second))
        if (ids.get(first, -1), ids.get(second, -1)) in said:
            standing += worth
        else:
            lacking += worth
    return lacking, standing


def _terms(retriever: Retriever, sentences: Sequence[int]) -> NDArray[np.int32]:
    postings = retriever.index.postings
    begin, end = postings.sentence_bounds_[list(sentences)]
    return postings.sentence_terms_[begin:end]
