"""An outline of a course: its sections in order, each with the sentences that say most of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from livelore.intelligence.assist.answer import Citation, cited, language_of
from livelore.intelligence.assist.course import CourseIndex
from livelore.intelligence.assist.explain import kind_of
from livelore.intelligence.assist.label import Label, label
from livelore.intelligence.assist.reading.markup import JOINT
from livelore.intelligence.assist.retrieve import Hit
from livelore.intelligence.assist.support import content_words
from livelore.intelligence.insight.chapters import Chapters, Spoken

WORDS_LEAST = 3
"""Content words of a sentence that may stand for a section."""
DEFINES, NAMES = 1.5, 1.5
"""A sentence that defines something, or has all words of the heading, says more than its words."""
ROW = " · "
"""Between cells of a table, as it is read; twice in a line: no sentence."""
LENGTH = 4.0
"""Added to the words of a sentence before their root is taken: short ones do not win by that."""


@dataclass(frozen=True)
class Section:
    """A part of a course.

    Attributes:
        source: The file.
        title: Its heading; of a transcript, words that tell it from the others; else the page.
        place: Where it begins, as people read it; None for a file without places.
        second: Of the recording; None where there is none.
        sentences: Word for word, in the order of the section.
        citations: One for each.
        label: That a program made this.
    """

    source: str
    title: str
    place: str | None
    second: float | None
    sentences: tuple[Hit, ...]
    citations: tuple[Citation, ...]
    label: Label


def outline(index: CourseIndex, n: int = 1) -> list[Section]:
    """Sections of all files, in the order of the course.

    Files with headings are divided by these, transcripts by their words (`insight.chapters`),
    others by pages. Which sentences stand for a section is reckoned from words: those that it has
    often and other sections have not, definitions first.

    Args:
        index: Of the course.
        n: Sentences of each section, at most.
    """
    parts = list(_parts(index))
    spread = Counter(word for _, hits in parts for word in _words(hits))
    made: list[Section] = []
    for title, hits in parts:
        counts = Counter(word for hit in hits for word in content_words(hit.text))
        worth = {
            word: count * np.log(1 + len(parts) / spread[word]) for word, count in counts.items()
        }
        named = content_words(title.split(JOINT)[-1])
        scores = [_score(hit.text, worth, named) for hit in hits]
        best = sorted(range(len(hits)), key=lambda at: (-scores[at], at))[:n]
        chosen = tuple(hits[at] for at in sorted(best) if scores[at] > 0)
        text = " ".join(hit.text for hit in chosen)
        first = hits[0].passage
        second = first.sentences[hits[0].sentence or 0].second
        made.append(
            Section(
                first.source,
                title,
                hits[0].place,
                second,
                chosen,
                cited(chosen),
                label(text, language_of(text or title)),
            )
        )
    return made


def _score(text: str, worth: dict[str, float], named: set[str]) -> float:
    words = content_words(text)
    asks, is_table = text.rstrip().endswith(("?", "？")), text.count(ROW) > 1
    if len(words) < WORDS_LEAST or asks or is_table:
        return 0.0
    total = sum(worth[word] for word in words) / np.sqrt(len(words) + LENGTH)
    defines = DEFINES if kind_of(text) == "definition" else 1
    return float(total * defines * (NAMES if named and named <= words else 1))


def _words(hits: Sequence[Hit]) -> set[str]:
    return {word for hit in hits for word in content_words(hit.text)}


def _parts(index: CourseIndex) -> Iterator[tuple[str, list[Hit]]]:
    """Title and sentences of each section."""
    passages = [index.shelf.passage(row) for row in range(len(index.shelf))]
    hits = [
        Hit(passage, row, at, 0.0)
        for row, passage in enumerate(passages)
        for at in range(len(passage.sentences))
    ]
    for _, group in groupby(hits, lambda hit: hit.passage.source):
        of_file = list(group)
        if of_file[0].passage.second is not None:
            yield from _chapters(of_file)
            continue
        for _, part in groupby(of_file, lambda hit: (hit.passage.heading, hit.passage.page)):
            section = list(part)
            yield section[0].passage.heading or section[0].place or "", section


def _chapters(hits: list[Hit]) -> Iterator[tuple[str, list[Hit]]]:
    at = [hit.passage.sentences[hit.sentence or 0].second or 0.0 for hit in hits]
    chapters = Chapters().of(Spoken.of([hit.text for hit in hits], at))
    numbers = np.searchsorted([each.begin for each in chapters], at, side="right") - 1
    for number, chapter in enumerate(chapters):
        found = [hit for hit, of in zip(hits, numbers.tolist(), strict=True) if of == number]
        if found:
            yield chapter.title, found
