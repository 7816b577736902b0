"""What it was about, afterwards: words with weights, as a whole and by segment; coherence."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.dull import DULL, DULL_WORDS
from livelore.intelligence.text.words import words_of

WORDS_MAX = 60
PRIOR = 0.5
_DULL = frozenset(DULL_WORDS)
_EDGES = frozenset(DULL)


class WeightedWord(NamedTuple):
    """One word of a cloud: weight from 0 to 1, messages that hold it."""

    word: str
    weight: float
    n_messages: int


def word_cloud(messages: Messages, k: int = WORDS_MAX) -> list[WeightedWord]:
    """The words of most messages; the weight is relative to the first."""
    counts = Counter(word for words in _sets(messages.texts) for word in words)
    top = _pruned(counts, k)
    most = top[0][1] if top else 1
    return [WeightedWord(word, n / most, int(n)) for word, n in top]


def words_by_segment(
    messages: Messages, segments: Sequence[int], k: int = 12
) -> dict[int, list[WeightedWord]]:
    """The words that tell each segment from the rest.

    Args:
        messages: Of the whole live.
        segments: One number a message: a chapter, a slide, ten minutes.
        k: Words of each.

    Returns:
        By segment; weights are log-likelihood ratios (Dunning 1993), relative to the first.
    """
    sets = _sets(messages.texts)
    whole = Counter(word for words in sets for word in words)
    found: dict[int, list[WeightedWord]] = {}
    for segment in sorted(set(segments)):
        inside = [words for words, each in zip(sets, segments, strict=True) if each == segment]
        counts = Counter(word for words in inside for word in words)
        scored = Counter(
            {
                word: _ratio(n, len(inside), whole[word] - n, len(sets) - len(inside))
                for word, n in counts.items()
                if n > 1
            }
        )
        top = [(word, score) for word, score in _pruned(scored, k) if score > 0]
        most = top[0][1] if top else 1.0
        found[segment] = [WeightedWord(word, score / most, counts[word]) for word, score in top]
    return found


def topic_words(texts: Sequence[str], k: int = 5) -> list[str]:
    """The words that most messages of a topic hold, each together with every other somewhere."""
    sets = _sets(texts)
    kept: list[str] = []
    for word, n in _pruned(Counter(w for each in sets for w in each), 4 * k):
        together = all(any({word, other} <= each for each in sets) for other in kept)
        if n > 1 and together and len(kept) < k:
            kept.append(word)
    return kept


def coherence(words: Sequence[str], texts: Sequence[str]) -> float:
    """Mean normalised pointwise mutual information of pairs of words, from -1 to 1; NaN of one.

    Args:
        words: Of a topic.
        texts: Where words count as together when one text holds both.

    Source: Bouma 2009; Lau, Newman, Baldwin, EACL 2014.
    """
    n = max(len(texts), 1)
    held = {word: np.array([word in each.lower() for each in texts]) for word in words}
    found = []
    for left, right in combinations(words, 2):
        both = float((held[left] & held[right]).sum()) / n
        if both == 0:
            found.append(-1.0)
            continue
        alone = float(held[left].mean() * held[right].mean())
        found.append(1.0 if both == 1 else math.log(both / alone) / -math.log(both))
    return float(np.mean(found)) if found else math.nan


def _ratio(inside: int, n_inside: int, outside: int, n_outside: int) -> float:
    """Signed log-likelihood ratio of a word's share inside and outside."""
    total = n_inside + n_outside
    share = (inside + outside) / total
    if inside / max(n_inside, 1) <= share:
        return 0.0
    expected = n_inside * share
    left = n_outside * share
    gain = inside * math.log(inside / expected)
    return 2 * (gain + (outside * math.log(outside / left) if outside and left else 0.0))


def _sets(texts: Sequence[str]) -> list[set[str]]:
    return [{word for word in words if _tells(word)} for words in words_of(texts)]


def _tells(word: str) -> bool:
    if word.isascii():
        return len(word) > 2 and word not in _DULL and not word.isdigit()
    return len(word) > 1 and word[0] not in _EDGES and word[-1] not in _EDGES and len(set(word)) > 1


def _pruned(counts: "Counter[str]", k: int) -> "list[tuple[str, float]]":
    """The first k, without parts of words that are there already as often."""
    kept: list[tuple[str, float]] = []
    ordered = sorted(counts.items(), key=lambda each: (-each[1], -len(each[0]), each[0]))
    for word, n in ordered[: 8 * k]:
        is_part = any(
            (word in other or _overlaps(word, other)) and n <= 1.3 * m for other, m in kept
        )
        if not is_part:
            kept.append((word, n))
        if len(kept) == k:
            break
    return kept


def _overlaps(word: str, other: str) -> bool:
    """器学 lies across 机器 and 学习: a pair of neighbours, no word."""
    return not word.isascii() and (word[0] == other[-1] or word[-1] == other[0])
