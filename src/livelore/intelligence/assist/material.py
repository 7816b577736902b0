"""What a course says, in passages with the place of each; how files become that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from livelore.intelligence.text.words import sentences
from livelore.kit.times import clock

PASSAGE_LONGEST = 1_200
"""Characters of a passage at most: a paragraph of a book, two minutes of a lecture."""
PASSAGE_WANTED = 480
"""Shorter blocks under one heading are joined until they are this long."""
SENTENCE_LONGEST = 400
"""A sentence that is longer is cut at a blank."""
SPOKEN_LONGEST = 160
"""The same of speech, whose captions often have no full stop: about ten seconds."""


@dataclass(frozen=True)
class Block:
    """A paragraph, or a line of a transcript, as it was read.

    Attributes:
        text: Without markup.
        heading: Under which it stands, from the outermost on, joined by " › "; "" for none.
        page: From 1; None where there are no pages.
        second: When it is said; None where nothing is said aloud.
    """

    text: str
    heading: str = ""
    page: int | None = None
    second: float | None = None


@dataclass(frozen=True)
class Sentence:
    """One of a passage: where it begins and ends in the passage's text, and its second."""

    begin: int
    end: int
    second: float | None = None


@dataclass(frozen=True)
class Passage:
    """What is found and cited.

    Attributes:
        source: The file, as a path inside of the course's folder.
        text: Its words; sentences are parts of it.
        sentences: In order.
        heading, page, second: As of its first block.
        offset: Where it begins among the characters that were read from the file.
    """

    source: str
    text: str
    sentences: tuple[Sentence, ...]
    heading: str = ""
    page: int | None = None
    second: float | None = None
    offset: int = 0

    def place(self, sentence: int = 0) -> str | None:
        """Where one of its sentences is: "page 3", "12:34", a heading, or None."""
        if self.second is not None:
            second = self.sentences[sentence].second if self.sentences else None
            return clock(self.second if second is None else second)
        if self.page is not None:
            return f"page {self.page}"
        return self.heading or None

    def sentence(self, at: int) -> str:
        """The words of one."""
        return self.text[self.sentences[at].begin : self.sentences[at].end]


def passages_of(source: str, blocks: Iterable[Block]) -> list[Passage]:
    """Join and cut blocks into passages; none crosses a heading or a page."""
    found: list[Passage] = []
    held: list[Block] = []
    offset = size = 0
    for block in blocks:
        joined = bool(held) and _belongs(held[0], block) and size < PASSAGE_WANTED
        if held and not (joined and size + len(block.text) <= PASSAGE_LONGEST):
            found += _cut(source, held, offset)
            offset += size
            held, size = [], 0
        held.append(block)
        size += len(block.text) + 1
    return found + (_cut(source, held, offset) if held else [])


def _belongs(first: Block, block: Block) -> bool:
    return (first.heading, first.page, first.second is None) == (
        block.heading,
        block.page,
        block.second is None,
    )


def _cut(source: str, blocks: Sequence[Block], offset: int) -> list[Passage]:
    spoken = blocks[0].second is not None
    text = (" " if spoken else "\n").join(block.text for block in blocks)
    starts: list[tuple[int, float | None]] = []
    at = 0
    for block in blocks:
        starts.append((at, block.second))
        at += len(block.text) + 1
    parts = [Sentence(a, b, _second(starts, a)) for a, b in _short(text, spoken)]
    found: list[Passage] = []
    group: list[Sentence] = []
    for part in parts:
        if group and part.end - group[0].begin > PASSAGE_LONGEST:
            found.append(_passage(source, text, group, (blocks[0], offset)))
            group = []
        group.append(part)
    return found + ([_passage(source, text, group, (blocks[0], offset))] if group else [])


def _passage(
    source: str, text: str, group: Sequence[Sentence], origin: tuple[Block, int]
) -> Passage:
    block, offset = origin
    begin, end = group[0].begin, group[-1].end
    moved = tuple(Sentence(s.begin - begin, s.end - begin, s.second) for s in group)
    return Passage(
        source,
        text[begin:end],
        moved,
        block.heading,
        block.page,
        block.second if group[0].second is None else group[0].second,
        offset + begin,
    )


def _second(starts: Sequence[tuple[int, float | None]], at: int) -> float | None:
    second = starts[0][1]
    for start, said in starts:
        if start > at:
            break
        second = said
    return second


def _short(text: str, spoken: bool) -> list[tuple[int, int]]:
    """Sentences, the longest cut at blanks."""
    found: list[tuple[int, int]] = []
    longest = SPOKEN_LONGEST if spoken else SENTENCE_LONGEST
    for start, end in sentences(text):
        begin = start
        while end - begin > longest:
            cut = text.rfind(" ", begin + longest // 2, begin + longest)
            cut = cut if cut > 0 else begin + longest
            found.append((begin, cut))
            begin = cut + (text[cut] == " ")
        if end > begin:
            found.append((begin, end))
    return found
