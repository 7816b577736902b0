"""VTT and SRT with their seconds; overlapping and rolling captions are mended."""

import html
import re
from collections.abc import Iterator

from livelore.intelligence.assist.errors import MaterialUnreadable
from livelore.intelligence.assist.material import Block

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"<[^<>]{0,100}>|\{\\[^{}]{0,100}\}")
HOLD_MAX = 12.0
"""Seconds that a block of captions lasts before the next begins at a pause or a sentence's end."""
_END = re.compile(r"[。！？!?.…]['\"”’）)]*$")


def blocks_of(text: str) -> Iterator[Block]:
    """Blocks of about a sentence, each with the second it begins at, ascending.

    Raises:
        MaterialUnreadable: It has no cue.
    """
    cues = _mended(list(_cues(text)))
    if not cues:
        raise MaterialUnreadable(
            what="it has no line such as 00:01.000 --> 00:04.000", mend="save it as VTT or SRT"
        )
    held: list[str] = []
    begin = 0.0
    for second, words in cues:
        over = second - begin
        if held and (over > HOLD_MAX or _END.search(held[-1])):
            yield Block(" ".join(held), second=begin)
            held = []
        if not held:
            begin = second
        held.append(words)
    yield Block(" ".join(held), second=begin)


def _cues(text: str) -> Iterator[tuple[float, str]]:
    second: float | None = None
    words: list[str] = []
    for line in [*text.split("\n"), ""]:
        cue = _CUE.match(line)
        if cue or not line.strip():
            if second is not None and words:
                yield second, " ".join(words)
            words = []
            second = _seconds(cue) if cue else None
        elif second is not None:
            said = html.unescape(_TAG.sub("", line)).strip()
            if said:
                words.append(said)


def _seconds(cue: re.Match[str]) -> float:
    hours, minutes, seconds, rest = cue.group(1, 2, 3, 4)
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{rest}")


def _mended(cues: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """In order of time; what a rolling caption repeats of the one before is left out."""
    found: list[tuple[float, str]] = []
    last = ""
    for second, words in sorted(cues, key=lambda cue: cue[0]):
        fresh = _fresh(last, words)
        last = words
        if fresh:
            found.append((second, fresh))
    return found


def _fresh(last: str, words: str) -> str:
    if not last or words == last:
        return "" if words == last else words
    size = min(len(last), len(words))
    for length in range(size, 5, -1):
        if last.endswith(words[:length]) and (
            length == len(words) or words[length] == " " or words[length - 1] == " "
        ):
            return words[length:].strip()
    return words
