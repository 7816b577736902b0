import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.media.amf0 import decode_values
from livelore.media.errors import MediaError
from livelore.media.rtmp import messages as m
from livelore.media.rtmp.chunks import ChunkReader, Message
from livelore.media.rtmp.client import ClientSession, PublishState
from livelore.media.rtmp.server import (
    CloseWanted,
    MediaReceived,
    MetadataReceived,
    PublishEnded,
    PublishRequested,
    ServerEvent,
    ServerSession,
)
from tests.media.samples import OBS_RTMP, RTMP, pieces, sizes


def play(session: ServerSession, data: bytes) -> list[ServerEvent]:
    """Feed, accepting every key."""
    found = session.receive(data)
    while found and isinstance(found[-1], PublishRequested):
        session.accept()
        more = session.receive(b"")
        found += more
        if not more:
            break
    return found


def connect(client: ClientSession, server: ServerSession) -> list[ServerEvent]:
    """Carry bytes both ways until nothing is left to say."""
    events: list[ServerEvent] = []
    while True:
        up = client.take_output()
        if up:
            events += server.receive(up)
        down = server.take_output()
        if down:
            client.receive(down)
        if not up and not down:
            return events


@settings(max_examples=60, deadline=None)
@given(sizes, st.sampled_from([RTMP, OBS_RTMP]))
def test_a_recorded_encoder_gives_the_same_events_however_it_is_cut(
    cuts: list[int], sent: bytes
) -> None:
    whole = play(ServerSession(), sent)
    session = ServerSession()
    assert [event for piece in pieces(sent, cuts) for event in play(session, piece)] == whole


def test_recorded_ffmpeg_publishes_picture_and_sound() -> None:
    events = play(ServerSession(), RTMP)
    assert events[0] == PublishRequested("golden-key")
    assert isinstance(events[1], MetadataReceived)
    assert events[1].items["framerate"] == 10.0
    media = [event for event in events if isinstance(event, MediaReceived)]
    assert sum(event.is_video for event in media) == 22
    assert events[-1] == PublishEnded()


def test_recorded_obs_publishes_picture_and_sound() -> None:
    events = play(ServerSession(), OBS_RTMP)
    assert events[0] == PublishRequested("golden-key")
    assert isinstance(events[1], MetadataReceived)
    assert str(events[1].items["encoder"]).startswith("obs-output module")
    media = [event for event in events if isinstance(event, MediaReceived)]
    assert [event.payload[:2] for event in media[:2]] == [b"\xaf\x00", b"\x17\x00"]
    times = [event.timestamp for event in media if event.is_video]
    assert times[1:] == list(range(0, 100 * (len(times) - 1), 100))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3600))
def test_garbage_raises_nothing_but_the_media_error(data: bytes, at: int) -> None:
    for stream in (data, b"\x03" + bytes(3072) + data, RTMP[:at] + data, RTMP[:3500] + data):
        try:
            play(ServerSession(), stream)
            client = ClientSession("live", "k", "")
            client.receive(stream)
        except MediaError:
            continue


def test_client_and_server_publish_to_each_other() -> None:
    client, server = ClientSession("live", "key", "rtmp://x/live"), ServerSession()
    assert connect(client, server) == [PublishRequested("key")]
    server.accept()
    connect(client, server)
    assert client.state is PublishState.PUBLISHING
    client.send_media(m.VIDEO, 2**32 + 5, b"\x17" * 200_000)
    client.stop()
    events = connect(client, server)
    assert events == [MediaReceived(True, 5, b"\x17" * 200_000), PublishEnded()]


def test_a_refused_client_learns_why() -> None:
    client, server = ClientSession("live", "key", ""), ServerSession()
    connect(client, server)
    server.reject("unknown stream key")
    connect(client, server)
    assert client.state is PublishState.REFUSED
    assert client.refusal == "NetStream.Publish.BadName: unknown stream key"
    with pytest.raises(MediaError):
        client.send_media(m.VIDEO, 0, b"")
    assert server.receive(b"anything") == []


def test_another_application_is_refused() -> None:
    client, server = ClientSession("vod", "key", ""), ServerSession()
    assert connect(client, server) == [CloseWanted("unknown application")]
    assert "InvalidApp" in client.refusal


def test_a_key_in_the_application_is_found() -> None:
    assert connect(ClientSession("live/abc", "", ""), ServerSession()) == [PublishRequested("abc")]


def test_nothing_is_read_between_the_key_and_its_acceptance() -> None:
    session = ServerSession()
    assert session.receive(RTMP) == [PublishRequested("golden-key")]
    assert session.receive(b"") == []
    session.accept()
    assert len(session.receive(b"")) > 50


def commands(client_messages: list[Message]) -> bytes:
    link = ClientSession("live", "k", "")
    writer = link._link.writer
    return b"".join(writer.write(3, message) for message in client_messages)


def opened() -> ServerSession:
    session = ServerSession()
    session.receive(b"\x03" + bytes(3072))
    session.take_output()
    return session


def replies(session: ServerSession) -> list[Message]:
    reader = ChunkReader()
    reader.feed(session.take_output())
    found: list[Message] = []
    while (message := reader.next()) is not None:
        if message.kind == m.SET_CHUNK_SIZE:
            reader.set_chunk_size(m.read_number(message))
        found.append(message)
    return found


def test_a_ping_is_answered_and_bytes_are_acknowledged() -> None:
    session = opened()
    window = m.number_message(m.WINDOW_SIZE, 2000)
    ping = m.user_control(m.PING, b"\x00\x00\x12\x34")
    session.receive(commands([window, ping]))
    assert [r.payload.hex() for r in replies(session) if r.kind == m.USER_CONTROL] == [
        "000700001234"
    ]
    session.receive(commands([Message(m.DATA, 0, 0, b"\x05" * 3000)]))
    assert [r.kind for r in replies(session)] == [m.ACKNOWLEDGEMENT]


def test_media_before_a_key_is_refused() -> None:
    with pytest.raises(MediaError, match="before a stream key"):
        opened().receive(commands([Message(m.VIDEO, 1, 0, b"\x17")]))


def test_a_large_message_before_a_key_is_refused() -> None:
    with pytest.raises(MediaError, match="large"):
        opened().receive(commands([Message(m.DATA, 1, 0, bytes(70_000))]))


def test_an_amf3_command_with_amf0_values_is_understood() -> None:
    session = opened()
    connect_message = m.command(0, "connect", 1, {"app": "live"})
    session.receive(commands([Message(m.COMMAND_AMF3, 0, 0, b"\x00" + connect_message.payload)]))
    results = [r for r in replies(session) if r.kind == m.COMMAND]
    assert decode_values(results[0].payload)[:2] == ["_result", 1.0]


def test_play_is_refused() -> None:
    session = opened()
    events = session.receive(commands([m.command(1, "play", 3, None, "x")]))
    assert [type(event) for event in events] == [CloseWanted]


def test_an_aggregate_is_taken_apart_with_moved_times() -> None:
    session = ServerSession()
    client = ClientSession("live", "key", "")
    connect(client, session)
    session.accept()
    connect(client, session)
    part = b"\x09\x00\x00\x01\x00\x00\x64\x00\x00\x00\x00\x17\x00\x00\x00\x0c"
    later = b"\x08\x00\x00\x01\x00\x00\x78\x00\x00\x00\x00\xaf\x00\x00\x00\x0c"
    client._link.send(6, Message(m.AGGREGATE, 1, 2**32 - 10, part + later))
    assert connect(client, session) == [
        MediaReceived(True, 2**32 - 10, b"\x17"),
        MediaReceived(False, 10, b"\xaf"),
    ]


def test_http_on_the_port_is_turned_away() -> None:
    with pytest.raises(MediaError, match="RTMP"):
        ServerSession().receive(b"GET / HTTP/1.1\r\n\r\n")
