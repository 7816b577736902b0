"""Characters that are others' shapes, as PDFs have them: ligatures, radicals (ﬁ, ⽣, ⻓)."""

import unicodedata

_RADICALS = (
    "⺟母⺠民⺩王⺬示⺮竹⺶羊⺼月⺽臼⻁虎⻃西⻄西⻅见⻆角⻇角⻉贝⻊足⻋车⻑長⻓长⻔门⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食"
    "⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻭歯⻮齿⻯竜⻰龙⻲龜⻳龟"
)
"""Radicals of the CJK supplement, each before the character that it is the shape of.

Source: Unicode 15, EquivalentUnifiedIdeograph.txt; those that are words of their own.
"""
_KANGXI = range(0x2F00, 0x2FD6)
_LIGATURES = range(0xFB00, 0xFB07)
_PLAIN = {
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in (*_KANGXI, *_LIGATURES)},
    **{ord(a): b for a, b in zip(_RADICALS[::2], _RADICALS[1::2], strict=True)},
    0xAD: None,  # soft hyphen
}


def plain_glyphs(text: str) -> str:
    """The same words in the characters that people type."""
    return text.translate(_PLAIN)
