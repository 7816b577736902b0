"""WebSocket frames (RFC 6455) as bytes in, messages out; knows no socket and no clock.

Compression (RFC 7692) without context takeover, so that one compressed frame fits every peer.
"""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from enum import IntEnum

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTROL_MAX = 125
"""Longest payload of a control frame, bytes (RFC 6455 section 5.5)."""


class Opcode(IntEnum):
    """What a frame carries (RFC 6455 section 11.8)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class CloseCode(IntEnum):
    """Why a connection ends (RFC 6455 section 7.4.1 and the IANA registry)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005
    INVALID_TEXT = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    ACCESS_OVER = 4403  # our own (RFC 6455 leaves 4000-4999 to applications): do not come back


class WebSocketError(Exception):
    """The peer broke the protocol; close with ``code``."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(f"{code.value} {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message or control frame.

    Attributes:
        opcode: TEXT, BINARY, PING, PONG or CLOSE; never CONTINUATION.
        data: The unmasked payload; valid UTF-8 when ``opcode`` is TEXT.
    """

    opcode: Opcode
    data: bytes


def accept_key(key: str) -> str:
    """The answer to a ``Sec-WebSocket-Key`` (RFC 6455 section 4.2.2).

    Args:
        key: The header's value.

    Returns:
        The value of ``Sec-WebSocket-Accept``.
    """
    digest = hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def is_valid_key(key: str) -> bool:
    """Whether ``key`` is 16 bytes in base 64, as a ``Sec-WebSocket-Key`` must be."""
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def mask_payload(data: bytes, mask: bytes) -> bytes:
    """XOR ``data`` with a repeated mask; doing it twice gives ``data`` again.

    Args:
        data: Any bytes.
        mask: Four bytes.

    Returns:
        As many bytes as ``data`` has.
    """
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def encode_frame(
    opcode: Opcode, data: bytes, *, mask: bytes | None = None, is_final: bool = True
) -> bytes:
    """One frame, header and payload.

    Args:
        opcode: What it carries.
        data: The payload.
        mask: Four bytes when a client sends, None when a server does.
        is_final: False when continuation frames follow.

    Returns:
        The bytes for the wire.
    """
    size = len(data)
    first = opcode | (0x80 if is_final else 0)
    masked = 0x80 if mask is not None else 0
    if size < 126:
        head = bytes((first, masked | size))
    elif size < 1 << 16:
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, masked | 127)) + size.to_bytes(8, "big")
    return head + data if mask is None else head + mask + mask_payload(data, mask)


DEFLATE_ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
"""What a server answers to an offer for which `accepts_deflate` holds."""

_DEFLATE_LEVEL = 3
_DEFLATE_TAIL = b"\x00\x00\xff\xff"


def accepts_deflate(offers: str) -> bool:
    """Whether a client that offers this takes frames of `encode_deflated`.

    Args:
        offers: Its ``Sec-WebSocket-Extensions``.

    Returns:
        False too for an offer that asks for a smaller window than all others share.
    """
    return any(_is_deflate_offer(offer) for offer in offers.split(","))


def _is_deflate_offer(offer: str) -> bool:
    name, *parameters = (part.strip().lower() for part in offer.split(";"))
    plain = {"server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits"}
    return name == "permessage-deflate" and all(
        parameter in plain or parameter.startswith("client_max_window_bits=")
        for parameter in parameters
    )


def encode_deflated(opcode: Opcode, data: bytes, *, mask: bytes | None = None) -> bytes:
    """One compressed frame that any peer can read who agreed to `DEFLATE_ANSWER`.

    Args:
        opcode: TEXT or BINARY.
        data: The payload before compression.
        mask: As for `encode_frame`.

    Returns:
        The bytes for the wire.
    """
    deflater = zlib.compressobj(_DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
    frame = encode_frame(opcode, packed.removesuffix(_DEFLATE_TAIL), mask=mask)
    return bytes((frame[0] | 0x40,)) + frame[1:]


def _inflate(data: bytes, size_max: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(data + _DEFLATE_TAIL, size_max + 1)
    except zlib.error:
        raise WebSocketError(CloseCode.INVALID_TEXT, "compressed data is broken") from None
    if len(plain) > size_max:
        raise WebSocketError(CloseCode.TOO_BIG, f"over {size_max} bytes")
    return plain


def encode_close(code: CloseCode, reason: str = "", *, mask: bytes | None = None) -> bytes:
    """A close frame; a reason too long for a control frame is cut between characters."""
    words = reason.encode()[: CONTROL_MAX - 2].decode(errors="ignore").encode()
    return encode_frame(Opcode.CLOSE, code.to_bytes(2, "big") + words, mask=mask)


def decode_close(data: bytes) -> tuple[int, str]:
    """Code and reason of a close frame.

    Args:
        data: The payload of a CLOSE message.

    Returns:
        Code (1005 when the frame has none) and reason.

    Raises:
        WebSocketError: The payload is no valid close.
    """
    if not data:
        return CloseCode.NO_STATUS.value, ""
    code = int.from_bytes(data[:2], "big")
    if len(data) < 2 or not _may_be_sent(code):
        raise WebSocketError(CloseCode.PROTOCOL_ERROR, "close code not allowed")
    return code, _text(data[2:])


def _may_be_sent(code: int) -> bool:
    return 3000 <= code < 5000 or (1000 <= code <= 1014 and code not in {1004, 1005, 1006})


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise WebSocketError(CloseCode.INVALID_TEXT, "text is not UTF-8") from None


class FrameReader:
    """Takes bytes as they come and gives whole messages.

    Holds nothing between messages but what is unfinished, and of that at most ``size_max`` and a
    header: a frame's announced size is refused before its payload arrives.

    Args:
        size_max: Longest message, bytes; a longer one raises TOO_BIG.
        is_server: Whether the peer is a client, whose frames must be masked (a server's must not).
        may_deflate: Whether the peer may compress messages.
    """

    __slots__ = (
        "_buffer",
        "_is_deflated",
        "_kind",
        "_parts",
        "_size",
        "is_server",
        "may_deflate",
        "size_max",
    )

    def __init__(self, size_max: int, *, is_server: bool = True, may_deflate: bool = False) -> None:
        self.may_deflate = may_deflate
        self._is_deflated = False
        self.size_max = size_max
        self.is_server = is_server
        self._buffer = b""
        self._kind: Opcode | None = None
        self._parts: list[bytes] | None = None
        self._size = 0

    def feed(self, data: bytes) -> list[Message]:
        """Messages that are whole now.

        Args:
            data: The next bytes of the stream, cut anywhere.

        Returns:
            In the order of the wire. Nothing after a CLOSE is read.

        Raises:
            WebSocketError: The peer broke the protocol; feed no more.
        """
        buffer = self._buffer + data if self._buffer else data
        at = 0
        messages: list[Message] = []
        while (frame := self._frame(buffer, at)) is not None:
            first, payload, at = frame
            message = self._take(first, payload)
            if message is not None:
                messages.append(message)
                if message.opcode is Opcode.CLOSE:
                    decode_close(message.data)
                    at = len(buffer)
                    break
        self._buffer = buffer[at:]
        return messages

    def _frame(self, buffer: bytes, at: int) -> tuple[int, bytes, int] | None:
        """First byte, payload and end of the frame at ``at``, or None when it is not whole."""
        if len(buffer) - at < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        self._check_head(first, second)
        size, start = second & 0x7F, at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(buffer) - start < width:
                return None
            size, start = int.from_bytes(buffer[start : start + width], "big"), start + width
        if size + (0 if first & 8 else self._size) > self.size_max:
            raise WebSocketError(CloseCode.TOO_BIG, f"over {self.size_max} bytes")
        if not second & 0x80:
            end = start + size
            return (first, buffer[start:end], end) if end <= len(buffer) else None
        end = start + 4 + size
        if end > len(buffer):
            return None
        return first, mask_payload(buffer[start + 4 : end], buffer[start : start + 4]), end

    def _check_head(self, first: int, second: int) -> None:
        is_start = first & 0x0F in {Opcode.TEXT, Opcode.BINARY}
        if first & (0x30 if self.may_deflate and is_start else 0x70):
            raise WebSocketError(CloseCode.PROTOCOL_ERROR, "reserved bits set")
        if bool(second & 0x80) is not self.is_server:
            raise WebSocketError(CloseCode.PROTOCOL_ERROR, "wrong masking")
        opcode = first & 0x0F
        if opcode not in _KNOWN:
            raise WebSocketError(CloseCode.PROTOCOL_ERROR, "unknown opcode")
        if opcode & 8 and (not first & 0x80 or second & 0x7F > CONTROL_MAX):
            raise WebSocketError(CloseCode.PROTOCOL_ERROR, "control frame too long or fragmented")
        if not opcode & 8 and (self._kind is None) is (opcode == Opcode.CONTINUATION):
            raise WebSocketError(CloseCode.PROTOCOL_ERROR, "fragments out of order")

    def _take(self, first: int, payload: bytes) -> Message | None:
        opcode = Opcode(first & 0x0F)
        if opcode & 8:
            return Message(opcode, payload)
        if opcode is not Opcode.CONTINUATION:
            self._kind = opcode
            self._is_deflated = bool(first & 0x40)
        if not first & 0x80:
            self._size += len(payload)
            self._parts = [*(self._parts or ()), payload] if payload else self._parts
            return None
        kind = self._kind or opcode
        data = b"".join([*self._parts, payload]) if self._parts else payload
        self._kind, self._parts, self._size = None, None, 0
        if self._is_deflated:
            data = _inflate(data, self.size_max)
        if kind is Opcode.TEXT:
            _text(data)
        return Message(kind, data)


_KNOWN = frozenset(int(opcode) for opcode in Opcode)
