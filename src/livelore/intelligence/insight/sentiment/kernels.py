"""The compiled way from code points to probabilities; one message and a batch take the same."""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled_loosely
from livelore.intelligence.insight.sentiment.evidence import spot
from livelore.intelligence.text.codepoints import fold_one, longest_of
from livelore.intelligence.text.hashed import gather, n_most

BUCKETS = (4, 8, 16, 32, 64)
"""A text of at most so many folded characters is calibrated with its like; longer ones are last."""
N_BUCKETS = len(BUCKETS) + 1


@compiled_loosely
def bucket_of(n_characters: int) -> int:
    """Which group of lengths."""
    found = 0
    for edge in BUCKETS:
        if n_characters > edge:
            found += 1
    return found


@compiled_loosely
def _sigmoid(value: Any) -> Any:
    return np.float32(1) / (np.float32(1) + np.exp(-value))


@compiled_loosely
def _judge(
    kept: Any, n_kept: int, evidence: Any, tables: Any, key: Any, places: Any
) -> tuple[Any, Any, Any]:
    """Of a folded text."""
    weights, steps, calibration = tables
    way, much = evidence
    n = gather(kept, 0, n_kept, key, places)
    polarity, opinion = np.float32(0), np.float32(0)
    for at in range(n):
        polarity += np.float32(weights[places[at], 0])
        opinion += np.float32(weights[places[at], 1])
    root = np.float32(1 / np.sqrt(max(n, 1)))
    row = calibration[bucket_of(n_kept)]
    side = row[0] * (polarity * root * steps[0] + steps[2]) + row[1] + row[4] * way
    any_felt = row[2] * (opinion * root * steps[1] + steps[3]) + row[3] + row[5] * much
    likely, felt = _sigmoid(side), _sigmoid(any_felt)
    if n_kept == 0:  # nothing that is seen was written, nothing is felt
        felt = np.float32(0)
    return felt * (1 - likely), 1 - felt, felt * likely


@compiled_loosely
def judge_one(codes: Any, tables: Any, key: Any) -> tuple[Any, Any, Any]:
    """Probabilities of negative, ambiguous and positive of one text."""
    table, trie, weights, steps, calibration = tables
    kept = np.empty(len(codes), np.uint32)
    places = np.empty(n_most(len(codes), key), np.int32)
    n_kept = fold_one(codes, 0, len(codes), table, kept)
    evidence = spot(kept, 0, n_kept, trie)
    return _judge(kept, n_kept, evidence, (weights, steps, calibration), key, places)


@compiled_loosely
def judge_all(codes: Any, bounds: Any, tables: Any, key: Any, found: Any) -> None:
    """The same of a batch, into ``found``, shape (n_texts, 3)."""
    table, trie, weights, steps, calibration = tables
    longest = longest_of(bounds)
    kept = np.empty(longest, np.uint32)
    places = np.empty(n_most(longest, key), np.int32)
    for text in range(len(bounds) - 1):
        n_kept = fold_one(codes, bounds[text], bounds[text + 1], table, kept)
        evidence = spot(kept, 0, n_kept, trie)
        weighed = (weights, steps, calibration)
        negative, neither, positive = _judge(kept, n_kept, evidence, weighed, key, places)
        found[text, 0], found[text, 1], found[text, 2] = negative, neither, positive
