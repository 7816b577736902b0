"""Learns when a course has no answer: English questions made of what lectures say.

The words come from lectures, the sentence around them from learners' comments, whose own rare words
are taken out.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from livelore.intelligence.assist.asking import ASKING_WORDS
from livelore.intelligence.assist.known import EnglishJudge
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.signs import english_signs
from livelore.intelligence.assist.terms import stem, terms_of

RARE = 5.0
"""Rarity from which on a word of a comment is taken out."""
COMMENT_MAX = 400
"""Characters; longer comments are rarely questions."""
WORDS = range(4, 15)
"""How many a frame may have."""
OF_OWN = 4
"""Frames for each pair of the course's own; foreign pairs get one."""
HALF_OWN = 2
"""Questions of one own word and one that the course lacks, for each own pair."""
PENALTY = 0.1
"""C of the logistic regression, on columns of equal spread."""
FOREIGN_REFUSED = 0.97
"""Share of plain foreign questions that the border refuses, on subjects not learnt from."""
SEED = 0
Pair = tuple[str, str]
Course = tuple[Retriever, Sequence[tuple[Pair, bool]]]
"""A course, and pairs of words with whether it speaks of them."""
_QUESTION = re.compile(
    r"(?:what|why|how|when|where|which|who|is|are|does|do|can|could|did|should)\b"
    r"[a-z' ]{12,90}\?",
    re.IGNORECASE,
)


def frames_of(comments: Iterable[str], rarity: Rarity) -> list[str]:
    """Questions with one or two ``{}`` in place of their rare words, each once, sorted."""
    found: set[str] = set()
    for comment in comments:
        for match in _QUESTION.finditer(comment) if len(comment) <= COMMENT_MAX else ():
            words = re.findall(r"[a-z']+", match.group().lower())
            is_rare = [w not in ASKING_WORDS and rarity.of(stem(w)) >= RARE for w in words]
            if len(words) in WORDS and 1 <= sum(is_rare) <= 2:
                slots = zip(words, is_rare, strict=True)
                found.add(" ".join("{}" if rare else word for word, rare in slots) + "?")
    return sorted(found)


def learn_english(
    courses: Sequence[Course], shapes: Sequence[str], frames: Sequence[str], rarity: Rarity
) -> EnglishJudge:
    """A judge of English questions.

    Args:
        courses: Of different subjects.
        shapes: Plain questions with one ``{}`` for both words.
        frames: As `frames_of` gives them.
        rarity: Of English words.
    """
    rng = np.random.default_rng(SEED)
    rows: list[NDArray[Any]] = []
    marks: list[tuple[bool, int, bool]] = []
    for subject, (retriever, pairs) in enumerate(courses):
        plain = [
            (shapes[at % len(shapes)].format(" ".join(pair)), is_own)
            for at, (pair, is_own) in enumerate(pairs)
        ]
        asks = [*plain, *_framed(retriever, pairs, frames, rng)]
        for at, (question, is_own) in enumerate(asks):
            rows.append(english_signs(retriever, retriever.found(question), rarity))
            marks.append((is_own, subject, at < len(plain)))
    own, subjects, is_plain = (np.array(each) for each in zip(*marks, strict=True))
    table = np.array(rows)
    held_out = np.zeros(len(own))
    for subject in range(len(courses)):
        outer = subjects == subject
        held_out[outer] = table[outer] @ _weights(table[~outer], own[~outer])
    weights = _weights(table, own)
    constant = -float(np.quantile(held_out[is_plain & ~own], FOREIGN_REFUSED))
    return EnglishJudge(weights, round(constant, 3), rarity)


def _framed(
    retriever: Retriever, pairs: Sequence[tuple[Pair, bool]], frames: Sequence[str], rng: Any
) -> list[tuple[str, bool]]:
    known = retriever.index.postings.ids[0]
    own = [pair for pair, is_own in pairs if is_own]
    foreign = [pair for pair, is_own in pairs if not is_own]
    lacking = [word for pair in foreign for word in pair if word not in known]

    def filled(pair: Pair) -> str:
        frame = frames[int(rng.integers(len(frames)))]
        if frame.count("{}") == 2:
            return frame.format(*pair)
        return frame.format(" ".join(pair) if rng.random() < 0.5 else pair[int(rng.integers(2))])

    asks = [(filled(pair), True) for pair in own for _ in range(OF_OWN)]
    strange = [filled(pair) for pair in foreign]
    for pair in own if lacking else ():
        for _ in range(HALF_OWN):
            other = lacking[int(rng.integers(len(lacking)))]
            strange.append(filled((pair[int(rng.integers(2))], other)))
    # a frame with room for one word may have taken the one that the course has
    lacks = set(lacking)
    return asks + [(each, False) for each in strange if lacks & set(terms_of(each).words)]


def _weights(table: NDArray[np.float64], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rounded, so that the last bit of a machine's arithmetic is not seen."""
    spread = table.std(axis=0) + 1e-9
    fitted = LogisticRegression(C=PENALTY, max_iter=2_000).fit(
        (table - table.mean(0)) / spread, own
    )
    return np.round(fitted.coef_[0] / spread, 3)
