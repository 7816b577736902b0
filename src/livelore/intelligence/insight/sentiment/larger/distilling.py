"""The small model taught by what a larger one says of texts that nobody labelled."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.fitting import Recipe
from livelore.intelligence.insight.sentiment.learning import learn
from livelore.intelligence.insight.sentiment.lexicon import Word
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.insight.sentiment.result import SentimentReader

DOMAIN = "distilled"


def distil(
    larger: SentimentReader,
    texts: Sequence[str],
    words: tuple[Word, ...] = (),
    recipe: Recipe | None = None,
    start: Sentiment | None = None,
) -> Sentiment:
    """A small model that says what the larger one says, as quick as any small one.

    Each text counts as much as the larger one is sure of it. One that never says *ambiguous*
    teaches which way alone: whether anything is felt stays as the start has it, or is taken for
    granted.

    Args:
        larger: Reads them once.
        texts: As people write them where the small one will read; thousands.
        words: Hand-written ones, taught beside them.
        recipe: Options.
        start: A model to begin from; see `Teacher`.

    Raises:
        ExamplesInvalid: The larger one finds a side in too few of them.

    Source: Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", with the
    label and its confidence in the place of the soft target, which ratios of counts cannot take.
    """
    found = larger.read(texts)
    neither = found.probabilities[:, 1]
    knows = bool(((neither > 0) & (neither < 1)).any())  # 1: nothing is written
    examples = Examples.of(texts, found.labels, DOMAIN, felt=not knows)
    weights = np.asarray(found.confidences, np.float64)
    return learn(replace(examples, weights=weights), words, recipe, start)
