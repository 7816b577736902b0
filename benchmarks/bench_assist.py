"""Answers from a course: paragraphs and sentences found, strangers' questions refused, seconds hit.

`--parts` chooses among retrieval, refusal and search; the others stay as they were kept. Each part
tells its protocol in its own file, `assist_PART.py`.
"""

from typing import Any

from benchmarks import assist_refusal, assist_retrieval, assist_search
from benchmarks.parts import of_modules

QUICK: dict[str, Any] = {"quick": True}


def run(parts: str = "", *, quick: bool = False) -> dict[str, Any]:
    """Measure parts, by comma; all where none is named.

    Args:
        parts: Their names.
        quick: Small made sets.
    """
    modules = (assist_retrieval, assist_refusal, assist_search)
    return of_modules("assist", modules, parts, quick=quick)
