"""From what was sent to a row, or to the reason why not."""

import re
from datetime import datetime
from typing import Any

import msgspec

from livelore.intelligence.interactions.events import SHAPES, Source
from livelore.intelligence.interactions.model import Row, bounded_time
from livelore.kit.times import to_ms

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HEAD = ("id", "type", "version", "at")


class Rejected(Exception):
    """An event that fits no shape: ``reason`` is a stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def row_from(source: Source, sent: object, received_ms: int) -> Row:
    """The row of an event.

    Raises:
        Rejected: ``not_an_object``, ``bad_id``, ``bad_field``, ``unknown_type`` or
            ``unknown_version``.
    """
    if not isinstance(sent, dict):
        raise Rejected("not_an_object", f"{type(sent).__name__} is not an event")
    event_id = sent.get("id")
    if not isinstance(event_id, str) or (source == "client" and not _ID.fullmatch(event_id)):
        raise Rejected("bad_id", "id is 8-64 of A-Z a-z 0-9 _ -")
    kind, version = sent.get("type"), sent.get("version")
    shapes = SHAPES[source]
    if not isinstance(kind, str) or all(kind != known for known, _ in shapes):
        raise Rejected("unknown_type", str(kind)[:100])
    if type(version) is not int or (kind, version) not in shapes:
        raise Rejected("unknown_version", f"{kind} {version!r}"[:100])
    own = {name: value for name, value in sent.items() if name not in _HEAD}
    try:
        event = msgspec.convert(own, shapes[kind, version])
        claimed = msgspec.convert(sent.get("at"), datetime | None)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Rejected("bad_field", str(error)) from error
    if claimed is not None and claimed.tzinfo is None:
        raise Rejected("bad_field", "at needs a time zone")
    claimed_ms = None if claimed is None else to_ms(claimed)
    at_ms, note = bounded_time(claimed_ms, received_ms)
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return Row(event_id, kind, version, at_ms, received_ms, note=note, fields=fields)
