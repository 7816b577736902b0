"""Frames and decoder configurations out of RTMP or FLV bodies, on one rising timeline."""

from dataclasses import dataclass

from livelore.media import flv
from livelore.media.aac import AudioConfig, parse_audio_config
from livelore.media.h264 import VideoConfig, parse_video_config
from livelore.media.timeline import Timeline, TrackKind

CTS_MAX_MS = 10_000
"""A larger composition offset is nonsense: 16 reordered frames at 2 fps need 8 s."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One coded picture or one block of sound.

    ``payload`` is the FLV body as it came; the sample itself starts at ``start``. A picture is
    shown at ``dts_ms + cts_ms``.
    """

    track: TrackKind
    dts_ms: int
    cts_ms: int
    is_key: bool
    payload: bytes
    start: int


@dataclass(frozen=True, slots=True)
class Configs:
    """The decoder configurations that hold from now on."""

    video: VideoConfig | None
    audio: AudioConfig | None
    video_payload: bytes = b""
    audio_payload: bytes = b""


class FrameReader:
    """Turns bodies into `Frame` and, when a decoder must be set up anew, `Configs`.

    ``n_dropped`` counts bodies that could not be shown: pictures before the first key frame or
    configuration, and empty ones.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.configs = Configs(None, None)
        self.n_dropped = 0
        self._has_key = False

    def restart(self) -> None:
        """The encoder came back: wait for its key frame, go on with the timeline."""
        self._has_key = False
        self.timeline.restart()

    def video(self, timestamp: int, payload: bytes) -> Frame | Configs | None:
        """Take a video body.

        Raises:
            MediaError: Malformed, or not H.264 (`flv.CodecError`).
        """
        packet = flv.parse_video(payload)
        if packet.is_config:
            return self._video_config(payload, packet.start)
        if packet.is_end:
            return None
        self._has_key = self._has_key or packet.is_key
        if not self._has_key or self.configs.video is None or len(payload) <= packet.start:
            self.n_dropped += 1
            return None
        dts = self.timeline.place("video", timestamp)
        cts = min(max(packet.cts_ms, 0), CTS_MAX_MS)
        return Frame("video", dts, cts, packet.is_key, payload, packet.start)

    def audio(self, timestamp: int, payload: bytes) -> Frame | Configs | None:
        """Take an audio body.

        Raises:
            MediaError: Malformed, or not AAC (`flv.CodecError`).
        """
        packet = flv.parse_audio(payload)
        if packet.is_config:
            return self._audio_config(payload, packet.start)
        if self.configs.audio is None or len(payload) <= packet.start:
            self.n_dropped += 1
            return None
        dts = self.timeline.place("audio", timestamp)
        return Frame("audio", dts, 0, True, payload, packet.start)

    def _video_config(self, payload: bytes, start: int) -> Configs | None:
        if payload == self.configs.video_payload:
            return None
        config = parse_video_config(payload[start:])
        self._has_key = False
        self.configs = Configs(config, self.configs.audio, payload, self.configs.audio_payload)
        return self.configs

    def _audio_config(self, payload: bytes, start: int) -> Configs | None:
        if payload == self.configs.audio_payload:
            return None
        config = parse_audio_config(payload[start:])
        self.configs = Configs(self.configs.video, config, self.configs.video_payload, payload)
        return self.configs
