"""Is a sentence carried by a passage? For what is quoted here and for what a model wrote."""

import re

from livelore.intelligence.assist.asking import ASKING_WORDS
from livelore.intelligence.assist.terms import terms_of

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_EMPTY_CHINESE = frozenset("的了是在和与及也都就而但或之其这那有为以于被把对从到又等着过们个")
"""Chinese characters that say nothing of the matter."""
_EMPTY_ENGLISH = ASKING_WORDS | frozenset(
    (  # noqa: SIM905
        "not so as at but if then than also has have had they he she its them been being just very "
        "into out up some any"
    ).split()
)


def content_words(text: str) -> set[str]:
    """Words that carry meaning: stems, Chinese characters in pairs or alone, and numbers."""
    found = terms_of(text)
    words = {
        word
        for word in found.words
        if word not in _EMPTY_ENGLISH and not all(each in _EMPTY_CHINESE for each in word)
    }
    return words | set(_NUMBER.findall(text))


def unsupported_words(sentence: str, passage: str) -> set[str]:
    """Content words of a sentence that the passage does not have."""
    return content_words(sentence) - content_words(passage)


def supported(sentence: str, passage: str) -> bool:
    """Whether all content words and all numbers of a sentence stand in the passage.

    This is a check of words, not of meaning: an order of words that says something else, or a
    "not" too many, passes. What a model writes needs more than this.
    """
    words = content_words(sentence)
    return bool(words) and words <= content_words(passage)
