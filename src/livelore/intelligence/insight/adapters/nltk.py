"""NLTK: VADER as a reader of sentiment, its tokenizers for ours and ours as one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from livelore.intelligence.insight.adapters.polarity import THRESHOLD, sentiments_of
from livelore.intelligence.insight.errors import LibraryDataMissing
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.text.words import WordsOf, words_of

FETCH = "python -m nltk.downloader vader_lexicon"


@dataclass(frozen=True)
class Vader:
    """VADER's compound score as `Sentiments`; for English.

    Args:
        lexicon: A file of ``word TAB mean valence`` lines, more columns allowed; None: the one
            that the user has fetched with NLTK's own downloader.
        threshold: Compound score from which a side is taken.

    Source: Hutto and Gilbert, ICWSM 2014.
    """

    lexicon: Path | None = None
    threshold: float = THRESHOLD

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text.

        Raises:
            LibraryMissing: NLTK is not installed.
            LibraryDataMissing: There is no lexicon, or it is none.
        """
        scores = self._analyzer.polarity_scores
        # VADER divides by the number of words
        found = [scores(text)["compound"] if text.strip() else 0.0 for text in texts]
        return sentiments_of(found, self.threshold)

    @cached_property
    def _analyzer(self) -> Any:  # Any: NLTK comes and goes
        vader = library("nltk.sentiment.vader")
        if self.lexicon is not None:
            return _with_lexicon(vader, _lexicon(self.lexicon))
        try:
            return vader.SentimentIntensityAnalyzer()
        except LookupError as error:
            detail = f"vader_lexicon is not there: `{FETCH}`, or name a file"
            raise LibraryDataMissing(package="nltk", detail=detail) from error


def _with_lexicon(vader: Any, lexicon: dict[str, float]) -> Any:
    """NLTK's analyzer, whose own constructor reads nothing but NLTK's folders."""
    analyzer = object.__new__(vader.SentimentIntensityAnalyzer)
    analyzer.lexicon, analyzer.constants = lexicon, vader.VaderConstants()
    return analyzer


def _lexicon(path: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        detail = f"{path} cannot be read as UTF-8 text"
        raise LibraryDataMissing(package="nltk", detail=detail) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        word, _, rest = line.strip().partition("\t")
        try:
            found[word] = float(rest.partition("\t")[0])
        except ValueError as error:
            detail = f"{path}, line {number}: not a word, a tab and a number"
            raise LibraryDataMissing(package="nltk", detail=detail) from error
    return found


class Tokenizer(Protocol):
    """As those of NLTK are."""

    def tokenize(self, s: str, /) -> list[str]:
        """The words of a text."""
        ...


def words_by(tokenizer: Tokenizer) -> WordsOf:
    """A function like `text.words.words_of` of any tokenizer of NLTK, lower-cased; for `Chapters`.

    What has no letter and no digit is left out, as ours does.
    """

    def words(texts: Sequence[str]) -> list[list[str]]:
        return [
            [word.lower() for word in tokenizer.tokenize(text) if any(map(str.isalnum, word))]
            for text in texts
        ]

    return words


def nltk_tokenizer() -> Any:
    """Our words as a tokenizer of NLTK, and so of TextBlob; Chinese and English, needs no data.

    Raises:
        LibraryMissing: NLTK is not installed.
    """

    class Words(library("nltk.tokenize.api").TokenizerI):  # type: ignore[misc]  # loaded late
        def tokenize(self, s: str) -> list[str]:
            return words_of([s])[0]

    return Words()
