"""The codec against its own mirror image, the RFC's examples and every way to cut a stream."""

import contextlib
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.kit.websocket import (
    CloseCode,
    FrameReader,
    Message,
    Opcode,
    WebSocketError,
    accept_key,
    accepts_deflate,
    decode_close,
    encode_close,
    encode_deflated,
    encode_frame,
    is_valid_key,
    mask_payload,
)

MASK = b"\x37\xfa\x21\x3d"
LIMIT = 100_000

masks = st.binary(min_size=4, max_size=4)
texts = st.text(max_size=300).map(str.encode)
controls = st.binary(max_size=125)


def read_in_pieces(stream: bytes, cuts: Sequence[int], *, is_server: bool = True) -> list[Message]:
    reader = FrameReader(LIMIT, is_server=is_server)
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    found: list[Message] = []
    for start, end in itertools.pairwise(edges):
        found += reader.feed(stream[start:end])
    return found


def refusal(stream: bytes, limit: int = LIMIT, *, is_server: bool = True) -> CloseCode:
    with pytest.raises(WebSocketError) as caught:
        FrameReader(limit, is_server=is_server).feed(stream)
    return caught.value.code


def test_the_key_of_the_rfc_gets_the_answer_of_the_rfc() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("key", ["", "short", "dGhlIHNhbXBsZSBub25jZQ=", "!" * 24])
def test_a_key_that_is_not_sixteen_bytes_is_refused(key: str) -> None:
    assert not is_valid_key(key)
    assert is_valid_key("dGhlIHNhbXBsZSBub25jZQ==")


def test_frames_of_the_rfc_are_read_and_written_as_printed_there() -> None:
    masked = bytes.fromhex("818537fa213d7f9f4d5158")
    assert encode_frame(Opcode.TEXT, b"Hello", mask=MASK) == masked
    assert encode_frame(Opcode.TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    assert FrameReader(LIMIT).feed(masked) == [Message(Opcode.TEXT, b"Hello")]


@given(st.binary(max_size=200), masks)
def test_masking_twice_gives_the_payload_back(data: bytes, mask: bytes) -> None:
    masked = mask_payload(data, mask)
    assert masked == bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    assert mask_payload(masked, mask) == data


@given(
    st.lists(
        st.tuples(st.sampled_from([Opcode.TEXT, Opcode.PING, Opcode.PONG]), texts), max_size=8
    ),
    masks,
    st.lists(st.integers(0, 5000), max_size=40),
)
def test_any_cutting_of_the_stream_gives_the_same_messages(
    sent: list[tuple[Opcode, bytes]], mask: bytes, cuts: list[int]
) -> None:
    messages = [Message(kind, data[:125] if kind & 8 else data) for kind, data in sent]
    stream = b"".join(encode_frame(m.opcode, m.data, mask=mask) for m in messages)
    assert read_in_pieces(stream, cuts) == messages


@given(texts, st.lists(st.integers(0, 300), max_size=5), controls, masks)
def test_a_fragmented_text_with_a_ping_inside_is_put_together(
    text: bytes, at: list[int], ping: bytes, mask: bytes
) -> None:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in at)})
    parts = [text[a:b] for a, b in itertools.pairwise(edges)] or [b""]
    stream = b""
    for i, part in enumerate(parts):
        kind = Opcode.TEXT if i == 0 else Opcode.CONTINUATION
        is_final = i == len(parts) - 1
        stream += encode_frame(kind, part, mask=mask, is_final=is_final)
        if i == 0 and not is_final:
            stream += encode_frame(Opcode.PING, ping, mask=mask)
    found = FrameReader(LIMIT).feed(stream)
    assert found[-1] == Message(Opcode.TEXT, text)
    assert len(found) == (2 if len(parts) > 1 else 1)


@given(st.sampled_from([0, 125, 126, 127, 65535, 65536, 70000]), st.booleans())
def test_every_length_form_survives_the_way(size: int, is_server: bool) -> None:
    data = b"x" * size
    frame = encode_frame(Opcode.BINARY, data, mask=MASK if is_server else None)
    assert FrameReader(LIMIT, is_server=is_server).feed(frame) == [Message(Opcode.BINARY, data)]


@given(st.binary(max_size=400))
def test_garbage_gives_messages_or_a_refusal_and_nothing_else(data: bytes) -> None:
    reader = FrameReader(64)
    with contextlib.suppress(WebSocketError):
        for message in reader.feed(data):
            assert len(message.data) <= 125


def test_a_size_over_the_limit_is_refused_before_the_payload_comes() -> None:
    assert refusal(b"\x81\xff" + (1 << 40).to_bytes(8, "big")) is CloseCode.TOO_BIG


def test_fragments_over_the_limit_together_are_refused() -> None:
    stream = encode_frame(Opcode.TEXT, b"a" * 60, mask=MASK, is_final=False)
    FrameReader(100).feed(stream)
    stream += encode_frame(Opcode.CONTINUATION, b"a" * 60, mask=MASK)
    assert refusal(stream, 100) is CloseCode.TOO_BIG


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (encode_frame(Opcode.TEXT, b"no mask"), "unmasked from a client"),
        (b"\xc1\x80" + MASK, "reserved bit"),
        (b"\x83\x80" + MASK, "opcode 3"),
        (b"\x09\x80" + MASK, "fragmented ping"),
        (b"\x89\xfe\x00\x7e" + MASK, "ping of 126"),
        (encode_frame(Opcode.CONTINUATION, b"", mask=MASK), "continuation of nothing"),
        (encode_frame(Opcode.TEXT, b"", mask=MASK, is_final=False) * 2, "text inside a text"),
        (encode_frame(Opcode.CLOSE, b"\x03", mask=MASK), "half a close code"),
        (encode_frame(Opcode.CLOSE, b"\x03\xed", mask=MASK), "1005 on the wire"),
    ],
)
def test_what_the_rfc_forbids_is_a_protocol_error(stream: bytes, why: str) -> None:
    assert refusal(stream) is CloseCode.PROTOCOL_ERROR, why


def test_a_masked_frame_from_a_server_is_refused() -> None:
    frame = encode_frame(Opcode.TEXT, b"", mask=MASK)
    assert refusal(frame, is_server=False) is CloseCode.PROTOCOL_ERROR


def test_text_that_is_not_utf8_is_refused() -> None:
    assert refusal(encode_frame(Opcode.TEXT, b"\xff\xfe", mask=MASK)) is CloseCode.INVALID_TEXT


def test_nothing_after_a_close_is_read() -> None:
    stream = encode_close(CloseCode.NORMAL, "bye", mask=MASK) + b"rubbish"
    (message,) = FrameReader(LIMIT).feed(stream)
    assert decode_close(message.data) == (1000, "bye")


def test_a_long_reason_is_cut_between_characters() -> None:
    frame = encode_close(CloseCode.GOING_AWAY, "课" * 60)
    (message,) = FrameReader(LIMIT, is_server=False).feed(frame)
    assert decode_close(message.data) == (1001, "课" * 41)


def test_an_idle_reader_holds_nothing() -> None:
    reader = FrameReader(LIMIT)
    reader.feed(encode_frame(Opcode.TEXT, b"a" * 9000, mask=MASK))
    assert (reader._buffer, reader._parts) == (b"", None)


@given(texts, masks)
def test_a_compressed_text_comes_out_as_it_went_in(text: bytes, mask: bytes) -> None:
    reader = FrameReader(LIMIT, may_deflate=True)
    stream = encode_deflated(Opcode.TEXT, text, mask=mask) + encode_frame(
        Opcode.TEXT, b"plain", mask=mask
    )
    assert reader.feed(stream) == [Message(Opcode.TEXT, text), Message(Opcode.TEXT, b"plain")]


def test_compression_without_agreement_is_refused() -> None:
    frame = encode_deflated(Opcode.TEXT, b"x", mask=MASK)
    assert refusal(frame) is CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (encode_deflated(Opcode.TEXT, b"0" * 50_000, mask=MASK), CloseCode.TOO_BIG),
        (b"\xc1\x82" + MASK + mask_payload(b"\xff\xff", MASK), CloseCode.INVALID_TEXT),
        (b"\xc9\x80" + MASK, CloseCode.PROTOCOL_ERROR),
    ],
)
def test_bombs_and_broken_compression_are_refused(frame: bytes, code: CloseCode) -> None:
    assert len(frame) < 300
    with pytest.raises(WebSocketError) as caught:
        FrameReader(1000, may_deflate=True).feed(frame)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("offers", "is_accepted"),
    [
        ("permessage-deflate; client_max_window_bits", True),
        ("x-other, permessage-deflate", True),
        ("permessage-deflate; client_max_window_bits=12", True),
        ("permessage-deflate; server_max_window_bits=10", False),
        ("", False),
    ],
)
def test_only_offers_that_fit_a_shared_frame_are_accepted(offers: str, is_accepted: bool) -> None:
    assert accepts_deflate(offers) is is_accepted
