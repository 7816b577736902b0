"""What speaks for a sentence as the answer to a question, as numbers."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled

EVIDENCE = (
    "covered",
    "words_covered",
    "characters_covered",
    "pairs_covered",
    "before_covers",
    "after_covers",
    "with_neighbours",
    "passage_covers",
    "passage_score",
    "passage_gap",
    "longest_run",
    "new_terms",
    "place",
    "from_begin",
    "length",
    "rarest_covered",
    "of_passage_best",
    "of_all_best",
    "unknown",
    "n_asked",
)
"""Names of the columns, in order; kinds of the question and of the sentence come after them."""
N_EVIDENCE = len(EVIDENCE)
_TABLE_STEP = 2654435761


@compiled
def table_of(ids: Any) -> Any:
    """An open table from term id to its place in the question, -1: empty."""
    size = 64
    while size < 4 * len(ids):
        size *= 2
    table = np.full(size, -1, np.int32)
    for at in range(len(ids)):
        slot = (ids[at] * _TABLE_STEP) & (size - 1)
        while table[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        table[slot] = at
    return table


@compiled
def place_of(term: Any, ids: Any, table: Any) -> int:
    """Place of a term in the question whose table this is; -1: not asked."""
    slot = (term * _TABLE_STEP) & (len(table) - 1)
    while table[slot] >= 0:
        if ids[table[slot]] == term:
            return int(table[slot])
        slot = (slot + 1) & (len(table) - 1)
    return -1


@compiled
def gather(  # noqa: PLR0915  one loop: a compiled function cannot hand its state on cheaply
    question: Any, passages: Any, scores: Any, postings: Any, out: Any
) -> int:
    """Evidence of all sentences of some passages.

    Args:
        question: Its term ids, their weights (rarity included), the sum of all weights with unknown
            terms, and the share of these.
        passages: Rows, best first.
        scores: Of all passages.
        postings: sentence_terms, sentence_bounds, passage_bounds, kinds of terms.
        out: Evidence, shape (at least the sentences of the passages, at least N_EVIDENCE).

    Returns:
        How many rows were filled, in the order of passages and their sentences.
    """
    ids, weights, total, unknown = question
    terms, bounds, passage_bounds, kinds = postings
    table = table_of(ids)
    seen = np.full(len(ids), -1, np.int64)
    seen_in_passage = np.full(len(ids), -1, np.int64)
    rarest = int(np.argmax(weights))
    n = 0
    best_of_all = 1e-9
    cover = np.zeros(3)
    for rank in range(len(passages)):
        row = passages[rank]
        first, last = passage_bounds[row], passage_bounds[row + 1]
        begin = n
        in_passage = 0.0
        best = 1e-9
        for sentence in range(first, last):
            cover[:] = 0
            run = longest = n_new = 0
            for at in range(bounds[sentence], bounds[sentence + 1]):
                place = place_of(terms[at], ids, table)
                if place < 0:
                    run = 0
                    n_new += 1
                    continue
                run += 1
                longest = max(longest, run)
                if seen[place] != sentence:
                    seen[place] = sentence
                    cover[kinds[terms[at]]] += weights[place]
                if seen_in_passage[place] != rank:
                    seen_in_passage[place] = rank
                    in_passage += weights[place]
            out[n, 0] = cover.sum() / total
            out[n, 1:4] = cover / total
            out[n, 8] = scores[row] / total
            out[n, 9] = (scores[row] - scores[passages[0]]) / total
            out[n, 10] = longest
            out[n, 11] = n_new
            out[n, 12] = (sentence - first) / (last - first)
            out[n, 13] = sentence - first
            out[n, 14] = bounds[sentence + 1] - bounds[sentence]
            out[n, 15] = 1.0 if seen[rarest] == sentence else 0.0
            out[n, 18] = unknown
            out[n, 19] = len(ids)
            best = max(best, out[n, 0])
            n += 1
        best_of_all = max(best_of_all, best)
        _compare(out, begin, n, in_passage / total, best)
    for at in range(n):
        out[at, 17] = out[at, 0] / best_of_all
    return n


@compiled
def _compare(out: Any, begin: int, end: int, in_passage: float, best: float) -> None:
    """Fill what needs the other sentences of a passage."""
    for at in range(begin, end):
        before = out[at - 1, 0] if at > begin else 0.0
        after = out[at + 1, 0] if at + 1 < end else 0.0
        out[at, 4] = before
        out[at, 5] = after
        out[at, 6] = out[at, 0] + 0.5 * (before + after)
        out[at, 7] = in_passage
        out[at, 16] = out[at, 0] / best
