"""Message types and the bodies of control messages and commands.

Source: RTMP Specification 1.0, sections 5.4, 6 and 7.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from livelore.media import flv
from livelore.media.amf0 import AmfValue, decode_values, encode_values
from livelore.media.errors import MediaError
from livelore.media.rtmp.chunks import Message

SET_CHUNK_SIZE = 1
ABORT = 2
ACKNOWLEDGEMENT = 3
USER_CONTROL = 4
WINDOW_SIZE = 5
PEER_BANDWIDTH = 6
AUDIO = flv.AUDIO
VIDEO = flv.VIDEO
DATA_AMF3 = 15
COMMAND_AMF3 = 17
DATA = flv.SCRIPT
COMMAND = 20
AGGREGATE = 22

STREAM_BEGIN = 0
PING = 6
PONG = 7

CONTROL_CHANNEL, COMMAND_CHANNEL, AUDIO_CHANNEL, VIDEO_CHANNEL = 2, 3, 4, 6
"""Chunk streams, as ffmpeg numbers them."""
MEDIA_STREAM = 1
"""The message stream that createStream gives; a connection carries one publication."""


@dataclass(frozen=True, slots=True)
class Command:
    """A remote call: its name, number and arguments (the first is the command object)."""

    name: str
    number: float
    arguments: list[AmfValue]

    def text(self, index: int) -> str:
        """Argument ``index`` when it is text, else an empty one."""
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, str) else ""

    def object(self, index: int) -> Mapping[str, AmfValue]:
        """Argument ``index`` when it is an object, else an empty one."""
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, Mapping) else {}


def read_command(message: Message) -> Command:
    """The command in a message of AMF0, or of AMF3 whose values are AMF0 as all encoders send.

    Raises:
        MediaError: Not a command.
    """
    payload = message.payload
    if message.kind == COMMAND_AMF3:
        payload = payload[1:]
    values = decode_values(payload)
    if not values or not isinstance(values[0], str):
        raise MediaError("RTMP command has no name")
    if len(values) < 2 or not isinstance(values[1], float):
        return Command(values[0], 0.0, values[1:])  # ffmpeg leaves the number out of onFCPublish
    return Command(values[0], values[1], values[2:])


def command(stream_id: int, name: str, number: float, *arguments: AmfValue) -> Message:
    """A command to send."""
    return Message(COMMAND, stream_id, 0, encode_values(name, number, *arguments))


def status(level: str, code: str, description: str) -> Message:
    """``onStatus``, by which the server tells a publisher how it stands."""
    info = {"level": level, "code": code, "description": description}
    return command(MEDIA_STREAM, "onStatus", 0, None, info)


def number_message(kind: int, number: int, suffix: bytes = b"") -> Message:
    """A control message whose body is a 32-bit number."""
    return Message(kind, 0, 0, number.to_bytes(4, "big") + suffix)


def user_control(event: int, body: bytes) -> Message:
    """A user control event."""
    return Message(USER_CONTROL, 0, 0, event.to_bytes(2, "big") + body)


def read_number(message: Message) -> int:
    """The 32-bit number of a control message.

    Raises:
        MediaError: Cut short.
    """
    if len(message.payload) < 4:
        raise MediaError("RTMP control message is cut short")
    return int.from_bytes(message.payload[:4], "big")


def split_aggregate(message: Message) -> Iterator[Message]:
    """The messages inside an aggregate, their times moved to the aggregate's own.

    Raises:
        MediaError: The last one is cut short.
    """
    payload, at = message.payload, 0
    offset: int | None = None
    while at < len(payload):
        if at + 11 > len(payload):
            raise MediaError("RTMP aggregate is cut short")
        size = int.from_bytes(payload[at + 1 : at + 4], "big")
        low = int.from_bytes(payload[at + 4 : at + 7], "big")
        time = (payload[at + 7] << 24) | low
        offset = message.timestamp - time if offset is None else offset
        end = at + 11 + size
        if end > len(payload):
            raise MediaError("RTMP aggregate is cut short")
        body = payload[at + 11 : end]
        yield Message(payload[at], message.stream_id, (time + offset) & 0xFFFFFFFF, body)
        at = end + 4
