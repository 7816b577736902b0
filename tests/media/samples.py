"""Recorded media and strategies that the tests of this folder share."""

from pathlib import Path

from hypothesis import strategies as st

from livelore.media import flv
from livelore.media.frames import Configs, Frame, FrameReader
from livelore.media.timeline import Timeline

GOLDEN = Path(__file__).parents[1] / "golden"
RTMP = (GOLDEN / "ffmpeg_publish.rtmp").read_bytes()
FLV = (GOLDEN / "ffmpeg.flv").read_bytes()


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """``data`` cut at the sizes, taken in turn for ever."""
    found: list[bytes] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found.append(data[at : at + size])
        at += size
        turn += 1
    return found


sizes = st.lists(st.integers(1, 5000), min_size=1, max_size=8)


def recorded_tags() -> list[flv.Tag]:
    return flv.TagReader().feed(FLV)


def recorded_items() -> list[Frame | Configs]:
    """Frames and configurations of the recorded file."""
    reader = FrameReader(Timeline())
    items: list[Frame | Configs] = []
    for tag in recorded_tags():
        if tag.kind == flv.SCRIPT:
            continue
        take = reader.video if tag.kind == flv.VIDEO else reader.audio
        item = take(tag.timestamp, tag.payload)
        if item is not None:
            items.append(item)
    return items
