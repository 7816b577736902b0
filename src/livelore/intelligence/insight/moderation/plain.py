"""A message without disguise: look-alikes made one, what separates left out, places kept."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from livelore.intelligence.text.codepoints import PLANES_END, folding

_LOOK_ALIKES = {
    "а": "a", "в": "b", "е": "e", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c",
    "т": "t", "у": "y", "х": "x", "і": "i", "ѕ": "s", "ј": "j", "α": "a", "β": "b", "ε": "e",
    "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "ⅴ": "v",
    "✌": "v", "∨": "v", "√": "v", "ⓥ": "v", "ᴠ": "v", "ｖ": "v", "薇": "微", "徽": "微",
    "溦": "微", "葳": "微", "扣": "q", "叩": "q", "❤": "信", "➕": "加", "佳": "加",
    "＋": "+", "嘉": "加", "莘": "信", "芯": "信", "伩": "信",
}  # fmt: skip
NUMERALS = dict(
    zip(
        "零〇洞一壹幺妖腰二两贰貳兩三叁參四肆五伍六陆陸七柒拐八捌九玖勾",
        "0001111122222333445566677788999",
        strict=True,
    )
)
_LETTERS = {
    "o": "0",
    "l": "1",
    "i": "1",
    "|": "1",
    "z": "2",
    "s": "5",
    "b": "8",
    "q": "9",
    "g": "9",
}
_SEPARATES = frozenset("PZS")


@dataclass(frozen=True)
class Plain:
    """A text and where each of its characters stood.

    Attributes:
        text: Undisguised.
        places: Of each character, in the message as it was written.
    """

    text: str
    places: tuple[int, ...]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Where these characters stood; the end is behind the last."""
        return self.places[begin], self.places[end - 1] + 1


@cache
def undisguised(character: str) -> str:
    """What this character looks like; nothing for what is not seen."""
    code = ord(character)
    low = chr(max(int(folding()[code]), 0)) if code < PLANES_END else character
    # circled and bracketed digits have a number that NFKC folds; dingbat ones only say it
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    found = _LOOK_ALIKES.get(character) or _LOOK_ALIKES.get(low) or low
    if len(found) == 1 and ord(found) >= 0xC0:
        marked = unicodedata.normalize("NFKD", found)
        found = marked[0] if marked[0].isascii() and marked[0].isalnum() else found
        found = next((each for each in marked if each.isdigit()), found) if "(" in marked else found
    return "" if found == "\0" else found


def plain(text: str) -> Plain:
    """Width, case and look-alikes made one; nothing left out but what is not seen."""
    return _mapped(text, {})


def joined(read: Plain) -> Plain:
    """Letters and digits alone: blanks, dots, dashes, emoji between them left out."""
    kept = [n for n, each in enumerate(read.text) if not _separates(each)]
    return Plain("".join(read.text[n] for n in kept), tuple(read.places[n] for n in kept))


def digits(read: Plain, with_letters: bool = False) -> Plain:
    """Numerals of Chinese, and letters that stand for digits if asked, as digits."""
    table = {**NUMERALS, **(_LETTERS if with_letters else {})}
    kept = [
        (table.get(each, each), place) for each, place in zip(read.text, read.places, strict=True)
    ]
    kept = [(each, place) for each, place in kept if each]
    return Plain("".join(each for each, _ in kept), tuple(place for _, place in kept))


def _mapped(text: str, table: Mapping[str, str]) -> Plain:
    kept = [(table.get(said, said), n) for n, each in enumerate(text) for said in undisguised(each)]
    return Plain("".join(each for each, _ in kept), tuple(place for _, place in kept))


@cache
def _separates(character: str) -> bool:
    return character != "@" and unicodedata.category(character)[0] in _SEPARATES
