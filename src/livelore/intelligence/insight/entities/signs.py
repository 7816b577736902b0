"""Which messages can hold a time, an amount, a marked work or an English name at all.

Rules cost microseconds a message; most messages hold no number beside a unit, no day and no Latin
word, which a table look-up per character sees. A test compares with the rules on every message.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.text.codepoints import Codepoints

_ALONE = "《¥￥$€£晨午晚夜傍％%‰"
_NUMBERS = "零〇一二两三四五六七八九十百千万亿半0123456789０１２３４５６７８９对"
_UNITS = "点點号日月年天周元块毛分折倍秒刻小星礼钟美欧港英人:：-/%％‰ "
_FIRST = "早今明昨后前去本当年月周上下这星礼国元春暑寒"
_SECOND = "上天日晚早年末底初旦节假期月拜周庆星礼"
_MIDDLE = "个周"
"""Before a unit or a number: 三个月, 这个星期, 周三."""
ALONE, NUMBER, UNIT, FIRST, SECOND, SMALL, CAPITAL, MIDDLE = (1 << n for n in range(8))
CHINESE, CODED, WORDS = 1, 2, 4
"""What a message may hold: a time or an amount in Chinese or figures; a figure beside letters;
Latin words."""
_SMALL_MIN, _CAPITALS = 2, 3
"""Letters of a Latin word that rules are asked about, and of a currency's code before a number."""


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(1 << 16, np.uint8)
    for signs, meaning in (
        (_ALONE, ALONE),
        (_NUMBERS, NUMBER),
        (_UNITS, UNIT),
        (_FIRST, FIRST),
        (_SECOND, SECOND),
        (_MIDDLE, MIDDLE),
    ):
        table[[ord(each) for each in signs]] |= np.uint8(meaning)
    table[65:91], table[97:123] = CAPITAL, SMALL
    return table


def signs_of(texts: Codepoints) -> NDArray[np.uint8]:
    """`CHINESE`, `CODED` and `WORDS` of each text; 0: no rule finds anything in it."""
    found = np.zeros(len(texts), np.uint8)
    _mark(texts.codes, texts.bounds, _table(), found)
    return found


@compiled
def _mark(codes: Any, bounds: Any, table: Any, found: Any) -> None:
    for text in range(len(bounds) - 1):
        last: Any = 0
        kinds: Any = 0
        n_small = n_capitals = 0
        for at in range(bounds[text], bounds[text + 1]):
            sign = np.int64(table[codes[at]]) if codes[at] < len(table) else 0
            n_small = n_small + 1 if sign & SMALL else 0
            if (
                sign & ALONE
                or (last & NUMBER and sign & UNIT)
                or (last & FIRST and sign & SECOND)
                or (last & MIDDLE and sign & (UNIT | SECOND | NUMBER))
            ):
                kinds |= CHINESE
            is_coded = n_capitals >= _CAPITALS and sign & (UNIT | NUMBER)
            if is_coded or (last & NUMBER and sign & (SMALL | CAPITAL)):
                kinds |= CODED
            if n_small >= _SMALL_MIN:
                kinds |= WORDS
            n_capitals = n_capitals + 1 if sign & CAPITAL else 0
            last = sign
        found[text] = kinds
