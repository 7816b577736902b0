"""A dictionary of a host's own words: terms of the course, people, products; longest match.

Entries are kept as sorted hashes of their folded text by length, so that a room with a hundred
thousand terms is looked up at memory speed; what a hash finds is compared with the entry itself.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import rjieba
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.entities.features import character_columns
from livelore.intelligence.insight.entities.spans import DICTIONARY, KINDS, TERM, Entity
from livelore.intelligence.insight.errors import TermsInvalid
from livelore.intelligence.text.codepoints import Codepoints, folded_text
from livelore.intelligence.text.hashed import is_of_word

LENGTH_MAX = 40
"""Characters of an entry."""
ENTRIES_MAX = 200_000
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MARKED = re.compile(r"\*\*([^*\n]{2,40})\*\*|`([^`\n]{2,40})`|[“「《]([^”」》\n]{2,20})[”」》]")
_HEADING = re.compile(r"^#{1,6}\s+(.{2,40}?)\s*#*$", re.MULTILINE)
_NOUNS = frozenset(("n", "nz", "nt", "vn", "eng", "l", "i", "j", "nw", "an"))
_COMMON = frozenset(
    re.findall(
        r"[^|]+",
        "时候|东西|问题|方法|情况|内容|部分|例子|同学|老师|大家|课程|学习|知识|结果|时间|方面|过程|作用"
        "|意思|步骤|开始|工作|要求|学生|教师|介绍|研究|教学|基础|能力|特点|关系|原因|目标|the|and|for"
        "|with|that|this",
    )
)
"""Nouns of every course: no terms."""


@dataclass(frozen=True)
class Terms:
    """Entries and their kinds.

    Args:
        entries: As they are shown, and one of `KINDS` for each.
    """

    entries: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, entries: Mapping[str, str] | Sequence[str]) -> Self:
        """Check.

        Args:
            entries: Words, or words with their kinds; without one: a course term.

        Raises:
            TermsInvalid: An entry is empty or too long, its kind is unknown, or there are too many.
        """
        pairs = entries if isinstance(entries, Mapping) else dict.fromkeys(entries, TERM)
        if len(pairs) > ENTRIES_MAX:
            raise TermsInvalid(entry="", detail=f"more than {ENTRIES_MAX} entries")
        for text, kind in pairs.items():
            if not 0 < len(text.strip()) <= LENGTH_MAX:
                raise TermsInvalid(entry=text[:50], detail=f"1 to {LENGTH_MAX} characters")
            if kind not in KINDS:
                raise TermsInvalid(entry=text, detail=f"{kind} is none of {', '.join(KINDS)}")
        return cls(tuple((text.strip(), kind) for text, kind in pairs.items()))

    @cached_property
    def _table(self) -> tuple[Any, Any, Any, Any]:
        texts = Codepoints.of([text for text, _ in self.entries])
        codes = character_columns(texts)[:, 0]
        hashes = np.empty(len(texts), np.uint64)
        _hashes(codes, texts.bounds, hashes)
        order = np.argsort(hashes, kind="stable")
        lengths = np.zeros(LENGTH_MAX + 1, np.bool_)
        lengths[np.diff(texts.bounds)] = True
        starts = np.zeros(1 << 16, np.bool_)
        starts[codes[texts.bounds[:-1]] & 0xFFFF] = True
        kept = [codes[texts.bounds[n] : texts.bounds[n + 1]] for n in order.tolist()]
        bounds = np.cumsum([0, *map(len, kept)]).astype(np.int64)
        whole = np.concatenate(kept) if kept else codes
        return hashes[order], order, (lengths, starts), (whole, bounds)

    def find(
        self, texts: Codepoints, columns: NDArray[np.int64]
    ) -> list[tuple[int, int, int, int]]:
        """Text, begin, end and number of the entry; the longest at each place, from left to right.

        Args:
            texts: As they were written.
            columns: `character_columns` of them.
        """
        if not self.entries:
            return []
        hashes, order, (lengths, starts), (whole, bounds) = self._table
        found = np.empty((len(columns), 4), np.int64)
        n_found = _find(columns, texts.bounds, (hashes, lengths, starts, whole, bounds), found)
        return [(a, b, c, int(order[d])) for a, b, c, d in found[:n_found].tolist()]

    def entities(
        self, texts: Codepoints, columns: NDArray[np.int64], said: Sequence[str]
    ) -> dict[int, list[Entity]]:
        """The same as spans, by text."""
        spans: dict[int, list[Entity]] = {}
        for text, begin, end, entry in self.find(texts, columns):
            kind = self.entries[entry][1]
            entity = Entity(begin, end, kind, said[text][begin:end], 1.0, DICTIONARY)
            spans.setdefault(text, []).append(entity)
        return spans


def terms_of(materials: Sequence[str], n_most: int = 500) -> Terms:
    """Terms of a course from its own texts.

    Marked words (headings, bold, code, quoted) and nouns that come up twice, and pairs of nouns
    that stand together more often than chance (normalised mutual information above 0.3).

    Args:
        materials: Texts of the course: Markdown, captions, titles.
        n_most: Terms at most, the most frequent first.
    """
    marked: Counter[str] = Counter()
    single: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    n_words = 0
    for text in materials:
        for match in (*_MARKED.finditer(text), *_HEADING.finditer(text)):
            marked[next(each for each in match.groups() if each).strip()] += 2
        tagged = rjieba.tag(text.encode("utf-8", "replace").decode())  # lone surrogates
        n_words += len(tagged)
        for n, (word, kind) in enumerate(tagged):
            if kind not in _NOUNS or len(word) < 2 or folded_text(word) in _COMMON:
                continue
            single[word] += 1
            if n and tagged[n - 1][1] in _NOUNS:
                pairs[tagged[n - 1][0], word] += 1
    found = Counter({word: count for word, count in single.items() if count > 1})
    for (first, second), count in pairs.items():
        total = max(n_words, 2)
        surprise = np.log(count * total / max(single[first], count) / single[second])
        if count > 1 and surprise / -np.log(count / total) > 0.3:
            space = " " if first.isascii() and second.isascii() else ""
            found[first + space + second] += 2 * count
    found.update({word: count for word, count in marked.items() if 1 < len(word) <= LENGTH_MAX})
    return Terms.of([word for word, _ in found.most_common(n_most) if word.strip()])


@compiled
def _hashes(codes: Any, bounds: Any, hashes: Any) -> None:
    for text in range(len(bounds) - 1):
        value = np.uint64(0)
        for at in range(bounds[text], bounds[text + 1]):
            value = (value ^ np.uint64(codes[at] + 1)) * _STEP
        hashes[text] = value


@compiled
def _entry(columns: Any, begin: int, end: int, value: Any, table: Any) -> int:
    hashes, _, _, whole, bounds = table
    place = np.searchsorted(hashes, value)
    while place < len(hashes) and hashes[place] == value:
        first, size = bounds[place], bounds[place + 1] - bounds[place]
        if size == end - begin:
            same = True
            for n in range(size):
                same = same and columns[begin + n, 0] == whole[first + n]
            if same:
                return place
        place += 1
    return -1


@compiled
def _find(columns: Any, bounds: Any, table: Any, found: Any) -> int:
    _, lengths, starts, _, _ = table
    n_found = 0
    for text in range(len(bounds) - 1):
        first, last = bounds[text], bounds[text + 1]
        at = first
        while at < last:
            code = columns[at, 0]
            inside = at > first and is_of_word(code) and is_of_word(columns[at - 1, 0])
            if inside or not starts[code & 0xFFFF]:
                at += 1
                continue
            value, best, entry = np.uint64(0), 0, -1
            for length in range(1, min(len(lengths) - 1, last - at) + 1):
                end = at + length
                value = (value ^ np.uint64(columns[end - 1, 0] + 1)) * _STEP
                cut = end < last and is_of_word(columns[end - 1, 0]) and is_of_word(columns[end, 0])
                if not lengths[length] or cut:
                    continue
                place = _entry(columns, at, end, value, table)
                if place >= 0:
                    best, entry = length, place
            if entry >= 0:
                found[n_found, 0], found[n_found, 1] = text, at - first
                found[n_found, 2], found[n_found, 3] = at - first + best, entry
                n_found += 1
            at += max(best, 1)
    return n_found
