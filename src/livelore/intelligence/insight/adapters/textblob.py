"""TextBlob: its polarity as a reader of sentiment, and ours as one of its analyzers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from livelore.intelligence.insight.adapters.polarity import THRESHOLD, sentiments_of
from livelore.intelligence.insight.errors import LibraryDataMissing
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.sentiment.result import SentimentReader, Sentiments

FETCH = "python -m textblob.download_corpora"


@dataclass(frozen=True)
class TextBlobSentiment:
    """The polarity of an analyzer of TextBlob as `Sentiments`.

    Args:
        analyzer: One of TextBlob's; None: its default, a lexicon of English that comes with it.
        threshold: Polarity from which a side is taken.
    """

    analyzer: Any = None  # Any: TextBlob comes and goes
    threshold: float = THRESHOLD

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text.

        Raises:
            LibraryMissing: TextBlob is not installed.
            LibraryDataMissing: The analyzer learns from a corpus that is not there.
        """
        analyzer = self.analyzer
        if analyzer is None:
            analyzer = library("textblob.sentiments").PatternAnalyzer()
        missing = library("textblob.exceptions").MissingCorpusError
        try:
            found = [_polarity(analyzer.analyze(text)) for text in texts]
        except (missing, LookupError) as error:
            detail = f"{type(analyzer).__name__} learns from a corpus: `{FETCH}`"
            raise LibraryDataMissing(package="textblob", detail=detail) from error
        return sentiments_of(found, self.threshold)


def textblob_analyzer(reader: SentimentReader) -> Any:
    """A reader of sentiment as an analyzer of TextBlob: ``TextBlob(text, analyzer=…).sentiment``.

    Polarity is the score; subjectivity how likely it is that a side is taken at all.

    Raises:
        LibraryMissing: TextBlob is not installed.
    """
    kinds = library("textblob.sentiments")
    result = kinds.PatternAnalyzer.RETURN_TYPE

    class Analyzer(library("textblob.base").BaseSentimentAnalyzer):  # type: ignore[misc]  # loaded late
        kind = kinds.CONTINUOUS
        RETURN_TYPE = result

        def analyze(self, text: str) -> Any:
            found = reader.read([str(text)])
            return result(float(found.scores[0]), float(1 - found.probabilities[0, 1]))

    return Analyzer()


def _polarity(found: Any) -> float:
    """Of a result with a polarity, or with the chance of either side."""
    if hasattr(found, "polarity"):
        return float(found.polarity)
    return float(np.float64(found.p_pos) - found.p_neg)
