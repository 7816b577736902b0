"""FLV: tags with an audio, video or script body, the same bodies as in RTMP messages.

Source: Adobe, "Video File Format Specification", version 10.1, annex E.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from livelore.media.amf0 import AmfValue, encode_ecma_array, encode_values
from livelore.media.errors import MediaError

AUDIO, VIDEO, SCRIPT = 8, 9, 18
TAG_BYTES_MAX = 8 * 1024 * 1024
"""One tag's body; a 4K key frame at 40 Mbit/s is about 2 MiB."""
_TAG_HEADER = 11
_CODEC_H264 = 7
_CODEC_AAC = 10
_FRAME_INFO = 5


class CodecError(MediaError):
    """Not H.264 or AAC, the two that are carried."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One FLV tag; ``timestamp`` is milliseconds modulo 2^32."""

    kind: int
    timestamp: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class VideoPacket:
    """The head of a video body; the sample starts at ``start``."""

    is_config: bool
    is_end: bool
    is_key: bool
    cts_ms: int
    start: int = 5


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """The head of an audio body; the sample starts at ``start``."""

    is_config: bool
    start: int = 2


def encode_file_header(*, has_video: bool, has_audio: bool) -> bytes:
    """The nine bytes of an FLV file and the first back pointer."""
    flags = (4 if has_audio else 0) | (1 if has_video else 0)
    return b"FLV\x01" + bytes([flags]) + b"\x00\x00\x00\x09\x00\x00\x00\x00"


def encode_tag(kind: int, timestamp: int, payload: bytes) -> bytes:
    """A tag and the back pointer behind it.

    Args:
        kind: `AUDIO`, `VIDEO` or `SCRIPT`.
        timestamp: Milliseconds; taken modulo 2^32.
        payload: The body.
    """
    size = len(payload)
    low = timestamp & 0xFFFFFF
    head = (kind << 56) | (size << 32) | (low << 8) | ((timestamp >> 24) & 0xFF)
    return b"".join(
        (
            head.to_bytes(8, "big"),
            b"\x00\x00\x00",
            payload,
            (size + _TAG_HEADER).to_bytes(4, "big"),
        )
    )


def encode_metadata(items: Mapping[str, AmfValue]) -> bytes:
    """The body of an ``onMetaData`` script tag."""
    return encode_values("onMetaData") + encode_ecma_array(items)


def parse_video(payload: bytes) -> VideoPacket:
    """Read the head of a video body.

    Raises:
        CodecError: Not H.264, or the FourCC form of enhanced RTMP.
        MediaError: Cut short.
    """
    if not payload:
        raise MediaError("video body is empty")
    first = payload[0]
    if first & 0x80 or first & 0x0F != _CODEC_H264:
        raise CodecError(f"video codec {first & 0x0F} is not H.264")
    frame_type = first >> 4
    if frame_type == _FRAME_INFO or len(payload) < 5:
        if frame_type == _FRAME_INFO:
            return VideoPacket(is_config=False, is_end=True, is_key=False, cts_ms=0)
        raise MediaError("video body is cut short")
    kind = payload[1]
    if kind > 2:
        raise MediaError("AVC packet type is unknown")
    cts = int.from_bytes(payload[2:5], "big", signed=True)
    return VideoPacket(kind == 0, kind == 2, frame_type == 1, cts)


def parse_audio(payload: bytes) -> AudioPacket:
    """Read the head of an audio body.

    Raises:
        CodecError: Not AAC.
        MediaError: Cut short.
    """
    if not payload:
        raise MediaError("audio body is empty")
    if payload[0] >> 4 != _CODEC_AAC:
        raise CodecError(f"audio codec {payload[0] >> 4} is not AAC")
    if len(payload) < 2 or payload[1] > 1:
        raise MediaError("AAC body is malformed")
    return AudioPacket(payload[1] == 0)


class TagReader:
    """Tags out of bytes in pieces of any size, header first."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_started = False

    def feed(self, data: bytes) -> list[Tag]:
        """Take bytes in, give the tags that are complete.

        Raises:
            MediaError: Not FLV, or a tag over the limit; the reader is then of no more use.
        """
        self._buffer += data
        if not self._is_started and not self._skip_header():
            return []
        tags: list[Tag] = []
        position = 0
        while (tag := self._tag_at(position)) is not None:
            tags.append(tag)
            position += _TAG_HEADER + len(tag.payload) + 4
        del self._buffer[:position]
        return tags

    def _skip_header(self) -> bool:
        if len(self._buffer) < 13:
            return False
        offset = int.from_bytes(self._buffer[5:9], "big")
        if bytes(self._buffer[:3]) != b"FLV" or offset != 9:
            raise MediaError("not an FLV file")
        del self._buffer[:13]
        self._is_started = True
        return True

    def _tag_at(self, at: int) -> Tag | None:
        buffer = self._buffer
        if len(buffer) < at + _TAG_HEADER:
            return None
        kind = buffer[at] & 0x1F
        size = int.from_bytes(buffer[at + 1 : at + 4], "big")
        if kind not in (AUDIO, VIDEO, SCRIPT) or size > TAG_BYTES_MAX:
            raise MediaError("FLV tag is malformed")
        end = at + _TAG_HEADER + size
        if len(buffer) < end + 4:
            return None
        low = int.from_bytes(buffer[at + 4 : at + 7], "big")
        timestamp = (buffer[at + 7] << 24) | low
        return Tag(kind, timestamp, bytes(buffer[at + _TAG_HEADER : end]))
