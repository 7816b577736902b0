"""RTMP messages out of chunks and back.

Source: RTMP Specification 1.0, section 5.3.
"""

from dataclasses import dataclass, field

from livelore.media.errors import MediaError

CHUNK_SIZE_DEFAULT = 128
CHUNK_SIZE_MAX = 0xFFFFFF
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
"""One message; the size of an FLV tag's body."""
PENDING_BYTES_MAX = 12 * 1024 * 1024
"""All unfinished messages of a connection together."""
STREAMS_MAX = 64
"""Chunk streams of a connection; OBS and ffmpeg use up to five."""
_EXTENDED = 0xFFFFFF
_HEADER_BYTES = (11, 7, 3, 0)


@dataclass(frozen=True, slots=True)
class Message:
    """One RTMP message; ``timestamp`` is milliseconds modulo 2^32."""

    kind: int
    stream_id: int
    timestamp: int
    payload: bytes


@dataclass(slots=True)
class _ChunkStream:
    timestamp: int = 0
    step: int = 0
    time_field: int = 0  # the extended timestamp field, 0 when there is none
    is_extended: bool = False
    size: int = 0
    kind: int = 0
    stream_id: int = 0
    is_known: bool = False
    pending: bytearray = field(default_factory=bytearray)
    is_open: bool = False


class ChunkReader:
    """Messages out of bytes in pieces of any size.

    ``message_bytes_max`` may be set low until a client has shown its stream key.
    """

    def __init__(self, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self.message_bytes_max = message_bytes_max
        self._buffer = bytearray()
        self._position = 0
        self._chunk_size = CHUNK_SIZE_DEFAULT
        self._streams: dict[int, _ChunkStream] = {}
        self._n_pending = 0

    def feed(self, data: bytes) -> None:
        """Take bytes in; `next` gives the messages."""
        if self._position:
            del self._buffer[: self._position]
            self._position = 0
        self._buffer += data

    def set_chunk_size(self, size: int) -> None:
        """The sender's chunks are of ``size`` bytes from here on.

        Raises:
            MediaError: 0 or over 24 bits.
        """
        if not 1 <= size <= 0x7FFFFFFF:
            raise MediaError("RTMP chunk size is out of range")
        self._chunk_size = min(size, CHUNK_SIZE_MAX)

    def abort(self, chunk_stream_id: int) -> None:
        """Forget the unfinished message of a chunk stream."""
        stream = self._streams.get(chunk_stream_id)
        if stream is not None:
            self._n_pending -= len(stream.pending)
            stream.pending = bytearray()
            stream.is_open = False

    def next(self) -> Message | None:
        """The next complete message, None when more bytes are needed.

        Raises:
            MediaError: A header without a predecessor, or a limit passed.
        """
        while (header := self._basic_header()) is not None:
            form, chunk_stream_id, at = header
            stream = self._stream(chunk_stream_id, form)
            start = self._message_header(stream, form, at)
            if start is None:
                return None
            end = start + min(self._chunk_size, stream.size - len(stream.pending))
            if end > len(self._buffer):
                return None
            message = self._take(stream, form, start, end)
            if message is not None:
                return message
        return None

    def _basic_header(self) -> tuple[int, int, int] | None:
        at = self._position
        left = len(self._buffer) - at
        if left < 1:
            return None
        first = self._buffer[at]
        form, number = first >> 6, first & 0x3F
        if number > 1:
            return form, number, at + 1
        if left < 2 + number:
            return None
        if number == 0:
            return form, self._buffer[at + 1] + 64, at + 2
        return form, self._buffer[at + 1] + self._buffer[at + 2] * 256 + 64, at + 3

    def _stream(self, chunk_stream_id: int, form: int) -> _ChunkStream:
        stream = self._streams.get(chunk_stream_id)
        if stream is None:
            if len(self._streams) >= STREAMS_MAX:
                raise MediaError("too many RTMP chunk streams")
            stream = self._streams[chunk_stream_id] = _ChunkStream()
        if form != 0 and not stream.is_known:
            raise MediaError("RTMP chunk refers to a header that never came")
        return stream

    def _message_header(self, stream: _ChunkStream, form: int, at: int) -> int | None:
        """Where the chunk's data starts, the stream's header being up to date by then.

        Nothing is changed before the header is complete, so that reading it again is harmless.
        """
        buffer = self._buffer
        end = at + _HEADER_BYTES[form]
        if len(buffer) < end:
            return None
        if form == 3:
            return self._continued(stream, at)
        value = int.from_bytes(buffer[at : at + 3], "big")
        is_extended = value == _EXTENDED
        if is_extended:
            end += 4
            if len(buffer) < end:
                return None
            value = int.from_bytes(buffer[end - 4 : end], "big")
        if form < 2 and int.from_bytes(buffer[at + 3 : at + 6], "big") > self.message_bytes_max:
            raise MediaError("RTMP message is too large")
        if stream.is_open:
            raise MediaError("RTMP message begins inside another")
        chunk = self._chunk_size
        size = int.from_bytes(buffer[at + 3 : at + 6], "big") if form < 2 else stream.size
        if len(buffer) < end + min(chunk, size):
            return None
        self._accept(stream, form, at, value)
        stream.is_extended = is_extended
        return end

    def _accept(self, stream: _ChunkStream, form: int, at: int, value: int) -> None:
        buffer = self._buffer
        stream.time_field = value
        stream.step = 0 if form == 0 else value
        stream.timestamp = value if form == 0 else (stream.timestamp + value) & 0xFFFFFFFF
        if form < 2:
            stream.size = int.from_bytes(buffer[at + 3 : at + 6], "big")
            stream.kind = buffer[at + 6]
        if form == 0:
            stream.stream_id = int.from_bytes(buffer[at + 7 : at + 11], "little")
        stream.is_known = True

    def _continued(self, stream: _ChunkStream, at: int) -> int | None:
        """Skip the extended timestamp of a type 3 chunk, which some encoders leave out."""
        if not stream.is_extended:
            return at
        if len(self._buffer) < at + 4:
            return None
        value = int.from_bytes(self._buffer[at : at + 4], "big")
        return at + 4 if value == stream.time_field else at

    def _take(self, stream: _ChunkStream, form: int, start: int, end: int) -> Message | None:
        if form == 3 and not stream.is_open:
            stream.timestamp = (stream.timestamp + stream.step) & 0xFFFFFFFF
        self._position = end
        size = end - start
        if size == stream.size:  # the whole message in one chunk
            return self._message(stream, bytes(self._buffer[start:end]))
        self._n_pending += size
        if self._n_pending > PENDING_BYTES_MAX:
            raise MediaError("too many unfinished RTMP messages")
        stream.pending += self._buffer[start:end]
        stream.is_open = len(stream.pending) < stream.size
        if stream.is_open:
            return None
        payload = bytes(stream.pending)
        self._n_pending -= len(payload)
        stream.pending = bytearray()
        return self._message(stream, payload)

    def _message(self, stream: _ChunkStream, payload: bytes) -> Message:
        return Message(stream.kind, stream.stream_id, stream.timestamp, payload)


class ChunkWriter:
    """Bytes out of messages, type 0 and type 3 chunks only."""

    def __init__(self) -> None:
        self.chunk_size = CHUNK_SIZE_DEFAULT

    def write(self, chunk_stream_id: int, message: Message) -> bytes:
        """The chunks of a message.

        Args:
            chunk_stream_id: 2 for control, 3 for commands, 4 and up for media; at most 63.
            message: Its timestamp is taken modulo 2^32.
        """
        timestamp = message.timestamp & 0xFFFFFFFF
        is_extended = timestamp >= _EXTENDED
        extended = timestamp.to_bytes(4, "big") if is_extended else b""
        payload = message.payload
        head = b"".join(
            (
                bytes([chunk_stream_id]),
                min(timestamp, _EXTENDED).to_bytes(3, "big"),
                len(payload).to_bytes(3, "big"),
                bytes([message.kind]),
                message.stream_id.to_bytes(4, "little"),
                extended,
            )
        )
        size = self.chunk_size
        if len(payload) <= size:
            return head + payload
        parts = [head, payload[:size]]
        joint = bytes([0xC0 | chunk_stream_id]) + extended
        for at in range(size, len(payload), size):
            parts += (joint, payload[at : at + size])
        return b"".join(parts)
