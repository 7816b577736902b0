import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.media import flv
from livelore.media.aac import parse_audio_config
from livelore.media.errors import MediaError
from livelore.media.frames import Configs, Frame, FrameReader
from livelore.media.h264 import parse_sps, parse_video_config
from livelore.media.timeline import Timeline
from tests.media.samples import FLV, pieces, recorded_items, recorded_tags, sizes

_tags = st.builds(
    flv.Tag, st.sampled_from([8, 9, 18]), st.integers(0, 0xFFFFFFFF), st.binary(max_size=300)
)


@given(st.lists(_tags, max_size=8), sizes)
def test_written_tags_are_read_again_however_they_are_cut(
    tags: list[flv.Tag], cuts: list[int]
) -> None:
    data = flv.encode_file_header(has_video=True, has_audio=True) + b"".join(
        flv.encode_tag(tag.kind, tag.timestamp, tag.payload) for tag in tags
    )
    reader = flv.TagReader()
    assert [tag for piece in pieces(data, cuts) for tag in reader.feed(piece)] == tags


def test_a_file_of_ffmpeg_is_read_and_written_to_the_same_bytes() -> None:
    tags = recorded_tags()
    header = flv.encode_file_header(has_video=True, has_audio=True)
    again = header + b"".join(flv.encode_tag(t.kind, t.timestamp, t.payload) for t in tags)
    assert again == FLV
    assert [tag.kind for tag in tags[:3]] == [flv.SCRIPT, flv.VIDEO, flv.AUDIO]


def test_the_recorded_configurations_say_what_was_encoded() -> None:
    configs = [item for item in recorded_items() if isinstance(item, Configs)][-1]
    assert configs.video is not None
    assert configs.audio is not None
    video, audio = configs.video, configs.audio
    assert (video.width, video.height, video.fps, video.length_size) == (160, 90, 10.0, 4)
    assert video.codec.startswith("avc1.64")
    assert (audio.sample_rate, audio.channels, audio.frame_samples) == (22050, 1, 1024)
    assert audio.codec == "mp4a.40.2"


def test_recorded_frames_have_b_frame_offsets_and_one_key_a_second() -> None:
    frames = [item for item in recorded_items() if isinstance(item, Frame)]
    pictures = [frame for frame in frames if frame.track == "video"]
    assert [frame.dts_ms for frame in pictures if frame.is_key] == [0, 1000]
    assert any(frame.cts_ms > 100 for frame in pictures)
    shown = [frame.dts_ms + frame.cts_ms for frame in pictures]
    assert len(set(shown)) == len(shown)
    assert shown != sorted(shown)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_the_media_error(data: bytes) -> None:
    reader = FrameReader(Timeline())
    for read in (
        lambda: parse_video_config(data),
        lambda: parse_audio_config(data),
        lambda: parse_sps(data),
        lambda: flv.TagReader().feed(data),
        lambda: flv.TagReader().feed(flv.encode_file_header(has_video=True, has_audio=True) + data),
        lambda: reader.video(0, data),
        lambda: reader.video(0, b"\x17\x00\x00\x00\x00" + data),
        lambda: reader.audio(0, b"\xaf\x00" + data),
    ):
        try:
            read()
        except MediaError:
            continue


def test_other_codecs_are_told_apart_from_broken_bytes() -> None:
    with pytest.raises(flv.CodecError):
        flv.parse_video(b"\x1c\x00\x00\x00\x00")  # HEVC, the old informal number
    with pytest.raises(flv.CodecError):
        flv.parse_video(b"\x90hvc1")
    with pytest.raises(flv.CodecError):
        flv.parse_audio(b"\x2f\x01")  # MP3


def test_pictures_before_a_key_frame_are_dropped_and_counted() -> None:
    reader = FrameReader(Timeline())
    tags = [tag for tag in recorded_tags() if tag.kind == flv.VIDEO]
    assert isinstance(reader.video(0, tags[0].payload), Configs)
    assert reader.video(40, tags[2].payload) is None
    assert reader.n_dropped == 1
    assert isinstance(reader.video(80, tags[1].payload), Frame)
    assert reader.video(0, tags[0].payload) is None  # the same configuration again is no change


def test_explicit_he_aac_has_the_rate_of_its_core() -> None:
    config = parse_audio_config(bytes([0x2B, 0x92, 0x08, 0x00]))
    assert (config.object_type, config.sample_rate, config.channels) == (5, 22050, 2)


def test_a_full_hd_sps_is_cropped_to_1080_lines() -> None:
    nal = bytes.fromhex("67640028acd940780227e5c044000003000400000300f03c60c658")
    assert parse_sps(nal).height == 1080
    assert parse_sps(nal).width == 1920
