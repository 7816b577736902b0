"""Which messages the rules for contacts and advertising need to look at."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.moderation.plain import CUE_ENDS, NUMERALS, undisguised
from livelore.intelligence.text.codepoints import PLANES_END, Codepoints

DIGIT, CUE, LETTER, OUT, BETWEEN, END = 1, 2, 4, 8, 16, 32
DIGITS_MIN, LETTERS_MIN, PHONE_MIN = 5, 2, 11
CUE_MAX = 10
"""Shorter ids do not exist; shorter words invite nobody."""
_CUES = (
    "微信威维q群企鹅电飞报话手机公众+加@艾号扫私兼职刷单日结赚月入躺稳包副业代练打充写考买粉涨卖出收办"
    "证发票贷款套现网博彩下注返利优惠券内部低价批厂家直销过保资源破解盘料免费领红拉进约炮同城裸聊看片"
    "福色情招商盟理财股带消息牛主页头像简介"
)
_OUT = "vwqmk@.。/#:点ht"
"""Of Latin letters and signs, those that links, addresses and names of messengers cannot avoid."""


def _sign(character: str) -> int:
    sign = BETWEEN if unicodedata.category(character)[0] in "PZSM" else 0
    for each in undisguised(character):
        is_digit = each.isdigit() or each in NUMERALS
        is_cue = each in _CUES and (each in "q+@" or not each.isascii())
        is_letter = each.isascii() and each.isalpha()
        sign |= is_digit * DIGIT | is_cue * CUE | is_letter * LETTER | (each in _OUT) * OUT
        sign |= (each in CUE_ENDS) * END
    return sign


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(PLANES_END, np.uint8)
    for code in range(PLANES_END):
        if 0xAC00 <= code < 0xE000 or code >= 0x20000:
            continue
        table[code] = _sign(chr(code))
    return table


@dataclass(frozen=True)
class Signs:
    """What characters alone say of messages, one each.

    Attributes:
        has: Whether rules should look.
        cued: Whether a messenger may be named.
        ends: Whether the last character may end the name of one.
        n_digits: Digits, in any writing.
    """

    has: NDArray[np.bool_]
    cued: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    n_digits: NDArray[np.int64]


def signs_of(texts: Codepoints) -> Signs:
    """Of texts as they were written."""
    has, cued, ends = (np.zeros(len(texts), np.bool_) for _ in range(3))
    found = Signs(has, cued, ends, np.zeros(len(texts), np.int64))
    _mark(texts.codes, texts.bounds, _table(), (has, cued, ends, found.n_digits))
    return found


@compiled
def _mark(codes: Any, bounds: Any, table: Any, found: Any) -> None:
    has, cued, ends, n_digits = found
    for text in range(len(bounds) - 1):
        n_letters: Any = 0
        n_out: Any = 0
        n_cues: Any = 0
        n_pairs: Any = 0
        last: Any = 0
        sign: Any = 0
        for at in range(bounds[text], bounds[text + 1]):
            sign = np.int64(table[codes[at]]) if codes[at] < len(table) else 0
            n_digits[text] += sign & 1
            n_cues += (sign >> 1) & 1
            n_letters += (sign >> 2) & 1
            n_out += (sign >> 3) & 1
            if last & CUE and sign & (CUE | LETTER | DIGIT):
                n_pairs += 1
            if sign & ~END != BETWEEN:
                last = sign
        ends[text] = sign & END > 0
        is_latin = n_letters >= LETTERS_MIN and n_out > 0
        n_told = n_digits[text] + n_letters
        size = bounds[text + 1] - bounds[text]
        cued[text] = n_cues > 0 or (n_letters > 0 and n_out > 0 and size <= CUE_MAX)
        has[text] = n_told >= PHONE_MIN or n_pairs > 0 or (is_latin and n_told >= DIGITS_MIN)
