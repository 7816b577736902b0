"""H.264 decoder configuration and sequence parameters.

Source: ISO/IEC 14496-15, 5.3.3 (avcC) and ITU-T H.264, 7.3.2.1.1 and annex E.1 (SPS, VUI).
"""

from dataclasses import dataclass

from livelore.media.bits import BitReader
from livelore.media.errors import MediaError

CONFIG_BYTES_MAX = 16_384
SIDE_MAX = 16_384
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True, slots=True)
class Sps:
    """Size and nominal rate of the picture; ``fps`` is None when the stream does not say."""

    width: int
    height: int
    fps: float | None


@dataclass(frozen=True, slots=True)
class VideoConfig:
    """What a decoder must know of an H.264 track."""

    record: bytes
    codec: str
    length_size: int
    width: int
    height: int
    fps: float | None


def parse_video_config(record: bytes) -> VideoConfig:
    """Read an AVCDecoderConfigurationRecord.

    Args:
        record: The bytes behind the AVC sequence header of an FLV video tag.

    Returns:
        The configuration, ``record`` kept as it came.

    Raises:
        MediaError: Cut short, too long, of another version, or without SPS.
    """
    if not 7 <= len(record) <= CONFIG_BYTES_MAX or record[0] != 1:
        raise MediaError("AVCDecoderConfigurationRecord is malformed")
    if record[5] & 0x1F == 0:
        raise MediaError("AVCDecoderConfigurationRecord has no SPS")
    size = int.from_bytes(record[6:8], "big")
    nal = record[8 : 8 + size]
    if len(nal) != size or size < 4:
        raise MediaError("AVCDecoderConfigurationRecord is cut short")
    sps = parse_sps(nal)
    return VideoConfig(
        record,
        f"avc1.{record[1]:02x}{record[2]:02x}{record[3]:02x}",
        (record[4] & 3) + 1,
        sps.width,
        sps.height,
        sps.fps,
    )


def parse_sps(nal: bytes) -> Sps:
    """Size and rate out of a sequence parameter set.

    Args:
        nal: The NAL unit with its header byte, emulation prevention still in.

    Raises:
        MediaError: Cut short, or a size that no picture has.
    """
    bits = BitReader(nal[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile = bits.u(8)
    bits.u(16)  # constraint flags, level
    bits.ue()  # seq_parameter_set_id
    chroma = _chroma_format(bits) if profile in _HIGH_PROFILES else 1
    _skip_order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.u(1)  # gaps_in_frame_num_value_allowed_flag
    width = (bits.ue() + 1) * 16
    map_height = bits.ue() + 1
    fields = 1 if bits.flag() else 2  # frame_mbs_only_flag
    if fields == 2:
        bits.u(1)  # mb_adaptive_frame_field_flag
    bits.u(1)  # direct_8x8_inference_flag
    crop_x, crop_y = _cropping(bits, chroma, fields)
    width, height = width - crop_x, map_height * 16 * fields - crop_y
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise MediaError("SPS gives an impossible picture size")
    return Sps(width, height, _frame_rate(bits))


def _chroma_format(bits: BitReader) -> int:
    chroma = bits.ue()
    if chroma > 3:
        raise MediaError("SPS has an unknown chroma format")
    if chroma == 3:
        bits.u(1)
    bits.ue()
    bits.ue()
    bits.u(1)
    if bits.flag():  # seq_scaling_matrix_present_flag
        for index in range(8 if chroma != 3 else 12):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_order_count(bits: BitReader) -> None:
    bits.ue()  # log2_max_frame_num_minus4
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        count = bits.ue()
        if count > 255:
            raise MediaError("SPS has too many reference frames")
        for _ in range(count):
            bits.se()


def _cropping(bits: BitReader, chroma: int, fields: int) -> tuple[int, int]:
    if not bits.flag():
        return 0, 0
    left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
    unit_x = 2 if chroma in (1, 2) else 1
    unit_y = (2 if chroma == 1 else 1) * fields
    return (left + right) * unit_x, (top + bottom) * unit_y


def _frame_rate(bits: BitReader) -> float | None:
    try:
        return _vui_frame_rate(bits)
    except MediaError:
        return None  # a cut VUI is common and harmless


def _vui_frame_rate(bits: BitReader) -> float | None:
    if not bits.flag():
        return None
    if bits.flag() and bits.u(8) == 255:  # aspect_ratio_idc
        bits.u(32)
    if bits.flag():
        bits.u(1)  # overscan
    if bits.flag():  # video_signal_type
        bits.u(4)
        if bits.flag():
            bits.u(24)
    if bits.flag():  # chroma_loc_info
        bits.ue()
        bits.ue()
    if not bits.flag():
        return None
    units, scale = bits.u(32), bits.u(32)
    return scale / (2 * units) if units else None
