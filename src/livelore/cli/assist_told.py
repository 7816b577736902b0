"""How `livelore assist` tells what it made: the words, their sources, and the label."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from livelore.intelligence.assist.answer import Citation
    from livelore.intelligence.assist.label import Label

AsJson = Annotated[bool, Parameter(name="--json", help="One object, label data too.")]


def tell(text: str, citations: "Sequence[Citation]", label: "Label") -> None:
    """For people: sources by their numbers, the label last."""
    from livelore.intelligence.assist.generate.sheets import source_of

    print(text)
    named = {each.number: f"[{each.number}] {source_of(each)}" for each in reversed(citations)}
    for _, line in sorted(named.items()):
        print(line)
    print(label.visible)


def tell_json(
    said: Mapping[str, Any],
    citations: "Sequence[Citation]",
    label: "Label",
    *,
    indent: int | None = 1,
) -> None:
    """For programs: what was said, its sources, the label seen and as data.

    Args:
        said: What is told first.
        citations: Of all of it, each number once or more.
        label: Of the text.
        indent: None: one line, for many in a row.
    """
    sources = [
        {"number": c.number, "source": c.source, "place": c.place, "second": c.second}
        for c in citations
    ]
    told = {**said, "citations": sources, "ai_generated": True, "label": label.visible}
    print(json.dumps(told | label.metadata, ensure_ascii=False, indent=indent))
