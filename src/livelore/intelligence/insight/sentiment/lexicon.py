"""The hand-written words of feeling, and the short texts that they are taught by."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from livelore.intelligence.text.codepoints import folded_text

LEXICON = Path(__file__).parent.parent / "weights" / "sentiment_lexicon.txt"
DENIES = "not"
SECTIONS = ("zh", "en", "as", DENIES)
"""Which way the words of a section are written and taught; words that deny stand in the last."""
BLANK = "␣"
STRENGTH_MAX = 3
_DEGREES = {
    "zh": ("真{}", "很{}", "太{}了", "{}啊", "{}！", "，{}，"),
    "en": ("so {}", "very {}", "is {} .", "really {}!", "{} stream"),
    "as": (),
    DENIES: (),
}
_DENIED = {
    "zh": ("不{}", "不{}，", "不太{}", "不怎么{}", "没那么{}", "一点都不{}", "不是很{}"),
    "en": ("not {}", "isn't {}", "not very {}", "never {}", "not that {}"),
    "as": (),
    DENIES: (),
}
_DENIED_TWICE = {"zh": ("没有不{}", "不会不{}"), "en": (), "as": (), DENIES: ()}
_NO_DENIAL = "不没太别"
"""A Chinese word that begins so is denied already, or cannot be."""
GOOD_DENIED, BAD_DENIED, TWICE = 0.8, 0.3, 0.6
"""How far a denial counts: not good is bad, not bad is hardly good."""


@dataclass(frozen=True)
class Word:
    """One entry: folded text, its section, its strength from -3 to 3 (0: neither, or both)."""

    text: str
    section: str
    strength: int


def read_lexicon(path: Path | str = LEXICON) -> tuple[Word, ...]:
    """All words of a lexicon file; the shipped one explains its form at its top."""
    found: dict[str, Word] = {}
    section = ""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        if line.strip()[1:-1] in SECTIONS:
            section = line.strip()[1:-1]
            continue
        strength, *words = line.split()
        for word in words:
            text = folded_text(word.replace(BLANK, " ")).strip()
            found.setdefault(text, Word(text, section, int(strength)))
    return tuple(found.values())


def taught_by(words: tuple[Word, ...]) -> Iterator[tuple[str, int, float]]:
    """Short texts of the words, with degree words and denials: text, label, weight.

    Labels are -1, 0 and 1, weights at most 1.
    """
    for word in words:
        if word.section == DENIES and not word.strength:
            continue
        side, weight = _sign(word.strength), max(abs(word.strength), 1) / STRENGTH_MAX
        yield word.text, side, weight if side else 1.0
        if abs(word.strength) < 2:
            continue
        for form in _DEGREES[word.section]:
            yield form.format(word.text), side, weight
        if _is_deniable(word):
            share = GOOD_DENIED if side > 0 else BAD_DENIED
            for form in _DENIED[word.section]:
                yield form.format(word.text), -side, weight * share
            for form in _DENIED_TWICE[word.section]:
                yield form.format(word.text), side, weight * TWICE


def _is_deniable(word: Word) -> bool:
    if word.section == "zh":
        return len(word.text) <= 3 and word.text[0] not in _NO_DENIAL
    return " " not in word.text


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
