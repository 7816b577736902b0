"""Classes of words: what kind of thing a difference is when the word was never seen in a pair."""

from functools import lru_cache

import rjieba

CLASSES = {
    "noun": "n",
    "name": "nr nrt nrfg ns nt nz nw",
    "latin": "eng",
    "number": "m mq q",
    "verb": "v vn vd vg",
    "quality": "a ad an ag b z",
    "when_or_where": "t tg f s",
    "pronoun": "r rr rz",
    "adverb": "d dg df",
    "particle": "p c u ul uj uv ud uz ug y e o k h",
    "idiom": "i l j",
    "other": "x",
}
"""What each is called, and its tags in the dictionary of jieba (ICTCLAS)."""
N_CLASSES = len(CLASSES)
_NUMERALS = frozenset("零一二三四五六七八九十百千两几第")
_AT = {name: at for at, name in enumerate(CLASSES)}
_OF_TAG = {tag: _AT[name] for name, tags in CLASSES.items() for tag in tags.split()}


@lru_cache(1 << 16)
def word_class(word: str) -> int:
    """Place in `CLASSES` of a word as `Phrased.words` cuts them."""
    if word.isascii():
        return _AT["number" if any(map(str.isdigit, word)) else "latin"]
    if all(each in _NUMERALS or each.isdigit() for each in word):
        return _AT["number"]
    tagged = rjieba.tag(word)
    tag = tagged[0][1] if len(tagged) == 1 else "x"
    return _OF_TAG.get(tag, _AT["noun" if tag.startswith("n") else "other"])
