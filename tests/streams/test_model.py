from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.live.streams.model import HealthMeter, PlaybackGrant
from livelore.live.streams.ring import BATCH_BYTES_MAX, HISTORY_MS, RingReader, TagRing
from livelore.media import flv
from livelore.media.frames import Configs, Frame
from tests.fakes import START, FakeClock
from tests.media.samples import recorded_items

CONFIGS = [item for item in recorded_items() if isinstance(item, Configs)][-1]


def ring() -> TagRing:
    found = TagRing()
    found.configure(CONFIGS)
    return found


def fill(into: TagRing, start_ms: int, end_ms: int, key_ms: int = 2000, size: int = 30) -> None:
    for at in range(start_ms, end_ms, 40):
        key = at % key_ms == 0
        body = b"\x17\x01\0\0\0" + bytes(size)
        into.append(Frame("video", at, 0, key, body, 5))
        into.append(Frame("audio", at, 0, True, b"\xaf\x01a", 2))


def tags_of(data: bytes, *, is_first: bool = True) -> list[flv.Tag]:
    header = b"" if is_first else flv.encode_file_header(has_video=True, has_audio=True)
    return flv.TagReader().feed(header + data)


def test_a_viewer_begins_with_configurations_and_the_newest_key_frame() -> None:
    tags = ring()
    fill(tags, 0, 5_000)
    found = tags_of(RingReader().take(tags))
    assert [tag.kind for tag in found[:3]] == [flv.SCRIPT, flv.VIDEO, flv.AUDIO]
    assert found[1].payload == CONFIGS.video_payload
    assert found[3].timestamp == 4_000
    assert found[-1].timestamp == 4_960


def test_a_viewer_who_keeps_up_gets_everything_once() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 400)
    data = reader.take(tags)
    for start in range(400, 60_000, 400):
        fill(tags, start, start + 400)
        data += reader.take(tags)
    assert reader.take(tags) == b""
    pictures = [tag.timestamp for tag in tags_of(data)[2:] if tag.kind == flv.VIDEO]
    assert pictures == list(range(0, 60_000, 40))
    assert reader.n_skips == 0


def test_a_viewer_who_stops_reading_goes_on_at_a_key_frame_without_a_hole() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 400)
    before = tags_of(reader.take(tags))
    fill(tags, 400, 31_000)
    after = tags_of(reader.take(tags), is_first=False)
    assert reader.n_skips == 1
    assert before[-1].timestamp == 360
    assert after[0].payload[0] == 0x17
    assert after[0].timestamp == 360 + 33
    steps = [b.timestamp - a.timestamp for a, b in pairwise(after)]
    assert max(steps) == 40
    assert after[-1].timestamp == 393 + 960
    fill(tags, 31_000, 31_080)
    assert tags_of(reader.take(tags), is_first=False)[0].timestamp == 393 + 1000


def test_a_viewer_who_lags_where_no_key_frame_is_newer_loses_nothing() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 400, key_ms=60_000)
    reader.take(tags)
    fill(tags, 400, 20_000, key_ms=60_000)
    assert tags_of(reader.take(tags), is_first=False)[0].timestamp == 400
    assert reader.n_skips == 0


def test_the_ring_keeps_little_more_than_its_history() -> None:
    tags = ring()
    fill(tags, 0, 100_000)
    assert tags.newest_ms - tags.at(tags.first).dts_ms <= HISTORY_MS + 2_000


def test_a_stream_without_key_frames_does_not_grow_for_ever() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 40)
    reader.take(tags)
    big = Frame("video", 0, 0, False, b"\x27\x01\0\0\0" + bytes(4_000_000), 5)
    for number in range(1, 30):
        tags.append(replace(big, dts_ms=number * 1000))
    assert tags.end - tags.first < 13
    assert tags.start is None
    assert RingReader().take(tags) == b""
    fill(tags, 40_000, 40_040)
    assert len(tags_of(RingReader().take(tags))) > 3


def test_new_configurations_reach_viewers_before_the_pictures_that_need_them() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 400)
    reader.take(tags)
    other = replace(CONFIGS, video_payload=CONFIGS.video_payload + b"\0")
    tags.configure(other)
    fill(tags, 2_000, 2_400)
    found = tags_of(reader.take(tags), is_first=False)
    assert found[0].payload == other.video_payload
    assert found[2].payload[0] == 0x17


def test_much_is_handed_over_in_pieces() -> None:
    tags, reader = ring(), RingReader()
    fill(tags, 0, 2_000, size=50_000)
    sizes: list[int] = []
    while data := reader.take(tags):
        sizes.append(len(data))
    assert sum(sizes) > 2_500_000
    assert max(sizes) < BATCH_BYTES_MAX + 60_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 25)), max_size=40))
def test_whatever_a_viewer_misses_timestamps_rise_and_tags_are_whole(
    rhythm: list[tuple[int, int]],
) -> None:
    tags, reader = ring(), RingReader()
    at, data = 0, b""
    for frames, config in rhythm:
        if config == 0:
            tags.configure(replace(CONFIGS, video_payload=CONFIGS.video_payload + bytes([at % 7])))
        fill(tags, at, at + frames * 40)
        at += frames * 40
        data += reader.take(tags)
    pictures = [
        tag.timestamp
        for tag in (tags_of(data) if data else [])
        if tag.kind == flv.VIDEO and tag.payload[1] == 1
    ]
    assert all(later > earlier for earlier, later in pairwise(pictures))


def test_rates_are_those_of_the_last_seconds() -> None:
    meter, clock = HealthMeter(), FakeClock()
    for number in range(500):
        meter.count(
            10_000, number * 40, now=clock.monotonic(), is_video=True, is_key=number % 50 == 0
        )
        clock.advance(0.04)
    bitrate_kbps, fps = meter.rates(clock.monotonic())
    assert (bitrate_kbps, fps) == (2000, 25.0)
    assert meter.key_frame_interval_s == 2.0
    assert meter.problem_code() is None
    clock.advance(60)
    assert meter.rates(clock.monotonic()) == (0, 0.0)


def test_frames_that_are_held_up_are_counted_and_named() -> None:
    meter = HealthMeter()
    for number in range(10):
        meter.count(100, number * 40, now=number * 0.04, is_video=True, is_key=False)
    assert meter.n_late == 0
    meter.count(100, 400, now=2.0, is_video=True, is_key=False)
    assert meter.n_late == 1
    assert meter.problem_code() == "streams.encoder_late"
    meter.restart()
    assert meter.problem_code() is None


def test_an_encoder_whose_clock_runs_a_little_slow_is_never_late() -> None:
    meter = HealthMeter()
    for minute in range(5 * 60):
        meter.count(100, minute * 60_000, now=minute * 60.006, is_video=True, is_key=False)
    assert meter.n_late == 0


def test_rare_key_frames_are_named() -> None:
    meter = HealthMeter()
    for at in (0, 8_300):
        meter.count(100, at, now=at / 1000, is_video=True, is_key=True)
    assert meter.problem_code() == "streams.key_frames_rare"


def test_a_grant_is_over_at_its_end() -> None:
    clock = FakeClock()
    clock.advance(10)
    grant = PlaybackGrant("u", START, ends_at=clock.now())
    assert not grant.is_over(START)
    assert grant.is_over(clock.now())
    assert not replace(grant, ends_at=None).is_over(clock.now())
