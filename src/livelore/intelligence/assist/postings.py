"""Which passages hold which terms, with what each is worth: BM25 over words and characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.terms import Terms
from livelore.intelligence.compiled import compiled

SATURATION = 1.2
"""BM25's k1."""
LENGTHS = 0.75
"""BM25's b."""


@dataclass
class Postings:
    """An index of passages, each of some sentences.

    Args:
        word_share: What words are worth against characters, from 0 to 1. A word that is not of
            Chinese characters has no characters beside it and counts in full.

    Attributes:
        words_, grams_: Terms in order of first sight, object arrays; ids run through both.
        idf_: Weight of each term by rarity times the share of its kind, shape (n_terms,).
        bounds_: Where the passages of each term begin in the next two, shape (n_terms + 1,).
        passages_: int32. Ascending within a term.
        impacts_: float32. What the term adds to the score of the passage.
        sentence_terms_: Term ids of each sentence in its order, words first, int32.
        sentence_bounds_: Shape (n_sentences + 1,).
        passage_bounds_: First sentence of each passage, shape (n_passages + 1,).

    Source: Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".
    """

    word_share: float = 0.5
    words_: NDArray[Any] = field(init=False, repr=False)
    grams_: NDArray[Any] = field(init=False, repr=False)
    idf_: NDArray[np.float32] = field(init=False, repr=False)
    bounds_: NDArray[np.int64] = field(init=False, repr=False)
    passages_: NDArray[np.int32] = field(init=False, repr=False)
    impacts_: NDArray[np.float32] = field(init=False, repr=False)
    sentence_terms_: NDArray[np.int32] = field(init=False, repr=False)
    sentence_bounds_: NDArray[np.int64] = field(init=False, repr=False)
    passage_bounds_: NDArray[np.int64] = field(init=False, repr=False)

    def fit(self, sentences: Sequence[Terms], passage_bounds: NDArray[np.int64]) -> Self:
        """Learn from sentences, passage after passage."""
        words: dict[str, int] = {}
        grams: dict[str, int] = {}
        for each in sentences:
            for word in each.words:
                words.setdefault(word, len(words))
            for gram in each.grams:
                grams.setdefault(gram, len(grams))
        n_words = len(words)
        flat: list[int] = []
        bounds = [0]
        for each in sentences:
            flat += [words[word] for word in each.words]
            flat += [n_words + grams[gram] for gram in each.grams]
            bounds.append(len(flat))
        self.words_ = _texts(words)
        self.grams_ = _texts(grams)
        self.sentence_terms_ = np.array(flat, np.int32)
        self.sentence_bounds_ = np.array(bounds, np.int64)
        self.passage_bounds_ = passage_bounds
        self._count(n_words + len(grams), n_words)
        return self

    def _count(self, n_terms: int, n_words: int) -> None:
        n_passages = len(self.passage_bounds_) - 1
        ends = self.sentence_bounds_[self.passage_bounds_]
        rows = np.repeat(np.arange(n_passages), np.diff(ends))
        keys = self.sentence_terms_.astype(np.int64) * max(n_passages, 1) + rows
        pairs, counts = np.unique(keys, return_counts=True)
        terms, passages = np.divmod(pairs, max(n_passages, 1))
        seen = np.bincount(terms, minlength=n_terms)
        idf = np.log1p((n_passages - seen + 0.5) / (seen + 0.5))
        self.idf_ = (idf * self._shares(n_words)).astype(np.float32)
        is_gram = (terms >= n_words).astype(np.int64)
        lengths = np.zeros((2, n_passages))
        np.add.at(lengths, (is_gram, passages), counts)
        relative = lengths / np.maximum(lengths.mean(axis=1, keepdims=True), 1e-9)
        damped = SATURATION * (1 - LENGTHS + LENGTHS * relative[is_gram, passages])
        self.impacts_ = (self.idf_[terms] * counts * (SATURATION + 1) / (counts + damped)).astype(
            np.float32
        )
        self.passages_ = passages.astype(np.int32)
        self.bounds_ = np.concatenate([[0], np.cumsum(seen)]).astype(np.int64)

    def _shares(self, n_words: int) -> NDArray[np.float64]:
        shares = np.full(n_words + len(self.grams_), 1 - self.word_share)
        shares[:n_words] = [
            self.word_share if word >= "\u3005" else 1.0 for word in self.words_.tolist()
        ]
        return shares

    @cached_property
    def ids(self) -> tuple[dict[str, int], dict[str, int]]:
        """Ids of words and of characters."""
        words = {word: at for at, word in enumerate(self.words_.tolist())}
        n = len(words)
        return words, {gram: n + at for at, gram in enumerate(self.grams_.tolist())}

    @cached_property
    def rarest(self) -> tuple[float, float]:
        """What a word and what a character would weigh that no passage has."""
        weight = float(np.log1p((self.n_passages + 0.5) / 0.5))
        return weight * self.word_share, weight * (1 - self.word_share)

    @cached_property
    def kinds(self) -> NDArray[np.uint8]:
        """Of each term: a word (0), a character (1), a pair (2)."""
        lengths = [0] * len(self.words_) + [len(gram) for gram in self.grams_.tolist()]
        return np.array(lengths, np.uint8)

    @property
    def n_passages(self) -> int:
        """How many there are."""
        return len(self.passage_bounds_) - 1


def _texts(found: dict[str, int]) -> NDArray[Any]:
    array = np.empty(len(found), object)
    array[:] = list(found)
    return array


@compiled
def score_passages(
    ids: Any, weights: Any, bounds: Any, passages: Any, impacts: Any, scores: Any
) -> None:
    """Add what each term of a question is worth to the passages that hold it."""
    for term in range(len(ids)):
        weight = weights[term]
        for at in range(bounds[ids[term]], bounds[ids[term] + 1]):
            scores[passages[at]] += weight * impacts[at]


@compiled
def best_of(scores: Any, best: Any) -> int:
    """The rows with the highest scores above 0, best first, ties by row; gives how many."""
    n = 0
    for row in range(len(scores)):
        score = scores[row]
        if score <= 0 or (n == len(best) and score <= scores[best[n - 1]]):
            continue
        at = n if n < len(best) else n - 1
        while at > 0 and scores[best[at - 1]] < score:
            if at < len(best):
                best[at] = best[at - 1]
            at -= 1
        best[at] = row
        n = min(n + 1, len(best))
    return n
