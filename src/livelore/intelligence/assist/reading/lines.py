"""Lines that only the width of a page has ended become one again."""

import re
from collections.abc import Sequence
from itertools import pairwise

WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")
"""Characters of two columns; no blank is written between them."""
_ENDED = re.compile(r"[。！？!?.…:：;；]['\"”’）)]*$|\\$")
SHARE = 0.75
"""Of the full width: what is shorter ends by will."""


def width_of(line: str) -> int:
    """Columns."""
    return len(line) + len(WIDE.findall(line))


def glue(before: str, line: str) -> str:
    """What joins two lines to one: a blank, but nothing between Chinese characters."""
    return "" if WIDE.match(before[-1]) and WIDE.match(line[0]) else " "


def unwrapped(lines: Sequence[str], full: float) -> str:
    """Lines, those joined with the next that end where the page does and not a sentence.

    Args:
        lines: None empty.
        full: Columns of a full line.
    """
    found = [lines[0]]
    for before, line in pairwise(lines):
        is_wrapped = width_of(before) >= SHARE * full and not _ENDED.search(before[-10:])
        found += [glue(before, line) if is_wrapped else "\n", line]
    return "".join(found)
