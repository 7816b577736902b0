import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.media.amf0 import AmfValue, decode_values, encode_ecma_array, encode_values
from livelore.media.errors import MediaError

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_leaf = st.none() | st.booleans() | st.floats(allow_nan=False) | _text
_values: st.SearchStrategy[AmfValue] = st.recursive(
    _leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_values, max_size=5))
def test_what_is_encoded_is_decoded_again(values: list[AmfValue]) -> None:
    assert decode_values(encode_values(*values)) == values


@given(st.dictionaries(_text, _leaf, max_size=5))
def test_an_ecma_array_is_read_as_a_mapping(items: dict[str, AmfValue]) -> None:
    assert decode_values(encode_ecma_array(items)) == [items]


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_the_media_error(data: bytes) -> None:
    try:
        decode_values(data)
    except MediaError:
        return


def test_deep_nesting_is_refused() -> None:
    bomb = b"\x03\x00\x01a" * 500
    with pytest.raises(MediaError, match="deep"):
        decode_values(bomb)


def test_an_array_that_promises_millions_is_refused() -> None:
    with pytest.raises(MediaError, match="long"):
        decode_values(b"\x0a\xff\xff\xff\xff")


def test_text_over_64_kib_is_carried() -> None:
    text = "长" * 30_000
    assert decode_values(encode_values(text)) == [text]
