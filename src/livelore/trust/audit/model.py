"""One audited act and the chain that holds them together."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from livelore.kit.times import to_ms
from livelore.trust.audit.errors import ReasonInvalid

REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An act to be written down; ``subject_name`` is what people called it then."""

    operator_id: str
    act: str
    subject_kind: str
    subject_id: str
    subject_name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An act that was written down; positions have no gap."""

    position: int
    at: datetime
    new: NewEntry
    hash: str


def chained(before: str, position: int, at: datetime, new: NewEntry) -> str:
    """The hash of an entry: over the hash before it and everything that it says."""
    said = [
        before,
        position,
        to_ms(at),
        new.operator_id,
        new.act,
        new.subject_kind,
        new.subject_id,
        new.subject_name,
        new.reason,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def first_break(entries: Iterable[Entry]) -> int | None:
    """Position of the first entry, from the oldest on, that is not as it was written."""
    before, expected = "", 1
    for entry in entries:
        if entry.position != expected:
            return expected
        if entry.hash != chained(before, entry.position, entry.at, entry.new):
            return entry.position
        before, expected = entry.hash, expected + 1
    return None


def check_reason(reason: str) -> str:
    """The reason on one line.

    Raises:
        ReasonInvalid: Empty, or longer than 200 characters.
    """
    cleaned = " ".join(reason.split())
    if not cleaned or len(cleaned) > REASON_MAX:
        raise ReasonInvalid(characters_max=REASON_MAX)
    return cleaned
