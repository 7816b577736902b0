"""Which files of a folder belong to a course, and each as blocks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from livelore.intelligence.assist.errors import MaterialUnreadable
from livelore.intelligence.assist.material import Block
from livelore.intelligence.assist.reading import markup, pdf, transcript
from livelore.intelligence.assist.reading.decoding import decoded
from livelore.intelligence.assist.reading.glyphs import plain_glyphs

_TEXT: dict[str, Callable[[str], Iterator[Block]]] = {
    ".md": markup.markdown_blocks,
    ".markdown": markup.markdown_blocks,
    ".txt": markup.text_blocks,
    ".text": markup.text_blocks,
    ".html": markup.html_blocks,
    ".htm": markup.html_blocks,
    ".vtt": transcript.blocks_of,
    ".srt": transcript.blocks_of,
}
KINDS = (*_TEXT, ".pdf")
"""Endings that are read; other files are passed over and counted."""
BYTES_MAX = 200 << 20
"""Of one file."""


def course_files(folder: Path) -> tuple[list[Path], int]:
    """Files that can be read, sorted, and how many others there are; hidden ones are not seen."""
    found: list[Path] = []
    n_others = 0
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        if path.suffix.lower() in KINDS:
            found.append(path)
        else:
            n_others += 1
    return found, n_others


def read_blocks(path: Path) -> list[Block]:
    """What a file says.

    Raises:
        MaterialUnreadable: It cannot be read, or there is nothing in it.
    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise MaterialUnreadable(
                what=f"it is over {BYTES_MAX >> 20} MB", mend="cut it into parts"
            )
        content = path.read_bytes()
    except OSError as error:
        raise MaterialUnreadable(
            what=f"it cannot be opened: {error.strerror}", mend="check who may read it"
        ) from error
    if not content.strip():
        raise MaterialUnreadable(what="it is empty", mend="remove it or fill it")
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        blocks = list(pdf.blocks_of(content))
    else:
        blocks = list(_TEXT[suffix](decoded(content)[0]))
    if not blocks:
        raise MaterialUnreadable(what="it has no words", mend="remove it or fill it")
    return [replace(each, text=plain_glyphs(each.text)) for each in blocks]
