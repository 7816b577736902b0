"""The model that comes with the package."""

from functools import cache
from pathlib import Path

from livelore.intelligence.insight.errors import WeightsInvalid
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.model_file import read_as

WEIGHTS = Path(__file__).parents[1] / "weights" / "sentiment.zip"
"""`weights/sentiment.md` says what they were learnt from, and where they err."""


@cache
def shipped() -> Sentiment:
    """Read once, when first asked for.

    Raises:
        WeightsInvalid: The file is missing or damaged.
    """
    other = WeightsInvalid(path=str(WEIGHTS), detail="holds no model of sentiment")
    return read_as(Sentiment, WEIGHTS, "insight", other)
