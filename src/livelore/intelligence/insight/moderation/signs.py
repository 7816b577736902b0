"""Which messages the rules for contacts and advertising need to look at."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.moderation.plain import NUMERALS, undisguised
from livelore.intelligence.text.codepoints import PLANES_END, Codepoints

DIGIT, CUE, LETTER, OUT = 1, 2, 4, 8
DIGITS_MIN, LETTERS_MIN = 5, 2
"""Shorter ids do not exist; shorter words invite nobody."""
_CUES = (
    "微信威维q群企电飞加@艾号扫私兼刷赚副代买粉卖办发贷套博彩返优惠低批"
    "厂包保资免领红拉约裸成看福色招理股带内"
)
_OUT = "vwqmk@./#:点dghtu"
"""Of Latin letters and signs, those that links, addresses and names of messengers cannot avoid."""


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(PLANES_END, np.uint8)
    for code in range(PLANES_END):
        if 0xAC00 <= code < 0xE000 or code >= 0x20000:
            continue
        for each in undisguised(chr(code)):
            if each.isdigit() or each in NUMERALS:
                table[code] |= np.uint8(DIGIT)
            if each in _CUES and not each.isascii():
                table[code] |= np.uint8(CUE)
            if each.isascii() and each.isalpha():
                table[code] |= np.uint8(LETTER)
            if each in _OUT:
                table[code] |= np.uint8(OUT)
    return table


def with_signs(texts: Codepoints) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether rules should look, and how many digits there are in any writing; one a text."""
    has = np.zeros(len(texts), np.bool_)
    n_digits = np.zeros(len(texts), np.int64)
    _mark(texts.codes, texts.bounds, _table(), has, n_digits)
    return has, n_digits


@compiled
def _mark(codes: Any, bounds: Any, table: Any, has: Any, n_digits: Any) -> None:
    for text in range(len(bounds) - 1):
        n_letters: Any = 0
        n_out: Any = 0
        n_cues: Any = 0
        for at in range(bounds[text], bounds[text + 1]):
            sign = np.int64(table[codes[at]]) if codes[at] < len(table) else 0
            n_digits[text] += sign & 1
            n_cues += (sign >> 1) & 1
            n_letters += (sign >> 2) & 1
            n_out += (sign >> 3) & 1
        is_latin = n_letters >= LETTERS_MIN and n_out > 0
        has[text] = n_digits[text] + n_letters >= DIGITS_MIN or n_cues > 0 or is_latin
