"""The model that comes with the package."""

from functools import cache

from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.insight.shipped_weights import FOLDER, read_weights

WEIGHTS = FOLDER / "sentiment.zip"
"""`weights/sentiment.md` says what they were learnt from, and where they err."""


@cache
def shipped() -> Sentiment:
    """Read once, when first asked for.

    Raises:
        WeightsInvalid: The file is missing or damaged.
    """
    return read_weights(WEIGHTS, Sentiment, "model of sentiment")
