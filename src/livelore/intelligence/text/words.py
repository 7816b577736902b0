"""Words of Chinese and of scripts with spaces, and the sentences that they stand in."""

import re
from collections.abc import Callable, Iterator, Sequence

import rjieba

WordsOf = Callable[[Sequence[str]], list[list[str]]]
"""What gives the words of each text, as `words_of` does."""
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:'[^\W_\u3400-\u9fff]+)?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LETTERS = re.compile(r"[^\W\d_]")
_ENDS = re.compile(
    r"[。！？!?…；;]+[”’」』）)\"']*"  # end marks of both languages, with what closes after them
    r"|\.+[”’)\"']*(?=\s|$)"  # a full stop ends only before a space: 3.14 and v1.2 stay whole
    r"|\s*\n\s*"
)
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|Prof|St|Fig|Eq|No|approx)|\b[A-Z])\.$"
)
"""A full stop after these ends no sentence."""


def words_of(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text, repeated as often as they occur.

    Chinese: words in search mode (a long word also gives the words in it) and pairs of neighbouring
    characters, so that a name which no dictionary has is still found. All else: runs of letters and
    digits, lower-cased.
    """
    return [list(_words(each)) for each in texts]


def _words(text: str) -> Iterator[str]:
    for run in _RUNS.findall(text):
        if not _CHINESE.match(run):
            yield run.lower()
            continue
        found = dict.fromkeys(word for word in rjieba.cut_for_search(run) if len(word) > 1)
        yield from found or (run,)
        yield from (run[n : n + 2] for n in range(len(run) - 1) if run[n : n + 2] not in found)


def chinese_share(text: str) -> float:
    """Of the letters, from 0 to 1; 0 where there are none."""
    n_letters = len(_LETTERS.findall(text))
    return len(_CHINESE.findall(text)) / n_letters if n_letters else 0.0


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends, blanks around it left out.

    Ends are 。！？；… and their Latin kin, a full stop before a space, and a line's end.
    """
    found: list[tuple[int, int]] = []
    begin = 0
    for end in _ENDS.finditer(text):
        if end.group().startswith(".") and _SHORTENED.search(text[begin : end.start() + 1]):
            continue
        _add(text, begin, end.end(), found)
        begin = end.end()
    _add(text, begin, len(text), found)
    return found


def _add(text: str, begin: int, end: int, found: list[tuple[int, int]]) -> None:
    part = text[begin:end]
    if part.strip():
        found.append((begin + len(part) - len(part.lstrip()), begin + len(part.rstrip())))
