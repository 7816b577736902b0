"""Where the words of a search stand together: windows of a sentence and the two after it."""

from typing import Any

import numpy as np

from livelore.intelligence.assist.evidence import place_of, table_of
from livelore.intelligence.compiled import compiled

WITH_NEXT, WITH_SECOND = 0.85, 0.8
"""What a word is worth that stands one sentence later, and two."""
IN_ORDER = 0.15
"""Added where all the words stand in the order they are asked."""
OF_PASSAGE = 0.15
"""Share of the passage's score. All four were chosen on lectures that do not measure: coverage of
one sentence and half of the passage's score hit the second in 87.2 of 100 searches there, these in
92.0 (`benchmarks/assist_search.py`)."""
TERMS_MAX = 64
"""Of a search; what is asked after them is not looked at here."""


@compiled
def windows(question: Any, rows: Any, scores: Any, postings: Any, files: Any, out: Any) -> None:
    """What each sentence of some passages is worth as the place to jump to.

    A window may run over the end of a passage into the next one of the same file.

    Args:
        question: Its term ids, their weights, the sum of all weights.
        rows: Passages.
        scores: Of these.
        postings: sentence_terms, sentence_bounds, passage_bounds.
        files: Number of the file of each passage of the index.
        out: Is written, one for each sentence of the passages, in order.
    """
    ids, weights, total = question
    _, _, passage_bounds = postings
    table = table_of(ids[:TERMS_MAX])
    n = 0
    for at in range(len(rows)):
        row = rows[at]
        last = passage_bounds[row + 1]
        # as far as two sentences on there may be two more passages
        for further in range(row + 1, min(row + 3, len(files))):
            if files[further] == files[row]:
                last = passage_bounds[further + 1]
        for sentence in range(passage_bounds[row], passage_bounds[row + 1]):
            end = min(sentence + 3, last)
            worth = _window(sentence, end, (table, ids, weights, total), postings)
            out[n] = worth + OF_PASSAGE * scores[at] / total
            n += 1


@compiled
def _window(sentence: int, end: int, question: Any, postings: Any) -> float:
    """The best of one, two and three sentences; 0 when the first has none of the words."""
    table, ids, weights, total = question
    terms, bounds, _ = postings
    seen = np.uint64(0)
    cover = best = 0.0
    latest, n_in_order = -1, 0
    for each in range(sentence, end):
        fades = 1.0 if each == sentence else WITH_NEXT if each == sentence + 1 else WITH_SECOND
        for at in range(bounds[each], bounds[each + 1]):
            place = place_of(terms[at], ids, table)
            if place < 0 or (seen >> np.uint64(place)) & np.uint64(1):
                continue
            seen |= np.uint64(1) << np.uint64(place)
            cover += weights[place]
            n_in_order += latest >= 0 and place > latest
            latest = place
        if cover == 0:
            return 0.0
        ordered = IN_ORDER * n_in_order / max(min(len(ids), TERMS_MAX) - 1, 1)
        best = max(best, fades * cover / total + ordered)
    return best
