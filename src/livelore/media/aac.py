"""AAC AudioSpecificConfig.

Source: ISO/IEC 14496-3, 1.6.2.
"""

from dataclasses import dataclass

from livelore.media.bits import BitReader
from livelore.media.errors import MediaError

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
CONFIG_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """What a decoder must know of an AAC track.

    ``sample_rate`` is that of the core: HE-AAC doubles it after decoding.
    """

    record: bytes
    object_type: int
    sample_rate: int
    channels: int
    frame_samples: int

    @property
    def codec(self) -> str:
        """The RFC 6381 name, as in ``mp4a.40.2``."""
        return f"mp4a.40.{self.object_type}"


def parse_audio_config(record: bytes) -> AudioConfig:
    """Read an AudioSpecificConfig.

    Args:
        record: The bytes behind the AAC sequence header of an FLV audio tag.

    Returns:
        The configuration, ``record`` kept as it came.

    Raises:
        MediaError: Cut short, too long, or with a reserved rate.
    """
    if len(record) > CONFIG_BYTES_MAX:
        raise MediaError("AudioSpecificConfig is too long")
    bits = BitReader(record)
    object_type = bits.u(5)
    if object_type == 31:
        object_type = 32 + bits.u(6)
    index = bits.u(4)
    if index not in (15, *range(len(_RATES))):
        raise MediaError("AudioSpecificConfig has a reserved sampling rate")
    rate = bits.u(24) if index == 15 else _RATES[index]
    if rate == 0:
        raise MediaError("AudioSpecificConfig has no sampling rate")
    channels = bits.u(4)
    # Explicit SBR and parametric stereo put another rate in front of the core's flags.
    is_short = False if object_type in (5, 29) else bits.flag()
    return AudioConfig(record, object_type, rate, channels or 2, 960 if is_short else 1024)
