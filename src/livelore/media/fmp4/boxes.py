"""Boxes and the init segment."""

from livelore.media.aac import AudioConfig
from livelore.media.errors import MediaError
from livelore.media.h264 import VideoConfig

VIDEO_TRACK, AUDIO_TRACK = 1, 2
VIDEO_TIMESCALE = 90_000
_MATRIX = b"".join(n.to_bytes(4, "big") for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
BOXES_MAX = 10_000


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box: its size, four letters, content."""
    content = b"".join(parts)
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, bytes([version]) + flags.to_bytes(3, "big"), *parts)


def u16(number: int) -> bytes:
    """Two bytes, big end first."""
    return number.to_bytes(2, "big")


def u32(number: int) -> bytes:
    """Four bytes, big end first."""
    return number.to_bytes(4, "big")


def walk_boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes of one level: letters and content.

    Raises:
        MediaError: A size that does not fit.
    """
    found: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data) or len(found) >= BOXES_MAX:
            raise MediaError("MP4 box is malformed")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    return found


def init_segment(video: VideoConfig | None, audio: AudioConfig | None) -> bytes:
    """``ftyp`` and ``moov`` for the tracks at hand.

    Args:
        video: H.264 track 1, times in 1/90000 s.
        audio: AAC track 2, times in samples.
    """
    traks: list[bytes] = []
    extends: list[bytes] = []
    if video is not None:
        traks.append(_video_trak(video))
        extends.append(_trex(VIDEO_TRACK))
    if audio is not None:
        traks.append(_audio_trak(audio))
        extends.append(_trex(AUDIO_TRACK))
    mvhd = full_box(
        b"mvhd", 0, 0, bytes(8), u32(1000), bytes(4), u32(0x10000), u16(0x100), bytes(10),
        _MATRIX, bytes(24), u32(AUDIO_TRACK + 1),
    )  # fmt: skip
    moov = box(b"moov", mvhd, *traks, box(b"mvex", *extends))
    return box(b"ftyp", b"iso5", u32(512), b"iso5iso6mp41") + moov


def _trex(track: int) -> bytes:
    return full_box(b"trex", 0, 0, u32(track), u32(1), bytes(12))


def _trak(track: int, size: bytes, volume: int, mdia: bytes) -> bytes:
    tkhd = full_box(
        b"tkhd", 0, 7, bytes(8), u32(track), bytes(8), bytes(8), bytes(4), u16(volume), bytes(2),
        _MATRIX, size,
    )  # fmt: skip
    return box(b"trak", tkhd, mdia)


def _mdia(timescale: int, handler: bytes, media_header: bytes, entry: bytes) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, bytes(8), u32(timescale), bytes(4), u16(0x55C4), bytes(2))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), b"Livelore\x00")
    dinf = box(b"dinf", full_box(b"dref", 0, 0, u32(1), full_box(b"url ", 0, 1)))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, u32(1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"mdia", mdhd, hdlr, box(b"minf", media_header, dinf, stbl))


def _video_trak(config: VideoConfig) -> bytes:
    entry = box(
        b"avc1", bytes(6), u16(1), bytes(16), u16(config.width), u16(config.height),
        u32(0x480000), u32(0x480000), bytes(4), u16(1), bytes(32), u16(24), b"\xff\xff",
        box(b"avcC", config.record),
    )  # fmt: skip
    size = u32(config.width << 16) + u32(config.height << 16)
    vmhd = full_box(b"vmhd", 0, 1, bytes(8))
    return _trak(VIDEO_TRACK, size, 0, _mdia(VIDEO_TIMESCALE, b"vide", vmhd, entry))


def _audio_trak(config: AudioConfig) -> bytes:
    rate = min(config.sample_rate, 0xFFFF)
    entry = box(
        b"mp4a", bytes(6), u16(1), bytes(8), u16(config.channels), u16(16), bytes(4),
        u32(rate << 16), _esds(config),
    )  # fmt: skip
    smhd = full_box(b"smhd", 0, 0, bytes(4))
    return _trak(AUDIO_TRACK, bytes(8), 0x100, _mdia(config.sample_rate, b"soun", smhd, entry))


def _esds(config: AudioConfig) -> bytes:
    """The elementary stream descriptor (ISO/IEC 14496-1, 7.2.6); sizes stay under 128."""
    specific = _descriptor(5, config.record)
    decoder = _descriptor(4, b"\x40\x15" + bytes(3) + bytes(8) + specific)
    stream = _descriptor(3, u16(AUDIO_TRACK) + b"\x00" + decoder + _descriptor(6, b"\x02"))
    return full_box(b"esds", 0, 0, stream)


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content
