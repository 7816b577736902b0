from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from livelore.media.timeline import Timeline, TrackKind

FIVE_HOURS_MS = 5 * 3600 * 1000
_tracks = st.sampled_from(["video", "audio"])


@given(st.lists(st.tuples(_tracks, st.integers(0, 0xFFFFFFFF)), max_size=60))
def test_whatever_comes_each_track_rises(raw: list[tuple[TrackKind, int]]) -> None:
    line = Timeline()
    placed = [(track, line.place(track, at)) for track, at in raw]
    for track in ("video", "audio"):
        times = [at for of, at in placed if of == track]
        assert all(later > earlier for earlier, later in pairwise(times))
        assert all(at >= 0 for at in times)


@given(st.integers(0, 0xFFFFFFFF), st.lists(st.integers(1, 4000), max_size=40))
def test_a_good_encoder_is_followed_exactly_even_around_the_wrap(
    start: int, steps: list[int]
) -> None:
    line = Timeline()
    at = 0
    assert line.place("video", start) == 0
    for step in steps:
        at += step
        assert line.place("video", (start + at) & 0xFFFFFFFF) == at
    assert line.n_repaired == 0


def test_times_go_on_past_five_hours_and_past_the_wrap() -> None:
    line = Timeline()
    line.place("video", 0)
    at = 0
    while at < 2 * FIVE_HOURS_MS:
        at += 4000
        assert line.place("video", at) == at
    late = Timeline()
    late.place("video", 2**32 - 40)
    assert [late.place("video", raw & 0xFFFFFFFF) for raw in (2**32, 2**32 + 40)] == [40, 80]


def test_a_jump_forward_is_closed_to_one_step_for_both_tracks() -> None:
    line = Timeline()
    for at in range(0, 400, 40):
        line.place("video", at)
        line.place("audio", at)
    jump = 3_600_000
    assert line.place("video", 400 + jump) == 400
    assert line.place("audio", 400 + jump) == 400
    assert line.place("video", 440 + jump) == 440
    assert line.n_repaired == 1


def test_a_jump_back_goes_on_where_it_was() -> None:
    line = Timeline()
    for at in range(10_000, 12_000, 40):
        line.place("video", at)
    assert line.place("video", 0) == 2000
    assert line.place("video", 40) == 2040


def test_sound_slightly_behind_the_picture_stays_behind() -> None:
    line = Timeline()
    line.place("video", 1000)
    assert line.place("audio", 980) == 0
    assert line.place("video", 1040) == 40
    assert line.place("audio", 1003) == 3


def test_a_restart_goes_on_whatever_the_encoder_counts_from() -> None:
    for start in (0, 1_030, 4_000_000_000):
        line = Timeline()
        for at in range(0, 1000, 20):
            line.place("video", at)
        line.restart()
        assert line.place("video", start) == 1000
        assert line.place("video", start + 20) == 1020
