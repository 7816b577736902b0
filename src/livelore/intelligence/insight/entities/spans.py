"""Spans of messages, and which stay where they overlap."""

from collections.abc import Iterable
from dataclasses import dataclass

PERSON, PLACE, ORGANISATION = "person", "place", "organisation"
WORK, PRODUCT, TERM = "work", "product", "term"
TIME, AMOUNT = "time", "amount"
KINDS = (PERSON, PLACE, ORGANISATION, WORK, PRODUCT, TERM, TIME, AMOUNT)
DICTIONARY, RULE, MODEL = "dictionary", "rule", "model"
SOURCES = (DICTIONARY, RULE, MODEL)
"""By what a span was found; where spans overlap, the earlier of these wins."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that a message names.

    Attributes:
        begin, end: Characters of the message as it was written, the end not included.
        kind: One of `KINDS`.
        text: What stands there.
        confidence: From 0 to 1; 1 for the dictionary and exact rules.
        source: One of `SOURCES`.
    """

    begin: int
    end: int
    kind: str
    text: str
    confidence: float = 1.0
    source: str = RULE


def apart(found: Iterable[Entity]) -> tuple[Entity, ...]:
    """Those that stay, in order of place: of two that overlap by source, length, confidence."""
    kept: list[Entity] = []
    for each in sorted(found, key=_rank):
        if all(each.end <= other.begin or each.begin >= other.end for other in kept):
            kept.append(each)
    return tuple(sorted(kept, key=lambda each: each.begin))


def _rank(each: Entity) -> tuple[int, int, float, int]:
    return SOURCES.index(each.source), each.begin - each.end, -each.confidence, each.begin
