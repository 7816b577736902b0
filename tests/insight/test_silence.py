"""Silence: told in time, in pieces as in one; sound of a file as ffmpeg reads it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import FrameInvalid, VideoUnreadable
from livelore.intelligence.insight.vision.silence import SilenceWatch
from livelore.intelligence.insight.vision.sound import sound_of

RATE = 8_000


def sound(seed: int = 0) -> NDArray[np.int16]:
    """Speech-like noise with short pauses, cut off from 10 to 14 s; a quiet room under it."""
    rng = np.random.default_rng(seed)
    t = np.arange(20 * RATE) / RATE
    voice = 3_000 * rng.normal(size=len(t)) * (t % 3.0 > 0.9)
    room = 60 * rng.normal(size=len(t))  # 55 dB below full scale
    heard = np.where((t >= 10) & (t < 14), rng.normal(size=len(t)), voice + room)
    return heard.clip(-32_768, 32_767).astype(np.int16)


def test_a_cut_off_microphone_is_told_within_two_seconds_and_pauses_are_not() -> None:
    begun, over = SilenceWatch(RATE).hear(sound())
    assert (begun.kind, begun.is_over, over.is_over) == ("silence", False, True)
    assert begun.at == pytest.approx(10.0, abs=0.06)
    assert begun.told_at - 10.0 < 2.0
    assert over.at == pytest.approx(14.0, abs=0.06)
    assert begun.level == "warning"


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=30))
def test_pieces_of_any_length_give_the_same(lengths: list[int]) -> None:
    whole = sound(1)
    cuts = np.minimum(np.cumsum(lengths), len(whole))
    pieces = np.split(whole, cuts)
    assert list(SilenceWatch(RATE).all_of(pieces)) == list(SilenceWatch(RATE).hear(whole))


def test_float_sound_is_the_same_sound() -> None:
    whole = sound(2)
    assert SilenceWatch(RATE).hear(whole / 32_768) == SilenceWatch(RATE).hear(whole)
    for wrong in (np.zeros((4, 2), np.int16), np.zeros(4, np.uint8)):
        with pytest.raises(FrameInvalid):
            SilenceWatch(RATE).hear(wrong)


def test_the_sound_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "said.flac"
    command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    subprocess.run([*command, str(path)], input=sound(3).tobytes(), check=True)
    np.testing.assert_array_equal(np.concatenate(list(sound_of(path))), sound(3))
    quiet = tmp_path / "picture.mp4"
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", str(quiet)]
    subprocess.run(made, check=True)
    assert list(sound_of(quiet)) == []
    with pytest.raises(VideoUnreadable, match="No such file"):
        list(sound_of(tmp_path / "none.flac"))


ABSENT = """
import sys
sys.modules["cv2"] = None  # as if it were not installed
import numpy as np
from livelore.intelligence.insight.errors import LibraryMissing
from livelore.intelligence.insight.vision.frames import frames_of
from livelore.intelligence.insight.vision.watch import PictureWatch
from livelore.cli.errors import told

for act in (
    lambda: PictureWatch().see(np.zeros((90, 160), np.uint8), 0.0),
    lambda: next(frames_of(sys.argv[1])),
):
    try:
        act()
    except LibraryMissing as refusal:
        print(told(refusal)[1])
"""


def test_without_opencv_one_line_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABSENT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all("cv2" in each and "pip install 'livelore[vision]'" in each for each in lines)
    assert done.stderr == ""
