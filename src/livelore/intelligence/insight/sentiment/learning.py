"""How the small model is learnt: two heads, and a calibration on what did not teach."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import ExamplesInvalid
from livelore.intelligence.insight.sentiment.calibration import calibrated
from livelore.intelligence.insight.sentiment.evidence import Evidence
from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.fitting import OPINION, POLARITY, Recipe, Teacher
from livelore.intelligence.insight.sentiment.lexicon import Word, taught_by
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.text.codepoints import Codepoints

LEXICON_DOMAIN = "lexicon"
FOLDS = 5
EXAMPLES_MIN = 2 * FOLDS
"""Fewer texts of a side cannot be left out by fifths."""


def learn(
    examples: Examples,
    words: tuple[Word, ...] = (),
    recipe: Recipe | None = None,
    start: Sentiment | None = None,
) -> Sentiment:
    """A calibrated model.

    What the n-grams and the words of feeling are worth is learnt on texts whose domain did not
    teach, each domain left out once, so that it holds for texts of a kind never seen: there, words
    of feeling say most of whether anything is felt. Of one domain, it is learnt on folds.

    Args:
        examples: Labelled texts.
        words: Hand-written ones, taught beside them.
        recipe: Options.
        start: A model to begin from; see `Teacher`.

    Raises:
        ExamplesInvalid: A side is missing or too rare.
    """
    used = recipe or Recipe()
    if start is not None:
        used = replace(used, grams=start.grams)
    _check(examples)
    taught = words_as_examples(words, used.lexicon) if words else None
    evidence = start.evidence if start is not None else Evidence.of(words)
    teacher = Teacher(examples, taught, used, start)
    folds = folds_of(examples.labels, used.seed)
    left_out = [_left_out(head, examples, folds) for head in (POLARITY, OPINION)]
    logits = np.stack([teacher.held_out(n, each) for n, each in enumerate(left_out)], axis=1)
    folded = Codepoints.of(examples.texts).folded()
    calibration = calibrated(
        logits,
        evidence.sums(folded),
        examples,
        np.diff(folded.bounds),
        is_even=left_out[OPINION] is not folds,
    )
    found = teacher.heads().sentiment(used.grams)
    return replace(found, calibration=calibration, evidence=evidence)


def words_as_examples(words: tuple[Word, ...], weight: float) -> Examples:
    """The lexicon as texts to learn from."""
    rows = list(taught_by(words))
    found = Examples.of([row[0] for row in rows], [row[1] for row in rows], LEXICON_DOMAIN)
    return replace(found, weights=np.array([row[2] for row in rows]) * weight)


def _left_out(head: int, examples: Examples, folds: NDArray[np.int64]) -> NDArray[Any]:
    """What is left out by turns: domains, where at least two tell both answers; else the folds."""
    domains = examples.domains.astype(str)
    is_told = examples.tell(head == OPINION)
    answers = examples.labels != 0 if head == OPINION else examples.labels > 0
    both = [len(set(answers[is_told & (domains == each)].tolist())) for each in np.unique(domains)]
    return domains if both.count(2) > 1 else folds


def folds_of(labels: NDArray[np.int8], seed: int) -> NDArray[np.int64]:
    """Each class spread evenly over `FOLDS`, shape (n_texts,)."""
    order = np.random.default_rng(seed).permutation(len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")]
    found = np.empty(len(labels), np.int64)
    found[ranked] = np.arange(len(labels)) % FOLDS
    return found


def _check(examples: Examples) -> None:
    rare = min(int((examples.labels == side).sum()) for side in (-1, 1))
    if rare < EXAMPLES_MIN:
        detail = f"{rare} texts of one side; each side needs {EXAMPLES_MIN}, positive and negative"
        raise ExamplesInvalid(detail=detail)
