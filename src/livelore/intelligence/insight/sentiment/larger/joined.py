"""Two readers as one: whether anything is felt by the one, which way by the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelore.intelligence.insight.sentiment.result import SentimentReader, Sentiments


@dataclass(frozen=True)
class Joined:
    """For a larger model that knows no *ambiguous*, with the small one beside it.

    With *o* the chance of one that a message takes a side and *p* that of the other that the side
    is positive, the classes have the chances o(1 - p), 1 - o and op, as in `Sentiment`.

    Args:
        polarity: Says which way.
        opinion: Says whether: its *ambiguous* is taken.
    """

    polarity: SentimentReader
    opinion: SentimentReader

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text; raises what the readers raise."""
        way = self.polarity.read(texts).probabilities.astype(np.float64)
        felt = 1 - self.opinion.read(texts).probabilities[:, 1].astype(np.float64)
        sides = way[:, 0] + way[:, 2]
        positive = np.divide(way[:, 2], sides, out=np.full(len(way), 0.5), where=sides > 0)
        return Sentiments.of(np.stack([felt * (1 - positive), 1 - felt, felt * positive], axis=1))
