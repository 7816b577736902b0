"""What a run says of itself on the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livelore.intelligence.pipeline.outputs import ANALYSIS, GENERATED, LISTS, PROFILE, REPORT
from livelore.intelligence.tables.reading import Table
from livelore.intelligence.tables.writing import rejects_path

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results

SOURCES = {
    "taste": "from what each user watched and what their segment watches",
    "chat": "from segment and popularity in the chat: behaviour has no content_id",
    "nothing": (
        "from the order of the catalogue, labels in turn: neither behaviour nor chat has content_id"
    ),
}


def lines_of(results: "Results", output: Path) -> Iterator[str]:
    """Lines for people: what was written from what, and what was left out."""
    inputs, found = results.inputs, results.found
    yield from _read(inputs.behaviour, output / PROFILE)
    yield from _read(inputs.contents, output / LISTS)
    yield from _read(inputs.chat, output / ANALYSIS)
    for note in results.notes:
        yield f"  {note}"
    numbers, counts = np.unique(results.segmented.assigned.segments, return_counts=True)
    yield f"Wrote {output / PROFILE}: {len(results.people)} users in {len(numbers)} segments"
    for number, n in zip(numbers.tolist(), counts.tolist(), strict=True):
        name = results.segmented.assigned.names.get(number)
        yield f"  {number}: {name.en if name else '–'}, {n} users ({n / len(results.people):.1%})"
    yield f"Wrote {output / LISTS}: up to {found.k} contents a user, {SOURCES[found.source]}"
    if found.mixture is not None and found.mixture.validation is not None:
        check = found.mixture.validation
        yield (
            f"  recall at {check.k} on held-out views {check.recall}, "
            f"popular list {check.popular_recall:.4f} ({check.n_users} users)"
        )
    if results.chat is None:
        yield f"No {ANALYSIS}: the chat was not read"
    else:
        yield f"Wrote {output / ANALYSIS}: {len(inputs.chat)} messages"
        for note in results.chat.notes:
            yield f"  {note}"
    if results.answers is None:
        yield f"No {GENERATED}: this build cannot answer prompts"
    else:
        n_refused = sum(each.is_refused for each in results.answers)
        rest = f", {n_refused} of them refusals" if n_refused else ""
        yield f"Wrote {output / GENERATED}: {len(results.answers)} answers{rest}"
    yield f"Wrote {output / REPORT}"


def _read(table: Table, output: Path) -> Iterator[str]:
    n_rejects = len(table.rejects)
    rest = f"; {n_rejects} left out, see {rejects_path(output)}" if n_rejects else ""
    yield f"Read {len(table)} rows of {table.path}{rest}"
    for note in table.notes:
        yield f"  {note}"
