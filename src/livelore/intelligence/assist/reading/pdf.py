"""PDF as blocks with their pages."""

import io
import logging
import re
import warnings
from collections.abc import Iterator

import numpy as np

from livelore.intelligence.assist.errors import MaterialUnreadable
from livelore.intelligence.assist.material import Block
from livelore.intelligence.assist.reading.lines import unwrapped, width_of

PAGES_MAX = 5_000
_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])")
FULL_AT = 0.75
"""Share of a page's columns of text that stand in lines no wider than a full one."""
_BETWEEN_HAN = re.compile(r"(?<=[\u2e80-\u9fff，、]) (?=[\u2e80-\u9fff])")


def blocks_of(content: bytes) -> Iterator[Block]:
    """One block a paragraph; lines that the page only wrapped are joined.

    Raises:
        MaterialUnreadable: It is broken, locked, too long, or pictures without text.
    """
    pages = _pages(content)
    if not any(pages):
        raise MaterialUnreadable(
            what="its pages have no text (a scan?)", mend="recognise its text first (OCR)"
        )
    for number, text in enumerate(pages, start=1):
        full, words = _full_width(text), _HYPHEN.sub("", text)
        for part in re.split(r"\n\s*\n", words):
            lines = [" ".join(line.split()) for line in part.split("\n") if line.strip()]
            if lines:
                yield Block(_BETWEEN_HAN.sub("", unwrapped(lines, full)), page=number)


def _full_width(text: str) -> int:
    """Columns of a full line: of two columns, or with some wide rows of a table, one column's."""
    widths = sorted(width_of(line.strip()) for line in text.split("\n"))
    ends = np.cumsum(widths)
    return widths[int(np.searchsorted(ends, FULL_AT * ends[-1]))]


def _pages(content: bytes) -> list[str]:
    from pypdf import PdfReader  # noqa: PLC0415  only a course with a PDF needs it

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is told by the refusal
    what, mend = "", ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                what, mend = "it is locked by a password", "save it without one"
            elif len(reader.pages) > PAGES_MAX:
                what, mend = f"it has over {PAGES_MAX} pages", "cut it into parts"
            else:
                return [page.extract_text().strip() for page in reader.pages]
    # A broken file ends in any error that a parser can meet; all mean the same to the reader.
    except Exception as error:
        what = f"it is a broken PDF ({type(error).__name__})"
        raise MaterialUnreadable(what=what, mend="export it again") from error
    raise MaterialUnreadable(what=what, mend=mend)
