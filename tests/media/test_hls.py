import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.media.errors import MediaError
from livelore.media.fmp4.boxes import AUDIO_TRACK, VIDEO_TRACK, init_segment, walk_boxes
from livelore.media.fmp4.fragment import Run, Sample, fragment, read_fragment
from livelore.media.frames import Configs, Frame
from livelore.media.hls.packager import SOUND_MAX, Packager
from livelore.media.hls.playlist import PART_TARGET_MS, render_playlist
from livelore.media.hls.segments import BYTES_MAX, RETAINED
from tests.media.samples import recorded_items

WALL_MS = 1_800_000_000_000
CONFIGS = [item for item in recorded_items() if isinstance(item, Configs)][-1]

_u32 = st.integers(0, 0xFFFFFFFF)
_samples = st.builds(Sample, _u32, _u32, st.booleans(), st.binary(max_size=50))
_runs = st.builds(
    Run,
    st.integers(1, 2),
    st.integers(0, 2**63),
    st.lists(_samples, min_size=1, max_size=6).map(tuple),
)


@given(st.integers(1, 2**40), st.lists(_runs, min_size=1, max_size=2))
def test_a_fragment_is_read_again(number: int, runs: list[Run]) -> None:
    assert read_fragment(fragment(number, runs)) == runs


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_the_media_error(data: bytes) -> None:
    good = fragment(1, [Run(1, 0, (Sample(1, 0, True, b"x"),))])
    for piece in (data, good[: len(good) - len(data) % len(good)] + data):
        try:
            read_fragment(piece)
        except MediaError:
            continue


def test_the_init_segment_holds_both_configurations() -> None:
    init = init_segment(CONFIGS.video, CONFIGS.audio)
    assert [kind for kind, _ in walk_boxes(init)] == [b"ftyp", b"moov"]
    assert CONFIGS.video is not None
    assert CONFIGS.audio is not None
    assert CONFIGS.video.record in init
    assert CONFIGS.audio.record in init


def picture(at_ms: int, *, key: bool = False, cts_ms: int = 0) -> Frame:
    return Frame("video", at_ms, cts_ms, key, b"\x17\x01\0\0\0" + b"v" * 20, 5)


def sound(at_ms: int) -> Frame:
    return Frame("audio", at_ms, 0, True, b"\xaf\x01" + b"a" * 10, 2)


def feed(packager: Packager, start_ms: int, end_ms: int, key_ms: int, step_ms: float = 40) -> None:
    """Pictures every ``step_ms`` with a key frame every ``key_ms``, and sound between."""
    number, at, heard = 0, start_ms, start_ms
    last_key = -1
    while at < end_ms:
        key = (at - start_ms) // key_ms != last_key
        last_key = (at - start_ms) // key_ms
        packager.push(picture(at, key=key), WALL_MS + at)
        while heard <= at:
            packager.push(sound(heard), WALL_MS + at)
            heard += 46
        number += 1
        at = start_ms + round(number * step_ms)


def started(first_msn: int = 0) -> Packager:
    packager = Packager(first_msn=first_msn)
    packager.configure(CONFIGS)
    return packager


def listed(playlist: str, tag: str) -> list[str]:
    return re.findall(rf"^#{tag}:(.*)$", playlist, re.MULTILINE)


@pytest.mark.parametrize(
    ("fps", "key_ms"), [(10, 2000), (12.5, 2000), (15, 2000), (24, 1000), (30, 4000), (60, 2000)]
)
def test_parts_are_whole_frames_close_to_their_target(fps: float, key_ms: int) -> None:
    packager = started()
    feed(packager, 0, 13_000, key_ms, 1000 / fps)
    for segment in packager.window.segments:
        if not segment.is_closed:
            continue
        assert abs(segment.duration_ms - key_ms) <= 1
        assert segment.parts[0].is_independent
        durations = [part.duration_ms for part in segment.parts]
        assert max(durations) <= PART_TARGET_MS
        assert min(durations[:-1]) >= PART_TARGET_MS * 0.85


def test_every_picture_and_sound_is_in_some_part_once_and_in_order() -> None:
    packager = started()
    feed(packager, 0, 9_000, 4_000)
    packager.end()
    runs = [
        run
        for segment in packager.window.segments
        for part in segment.parts
        for run in read_fragment(part.data)
    ]
    pictures = [run for run in runs if run.track == VIDEO_TRACK]
    assert sum(len(run.samples) for run in pictures) == 225
    at = 0
    for run in pictures:
        assert run.start == at
        at += sum(sample.duration for sample in run.samples)
    assert at == 9_000 * 90
    sounds = [run for run in runs if run.track == AUDIO_TRACK]
    assert sum(len(run.samples) for run in sounds) == 195
    at = sounds[0].start
    for run in sounds:
        assert run.start == at  # laid end to end, the milliseconds' rounding left out
        at += sum(sample.duration for sample in run.samples)


def test_b_frames_keep_their_composition_offset() -> None:
    packager = started()
    for number in range(60):
        packager.push(picture(number * 40, key=number % 25 == 0, cts_ms=number % 3 * 40), WALL_MS)
    samples = [
        sample
        for part in packager.window.segments[0].parts
        for sample in read_fragment(part.data)[0].samples
    ]
    assert [sample.offset for sample in samples[:6]] == [0, 3600, 7200, 0, 3600, 7200]


def test_nothing_is_listed_before_the_target_duration_is_known() -> None:
    packager = started()
    feed(packager, 0, 3_900, 4_000)
    assert packager.window.target_s is None
    assert not packager.window.contains(0, 0)
    feed(packager, 4_000, 4_400, 4_000)
    assert packager.window.target_s == 4
    assert packager.window.contains(0, None)


def test_a_playlist_has_what_a_low_latency_player_needs() -> None:
    packager = started(first_msn=700)
    feed(packager, 0, 11_000, 2_000)
    playlist = render_playlist(packager.window, "?token=t")
    assert playlist.startswith("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n")
    assert listed(playlist, "EXT-X-MEDIA-SEQUENCE") == ["700"]
    assert listed(playlist, "EXT-X-MAP") == ['URI="init1.mp4?token=t"']
    assert listed(playlist, "EXT-X-PROGRAM-DATE-TIME")[:2] == [
        "2027-01-15T08:00:00.000Z",
        "2027-01-15T08:00:02.000Z",
    ]
    assert re.findall(r"^seg\d+.*$", playlist, re.MULTILINE) == [
        f"seg{number}.m4s?token=t" for number in range(700, 705)
    ]
    hint = listed(playlist, "EXT-X-PRELOAD-HINT")
    assert hint == [f'TYPE=PART,URI="part{packager.window.next_part}.m4s?token=t"']
    parts = listed(playlist, "EXT-X-PART")
    assert parts[0] == 'DURATION=0.320,URI="part0.m4s?token=t",INDEPENDENT=YES'
    assert parts[-1].endswith(f'URI="part{packager.window.next_part - 1}.m4s?token=t"')
    held_back = float(re.findall(r"PART-HOLD-BACK=([\d.]+)", playlist)[0])
    assert held_back >= 3 * PART_TARGET_MS / 1000


def test_a_key_frame_too_late_for_the_target_cuts_without_one() -> None:
    packager = started()
    feed(packager, 0, 4_000, 2_000)
    feed(packager, 4_000, 24_000, 60_000)
    durations = [s.duration_ms for s in packager.window.segments if s.is_closed]
    assert packager.window.target_s == 4
    assert all(round(duration / 1000) <= 4 for duration in durations)
    assert not packager.window.segments[-1].parts[0].is_independent


def test_old_segments_leave_the_playlist_first_and_memory_later() -> None:
    packager = started()
    feed(packager, 0, 120_000, 2_000)
    window = packager.window
    names = window.listed()
    assert 16 <= sum(segment.duration_ms for segment in names) / 1000 < 22
    assert len(window.segments) == len(names) + RETAINED
    oldest = window.segments[0]
    assert window.segment(oldest.msn) is oldest
    assert window.segment(oldest.msn - 1) is None
    assert window.part(oldest.parts[-1].index) is oldest.parts[-1]
    assert window.part(oldest.parts[0].index - 1) is None
    assert window.part(window.next_part) is None


def test_an_interruption_is_a_break_and_time_goes_on() -> None:
    packager = started()
    feed(packager, 0, 5_000, 2_000)
    packager.interrupt()
    assert packager.window.segments[-1].is_closed
    feed(packager, 5_040, 9_000, 2_000)
    playlist = render_playlist(packager.window)
    assert playlist.count("#EXT-X-DISCONTINUITY\n") == 1
    assert len(listed(playlist, "EXT-X-MAP")) == 1
    runs = [read_fragment(s.parts[0].data)[0].start for s in packager.window.segments if s.parts]
    assert runs == sorted(runs)


def test_other_configurations_are_a_break_with_another_init_segment() -> None:
    packager = started()
    feed(packager, 0, 5_000, 2_000)
    packager.configure(Configs(CONFIGS.video, None, CONFIGS.video_payload))
    feed(packager, 5_000, 8_000, 2_000)
    playlist = render_playlist(packager.window)
    assert listed(playlist, "EXT-X-MAP") == ['URI="init1.mp4"', 'URI="init2.mp4"']
    assert playlist.count("#EXT-X-DISCONTINUITY\n") == 1
    feed(packager, 8_000, 60_000, 2_000)
    playlist = render_playlist(packager.window)
    assert listed(playlist, "EXT-X-DISCONTINUITY-SEQUENCE") == ["1"]
    assert list(packager.window.inits) == [2]


def test_an_end_is_told() -> None:
    packager = started()
    feed(packager, 0, 5_000, 2_000)
    packager.end()
    playlist = render_playlist(packager.window)
    assert playlist.endswith("#EXT-X-ENDLIST\n")
    assert "PRELOAD-HINT" not in playlist


def test_a_flood_of_bytes_is_bounded() -> None:
    packager = started()
    body = b"\x17\x01\0\0\0" + bytes(4_000_000)
    for number in range(120):
        packager.push(Frame("video", number * 40, 0, number == 0, body, 5), WALL_MS)
    window = packager.window
    kept = sum(len(part.data) for segment in window.segments for part in segment.parts)
    assert kept <= BYTES_MAX + 40_000_000
    assert len(window.segments) >= 2
    assert render_playlist(window).count("#EXTINF") >= 2


def test_sound_that_goes_on_without_pictures_is_bounded() -> None:
    packager = started()
    feed(packager, 0, 5_000, 2_000)
    for at in range(5_000, 100_000, 46):
        packager.push(sound(at), WALL_MS)
    assert len(packager._sound) <= SOUND_MAX


def test_sound_without_picture_is_cut_too() -> None:
    packager = Packager()
    packager.configure(Configs(None, CONFIGS.audio, b"", CONFIGS.audio_payload))
    for at in range(0, 13_000, 46):
        packager.push(sound(at), WALL_MS)
    durations = [s.duration_ms for s in packager.window.segments if s.is_closed]
    assert len(durations) == 3
    assert all(3900 < duration < 4500 for duration in durations)


def test_a_gap_in_the_sound_is_kept_and_a_surplus_dropped() -> None:
    packager = started()
    at = 0
    for at in range(0, 4_040, 40):
        packager.push(picture(at, key=at % 2000 == 0), WALL_MS)
        if not 1_000 <= at < 2_000:
            packager.push(sound(at), WALL_MS)
    runs = [
        run
        for segment in packager.window.segments
        for part in segment.parts
        for run in read_fragment(part.data)
        if run.track == AUDIO_TRACK
    ]
    after = next(run for run in runs if run.start > 1.5 * 22_050)
    assert abs(after.start / 22_050 - 2.0) < 0.15  # 46 ms of sound sent every 40 ms: some dropped


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3000), st.booleans(), st.booleans()), max_size=60),
    st.sets(st.integers(0, 60), max_size=4),
)
def test_whatever_the_rhythm_pictures_are_kept_in_order(
    steps: list[tuple[int, bool, bool]], breaks: set[int]
) -> None:
    packager = started()
    at, sent = 0, 0
    is_open = False
    for number, (step, key, has_sound) in enumerate(steps):
        if number in breaks:
            packager.interrupt()
            is_open = False
        packager.push(picture(at, key=key), WALL_MS)
        is_open = is_open or key
        sent += is_open
        if has_sound:
            packager.push(sound(at), WALL_MS)
        at += step
    packager.end()
    window = packager.window
    numbers = [segment.msn for segment in window.segments]
    assert numbers == list(range(len(window.segments)))[-len(numbers) :] or numbers[0] > 0
    runs = [
        run
        for segment in window.segments
        for part in segment.parts
        for run in read_fragment(part.data)
        if run.track == VIDEO_TRACK
    ]
    starts = [run.start for run in runs]
    assert starts == sorted(set(starts))
    if numbers and numbers[0] == 0:
        assert sum(len(run.samples) for run in runs) == sent
    render_playlist(window)
