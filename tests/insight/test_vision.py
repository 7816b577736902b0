"""The picture: changes of slides, black, frozen and still pictures on encoded films."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.insight.chapters import Chapters, Spoken
from livelore.intelligence.insight.errors import FrameInvalid, VideoUnreadable
from livelore.intelligence.insight.vision.frames import frames_of
from livelore.intelligence.insight.vision.seen import (
    BLACK,
    FROZEN,
    KINDS,
    SLIDE,
    STILL,
    Seen,
    slide_times,
)
from livelore.intelligence.insight.vision.watch import PictureWatch
from tests.insight.films import Film, Scrolled, Talking, encoded, page, shelf, slide

DELAY_S = 2.0
SLIDES = [(0.0, slide(0)), (9.0, slide(1)), (17.3, slide(2)), (27.0, slide(3, is_dark=True))]
WALL = np.full((360, 640, 3), 150, np.uint8)
LECTURE = Path(__file__).parents[2] / "src" / "livelore" / "demo_media" / "lecture.flv"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Seen]]:
    """A film, encoded and read back, and what is seen of it."""
    folder = tmp_path_factory.mktemp("films")

    def look(film: Film, kbps: int = 120) -> list[Seen]:
        path = encoded(film, folder / f"{len(list(folder.iterdir()))}.mp4", kbps)
        return list(PictureWatch().all_of(frames_of(path)))

    return look


def of_kind(seen: list[Seen], kind: str) -> list[tuple[float, bool]]:
    return [(each.at, each.is_over) for each in seen if each.kind == kind]


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"corner": True, "pointer": True},
        {"corner": True, "noise": 6.0},
        {"fade_s": 1.0},
        {"fade_s": 2.0, "corner": True},
    ],
    ids=["plain", "corner and pointer", "noise", "fade", "slow fade and corner"],
)
def test_each_change_of_slides_is_told_in_time_and_nothing_else(
    watched: Callable[..., list[Seen]], over: dict[str, Any]
) -> None:
    film = Film(SLIDES, 36.0, **over)
    seen = watched(film)
    assert [each.kind for each in seen] == [SLIDE] * 3
    for change, told in zip(film.changes, seen, strict=True):
        assert change <= told.at <= told.told_at
        # a change is over when its fade is
        assert told.told_at - change - film.fade_s < DELAY_S


@pytest.mark.parametrize(
    "film",
    [
        Film([(0, Talking(shelf(1)))], 40.0),
        Film([(0, Talking(WALL))], 40.0),
        Film([(0, Talking(shelf(2)))], 40.0, noise=8.0),
        Film([(0, Scrolled(page(1), 30.0))], 40.0, pointer=True),
        Film([(0, Scrolled(page(2, 5_000), 150.0))], 30.0),
        Film([(0, slide(1))], 28.0, corner=True, noise=6.0),
        Film([(0, slide(1))], 28.0, pointer=True),
    ],
    ids=["room", "wall", "noisy room", "scrolling", "fast scrolling", "corner", "pointer"],
)
def test_what_is_no_change_of_slides_is_not_told(
    watched: Callable[..., list[Seen]], film: Film
) -> None:
    assert watched(film, kbps=60) == []


def test_what_is_added_to_a_slide_makes_no_other_slide(
    watched: Callable[..., list[Seen]],
) -> None:
    whole = slide(4, n_lines=6)
    parts: list[tuple[float, Any]] = []
    for n_lines in range(7):
        part = whole.copy()
        part[90 + 28 * n_lines : 320] = 250  # the lines that are not there yet
        parts.append((6.0 * n_lines, part))
    seen = watched(Film([*parts, (42.0, slide(5))], 46.0))
    assert [each.at for each in seen] == pytest.approx([42.0], abs=0.5)


def test_a_slide_that_comes_back_after_a_blank_is_the_same(
    watched: Callable[..., list[Seen]],
) -> None:
    blank = np.full_like(slide(0), 250)
    shots = [(0.0, slide(1)), (8.0, blank), (12.0, slide(1)), (20.0, blank), (22.0, slide(2))]
    seen = watched(Film(shots, 26.0))
    assert [(each.kind, each.at) for each in seen] == [(SLIDE, 22.0)]


def test_black_is_told_in_time_and_its_end(watched: Callable[..., list[Seen]]) -> None:
    film = Film(SLIDES, 36.0, corner=True, black=[(12.2, 15.0), (20.0, 20.6)])
    seen = watched(film)
    begun, over = [each for each in seen if each.kind == BLACK]
    assert (begun.is_over, over.is_over) == (False, True)
    assert 12.2 <= begun.at <= begun.told_at < 12.2 + DELAY_S
    assert over.at == pytest.approx(15.0, abs=0.6)
    assert begun.level == "warning"
    # the slide is the same afterwards, and a blink of black is nothing
    assert len(slide_times(seen)) == 3
    assert not of_kind(seen, FROZEN)


def test_white_text_on_black_is_not_black() -> None:
    watch, dark = PictureWatch(), np.zeros((360, 640, 3), np.uint8)
    dark[100:112, 200:240] = 255
    assert not [each for n in range(20) for each in watch.see(dark, n / 2)]


@pytest.mark.parametrize(
    ("shown", "noise"), [("camera", 0.0), ("camera", 4.0), ("slides", 0.0)], ids=str
)
def test_a_source_that_always_moved_and_stops_is_frozen(
    watched: Callable[..., list[Seen]], shown: str, noise: float
) -> None:
    shots = [(0.0, Talking(shelf(1)))] if shown == "camera" else SLIDES[:2]
    frozen = [(32.3, 40.0), (46.0, 50.0)]
    seen = watched(Film(shots, 55.0, corner=shown == "slides", noise=noise, frozen=frozen))
    begins = [each for each in seen if each.kind == FROZEN and not each.is_over]
    ends = [each.at for each in seen if each.kind == FROZEN and each.is_over]
    assert [each.level for each in begins] == ["warning"] * 2
    for (begin, _), told in zip(frozen, begins, strict=True):
        assert begin < told.told_at < begin + DELAY_S
        assert begin - 1 <= told.at  # who stood just before makes it seem to begin earlier
    assert ends == pytest.approx([40.0, 50.0], abs=0.7)


@pytest.mark.parametrize(
    "film",
    [
        Film([(0.0, slide(38))], 64.0, corner=True, noise=5.7, frozen=[(24.3, 30.0), (46.0, 52.0)]),
        Film([(0.0, Talking(shelf(3)))], 64.0, noise=5.0, frozen=[(24.3, 30.0), (46.0, 52.0)]),
    ],
    ids=["corner", "camera"],
)
def test_key_frames_at_a_low_rate_do_not_hide_that_a_picture_is_frozen(
    watched: Callable[..., list[Seen]], film: Film
) -> None:
    """Every two seconds the encoder draws the frozen picture anew, and the noise in it."""
    begins = [each for each in watched(film, 60) if each.kind == FROZEN and not each.is_over]
    assert len(begins) == 2
    for (begin, end), told in zip(film.frozen, begins, strict=True):
        assert begin < told.told_at < min(begin + 3.0, end)


def test_a_camera_beside_the_slides_is_known_after_a_change(
    watched: Callable[..., list[Seen]],
) -> None:
    """It moved where it always did, so what stops a second after the change is frozen."""
    film = Film([*SLIDES[:2], (30.0, slide(2))], 40.0, corner=True, frozen=[(31.1, 38.0)])
    seen = watched(film)
    begun = next(each for each in seen if each.kind == FROZEN)
    assert 31.1 < begun.told_at < 31.1 + DELAY_S
    assert slide_times(seen) == pytest.approx([9.0, 30.0], abs=0.6)


def test_a_slide_that_stands_is_still_and_not_frozen(watched: Callable[..., list[Seen]]) -> None:
    seen = watched(Film([(0.0, slide(1)), (50.0, slide(2))], 54.0))
    assert [(each.kind, each.is_over) for each in seen] == [
        (STILL, False),
        (STILL, True),
        (SLIDE, False),
    ]
    assert seen[0].told_at == pytest.approx(30.0, abs=0.6)
    assert seen[0].level == "note"
    assert "cannot be told" in seen[0].words


def test_slides_after_a_camera_are_not_frozen(watched: Callable[..., list[Seen]]) -> None:
    seen = watched(Film([(0.0, Talking(shelf(1))), (40.0, slide(1))], 60.0))
    assert [each.kind for each in seen] == [SLIDE]


def test_a_pointer_that_rests_is_not_frozen() -> None:
    """The mouse moved all the time over a slide, then nothing does."""
    watch, film = PictureWatch(still_s=1e9), Film([(0.0, slide(1))], 60.0, pointer=True)
    times = np.arange(0, 60, 0.5)
    seen = [each for t in times for each in watch.see(film.frame(min(t, 40.0)), float(t))]
    assert seen == []


@given(st.lists(st.floats(0.04, 1.2), min_size=20, max_size=60), st.integers(0, 3))
@settings(deadline=None, max_examples=15)
def test_more_frames_than_are_needed_change_little(gaps: list[float], first: int) -> None:
    """Whatever comes between looks is passed over; a change in the middle is found once."""
    times = np.cumsum(gaps)
    change = float(times[len(times) // 2])
    watch = PictureWatch()
    pictures = slide(first), slide(first + 1)
    seen = [each for t in times for each in watch.see(pictures[int(t >= change)], float(t))]
    after = times[times >= change]
    if after[-1] - change > 2.5 and change - times[0] > 1:
        assert len(slide_times(seen)) == 1
        assert change <= seen[0].at <= change + 0.4 + max(gaps)
    assert {each.kind for each in seen} <= {SLIDE, STILL}


def test_a_recording_and_a_stream_give_the_same(tmp_path: Path) -> None:
    film = Film(SLIDES, 36.0, corner=True, black=[(12.0, 14.0)])
    path = encoded(film, tmp_path / "film.mp4")
    whole = list(PictureWatch().all_of(frames_of(path)))
    watch = PictureWatch()
    piecewise: list[Seen] = []
    for at, frame in frames_of(path, per_second=10.0):
        before = len(piecewise)
        piecewise += watch.see(frame, at)
        assert all(each.told_at == at for each in piecewise[before:])
    assert [each.kind for each in piecewise] == [each.kind for each in whole]
    assert [each.at for each in piecewise] == pytest.approx([each.at for each in whole], abs=0.5)


def test_the_demos_lecture_has_its_changes() -> None:
    """Drawn by scripts/make_lecture_clip.py; two scenes leave nothing of the one before."""
    times = slide_times(PictureWatch().all_of(frames_of(LECTURE)))
    for wanted in (51.2, 67.2):
        assert min(abs(each - wanted) for each in times) < 1.5
    assert len(times) <= 4


def test_changes_of_slides_draw_the_cuts_of_chapters(
    watched: Callable[..., list[Seen]],
) -> None:
    """What the picture tells goes into chapters as it is."""
    shots = [(0.0, slide(0)), (100.0, slide(1)), (205.0, slide(2))]
    times = slide_times(watched(Film(shots, 300.0, corner=True)))
    assert times == pytest.approx([100.0, 205.0], abs=0.6)
    at = np.arange(0.0, 300.0, 5.0)
    said = ["so we see that this goes on and then it is well"] * len(at)
    spoken = Spoken.of(said, at)
    without = Chapters(shortest_s=60.0, longest_s=None).of(spoken)
    found = Chapters(shortest_s=60.0, longest_s=None, slide=60.0).of(spoken, times)
    assert len(without) == 1
    assert [each.begin for each in found] == [0.0, *times]


def test_a_frame_that_is_none_is_refused_and_changes_nothing() -> None:
    watch = PictureWatch()
    watch.see(slide(1), 1.0)
    wrong: list[Any] = [
        np.zeros((20, 20), np.float32),
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((8, 400), np.uint8),
        np.zeros(100, np.uint8),
    ]
    for frame in wrong:
        with pytest.raises(FrameInvalid):
            watch.see(frame, 2.0)
    for at in (0.5, np.nan, np.inf):
        with pytest.raises(FrameInvalid, match="second"):
            watch.see(slide(1), at)
    assert watch.see(np.zeros((20, 30), np.uint8), 3.0) == ()


@pytest.mark.parametrize(
    "content", [None, b"", b"no video " * 200], ids=["absent", "empty", "junk"]
)
def test_what_is_no_video_is_refused_in_one_line(
    tmp_path: Path, content: bytes | None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoUnreadable, match=r"film\.mp4"):
        list(frames_of(path))
    assert capfd.readouterr() == ("", "")


def test_a_video_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    part = tmp_path / "part.flv"
    part.write_bytes(LECTURE.read_bytes()[:300_000])
    times = [at for at, _ in frames_of(part)]
    assert 2 < times[-1] < 70
    assert all(later > earlier for earlier, later in pairwise(times))


def test_every_kind_has_its_words() -> None:
    for kind in KINDS:
        assert Seen(kind, 1.0, 2.0).words
        assert Seen(kind, 1.0, 2.0, is_over=True).level == "note"
