"""Lists by cursor: an opaque text that says where the next page begins."""

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from livelore.web.errors import CursorInvalid

T = TypeVar("T")
LIMIT_DEFAULT = 50
LIMIT_MAX = 200


class Page(msgspec.Struct, Generic[T]):
    """Part of a list; ``next_cursor`` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*position: str | int) -> str:
    """An opaque cursor for a position."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[str | int, ...]:
    """The position in a cursor.

    Raises:
        CursorInvalid: Not a cursor of values of these types.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(raw)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise CursorInvalid from None
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise CursorInvalid
    return tuple(values)


def clamp_limit(limit: int | None) -> int:
    """Rows of a page: 1–200, 50 when not said."""
    return min(max(limit or LIMIT_DEFAULT, 1), LIMIT_MAX)
