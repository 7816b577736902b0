"""A question as terms of an index with weights."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.kinds import kinds_asked
from livelore.intelligence.assist.postings import Postings
from livelore.intelligence.assist.terms import Terms, stem, terms_of

QUESTION_MAX = 2_000
"""Characters of a question that are read; people ask in 20 to 200."""
_ASKING = re.compile(
    r"为什么|什么时[候间]|什么[样]?|哪[里儿些个位种一年几]?|多少|多[大长高久远]|怎[么样]{0,2}|谁|何[时处地人种]|为何|如何|是何"
    r"|[吗呢嘛]|请问|几(?=[个位名次种条座只部张人家年月日号级届集岁])|[有是][多]?(?=少)"
)
"""Chinese words that ask; what they stand for is not in the answer."""
ASKING_WORDS = frozenset(
    word
    for asking in (  # noqa: SIM905  a list of words is read as a text
        "a an and are be by can could did do does for from how i in is it me of on or please "
        "should tell that the their there these this to was we were what when where which who "
        "whom whose why will with would you your about explain describe give"
    ).split()
    for word in (asking, stem(asking))  # "does" is looked up as "doe"
)
"""English words of questions that say nothing of their matter, as written and as terms."""


@dataclass(frozen=True)
class Asked:
    """What an index knows of a question.

    Attributes:
        ids: Terms that the index has, int32.
        counts: How often each is asked, float32.
        weights: Counts times rarity, float32.
        total: Sum of the weights, those of unknown terms included.
        unknown: Share of the total that no passage has.
        kinds: Bits of `kinds.QUESTIONS`.
    """

    ids: NDArray[np.int32]
    counts: NDArray[np.float32]
    weights: NDArray[np.float32]
    total: float
    unknown: float
    kinds: int


def asking_spans(question: str) -> list[tuple[int, int]]:
    """Where Chinese words that ask begin and end."""
    return [each.span() for each in _ASKING.finditer(question)]


def matter_of(question: str) -> Terms:
    """Terms of a question without the words that only ask."""
    found = terms_of(_ASKING.sub(" ", question[:QUESTION_MAX]))
    words = tuple(word for word in found.words if word not in ASKING_WORDS)
    return Terms(words, found.grams) if words or found.grams else terms_of(question[:QUESTION_MAX])


def asked(question: str, postings: Postings) -> Asked:
    """Look a question's terms up."""
    matter = matter_of(question)
    counts: dict[int, int] = {}
    lost = 0.0
    for terms, ids, rarest in zip(
        (matter.words, matter.grams), postings.ids, postings.rarest, strict=True
    ):
        for term in terms:
            at = ids.get(term)
            if at is None:
                lost += rarest
            else:
                counts[at] = counts.get(at, 0) + 1
    found = np.fromiter(counts, np.int32, len(counts))
    often = np.fromiter(counts.values(), np.float32, len(counts))
    weights = often * postings.idf_[found]
    total = float(weights.sum()) + lost
    return Asked(
        found, often, weights, total, lost / total if total else 1.0, kinds_asked(question)
    )
