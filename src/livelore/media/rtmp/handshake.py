"""The three packets that open an RTMP connection.

The simple form is spoken. Clients that put a digest into C1 (Flash, ffmpeg, librtmp when asked)
see version 0 in S1 and carry on without checking it, as the specification of 2012 has it.
"""

from livelore.media.errors import MediaError

PACKET_BYTES = 1536
VERSION = 3
_FILLER = bytes(range(1, 192)) * 8  # 1528 bytes; the content only has to be echoed


class ServerHandshake:
    """Answers C0 and C1, then waits for C2."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_answered = False

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Take bytes of the client in.

        Args:
            data: Whatever arrived.

        Returns:
            Bytes to send, and, once the handshake is complete, the bytes that lie behind it.

        Raises:
            MediaError: The client does not speak RTMP version 3.
        """
        self._buffer += data
        if self._buffer and self._buffer[0] != VERSION:
            raise MediaError("not RTMP version 3")
        answer = b""
        if not self._is_answered and len(self._buffer) > PACKET_BYTES:
            client = bytes(self._buffer[1 : 1 + PACKET_BYTES])
            answer = bytes([VERSION]) + bytes(8) + _FILLER + client
            self._is_answered = True
        end = 1 + 2 * PACKET_BYTES
        if len(self._buffer) < end:
            return answer, None
        return answer, bytes(self._buffer[end:])


class ClientHandshake:
    """Sends C0 and C1, answers S1 with C2."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def start(self) -> bytes:
        """C0 and C1."""
        return bytes([VERSION]) + bytes(8) + _FILLER

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Take bytes of the server in.

        Returns:
            Bytes to send, and, once the handshake is complete, the bytes that lie behind it.

        Raises:
            MediaError: The server does not speak RTMP version 3.
        """
        self._buffer += data
        if self._buffer and self._buffer[0] != VERSION:
            raise MediaError("not RTMP version 3")
        end = 1 + 2 * PACKET_BYTES
        if len(self._buffer) < end:
            return b"", None
        return bytes(self._buffer[1 : 1 + PACKET_BYTES]), bytes(self._buffer[end:])
