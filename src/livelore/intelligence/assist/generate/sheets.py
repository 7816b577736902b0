"""Cards and exercises for other programs: rows of a table, Anki's text, a page to print."""

import json
from collections.abc import Sequence
from html import escape
from itertools import groupby

from livelore.intelligence.assist.answer import Citation
from livelore.intelligence.assist.exact.exercises import Exercise
from livelore.intelligence.assist.generate.cards import Card, Choice
from livelore.intelligence.assist.generate.outline import Section
from livelore.intelligence.assist.label import Label

ANKI_HEAD = "#separator:tab\n#html:true\n#columns:Front\tBack\n"
"""What Anki's import of text files looks for (its manual, "Importing: Text Files")."""
LETTERS = "ABCDEFGH"
"""Of the options; there are fewer."""


def source_of(citation: Citation) -> str:
    """File and place, as people read them."""
    return f"{citation.source}, {citation.place}" if citation.place else citation.source


def card_rows(cards: Sequence[Card]) -> list[dict[str, str]]:
    """A row a card: term, front, back, source, place, second, label, aigc."""
    return [
        {"term": each.term, "front": each.front, "back": each.back}
        | _origin(each.citation, each.label)
        for each in cards
    ]


def exercise_rows(made: Sequence[Choice | Exercise]) -> list[dict[str, str]]:
    """A row an exercise: kind, question, options (joined by ``|``), key, and the card's columns."""
    return [
        {
            "kind": "gap" if isinstance(each, Choice) else each.kind,
            "question": each.question,
            "options": "|".join(each.options) if isinstance(each, Choice) else "",
            "key": key_of(each),
        }
        | _origin(each.citation if isinstance(each, Choice) else None, each.label)
        for each in made
    ]


def section_rows(sections: Sequence[Section]) -> list[dict[str, str]]:
    """A row a sentence of a section: title, text, and the card's columns."""
    return [
        {"title": each.title, "text": hit.text} | _origin(citation, each.label)
        for each in sections
        for hit, citation in zip(each.sentences, each.citations, strict=True)
    ]


def notes(sections: Sequence[Section]) -> str:
    """The same as Markdown: a heading a file, an item a section, each label once."""
    lines: list[str] = []
    for source, of_file in groupby(sections, lambda each: each.source):
        lines += [f"# {source}", ""]
        for each in of_file:
            place = f"{each.place} " if each.second is not None else ""
            said = " ".join(hit.text for hit in each.sentences)
            lines.append(f"- **{place}{each.title}**" + (f" {said}" if said else ""))
        lines.append("")
    return "\n".join([*lines, *dict.fromkeys(each.label.visible for each in sections)])


def key_of(made: Choice | Exercise) -> str:
    """The right answer, as it is shown."""
    return made.options[made.key] if isinstance(made, Choice) else made.solution


def anki(cards: Sequence[Card]) -> str:
    """Text that Anki imports: front, and a back with source and label."""
    return ANKI_HEAD + "".join(
        f"{_cell(each.front)}\t{_cell(each.back)}"
        f"<br><small>{_cell(source_of(each.citation))}<br>{_cell(each.label.visible)}</small>\n"
        for each in cards
    )


def sheet(made: Sequence[Choice | Exercise]) -> str:
    """Questions by number, then their keys with sources, then each label once."""
    asked = [
        f"{number}. {each.question}{_options(each)}" for number, each in enumerate(made, start=1)
    ]
    keys = [f"{number}. {_keyed(each)}" for number, each in enumerate(made, start=1)]
    labels = list(dict.fromkeys(each.label.visible for each in made))
    return "\n".join([*asked, "", *keys, "", *labels])


def _options(made: Choice | Exercise) -> str:
    if not isinstance(made, Choice):
        return ""
    pairs = zip(LETTERS, made.options, strict=False)
    return "\n   " + "   ".join(f"{letter}) {option}" for letter, option in pairs)


def _keyed(made: Choice | Exercise) -> str:
    if not isinstance(made, Choice):
        return made.solution
    return f"{LETTERS[made.key]} {key_of(made)} ({source_of(made.citation)})"


def _origin(citation: Citation | None, label: Label) -> dict[str, str]:
    second = None if citation is None else citation.second
    return {
        "source": "" if citation is None else citation.source,
        "place": "" if citation is None else citation.place or "",
        "second": "" if second is None else f"{second:g}",
        "label": label.visible,
        "aigc": json.dumps(label.metadata["AIGC"], ensure_ascii=False),
    }


def _cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False)
