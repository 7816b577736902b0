"""A readable name for a topic, from the messages that made it.

Candidates are runs of whole words around the term that was counted. One is better the more
messages hold it without going on to a longer one (the C-value of Frantzi, Ananiadou, Mima 2000,
with the most frequent longer one in place of the mean), the longer it is, and the less it is a
piece of a name that is in use (maximal marginal relevance, Carbonell and Goldstein 1998).
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import rjieba

from livelore.intelligence.insight.topics.dull import is_dull
from livelore.intelligence.text.codepoints import Codepoints

WORDS_MAX = 5
LENGTH_MAX, LATIN_MAX = 16, 40
"""Characters of a name, in Chinese and in scripts with spaces."""
HELD = 0.6
"""Share of the messages that hold a name, at least; a third of that where no name reaches it."""
AGREE = 0.7
"""Share of the messages that must have the same character beside a name for it to grow by it."""
WHOLE = 0.5
"""Share of the places of a name where it begins and ends with words."""
PIECE = 0.5
"""What a name is still worth that is a piece of another one in use, or has one as its piece."""
READ_MAX = 8
"""Messages that are read for a name: the last. What was said twice counts once."""
_APART = re.compile(r"https?://\S+|www\.\S+|@\S+")
"""Links and whom one speaks to: no names."""
_UTTERANCE = re.compile(r"[^\W_][\w '’:.+#&-]*")
_WORD = re.compile(
    r"[\u3400-\u9fff]+|\d+(?:[.:-]\d+)*(?![^\W\d_\u3400-\u9fff])"
    r"|[^\W_\u3400-\u9fff]+(?:['’&-][^\W_\u3400-\u9fff]+)*[+#]*"
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


class _Word(NamedTuple):
    """A word where it stands in what somebody said."""

    text: str
    begin: int
    end: int
    is_dull: bool


def label_of(seed: str, texts: Sequence[str], others: Sequence[str] = ()) -> str | None:
    """The best name that has the seed in it, folded.

    None where only dull words, links or names of persons who are spoken to have it.

    Args:
        seed: The term that was counted.
        texts: Folded messages that hold it.
        others: Folded names that are in use.
    """
    read = list(dict.fromkeys(texts[-READ_MAX:]))
    said = [kept for each in read if seed in (kept := _without_addresses(each))]
    if 2 * len(said) < len(read):
        return None
    counts, n_words = Counter[str](), dict[str, int]()
    for text in said:
        found = dict(_candidates(seed, text))
        counts.update(found.keys())
        n_words |= found
    whole = {
        name: n
        for name, n in counts.items()
        if (n > 1 or len(said) == 1) and n >= WHOLE * sum(name in text for text in said)
    }
    for share in (HELD, HELD / 3):
        likely = {name: n for name, n in whole.items() if n >= share * len(said)}
        if likely:
            worth = {name: _worth(name, whole, n_words, others) for name in likely}
            best = max(likely, key=lambda name: (worth[name], -len(name), name))
            return _grown(best, said) if _CHINESE.search(best) else best
    return None


def _without_addresses(text: str) -> str:
    return _APART.sub("\n", text) if "@" in text or "www." in text or "://" in text else text


def _worth(
    name: str, counts: dict[str, int], n_words: dict[str, int], others: Sequence[str]
) -> float:
    longer = max((n for other, n in counts.items() if name in other and other != name), default=0.5)
    is_piece = any(name in other or other in name for other in others)
    return (counts[name] - longer) * math.log2(1 + n_words[name]) * (PIECE if is_piece else 1)


def _candidates(seed: str, text: str) -> Iterator[tuple[str, int]]:
    """Runs of words around the first seed, in its utterance, and how many words each has.

    None has a dull word at its edges; but what somebody said as a whole may begin with one:
    我们是冠军.
    """
    for match in _UTTERANCE.finditer(text):
        said = match.group()
        at = said.find(seed)
        if at < 0:
            continue
        words = _words(said)
        n = len(words)
        first, last = _around(words, at, at + len(seed))
        ends = [b for b in range(last, min(n, first + WORDS_MAX) + 1) if not words[b - 1].is_dull]
        for a in range(max(0, last - WORDS_MAX), first + 1):
            begin, is_dull_first = words[a].begin, words[a].is_dull
            for b in ends:
                is_all = b - a == n and words[a].end - begin > 1
                if b - a <= WORDS_MAX and (is_all or not is_dull_first):
                    name = said[begin : words[b - 1].end]
                    if _has_length(name):
                        yield name, b - a
        return


def _around(words: Sequence[_Word], begin: int, end: int) -> tuple[int, int]:
    """From which word to before which one a part of the utterance goes."""
    first = 0
    for n, word in enumerate(words):
        if word.begin <= begin:
            first = n
        if word.end >= end:
            return first, n + 1
    return first, len(words) + 1


def _has_length(name: str) -> bool:
    n = len(name)
    return 1 < n <= LENGTH_MAX or (n <= LATIN_MAX and n > 1 and not _CHINESE.search(name))


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[_Word, ...]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        at = match.start()
        run = match.group()
        for part in rjieba.cut(run) if "\u3400" <= run[0] <= "\u9fff" else (run,):
            found.append(_Word(part, at, at + len(part), is_dull(part)))
            at += len(part)
    return tuple(found)


def _grown(name: str, texts: Sequence[str]) -> str:
    """With characters that most messages have beside it, though in no word that they agree on.

    The segmenter knows 里奥 and not 加里奥.
    """
    while len(name) < LENGTH_MAX:
        holding = [each for each in texts if name in each]
        places = [(each, at := each.find(name), at + len(name)) for each in holding]
        before = _shared([text[max(0, a - 1) : a] for text, a, _ in places])
        after = _shared([text[b : b + 1] for text, _, b in places])
        if before and not _is_agreed(name, holding, 0):
            name = before + name
        elif after and not _is_agreed(name, holding, 1):
            name += after
        else:
            return name
    return name


def _shared(letters: Sequence[str]) -> str:
    """The character that most have, where it may be of a name; "" otherwise."""
    letter, n = Counter(letters).most_common(1)[0]
    is_of_name = n > 1 and n >= AGREE * len(letters) and _CHINESE.match(letter)
    return letter if is_of_name and not is_dull(letter) else ""


def _is_agreed(name: str, texts: Sequence[str], side: int) -> bool:
    """Whether most messages have the same word on a side, so that the name is whole without it."""
    words = Counter(_beside(name, each)[side] for each in texts)
    return words.most_common(1)[0][1] >= AGREE * len(texts)


def _beside(name: str, text: str) -> tuple[str, str]:
    """The words before and after the first place of a name, as far as they are not in it."""
    for match in _UTTERANCE.finditer(text):
        at = match.group().find(name)
        if at >= 0:
            said, words, end = match.group(), _words(match.group()), at + len(name)
            before = next((said[w.begin : at] for w in words if w.begin < at <= w.end), "")
            after = next((said[end : w.end] for w in words if w.begin <= end < w.end), "")
            return before, after
    return "", ""


def surface_of(label: str, written: Sequence[str]) -> str:
    """A folded name as people write it most.

    Args:
        label: Folded.
        written: Messages as they were written.
    """
    forms = Counter[str]()
    for text in written:
        plain = unicodedata.normalize("NFKC", text)
        at = plain.lower().find(label)
        if at >= 0 and len(plain.lower()) == len(plain):
            forms[plain[at : at + len(label)]] += 1
    return max(forms, key=lambda each: (forms[each], each), default=label)


def key_of(label: str) -> str:
    """What two names have in common that are one but for the s of a plural.

    Args:
        label: Folded.
    """
    has_plural = label.isascii() and len(label) > 3 and label[-1] == "s" and label[-2] not in "su"
    return label[:-1] if has_plural else label


def example_of(label: str, written: Sequence[str]) -> str:
    """The message that says best what the others say; "" where none has the name in it.

    It holds the name, and of those the words that most of them hold; not a long one, as every
    word more that few others have takes something away.

    Args:
        label: Folded.
        written: Messages of the topic.
    """
    folded = Codepoints.of(written).folded().texts()
    said = [(each, text) for each, text in zip(written, folded, strict=True) if label in text]
    sets = [{word.text for word in _words(text) if not word.is_dull} for _, text in said]
    counts = Counter(word for words in sets for word in words)
    shares = [sum(counts[word] / len(said) - 0.2 for word in words) for words in sets]
    return max(zip(shares, said, strict=True), key=lambda each: each[0])[1][0] if said else ""
