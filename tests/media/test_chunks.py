import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.media.errors import MediaError
from livelore.media.rtmp.chunks import STREAMS_MAX, ChunkReader, ChunkWriter, Message
from tests.media.samples import pieces, sizes

_times = st.integers(0, 0xFFFFFFFF) | st.sampled_from([0xFFFFFE, 0xFFFFFF, 0x1000000, 0xFFFFFFFF])
_messages = st.builds(
    Message, st.integers(7, 22), st.integers(0, 3), _times, st.binary(max_size=700)
)


def read_all(data: list[bytes], chunk_size: int = 128) -> list[Message]:
    reader = ChunkReader()
    reader.set_chunk_size(chunk_size)
    found: list[Message] = []
    for piece in data:
        reader.feed(piece)
        while (message := reader.next()) is not None:
            found.append(message)
    return found


@given(st.lists(st.tuples(st.integers(2, 9), _messages), max_size=8), sizes, st.integers(1, 300))
def test_written_messages_are_read_again_however_they_are_cut(
    sent: list[tuple[int, Message]], cuts: list[int], chunk_size: int
) -> None:
    writer = ChunkWriter()
    writer.chunk_size = chunk_size
    data = b"".join(writer.write(channel, message) for channel, message in sent)
    assert read_all(pieces(data, cuts), chunk_size) == [message for _, message in sent]


@given(st.binary(max_size=2000), sizes)
def test_garbage_raises_nothing_but_the_media_error(data: bytes, cuts: list[int]) -> None:
    try:
        whole = read_all([data])
    except MediaError:
        with pytest.raises(MediaError):
            read_all(pieces(data, cuts))
        return
    assert read_all(pieces(data, cuts)) == whole


def header(first: int, *rest: bytes) -> bytes:
    return bytes([first]) + b"".join(rest)


def test_short_headers_add_their_step_to_the_last_timestamp() -> None:
    full = header(4, (1000).to_bytes(3, "big"), b"\x00\x00\x01\x08\x01\x00\x00\x00", b"a")
    with_size = header(0x44, (20).to_bytes(3, "big"), b"\x00\x00\x02\x08", b"bc")
    step_only = header(0x84, (30).to_bytes(3, "big"), b"de")
    nothing = header(0xC4, b"fg")
    found = read_all([full + with_size + step_only + nothing])
    assert [message.timestamp for message in found] == [1000, 1020, 1050, 1080]
    assert [message.payload for message in found] == [b"a", b"bc", b"de", b"fg"]
    assert {message.stream_id for message in found} == {1}


def test_a_repeated_header_after_a_full_one_keeps_the_time() -> None:
    full = header(4, (1000).to_bytes(3, "big"), b"\x00\x00\x01\x08\x01\x00\x00\x00", b"a")
    assert [m.timestamp for m in read_all([full + header(0xC4, b"b")])] == [1000, 1000]


def test_a_step_wraps_around_two_to_the_32() -> None:
    full = header(
        4, b"\xff\xff\xff", b"\x00\x00\x01\x08\x01\x00\x00\x00", b"\xff\xff\xff\xf0", b"a"
    )
    step = header(0x84, (0x20).to_bytes(3, "big"), b"b")
    assert [m.timestamp for m in read_all([full + step])] == [0xFFFFFFF0, 0x10]


def test_an_encoder_that_leaves_the_extended_time_out_of_type_3_is_understood() -> None:
    body = bytes(range(200))
    extended = (0x01234567).to_bytes(4, "big")
    head = header(4, b"\xff\xff\xff", (200).to_bytes(3, "big"), b"\x09\x01\x00\x00\x00", extended)
    by_the_book = head + body[:128] + b"\xc4" + extended + body[128:]
    left_out = head + body[:128] + b"\xc4" + body[128:]
    for data in (by_the_book, left_out):
        assert read_all([data]) == [Message(9, 1, 0x01234567, body)]


def test_two_and_three_byte_channel_numbers_are_read() -> None:
    rest = b"\x00\x00\x05\x00\x00\x01\x08\x01\x00\x00\x00x"
    found = read_all([b"\x00\x10" + rest + b"\x01\x10\x02" + rest])
    assert [message.payload for message in found] == [b"x", b"x"]


def test_messages_on_two_channels_may_interleave() -> None:
    a = header(4, b"\x00\x00\x00", (200).to_bytes(3, "big"), b"\x08\x01\x00\x00\x00", b"a" * 128)
    b = header(6, b"\x00\x00\x00", (200).to_bytes(3, "big"), b"\x09\x01\x00\x00\x00", b"b" * 128)
    found = read_all([a + b + b"\xc4" + b"a" * 72 + b"\xc6" + b"b" * 72])
    assert [message.payload for message in found] == [b"a" * 200, b"b" * 200]


def test_limits_are_kept() -> None:
    small = ChunkReader(message_bytes_max=1000)
    small.feed(header(4, b"\x00\x00\x00", (1001).to_bytes(3, "big"), b"\x08\x01\x00\x00\x00"))
    with pytest.raises(MediaError, match="large"):
        small.next()
    many = b"".join(
        header(0, bytes([n]), b"\x00\x00\x00\x00\x00\x00\x08\x01\x00\x00\x00")
        for n in range(STREAMS_MAX + 1)
    )
    with pytest.raises(MediaError, match="too many"):
        read_all([many])
    with pytest.raises(MediaError, match="chunk size"):
        ChunkReader().set_chunk_size(0)
    with pytest.raises(MediaError, match="never came"):
        read_all([b"\xc4aaaa"])
