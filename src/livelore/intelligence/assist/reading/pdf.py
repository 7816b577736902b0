"""PDF as blocks with their pages."""

import io
import logging
import re
import warnings
from collections.abc import Iterator

from livelore.intelligence.assist.errors import MaterialUnreadable
from livelore.intelligence.assist.material import Block

PAGES_MAX = 5_000
_HYPHEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_WRAPPED = re.compile(r"(?<![.。!?！？:：;；])\n(?=\S)")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff，、]) (?=[\u3400-\u9fff])")


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
        for part in re.split(r"\n\s*\n", _HYPHEN.sub("", text)):
            joined = _BETWEEN_HAN.sub("", " ".join(_WRAPPED.sub(" ", part.strip()).split()))
            if joined:
                yield Block(joined, page=number)


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
