"""Reading the room, part by part, and the whole chain on one core.

`--parts` chooses among sentiment, questions, topics (with confusion and highlights), chapters,
entities, moderation, labels, vision and chain; the others stay as they were kept. Each part tells
its protocol in its own file, `insight_PART.py`.
"""

from typing import Any

from benchmarks import (
    insight_chain,
    insight_chapters,
    insight_entities,
    insight_labels,
    insight_moderation,
    insight_questions,
    insight_sentiment,
    insight_topics,
    insight_vision,
)
from benchmarks.parts import of_modules

QUICK: dict[str, Any] = {"quick": True}


def run(parts: str = "", *, quick: bool = False) -> dict[str, Any]:
    """Measure parts, by comma; all where none is named.

    Args:
        parts: Their names.
        quick: Small made sets.
    """
    modules = (
        insight_sentiment,
        insight_questions,
        insight_topics,
        insight_chapters,
        insight_entities,
        insight_moderation,
        insight_labels,
        insight_vision,
        insight_chain,
    )
    return of_modules("insight", modules, parts, quick=quick)
