"""AMF0, the value format of RTMP commands and FLV script tags.

Source: Adobe, "Action Message Format AMF 0", 2007.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from livelore.media.errors import MediaError

AmfValue: TypeAlias = "float | bool | str | Sequence[AmfValue] | Mapping[str, AmfValue] | None"

DEPTH_MAX = 16
"""Objects inside objects; OBS and ffmpeg use two."""
VALUES_MAX = 4096
"""Values of one message, so that a small message cannot become a large tree."""

_DOUBLE = struct.Struct(">d")
_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")
_OBJECT_END = b"\x00\x00\x09"


def decode_values(data: bytes) -> list[AmfValue]:
    """Every value of a command or script tag.

    Args:
        data: AMF0 values one behind the other.

    Returns:
        The values; undefined, unsupported and references become None, dates their milliseconds.

    Raises:
        MediaError: The bytes are cut short, nested too deep, or of an unknown type.
    """
    reader = _Reader(data)
    values: list[AmfValue] = []
    while reader.position < len(data):
        values.append(reader.value(0))
    return values


def encode_values(*values: AmfValue) -> bytes:
    """The inverse of `decode_values`; numbers leave as doubles, mappings as objects."""
    return b"".join(_encode(value) for value in values)


def encode_ecma_array(items: Mapping[str, AmfValue]) -> bytes:
    """A mapping as ECMA array, the form that ``onMetaData`` has."""
    return b"\x08" + _U32.pack(len(items)) + _pairs(items)


def _encode(value: AmfValue) -> bytes:
    if value is None:
        return b"\x05"
    if isinstance(value, bool):
        return b"\x01\x01" if value else b"\x01\x00"
    if isinstance(value, int | float):
        return b"\x00" + _DOUBLE.pack(value)
    if isinstance(value, str):
        return _encode_text(value)
    if isinstance(value, Mapping):
        return b"\x03" + _pairs(value)
    return b"\x0a" + _U32.pack(len(value)) + encode_values(*value)


def _encode_text(value: str) -> bytes:
    raw = value.encode("utf-8", "replace")
    if len(raw) > 0xFFFF:
        return b"\x0c" + _U32.pack(len(raw)) + raw
    return b"\x02" + _U16.pack(len(raw)) + raw


def _pairs(items: Mapping[str, AmfValue]) -> bytes:
    parts: list[bytes] = []
    for name, value in items.items():
        raw = name.encode("utf-8", "replace")[:0xFFFF]
        parts += [_U16.pack(len(raw)), raw, _encode(value)]
    return b"".join(parts) + _OBJECT_END


class _Reader:
    """Reads one value after the other, counting them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._n_values = 0
        self.position = 0
        self._readers: dict[int, Callable[[int], AmfValue]] = {
            0x00: self._number,
            0x01: self._boolean,
            0x02: self._text,
            0x03: self._object,
            0x05: self._nothing,
            0x06: self._nothing,
            0x07: self._reference,
            0x08: self._ecma_array,
            0x0A: self._strict_array,
            0x0B: self._date,
            0x0C: self._long_text,
            0x0D: self._nothing,
            0x0F: self._long_text,
            0x10: self._typed_object,
        }

    def value(self, depth: int) -> AmfValue:
        self._n_values += 1
        if depth > DEPTH_MAX or self._n_values > VALUES_MAX:
            raise MediaError("AMF0 value is too deep or too large")
        kind = self._take(1)[0]
        read = self._readers.get(kind)
        if read is None:
            raise MediaError(f"AMF0 type {kind:#04x} is unknown")
        return read(depth)

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._data):
            raise MediaError("AMF0 value is cut short")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def _number(self, _depth: int) -> float:
        number: float = _DOUBLE.unpack(self._take(8))[0]
        return number

    def _boolean(self, _depth: int) -> bool:
        return self._take(1) != b"\x00"

    def _text(self, _depth: int = 0) -> str:
        size: int = _U16.unpack(self._take(2))[0]
        return self._take(size).decode("utf-8", "replace")

    def _long_text(self, _depth: int) -> str:
        size: int = _U32.unpack(self._take(4))[0]
        return self._take(size).decode("utf-8", "replace")

    def _nothing(self, _depth: int) -> None:
        return None

    def _reference(self, _depth: int) -> None:
        self._take(2)

    def _object(self, depth: int) -> dict[str, AmfValue]:
        items: dict[str, AmfValue] = {}
        while True:
            name = self._text()
            if not name and self._data[self.position : self.position + 1] == b"\x09":
                self.position += 1
                return items
            items[name] = self.value(depth + 1)

    def _ecma_array(self, depth: int) -> dict[str, AmfValue]:
        self._take(4)  # the count is a hint only
        return self._object(depth)

    def _typed_object(self, depth: int) -> dict[str, AmfValue]:
        self._text()
        return self._object(depth)

    def _strict_array(self, depth: int) -> list[AmfValue]:
        count: int = _U32.unpack(self._take(4))[0]
        if count > VALUES_MAX:
            raise MediaError("AMF0 array is too long")
        return [self.value(depth + 1) for _ in range(count)]

    def _date(self, _depth: int) -> float:
        at_ms = self._number(0)
        self._take(2)
        return at_ms
