"""A question in one form: politeness dropped, ways of asking made one, cut into words."""

import re
from array import array
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray

from livelore.intelligence.insight.questions.word_classes import word_class
from livelore.intelligence.text.codepoints import folded_text

LENGTH_MAX = 96
"""Characters that are looked at; a longer question is cut."""
SAME = {
    "怎么样": "咋样 怎麽样",
    "怎么": (
        "如何 怎样 怎麽 怎没 咋 咋么 该怎么 要怎么 应该怎么 该如何 要如何 应该如何 如何才能 "
        "怎么才能 怎样才能 "
    ),
    "为什么": "为何 为啥 为甚么 怎么会 凭什么 因为什么 什么原因",
    "什么": "啥 甚么 哪些 什麽 神马",
    "多少": "几多 多少个 几个",
    "多久": "多长时间 多少时间 几久",
    "哪里": "哪儿 什么地方 哪个地方 何处 在哪 在哪里 在哪儿 去哪 去哪里 去哪儿",
    "谁": "哪位 什么人 哪个人 何人",
    "什么时候": "何时 啥时候 几时 什么时间 几点",
    "哪个": "哪一个 哪款 哪一",
    "能": "可以 能够 可不可以 能不能 是否能 是否可以",
    "会": "会不会",
    "有": "有没有 有木有",
    "是": "是不是",
    "没": "没有 木有",
    "需要": "需不需要 要不要",
}
"""What is kept and, with blanks between, what says the same. Own list."""
_PARTICLES = {"地": "的", "得": "的"}
"""Alone only, as words: 地址 and 觉得 stay what they are."""
DROPPED = (
    "请问一下 请问下 请问 想问一下 想问下 想问 问一下 问下 求问 求教 求助 跪求 急求 "
    "谁知道 有谁知道 有人知道 大家知道 你知道 知道 老师 主播 大神 大佬 各位 大家 告诉我 "
    "谢谢 麻烦 拜托 一下 到底 究竟 啊 呀 呢 吗 么 嘛 吧 哦 哈 please pls thanks sir "
    "teacher prof professor anyone know "
)
"""What is taken away, as it asks for nothing."""
_SAME_WORDS = {
    "how do": (
        "how do you|how can i|how can you|how could i|how to|how does one|how would i|"
        "how should i|how do i|how do we"
    ),
    "what is": "what's|whats|what are|what does|what do you mean by|what is meant by",
    "why": "how come|why is it that|why does|why do|why is|why are|why did",
    "cannot": "can't|cant|can not",
    "not": "don't|doesn't|isn't|aren't|didn't|dont|doesnt|isnt|won't|wont",
}
KINDS = {
    "who": "谁 who whose",
    "when": "什么时候 多久 when",
    "where": "哪里 where",
    "how": "怎么 how",
    "how_many": "多少 几 多大 多高 多长 多远 many much",
    "why": "为什么 why",
    "which": "哪个 哪种 which",
    "what": "什么 what",
    "how_good": "怎么样 好不好",
}
"""What a question asks for; each is one bit."""
_BITS = [(each, 1 << n) for n, alike in enumerate(KINDS.values()) for each in alike.split()]
_LATIN_KINDS = {each: bit for each, bit in _BITS if each.isascii()}
_CHINESE_KINDS = [(each, bit) for each, bit in _BITS if not each.isascii()]
NEGATIONS = frozenset("不没别无非未勿莫") | {"not", "no", "never", "without", "cannot"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[a-z][a-z0-9+#.]*")
_GAP = re.compile(r"[^\w]+|_+")
NO_MARKS = np.zeros((0, 3), np.int32)

Arrays = tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float32], NDArray[np.int32]]


def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    to = {each: kept for kept, all_ in SAME.items() for each in all_.split()}
    # a word that begins another must not be taken out of it: 什么 stays when 什么时候 is there
    to |= {kept: kept for kept in SAME} | {"什么意思": "什么意思", "的时候": "的时候"}
    chinese = {each: "" for each in DROPPED.split() if not each.isascii()} | to
    chinese |= {"这么": "这么", "那么": "那么", "什么样": "什么样"}
    latin = {each: "" for each in DROPPED.split() if each.isascii()}
    latin |= {each: kept for kept, all_ in _SAME_WORDS.items() for each in all_.split("|")}
    by_length = sorted(chinese, key=lambda each: -len(each))
    words = sorted(latin, key=lambda each: -len(each))
    whole = "|".join(map(re.escape, by_length)) + r"|\b(?:" + "|".join(map(re.escape, words))
    return re.compile(whole + r")\b"), chinese | latin


_REWRITE, _TO = _pattern()


@dataclass(frozen=True)
class Phrased:
    """A question, ready to be compared.

    Attributes:
        text: In one form; blanks only between Latin words.
    """

    text: str

    @classmethod
    def of(cls, text: str) -> "Phrased":
        """Of a message as it was written."""
        return cls.of_folded(folded_text(text[: 4 * LENGTH_MAX]))

    @classmethod
    def of_folded(cls, text: str) -> "Phrased":
        """Of a message that is folded already."""
        plain = text[:LENGTH_MAX]
        spaced = _GAP.sub(" ", _REWRITE.sub(_rewritten, plain)).strip()
        # one that asks for nothing but politeness stays what it was
        return cls(_without_gaps(spaced or _GAP.sub(" ", plain).strip()))

    @cached_property
    def parts(self) -> frozenset[str]:
        """Pairs of characters: what a like question has at least one of."""
        text = self.text
        return frozenset([text[n : n + 2] for n in range(len(text) - 1)]) or frozenset([text])

    @cached_property
    def words(self) -> list[str]:
        """Cut by dictionary; blanks left out."""
        return [_PARTICLES.get(each, each) for each in rjieba.cut(self.text) if each != " "]

    @cached_property
    def arrays(self) -> Arrays:
        """Code points, words as hashes, counts (kinds as bits, negations, numbers), no marks."""
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)
        words = self.words
        hashed = np.frombuffer(array("Q", map(word_hash, words)), np.uint64)
        kinds = sum({_LATIN_KINDS[each] for each in words if each in _LATIN_KINDS})
        for each, bit in _CHINESE_KINDS:
            if each in self.text:
                kinds |= bit
        negations = sum([each in NEGATIONS or each[0] in NEGATIONS for each in words])
        numbers = _NUMBER.findall(self.text)
        named = float(sum(word_hash(each) % 65_521 for each in numbers) % 65_521)
        return (
            codes,
            hashed,
            np.array([kinds, negations, named, len(numbers)], np.float32),
            NO_MARKS,
        )

    @cached_property
    def marked(self) -> Arrays:
        """The same with marks: where each word begins and ends, its class; shape (n_words, 3)."""
        marks = np.empty((len(self.words), 3), np.int32)
        at = 0
        for row, word in enumerate(self.words):
            at += self.text[at] == " "
            marks[row] = at, at + len(word), word_class(word)
            at += len(word)
        codes, words, counts, _ = self.arrays
        return codes, words, counts, marks


def _rewritten(found: re.Match[str]) -> str:
    return _TO[found.group()]


def _without_gaps(text: str) -> str:
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", text)


@lru_cache(1 << 16)
def word_hash(word: str) -> int:
    """FNV-1a over code points: the same in every process.

    Source: Fowler, Noll, Vo; constants of 64 bits.
    """
    value = 0xCBF29CE484222325
    for character in word:
        value = ((value ^ ord(character)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def phrased_all(texts: Any) -> list[Phrased]:
    """Many."""
    return [Phrased.of(each) for each in texts]
