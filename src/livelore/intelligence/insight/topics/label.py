"""A readable name for a topic, from the messages that made it."""

from collections import Counter
from collections.abc import Sequence

import rjieba

AGREE = 0.7
"""Share of the messages that must go on with the same character for a name to grow by it."""
LENGTH_MAX, LATIN_MAX = 16, 40
"""Characters of a name, in Chinese and in scripts with spaces."""


def label_of(seed: str, texts: Sequence[str]) -> str:
    """The seed, grown as far as the messages agree and then brought to the ends of words.

    Args:
        seed: The term that was counted.
        texts: Folded messages that hold it.
    """
    holding = [each for each in texts if seed in each]
    if not _is_chinese(seed):
        return _whole_latin(_grown(seed, holding, LATIN_MAX), seed, holding)
    return _whole_words(_grown(seed, holding, LENGTH_MAX), seed, texts)


def _grown(name: str, texts: list[str], length_max: int) -> str:
    """Names that are part of a longer one are not names: 洛必 grows to 洛必达法则."""
    wanted = AGREE * len(texts)
    while len(name) < length_max:
        before = Counter(each[each.find(name) - 1] for each in texts if each.find(name) > 0)
        after = Counter(each[at] for each in texts if 0 <= (at := _end(each, name)) < len(each))
        best = max(
            (
                (n, side, letter)
                for side, all_ in enumerate((before, after))
                for letter, n in all_.items()
            ),
            default=(0, 0, ""),
        )
        _, side, letter = best
        if best[0] < wanted or best[0] < 2 or not (letter.isalnum() or letter in " -'"):
            return name
        name = letter + name if side == 0 else name + letter
    return name


def _end(text: str, name: str) -> int:
    return text.find(name) + len(name)


def _whole_latin(name: str, seed: str, texts: list[str]) -> str:
    """Cut off at either end a word that most messages go on with."""
    places = [(each, each.find(name)) for each in texts if name in each]
    goes_on = sum(each[at + len(name) :][:1].isalnum() for each, at in places)
    came_on = sum(each[:at][-1:].isalnum() for each, at in places)
    if 2 * goes_on > len(places):
        name = name.rpartition(" ")[0]
    if 2 * came_on > len(places):
        name = name.partition(" ")[2]
    return name.strip(" -'") if seed in name else seed


def _whole_words(name: str, seed: str, texts: Sequence[str]) -> str:
    """Cut off at either end what dictionary words of most messages do not begin or end with."""
    begins, ends = Counter[int](), Counter[int]()
    n = 0
    for text in texts:
        at = text.find(name)
        if at < 0:
            continue
        n += 1
        place = 0
        for word in rjieba.cut(text):
            begins[place - at] += 1
            place += len(word)
            ends[place - at] += 1
    first = next((each for each in range(len(name)) if 2 * begins[each] > n), 0)
    last = next((each for each in range(len(name), 0, -1) if 2 * ends[each] > n), len(name))
    cut = name[first:last]
    return cut if len(cut) >= 2 else seed


def _is_chinese(text: str) -> bool:
    return any("\u3400" <= each <= "\u9fff" for each in text)
