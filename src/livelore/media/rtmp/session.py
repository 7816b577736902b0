"""What both ends of a connection share: chunks, acknowledgements, pings."""

from collections.abc import Iterator

from livelore.media.rtmp import messages as m
from livelore.media.rtmp.chunks import ChunkReader, ChunkWriter, Message

WINDOW_BYTES = 2_500_000


class Link:
    """The protocol below commands; `receive` gives the messages that are left to others."""

    def __init__(self, message_bytes_max: int) -> None:
        self.reader = ChunkReader(message_bytes_max)
        self.writer = ChunkWriter()
        self._output: list[bytes] = []
        self._n_received = 0
        self._n_acknowledged = 0
        self._window = WINDOW_BYTES

    def feed(self, data: bytes) -> None:
        """Take bytes in and acknowledge them in time."""
        self._n_received += len(data)
        self.reader.feed(data)
        if self._n_received - self._n_acknowledged >= self._window:
            self._n_acknowledged = self._n_received
            self.send_control(m.number_message(m.ACKNOWLEDGEMENT, self._n_received & 0xFFFFFFFF))

    def messages(self) -> Iterator[Message]:
        """Messages that are not about the connection itself.

        Raises:
            MediaError: The peer breaks the protocol or a limit.
        """
        while (message := self.reader.next()) is not None:
            if message.kind > m.PEER_BANDWIDTH:
                yield message
            else:
                self._control(message)

    def send(self, channel: int, message: Message) -> None:
        """Queue a message for `take_output`."""
        self._output.append(self.writer.write(channel, message))

    def send_control(self, message: Message) -> None:
        """Queue a control message."""
        self.send(m.CONTROL_CHANNEL, message)

    def send_raw(self, data: bytes) -> None:
        """Queue bytes that are no message (the handshake)."""
        if data:
            self._output.append(data)

    def take_output(self) -> bytes:
        """Everything queued; the caller sends it."""
        if not self._output:
            return b""
        data = b"".join(self._output)
        self._output.clear()
        return data

    def _control(self, message: Message) -> None:
        if message.kind == m.SET_CHUNK_SIZE:
            self.reader.set_chunk_size(m.read_number(message) & 0x7FFFFFFF)
        elif message.kind == m.ABORT:
            self.reader.abort(m.read_number(message))
        elif message.kind == m.WINDOW_SIZE:
            self._window = max(m.read_number(message), 1024)
        elif message.kind == m.USER_CONTROL and message.payload[:2] == m.PING.to_bytes(2, "big"):
            self.send_control(m.user_control(m.PONG, message.payload[2:6]))
