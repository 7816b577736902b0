"""One number between -1 and 1, as lexicons give it, read as `Sentiments`."""

import numpy as np
from numpy.typing import ArrayLike

from livelore.intelligence.insight.sentiment.result import Sentiments

THRESHOLD = 0.05
"""Polarity from which a side is taken: what VADER's authors advise."""


def sentiments_of(polarities: ArrayLike, threshold: float = THRESHOLD) -> Sentiments:
    """Sentiments whose scores are the polarities and whose labels turn at the threshold.

    A polarity is no chance: the three probabilities are made so that their difference is right and
    a weak side is hardly surer than none. They are not calibrated.

    Args:
        polarities: From -1 to 1, shape (n_texts,); what is not finite counts as 0.
        threshold: Below it, either way, a text is ambiguous.
    """
    given = np.nan_to_num(np.asarray(polarities, np.float64)).clip(-1, 1)
    takes_side = np.abs(given) >= max(threshold, 1e-9)
    positive = np.where(takes_side, (1 + given) / 2, given.clip(0, None))
    negative = np.where(takes_side, (1 - given) / 2, (-given).clip(0, None))
    ambiguous = np.where(takes_side, 0.0, 1 - np.abs(given))
    return Sentiments.of(np.stack([negative, ambiguous, positive], axis=1))
