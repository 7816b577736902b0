"""A message without disguise: look-alikes made one, what separates left out, places kept."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

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
CUE_ENDS = frozenset("信微号群鹅报机话式是为我聊下xvwqgtmpned：:")
"""Characters with which the name of a messenger ends, or the word that asks to use it."""
_SEPARATES = frozenset("PZS")


@dataclass(frozen=True)
class Plain:
    """A text and where each of its characters stood.

    Attributes:
        text: Undisguised.
        source: What it was made from; None: the message as it was written.
        table: Which characters of the source it leaves out; None: none.
    """

    text: str
    source: "Plain | None" = None
    table: "_Translation | None" = None

    @cached_property
    def places(self) -> Sequence[int]:
        """Of each character, in the message as it was written; few are ever asked for."""
        if self.source is None:
            return range(len(self.text))
        table = self.table
        if table is None:
            return self.source.places
        kept = zip(self.source.text, self.source.places, strict=True)
        return tuple(place for each, place in kept if table[ord(each)])

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Where these characters stood; the end is behind the last."""
        return self.places[begin], self.places[end - 1] + 1


def undisguised(character: str) -> str:
    """What this character looks like, in one; nothing for what is not seen."""
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


class _Translation(dict[int, str]):
    """What `str.translate` makes of a character, worked out when it is first seen."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        found = self[code] = self._of(chr(code))
        return found


def _unless_separating(character: str) -> str:
    is_between = character != "@" and unicodedata.category(character)[0] in _SEPARATES
    return "" if is_between else character


_UNDISGUISED = _Translation(undisguised)
_JOINED = _Translation(_unless_separating)
_DIGITS = str.maketrans(NUMERALS)
_DIGITS_AND_LETTERS = str.maketrans({**NUMERALS, **_LETTERS})


def plain(text: str) -> Plain:
    """Width, case and look-alikes made one; nothing left out but what is not seen."""
    return _translated(Plain(text), _UNDISGUISED)


def joined(read: Plain) -> Plain:
    """Letters and digits alone: blanks, dots, dashes, emoji between them left out."""
    return _translated(read, _JOINED)


def digits(read: Plain, with_letters: bool = False) -> Plain:
    """Numerals of Chinese, and letters that stand for digits if asked, as digits."""
    table = _DIGITS_AND_LETTERS if with_letters else _DIGITS
    return Plain(read.text.translate(table), read)


def _translated(read: Plain, table: _Translation) -> Plain:
    """Each character as the table has it; those that it leaves out lose their places."""
    said = read.text.translate(table)
    return Plain(said, read, None if len(said) == len(read.text) else table)
