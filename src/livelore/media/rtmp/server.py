"""The server's end of a publication: bytes in, events and bytes out."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from livelore.media.amf0 import AmfValue, decode_values
from livelore.media.errors import MediaError
from livelore.media.rtmp import messages as m
from livelore.media.rtmp.chunks import MESSAGE_BYTES_MAX, Message
from livelore.media.rtmp.handshake import ServerHandshake
from livelore.media.rtmp.session import WINDOW_BYTES, Link

UNKNOWN_BYTES_MAX = 64 * 1024
"""Largest message before a stream key was accepted."""
CHUNK_SIZE = 4096
COMMANDS_MAX = 64
"""Commands of a connection; OBS and ffmpeg send six."""


@dataclass(frozen=True, slots=True)
class PublishRequested:
    """A client shows a stream key; nothing more is read until `accept` or `reject`."""

    stream_key: str


@dataclass(frozen=True, slots=True)
class MediaReceived:
    """A video or audio body; ``timestamp`` is milliseconds modulo 2^32."""

    is_video: bool
    timestamp: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class MetadataReceived:
    """What the encoder says of itself (``onMetaData``)."""

    items: dict[str, AmfValue]


@dataclass(frozen=True, slots=True)
class PublishEnded:
    """The client stopped on purpose."""


@dataclass(frozen=True, slots=True)
class CloseWanted:
    """Send what is queued, then close: the client was refused; ``why`` is for the log."""

    why: str


ServerEvent: TypeAlias = (
    PublishRequested | MediaReceived | MetadataReceived | PublishEnded | CloseWanted
)


class _State(Enum):
    HANDSHAKE = 0
    COMMANDS = 1
    ASKED = 2
    PUBLISHING = 3
    CLOSED = 4


class ServerSession:
    """One connection of a publisher.

    Args:
        app: The application name clients must connect to.
    """

    def __init__(self, app: str = "live") -> None:
        self._app = app
        self._key_in_app = ""
        self._handshake = ServerHandshake()
        self._link = Link(UNKNOWN_BYTES_MAX)
        self._state = _State.HANDSHAKE
        self._n_commands = 0
        self._events: list[ServerEvent] = []

    def receive(self, data: bytes) -> list[ServerEvent]:
        """Take bytes in, give what happened, in order.

        Args:
            data: Whatever arrived; may be empty, to go on after `accept`.

        Raises:
            MediaError: The client breaks the protocol or a limit: close the connection.
        """
        if self._state is _State.CLOSED:
            return []
        if self._state is _State.HANDSHAKE:
            answer, rest = self._handshake.feed(data)
            self._link.send_raw(answer)
            if rest is None:
                return []
            self._state = _State.COMMANDS
            data = rest
        self._link.feed(data)
        if self._state is not _State.ASKED:
            self._read()
        events, self._events = self._events, []
        return events

    def accept(self) -> None:
        """The stream key is good: media may come. Call `receive` with no bytes to go on."""
        self._state = _State.PUBLISHING
        self._link.reader.message_bytes_max = MESSAGE_BYTES_MAX
        self._link.send_control(m.user_control(m.STREAM_BEGIN, m.MEDIA_STREAM.to_bytes(4, "big")))
        self._status("status", "NetStream.Publish.Start", "Publishing.")

    def reject(self, description: str, code: str = "NetStream.Publish.BadName") -> None:
        """Refuse the publication; the connection is to be closed once the output is sent.

        Args:
            description: For the person at the encoder.
            code: Of the status message; the one for a bad stream key unless told.
        """
        self._state = _State.CLOSED
        self._status("error", code, description)

    def take_output(self) -> bytes:
        """Bytes to send to the client."""
        return self._link.take_output()

    def _status(self, level: str, code: str, description: str) -> None:
        self._link.send(m.COMMAND_CHANNEL, m.status(level, code, description))

    def _read(self) -> None:
        for message in self._link.messages():
            self._message(message)
            if self._state in (_State.ASKED, _State.CLOSED):
                return

    def _message(self, message: Message) -> None:
        kind = message.kind
        if kind in (m.VIDEO, m.AUDIO):
            self._media(message)
        elif kind in (m.COMMAND, m.COMMAND_AMF3):
            self._command(m.read_command(message))
        elif kind in (m.DATA, m.DATA_AMF3):
            self._data(message)
        elif kind == m.AGGREGATE:
            for part in m.split_aggregate(message):
                if part.kind in (m.VIDEO, m.AUDIO):
                    self._media(part)

    def _media(self, message: Message) -> None:
        if self._state is not _State.PUBLISHING:
            raise MediaError("media before a stream key")
        is_video = message.kind == m.VIDEO
        self._events.append(MediaReceived(is_video, message.timestamp, message.payload))

    def _data(self, message: Message) -> None:
        payload = message.payload[1:] if message.kind == m.DATA_AMF3 else message.payload
        for value in decode_values(payload):
            if isinstance(value, dict):
                self._events.append(MetadataReceived(value))

    def _command(self, command: m.Command) -> None:
        self._n_commands += 1
        if self._n_commands > COMMANDS_MAX:
            raise MediaError("too many RTMP commands")
        if command.name == "connect":
            self._connect(command)
        elif command.name == "createStream":
            self._answer(command, None, float(m.MEDIA_STREAM))
        elif command.name == "publish":
            self._publish(command)
        elif command.name in ("deleteStream", "FCUnpublish", "closeStream"):
            self._unpublish()
        elif command.name == "play":
            self._close("error", "NetStream.Play.Failed", "this port takes publications only")
        elif command.number:  # releaseStream, FCPublish, _checkbw: an answer, no effect
            self._answer(command, None, None)

    def _connect(self, command: m.Command) -> None:
        app = command.object(0).get("app")
        name, _, key = str(app or "").partition("?")[0].strip("/").partition("/")
        if name != self._app:
            self._refuse_app(command)
            return
        self._key_in_app = key
        self._link.send_control(m.number_message(m.WINDOW_SIZE, WINDOW_BYTES))
        self._link.send_control(m.number_message(m.PEER_BANDWIDTH, WINDOW_BYTES, b"\x02"))
        self._link.send_control(m.number_message(m.SET_CHUNK_SIZE, CHUNK_SIZE))
        self._link.writer.chunk_size = CHUNK_SIZE
        self._answer(
            command,
            {"fmsVer": "FMS/3,5,7,7009", "capabilities": 31.0},
            {
                "level": "status",
                "code": "NetConnection.Connect.Success",
                "description": "Connection succeeded.",
                "objectEncoding": 0.0,
            },
        )

    def _refuse_app(self, command: m.Command) -> None:
        info = {
            "level": "error",
            "code": "NetConnection.Connect.InvalidApp",
            "description": f"Publish to /{self._app}/STREAM_KEY.",
        }
        self._link.send(m.COMMAND_CHANNEL, m.command(0, "_error", command.number, None, info))
        self._state = _State.CLOSED
        self._events.append(CloseWanted("unknown application"))

    def _publish(self, command: m.Command) -> None:
        if self._state is not _State.COMMANDS:
            raise MediaError("published twice")
        key = command.text(1).partition("?")[0].strip("/") or self._key_in_app
        self._state = _State.ASKED
        self._events.append(PublishRequested(key))

    def _unpublish(self) -> None:
        if self._state is _State.PUBLISHING:
            self._state = _State.CLOSED
            self._status("status", "NetStream.Unpublish.Success", "Stopped.")
            self._events.append(PublishEnded())

    def _close(self, level: str, code: str, description: str) -> None:
        self._status(level, code, description)
        self._state = _State.CLOSED
        self._events.append(CloseWanted(description))

    def _answer(self, command: m.Command, *values: AmfValue) -> None:
        self._link.send(m.COMMAND_CHANNEL, m.command(0, "_result", command.number, *values))
