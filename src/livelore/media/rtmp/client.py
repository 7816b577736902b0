"""The publisher's end: bytes in, progress and bytes out."""

from collections.abc import Mapping
from enum import Enum

from livelore.media.amf0 import AmfValue
from livelore.media.errors import MediaError
from livelore.media.rtmp import messages as m
from livelore.media.rtmp.chunks import Message
from livelore.media.rtmp.handshake import ClientHandshake
from livelore.media.rtmp.session import Link

REPLY_BYTES_MAX = 64 * 1024
CHUNK_SIZE = 60_000


class PublishState(Enum):
    """How far the publication has come."""

    OPENING = 0
    PUBLISHING = 1
    REFUSED = 2


class ClientSession:
    """One publication.

    Args:
        app: The application, as in ``rtmp://host/APP/KEY``.
        stream_key: The key.
        tc_url: The address without the key, for the server's log.
        chunk_size: Of what is sent.
    """

    def __init__(
        self, app: str, stream_key: str, tc_url: str, chunk_size: int = CHUNK_SIZE
    ) -> None:
        self._chunk_size = chunk_size
        self._app = app
        self._stream_key = stream_key
        self._tc_url = tc_url
        self._handshake: ClientHandshake | None = ClientHandshake()
        self._link = Link(REPLY_BYTES_MAX)
        self._link.send_raw(self._handshake.start())
        self.state = PublishState.OPENING
        self.refusal = ""

    def receive(self, data: bytes) -> None:
        """Take bytes of the server in; look at `state` afterwards.

        Raises:
            MediaError: The server breaks the protocol or a limit.
        """
        if self._handshake is not None:
            answer, rest = self._handshake.feed(data)
            self._link.send_raw(answer)
            if rest is None:
                return
            self._handshake = None
            self._open()
            data = rest
        self._link.feed(data)
        for message in self._link.messages():
            if message.kind in (m.COMMAND, m.COMMAND_AMF3):
                self._command(m.read_command(message))

    def send_media(self, kind: int, timestamp: int, payload: bytes) -> None:
        """Queue an audio, video or script body.

        Raises:
            MediaError: The server has not accepted the publication.
        """
        if self.state is not PublishState.PUBLISHING:
            raise MediaError("not publishing")
        channel = m.VIDEO_CHANNEL if kind == m.VIDEO else m.AUDIO_CHANNEL
        self._link.send(channel, Message(kind, m.MEDIA_STREAM, timestamp, payload))

    def stop(self) -> None:
        """Queue the polite end."""
        self._call("FCUnpublish", 6, None, self._stream_key)
        self._call("deleteStream", 7, None, float(m.MEDIA_STREAM))

    def take_output(self) -> bytes:
        """Bytes to send to the server."""
        return self._link.take_output()

    def _open(self) -> None:
        self._link.send_control(m.number_message(m.SET_CHUNK_SIZE, self._chunk_size))
        self._link.writer.chunk_size = self._chunk_size
        info = {"app": self._app, "type": "nonprivate", "tcUrl": self._tc_url}
        self._call("connect", 1, {**info, "flashVer": "FMLE/3.0 (compatible; Livelore)"})

    def _call(self, name: str, number: int, *arguments: AmfValue) -> None:
        self._link.send(m.COMMAND_CHANNEL, m.command(0, name, number, *arguments))

    def _command(self, command: m.Command) -> None:
        if command.name == "_result" and command.number == 1:
            self._call("releaseStream", 2, None, self._stream_key)
            self._call("FCPublish", 3, None, self._stream_key)
            self._call("createStream", 4, None)
        elif command.name == "_result" and command.number == 4:
            message = m.command(m.MEDIA_STREAM, "publish", 5, None, self._stream_key, "live")
            self._link.send(m.COMMAND_CHANNEL, message)
        elif command.name == "_error":
            self._refused(command.object(1))
        elif command.name == "onStatus":
            self._status(command.object(1))

    def _status(self, info: Mapping[str, AmfValue]) -> None:
        if info.get("code") == "NetStream.Publish.Start":
            self.state = PublishState.PUBLISHING
        elif info.get("level") == "error":
            self._refused(info)

    def _refused(self, info: Mapping[str, AmfValue]) -> None:
        self.state = PublishState.REFUSED
        self.refusal = f"{info.get('code', '')}: {info.get('description', '')}"
