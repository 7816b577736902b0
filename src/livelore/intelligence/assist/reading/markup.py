"""Markdown, HTML and plain text as blocks under their headings."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from livelore.intelligence.assist.material import Block
from livelore.intelligence.assist.reading.lines import glue, unwrapped, width_of

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,200}\")?\)")
_MARKS = re.compile(r"(\*\*|__|~~|`)(?=\S)(.{1,500}?)(?<=\S)\1")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_QUOTE = re.compile(r"^\s*(?:>\s?)+")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$|^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_INDENT = " " * 8
_BLANKS = re.compile(r"\s{9,}")
"""In code: a longer run of blanks says no more, and costs later patterns dear."""
_ROW = re.compile(r"^\s*\|")
WRAP_LEAST = 40
"""Columns of a block's widest line from which on a plain text's lines can be wrapped ones."""
HEADING_LEVELS = 6
JOINT = " › "
_OWN_BLOCK = frozenset(
    (  # noqa: SIM905
        "address article aside blockquote body br dd details div dl dt figcaption figure footer "
        "form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table td th "
        "tr ul"
    ).split()
)
_UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "svg", "math", "iframe"))


def markdown_blocks(text: str) -> Iterator[Block]:
    """Paragraphs under their headings; marks are taken off, code, items and rows keep their lines.

    Other lines of a paragraph are one, as Markdown has it (CommonMark 0.31, section 6.8).
    """
    path: list[str] = [""] * HEADING_LEVELS
    held: list[str] = []
    fence, before = "", ""
    for line in [*_without_front_matter(_COMMENT.sub("", text)).split("\n"), ""]:
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1) == fence):
            fence, before = "" if fence else mark.group(1), ""
            continue
        heading = None if fence else _HEADING.match(line)
        if heading or (not line.strip() and not fence):
            yield from _block(held, path)
            held, before = [], ""
        if heading:
            level = len(heading.group(1)) - 1
            path[level:] = [_plain(heading.group(2))] + [""] * (HEADING_LEVELS - level - 1)
        elif fence:
            held += ["\n", _BLANKS.sub(_INDENT, line)] if line.strip() else []
        elif line.strip() and not _RULE.match(line.strip()):
            goes_on, plain = _goes_on(before, line), _plain(line)
            held += [glue(held[-1], plain) if goes_on else "\n", plain] if plain else []
            before = line if plain else ""
        else:
            before = ""
    yield from _block(held, path)


def _goes_on(before: str, line: str) -> bool:
    """Whether a line of Markdown goes on with the one before it; "": there is none."""
    if not before.strip() or before.endswith(("  ", "\\")):
        return False
    return not (_ROW.match(before) or _ROW.match(line) or _ITEM.match(line))


def text_blocks(text: str) -> Iterator[Block]:
    """Paragraphs between empty lines; lines that were only wrapped are joined."""
    for part in re.split(r"\n[ \t\u3000]*\n", text.replace("\f", "\n\n")):
        lines = [" ".join(line.split()) for line in part.split("\n") if line.strip()]
        if lines:
            full = max(map(width_of, lines))
            yield Block(unwrapped(lines, full) if full >= WRAP_LEAST else "\n".join(lines))


def html_blocks(text: str) -> Iterator[Block]:
    """What a reader of the page sees, under its headings."""
    reader = _Page()
    reader.feed(text)
    reader.close()
    reader.end_block()
    yield from reader.blocks


class _Page(HTMLParser):
    """Collects blocks; scripts, styles and hidden parts are not seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._path = [""] * HEADING_LEVELS
        self._held: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag in _OWN_BLOCK:
            if self._unseen == ["head"]:  # a page may leave </head> out
                self._unseen = []
            self.end_block()

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and tag == self._unseen[-1]:
            self._unseen.pop()
        elif re.fullmatch(r"h[1-6]", tag):
            level = int(tag[1]) - 1
            words = " ".join("".join(self._held).split())
            self._path[level:] = [words] + [""] * (HEADING_LEVELS - level - 1)
            self._held = []
        elif tag in _OWN_BLOCK:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._held.append(data)

    def end_block(self) -> None:
        """What was held becomes a block."""
        words = " ".join("".join(self._held).split())
        self._held = []
        if words:
            self.blocks.append(Block(words, JOINT.join(each for each in self._path if each)))


def _without_front_matter(text: str) -> str:
    if text.startswith("---\n") and (end := text.find("\n---\n", 4)) > 0:
        return text[end + 5 :]
    return text


def _plain(line: str) -> str:
    words = _TAG.sub("", _QUOTE.sub("", line))
    words = _LINK.sub(r"\1", _ITEM.sub("", words))
    words = _MARKS.sub(r"\2", words)
    return " ".join(words.strip().strip("|").replace(" | ", " · ").split())


def _block(pieces: list[str], path: list[str]) -> Iterator[Block]:
    """Lines with what stands before each."""
    text = "".join(pieces).strip("\n")
    if text.strip():
        yield Block(text, JOINT.join(each for each in path if each))
