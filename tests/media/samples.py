"""Recorded media and strategies that the tests of this folder share."""

from pathlib import Path

from hypothesis import strategies as st

from livelore.media import flv
from livelore.media.frames import Configs, Frame, FrameReader
from livelore.media.timeline import Timeline

GOLDEN = Path(__file__).parents[1] / "golden"
RTMP = (GOLDEN / "ffmpeg_publish.rtmp").read_bytes()
OBS_RTMP = (GOLDEN / "obs_publish.rtmp").read_bytes()
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


def heavy_flv(frame_bytes: int, frames: int = 25, key_every: int = 5) -> bytes:
    """A second of FLV with the recorded configurations and large frames of filler."""
    header = flv.encode_file_header(has_video=True, has_audio=True)
    configs = [tag for tag in recorded_tags() if tag.kind != flv.SCRIPT and tag.payload[1] == 0]
    data = header + b"".join(flv.encode_tag(tag.kind, 0, tag.payload) for tag in configs)
    for number in range(frames):
        head = b"\x17" if number % key_every == 0 else b"\x27"
        body = head + b"\x01\0\0\0" + bytes(frame_bytes)
        data += flv.encode_tag(flv.VIDEO, number * 1000 // frames, body)
    return data
