"""What a text is found by: words, stems, and Chinese characters alone and in pairs."""

import re
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from livelore.intelligence.text.codepoints import folded_text

_RUNS = re.compile(
    r"[\u3005\u3007\u3400-\u9fff\U00020000-\U0002ffff]+"
    r"|[^\W_\u3005\u3007\u3400-\u9fff\U00020000-\U0002ffff]+(?:['.][^\W_\u3400-\u9fff]+)*"
)
_CHINESE_FROM = "\u3005"
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")
TERM_MAX = 64
"""Characters of a term; what is longer is no word (a key, a base64 line) and is cut."""


@dataclass(frozen=True)
class Terms:
    """The terms of a text in its order, repeated as often as they occur.

    Attributes:
        words: Chinese words as they are looked up (a long word also gives the words in it); all
            else lower-case and without endings.
        grams: Chinese characters and pairs of neighbours.
    """

    words: tuple[str, ...]
    grams: tuple[str, ...]


def terms_of(text: str) -> Terms:
    """Terms of any text; width, case and invisible characters make no difference."""
    words: list[str] = []
    grams: list[str] = []
    for run in _RUNS.findall(folded_text(text)):
        if run[0] < _CHINESE_FROM:
            words.append(stem(run[:TERM_MAX]))
            continue
        words += rjieba.cut_for_search(run)
        grams += run
        grams += [run[at : at + 2] for at in range(len(run) - 1)]
    return Terms(tuple(words), tuple(grams))


@lru_cache(1 << 16)
def stem(word: str) -> str:
    """An English word without plural, -ed, -ing and -'s; other words stay what they are.

    Source: steps 1a and 1b of Porter 1980, "An algorithm for suffix stripping"; the further steps
    merge words that learners tell apart (general, generate).
    """
    word = word.removesuffix("'s")
    if len(word) < 4 or not word.isascii():
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and _VOWEL.search(root):
            return _mended(root)
    return word


def _singular(word: str) -> str:
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _mended(root: str) -> str:
    if root.endswith(("at", "bl", "iz")):
        return f"{root}e"
    return root[:-1] if _DOUBLED.search(root) else root
