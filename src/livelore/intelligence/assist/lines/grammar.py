"""Patterns such as ``[欢迎|你好]，今天讲{topic}``: alternatives in brackets, slots in braces."""

import itertools
import re
from collections.abc import Iterator, Mapping

from livelore.intelligence.assist.errors import PatternInvalid

VARIANTS_MAX = 500
"""Of one pattern; what comes after is never said."""
_PARTS = re.compile(r"\[([^\[\]]*)\]|\{([^{}]*)\}|([^\[\]{}]+)")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
CLIPPED_AT = 120


def variants(pattern: str) -> list[str]:
    """Every sentence that a pattern can become, slots left open.

    Raises:
        PatternInvalid: A bracket or brace is not closed, or stands in another.
    """
    choices: list[tuple[str, ...]] = []
    at = 0
    for part in _PARTS.finditer(pattern):
        if part.start() != at:
            break
        at = part.end()
        options, slot, plain = part.groups()
        if options is not None:
            choices.append(tuple(options.split("|")))
        else:
            choices.append((plain if slot is None else f"{{{slot}}}",))
    if at != len(pattern) or not pattern:
        raise PatternInvalid(pattern=pattern, detail=f"a bracket or brace at character {at + 1}")
    return ["".join(each) for each in itertools.islice(itertools.product(*choices), VARIANTS_MAX)]


def slots(pattern: str) -> frozenset[str]:
    """Names of the slots of a pattern."""
    return frozenset(slot for _, slot, _ in _PARTS.findall(pattern) if slot)


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence of `variants` with its slots filled; what is in a value is never a slot again."""
    return "".join(_filled(sentence, values))


def _filled(sentence: str, values: Mapping[str, str]) -> Iterator[str]:
    for _, slot, plain in _PARTS.findall(sentence):
        yield values[slot] if slot else plain


def said_aloud(text: str) -> str:
    """Somebody's words as they may stand in a line: one line, nothing hidden, not too long."""
    clean = " ".join(_HIDDEN.sub(" ", text).split())
    return clean if len(clean) <= CLIPPED_AT else clean[: CLIPPED_AT - 1].rstrip() + "…"
