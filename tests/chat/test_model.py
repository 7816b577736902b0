"""What a text may be, what a frame holds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.live.chat.errors import StyleInvalid, TextEmpty, TextTooLong, WordBlocked
from livelore.live.chat.model import (
    COLORS,
    Message,
    MessageType,
    RoomState,
    check_style,
    check_text,
    check_words,
    clean_text,
    fold,
    frame_of,
    sample,
    tombstone,
)


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("  懂了  懂了 ", "懂了 懂了"),
        ("a\u200bb\ufeff\u202ec", "abc"),
        ("line\nbreak\x07", "line break"),
        ("Z\u0301\u0301\u0301\u0301\u0301", "\u0179\u0301\u0301"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u3164\u2800", ""),
        ("e\u0301", "é"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(written: str, cleaned: str) -> None:
    assert clean_text(written) == cleaned


@given(st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert once == once.strip()
    assert "\n" not in once


def test_sixty_characters_pass_and_sixty_one_do_not() -> None:
    assert check_text(" " + "课" * 60, 60) == "课" * 60
    with pytest.raises(TextTooLong) as refused:
        check_text("课" * 61, 60)
    assert refused.value.fields == {"length": 61, "length_max": 60}
    with pytest.raises(TextEmpty):
        check_text(" \u200b\n", 60)


@pytest.mark.parametrize("text", ["加微信", "加 微 信", "加-微.信!", "加\u3000微信吧"])
def test_a_blocked_word_is_found_through_spaces_and_signs(text: str) -> None:
    with pytest.raises(WordBlocked):
        check_words(text, [fold("加微信")])
    check_words("微加信", [fold("加微信")])


def test_width_and_case_hide_no_blocked_word() -> None:
    with pytest.raises(WordBlocked):
        check_words("ＶＸ call me", [fold("vx")])


def test_only_known_modes_and_colours_pass() -> None:
    assert check_style(None, None) == ("scroll", None)
    assert check_style("top", COLORS[1]) == ("top", COLORS[1])
    with pytest.raises(StyleInvalid):
        check_style("diagonal", None)
    with pytest.raises(StyleInvalid):
        check_style(None, "#000000")


def test_the_second_counts_from_the_start_of_the_live_session() -> None:
    assert RoomState("on_air", "l1", 1000).second_ms_at(3500) == 2500
    assert RoomState("on_air", "l1", 1000).second_ms_at(10) == 0
    assert RoomState("waiting").second_ms_at(3500) is None


def message(seq: int, kind: MessageType = "danmaku") -> Message:
    return Message(seq, kind, 5, '{"text":"t"}', user_id="u")


def test_a_message_on_the_wire_begins_with_its_number() -> None:
    assert json.loads(message(7).encoded) == {"seq": 7, "type": "danmaku", "ts": 5, "text": "t"}
    assert json.loads(Message(1, "end", 5, "{}").encoded) == {"seq": 1, "type": "end", "ts": 5}


def test_a_tombstone_keeps_the_number_and_loses_the_text() -> None:
    encoded = json.loads(tombstone(message(7)).encoded)
    assert encoded == {"seq": 7, "type": "deleted", "ts": 5, "target_seq": 7}


def test_a_frame_is_one_array() -> None:
    frame = frame_of([message(1).encoded, message(2).encoded])
    assert [m["seq"] for m in json.loads(frame[2:])] == [1, 2]


kinds = st.sampled_from(["danmaku", "danmaku", "danmaku", "gift", "super_chat", "notice"])


@given(st.lists(kinds, max_size=200), st.integers(1, 50))
def test_sampling_drops_only_danmaku_and_no_more_than_needed(
    types: list[MessageType], plain_max: int
) -> None:
    messages = [message(i, kind) for i, kind in enumerate(types)]
    kept, left_out = sample(messages, plain_max)
    assert sorted([*kept, *left_out], key=lambda m: m.seq) == messages
    assert [m.seq for m in kept] == sorted(m.seq for m in kept)
    assert all(m.type == "danmaku" for m in left_out)
    n_plain = types.count("danmaku")
    assert sum(m.type == "danmaku" for m in kept) == min(n_plain, plain_max)
