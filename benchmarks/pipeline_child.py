# ruff: noqa: PLC0415  # imports belong to what is measured
"""One run of the pipeline in a process of its own: CPU seconds by step, and the peak.

    python -m benchmarks.pipeline_child SOURCE TARGET

prints one line of JSON; imports, reading and writing included.
"""

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.peak import peak_mb


def measured(source: Path, target: Path) -> dict[str, Any]:
    """What each step took, CPU seconds, and what came of it."""
    from livelore.intelligence.pipeline.parts import answerer, chat_reader
    from livelore.intelligence.pipeline.run import Options, run

    steps: dict[str, float] = {"Imports": round(time.process_time(), 2)}
    peaks: dict[str, float] = {}

    @contextmanager
    def step(what: str) -> Generator[Callable[[int, int], None]]:
        began = time.process_time()
        yield lambda _done, _total: None
        steps[what] = round(time.process_time() - began, 2)
        peaks[what] = round(peak_mb())

    options = Options(reader=chat_reader(), answerer=answerer())
    results = run(source, target, options, step)
    mixture = results.found.mixture
    check = None if mixture is None else mixture.validation
    return {
        "cpu_s": round(time.process_time(), 2),
        "peak_mb": round(peak_mb()),
        "steps": steps,
        "peaks": peaks,
        "segments": results.segmented.assigned.segments.tolist(),
        "n_lists": int((results.found.lists.items >= 0).any(axis=1).sum()),
        "recall": None if check is None else round(check.recall.mean, 4),
        "popular_recall": None if check is None else round(check.popular_recall, 4),
        "messages": None if results.chat is None else len(results.inputs.chat),
    }


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]), Path(sys.argv[2]))))
