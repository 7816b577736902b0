"""Labelled text for the chain: tags per character to spans, and the score of what was found."""

from collections.abc import Mapping, Sequence

from livelore.intelligence.insight.entities.chain import Span


def spans_of_tags(
    characters: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], kinds: Mapping[str, int]
) -> tuple[list[str], list[list[Span]]]:
    """Texts and spans of rows with one tag (``B-PER``, ``I-PER``, ``O``) a character.

    Kinds that are not named count as outside; a cell of several characters counts as its first.
    """
    texts = ["".join((each or " ")[0] for each in row) for row in characters]
    return texts, [_spans(row, kinds) for row in tags]


def _spans(tags: Sequence[str], kinds: Mapping[str, int]) -> list[Span]:
    found: list[Span] = []
    begin, kind = -1, ""
    for at, tag in enumerate([*tags, "O"]):
        goes_on = tag[:1] == "I" and tag[2:] == kind
        if begin >= 0 and not goes_on:
            if kind in kinds:
                found.append((begin, at, kinds[kind]))
            begin = -1
        if tag[:1] == "B" or (tag[:1] == "I" and begin < 0):
            begin, kind = at, tag[2:]
    return found


def strict_f1(
    found: Mapping[int, Sequence[tuple[int, int, int, float]]],
    wanted: Sequence[Sequence[Span]],
) -> tuple[float, float, float]:
    """F1, precision and recall of spans right in begin, end and kind.

    Args:
        found: As `Chain.spans` gives them.
        wanted: Of each text.
    """
    n_right = n_found = n_wanted = 0
    for text, spans in enumerate(wanted):
        said = {each[:3] for each in found.get(text, ())}
        n_right += len(said & set(spans))
        n_found += len(said)
        n_wanted += len(set(spans))
    return (
        2 * n_right / max(n_found + n_wanted, 1),
        n_right / max(n_found, 1),
        n_right / max(n_wanted, 1),
    )
